import Foundation
import Glibc
import Subprocess
import SystemPackage
import Testing

/// What the virtual machine captures and this machine looks at: for that no kernel is needed, and programs start faster.
enum KernelCaptures {
    /// The folder that both see; nil where the tests run without a virtual machine.
    static let folder = ProcessInfo.processInfo.environment["BLUETAP_CAPTURES"]

    /// Every file that the kernel suite leaves.
    enum File: String {
        case uhid = "uhid.pcapng"
        case usbip = "usbip.pcapng"
        case gadget = "gadget.pcapng"
        /// What usbmon has of the gadget's bus.
        case usbmon = "usbmon.pcap"

        var path: String {
            get throws { "\(try #require(folder, "BLUETAP_CAPTURES is not set: run Tests/kernel/run"))/\(rawValue)" }
        }
    }

    /// Commands that a POS makes, with `bluetap pay`'s options, and their labels.
    static let commands: [(arguments: [String], label: String)] = [
        (
            ["pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1", "--expiry", "900"],
            "paymentMethod: TRUEMONEY, amount: \"12.50\", orderId: \"A1\", expiryTime: 900"
        ),
        (
            [
                "pay", "--method", "ALIPAY_PLUS", "--amount", "99999.99", "--order", "ABCDEFGHIJKLMNOP", "--expiry",
                "86400",
            ],
            "paymentMethod: ALIPAY_PLUS, amount: \"99999.99\", orderId: \"ABCDEFGHIJKLMNOP\", expiryTime: 86400"
        ),
        (["cancel", "--order", "ABCDEFGHIJKLMNOP"], "orderId: \"ABCDEFGHIJKLMNOP\""),
        (["pay", "--method", "SEVEN_11", "--order", "X9"], "paymentMethod: SEVEN_11, orderId: \"X9\""),
        (["pay", "--method", "ALIPAY_CN", "--amount", "0.07"], "paymentMethod: ALIPAY_CN, amount: \"0.07\""),
        (["cancel"], ""),
        (
            ["pay", "--method", "ALIPAY_PLUS", "--amount", "5", "--order", "TABLE-7", "--expiry", "60"],
            "paymentMethod: ALIPAY_PLUS, amount: \"5\", orderId: \"TABLE-7\", expiryTime: 60"
        ),
        (
            ["pay", "--method", "ALIPAY_CN", "--amount", "310.00", "--order", "B", "--expiry", "43200"],
            "paymentMethod: ALIPAY_CN, amount: \"310.00\", orderId: \"B\", expiryTime: 43200"
        ),
        (["cancel", "--order", "OTHER"], "orderId: \"OTHER\""),
        (["cancel", "--order", "B"], "orderId: \"B\""),
        (
            ["pay", "--method", "TRUEMONEY", "--amount", "1.01", "--order", "C3"],
            "paymentMethod: TRUEMONEY, amount: \"1.01\", orderId: \"C3\""
        ),
    ]

    /// A live link's order is another: that cancel is refused.
    static func result(of arguments: [String]) -> String {
        arguments.contains("OTHER") ? "PARAM_ILLEGAL" : "SUCCESS"
    }

}

