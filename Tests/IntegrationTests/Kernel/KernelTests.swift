import Foundation
import Glibc
import TestSupport
import Testing

/// Tests that need a kernel with USB device controllers and uhid. `Tests/kernel/run` boots one, and runs them in it.
@Suite(
    "On a real kernel", .serialized,
    .enabled(if: Guest.isHere, "these run in a virtual machine: make test, or Tests/kernel/run"),
    // Each test. A busy machine may take ten times as long as a quiet one, which takes less than a minute.
    .timeLimit(.minutes(rounds(30, soak: 90)))
)
enum KernelTests {}

/// The machine in which the kernel suite runs.
enum Guest {
    static let isHere = ProcessInfo.processInfo.environment["BLUETAP_GUEST"] != nil

    /// The controllers of dummy_hcd; each is its own host.
    static let controllers = ["dummy_udc.0", "dummy_udc.1"]

    static let gadgets = "/sys/kernel/config/usb_gadget"

    static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// All paths below configfs' gadgets: what there is of gadgets, whosever.
    static func gadgetTree() -> [String] {
        (FileManager.default.subpaths(atPath: gadgets) ?? []).sorted()
    }

    /// Writes an attribute of sysfs or configfs.
    static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY)
        defer { close(descriptor) }
        let count = Glibc.write(descriptor, text, text.utf8.count)
        try #require(count == text.utf8.count, "\(path): \(String(cString: strerror(errno)))")
    }

    static func read(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The folder of the USB device at a controller, as the host has it; nil while there is none.
    static func usbDevice(at controller: String) -> String? {
        let hub = hub(of: controller)
        let bus = hub.split(separator: "/").last!.dropFirst("usb".count)
        let device = "\(hub)/\(bus)-1"
        return access("\(device)/bConfigurationValue", F_OK) == 0 ? device : nil
    }

    /// The folder of the root hub that a controller is plugged in at.
    static func hub(of controller: String) -> String {
        let number = controller.split(separator: ".").last!
        let platform = "/sys/devices/platform/dummy_hcd.\(number)"
        return "\(platform)/\(names(in: platform).first { $0.hasPrefix("usb") } ?? "usb0")"
    }

    /// The `/dev/hidraw*` that there are now.
    static var hidrawNodes: [String] {
        names(in: "/dev").filter { $0.hasPrefix("hidraw") }.map { "/dev/\($0)" }
    }

    /// Waits until this machine, the host, has the device's node.
    static func hostSeesDevice(_ count: Int = 1, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("\(count) hidraw nodes", sourceLocation: sourceLocation) { hidrawNodes.count == count }
    }
}

extension Serving {
    func hasJournalled(_ kind: String, times count: Int = 1) throws -> Bool {
        try journalledCount(kind) >= count
    }

    /// How many events of a kind the journal has: counted without reading them, for there may be very many.
    func journalledCount(_ kind: String) throws -> Int {
        let file = try #require(fopen(journal, "r"))
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var count = 0
        while getline(&line, &capacity, file) > 0 {
            if let line, strstr(line, #""kind":"\#(kind)""#) != nil { count += 1 }
        }
        return count
    }

    /// Asks the control API without a program, of which each start takes long here, and returns the answer's content.
    @discardableResult
    func ask(
        _ method: String, _ path: String, _ content: String = "", refused: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let answer = try RawSocket.exchange(
            folder.file("control.sock"),
            "\(method) \(path) HTTP/1.1\r\nHost: till\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(content.utf8.count)\r\n\r\n\(content)")
        #expect(
            answer.hasPrefix("HTTP/1.1 \(refused ? 4 : 2)"), "\(path) \(content): \(answer)",
            sourceLocation: sourceLocation)
        return answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
    }

    func state() throws -> String? { try members(ask("GET", "/v1/device"))["state"] as? String }

    /// Pays as a POS of this machine.
    func pay(_ options: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        // A loopback device of this folder there is none: the command goes on to hidapi's.
        let paid = try await Program.run(
            Program.bluetap, ["pay", "--method", "TRUEMONEY", "--timeout", "10m"] + options, environment: environment)
        #expect(paid.status == 0 && paid.lines == ["SUCCESS"], "\(paid)", sourceLocation: sourceLocation)
    }

    /// How many descriptors the device has open, and how much memory it has, in KiB.
    func resources() throws -> (descriptors: Int, memory: Int) {
        let status = Guest.read("/proc/\(process)/status") ?? ""
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        let memory = try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
        return (Guest.names(in: "/proc/\(process)/fd").count, memory)
    }
}