extension KernelTests.Gadget {
    /// Captures what crosses all buses, with the kernel's usbmon.
    private func capture(to path: String, _ body: () async throws -> Void) async throws {
        let result = try await Subprocess.run(
            .name("tcpdump"), arguments: ["-i", "usbmon0", "-U", "-s", "0", "-w", path],
            environment: .inherit, input: .none, output: .sequence, error: .string(limit: 1 << 16)
        ) { execution in
            let process = execution.processIdentifier.value
            defer { kill(process, SIGINT) }
            try await eventually("tcpdump captures") { FileManager.default.fileExists(atPath: path) }
            try await body()
            // A signal that comes right before it waits for a packet is noticed with the next packet only: it is sent again.
            try await eventually("tcpdump ends") {
                kill(process, SIGINT)
                return Guest.read("/proc/\(process)/status")?.contains("\nState:\tZ") ?? true
            }
        }
        #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    }

    @Test("what a POS sends over a real bus is captured by usbmon, and by the device itself")
    func capture() async throws {
        let own = try KernelCaptures.File.gadget.path
        try await capture(to: KernelCaptures.File.usbmon.path) {
            try await serve(["--capture", own]) { _ in
                for (arguments, _) in KernelCaptures.commands {
                    let paid = try await Program.run(Program.bluetap, arguments)
                    try #require(paid.output == KernelCaptures.result(of: arguments) + "\n", "\(arguments): \(paid)")
                }
            }
        }
    }
}

/// `Tests/kernel/run` runs these after the virtual machine has ended.
@Suite(
    "What the virtual machine captured",
    .enabled(if: KernelCaptures.folder != nil && !Guest.isHere, "Tests/kernel/run captures it first"),
    .timeLimit(.minutes(10)))
struct KernelCaptureTests {
    @Test("the captures of uhid and usbip are what Wireshark dissects, and what replays")
    func transports() async throws {
        for file in [KernelCaptures.File.uhid, .usbip] {
            try await Tshark(file.path).check(reports: 4)
            let replayed = try await Program.bluetap("replay", file.path)
            #expect(replayed.lines == ["2 reports of the host, 2 answers: no difference"], "\(file): \(replayed)")
        }
    }

    @Test("what usbmon captures on a real bus teaches the device that was on it, its identity as well")
    func usbmon() async throws {
        let folder = try Folder()
        let capture = try KernelCaptures.File.usbmon.path
        let own = try KernelCaptures.File.gadget.path

        // An emulated device answers the same POS as the one on the bus did.
        let replayed = try await Program.bluetap("replay", "--usb-id", "1209:0001", capture)
        #expect(replayed.lines == ["11 reports of the host, 11 answers: no difference"], "\(replayed)")
        // The device's own capture has the same, and Wireshark dissects it as well.
        func reports(_ path: String) async throws -> [String] {
            try await Program.bluetap("decode", "--usb-id", "1209:0001", path).lines.map { line in
                let members = try members(line)
                return "\(members["from"] as? String ?? "") \(members["report"] as? String ?? "")"
            }
        }
        let captured = try await reports(own)
        #expect(captured.count == 22)
        #expect(try await reports(capture) == captured)
        try await Tshark(own).check(reports: 22)

        let lines = KernelCaptures.commands.map { arguments, label in
            "  - { command: \(arguments[0]), \(label)\(label.isEmpty ? "" : ", ")result: \(KernelCaptures.result(of: arguments)) }"
        }
        let commands = try folder.write("commands.yaml", "commands:\n" + lines.joined(separator: "\n") + "\n")
        let profile = folder.file("learned.yaml")
        let learned = try await Program.bluetap(
            "profile", "learn", "--capture", capture, "--commands", commands, "--usb-id", "1209:0001", "-o", profile)
        #expect(learned.status == 0, "\(learned)")
        // The device never failed: what it would say then is all that is left open.
        let doubts = learned.errors.split(separator: "\n").filter { $0.contains("not sure") }
        #expect(
            doubts.count == 2 && doubts.allSatisfy { $0.contains("replies.cancel: result:") }
                && !learned.errors.contains("not explained"), "\(learned)")
        let text = try folder.contents(of: "learned.yaml")
        for part in ["product: \"BlueTap emulator\"", "serialNumber: \"000001\"", "0600FF0901A10115"] {
            #expect(text.contains(part), "no \(part) in \(text)")
        }
        // A device of what was learned understands the same POS.
        let journal = folder.file("learned.jsonl")
        let paid = try await Program.bluetap(
            "run", "--profile", profile, "--journal", journal, "--", Program.bluetap, "pay", "--profile", "reference",
            "--method", "SEVEN_11", "--amount", "77.70", "--order", "NEW-ORDER-1", "--expiry", "77")
        #expect(paid.output == "SUCCESS\n", "\(paid)")
        let received = try folder.contents(of: "learned.jsonl").split(separator: "\n").map { try members(String($0)) }
            .first { $0["kind"] as? String == "payReceived" }
        #expect(received?["amount"] as? String == "77.70" && received?["orderId"] as? String == "NEW-ORDER-1")
        #expect(received?["expiryTime"] as? Int == 77)
    }
}
