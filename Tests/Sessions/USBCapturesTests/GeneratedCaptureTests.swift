import Foundation
import Testing
import USBCaptures

/// A session that `captures.py` makes a capture of.
private struct Session: Encodable {
    struct Exchange: Encodable {
        var out: [String]
        var `in`: [String]
    }

    var vendorID = 0x1234
    var productID = 0x5678
    var manufacturer = "Müller"
    var product = "Zähler ✓"
    var serial = "S-1"
    var reportDescriptor = "0600ff0901a1010901150026ff007508954081020902954091 02c0".filter { $0 != " " }
    var outVia = "interrupt"
    var exchanges = [
        Exchange(out: ["01020304" + String(repeating: "00", count: 60)], in: ["a1a2", "a3"]),
        Exchange(out: ["0506", "07"], in: ["b1" + String(repeating: "ee", count: 63)]), Exchange(out: [], in: ["c1"]),
    ]

    var outputs: [[UInt8]] { exchanges.flatMap(\.out).map(hex) }
    var inputs: [[UInt8]] { exchanges.flatMap(\.in).map(hex) }

    func capture(_ options: [String]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "usbcaptures-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, session) = (folder.appending(path: "capture"), folder.appending(path: "session.json"))
        try JSONEncoder().encode(self).write(to: session)
        let script = URL(filePath: #filePath).appending(path: "../../../../Examples/learning/captures.py").standardized
        let program = Process()
        program.executableURL = URL(filePath: "/usr/bin/env")
        program.arguments = ["python3", script.path(), file.path(), session.path()] + options
        try program.run()
        program.waitUntilExit()
        try #require(program.terminationStatus == 0)
        return try [UInt8](Data(contentsOf: file))
    }
}

private let links = [["usbmon"], ["usbmon-mmapped"], ["usbpcap"], ["usbpcap", "--old-usbpcap"]]
private let containers = [["pcap"], ["pcapng"], ["pcap", "--big-endian"], ["pcapng", "--big-endian"]]
private let formats = links.flatMap { link in containers.map { ["--link"] + link + ["--container"] + $0 } }

@Suite("Generated captures")
struct GeneratedCaptureTests {
    @Test("a session comes back whole from every format", .timeLimit(.minutes(10)), arguments: formats)
    func sessions(options: [String]) throws {
        for outVia in ["interrupt", "control"] {
            let session = Session(outVia: outVia)
            let capture = try USBCapture(session.capture(options))
            #expect(capture.warnings.isEmpty)
            #expect(capture.devices.map(\.address) == [3, 5])
            let device = try #require(capture.devices.last)
            try check(device, session, isOldUSBPcap: options.contains("--old-usbpcap"))
            let descriptor = try #require(device.deviceDescriptor)
            #expect(descriptor.vendorID == session.vendorID && descriptor.productID == session.productID)
            #expect(descriptor.release == 0x0102 && descriptor.manufacturer == session.manufacturer)
            #expect(descriptor.product == session.product && descriptor.serialNumber == session.serial)
            let interface = try #require(device.interfaces.first)
            #expect(interface.reportDescriptor == hex(session.reportDescriptor))
            #expect(interface.interruptIn?.address == 0x81 && interface.interruptIn?.maximumPacketSize == 64)
            #expect((interface.interruptOut?.address == 2) == (outVia == "interrupt"))
            #expect(device.reports(interface: 0) == device.transfers)
            #expect(capture.devices.first?.interfaces.first?.protocolCode == 1)
            #expect(capture.devices.first?.transfers.map(\.bytes.count) == [8, 8, 8])
        }
    }

    @Test("a session without descriptors comes back with all its reports", .timeLimit(.minutes(10)), arguments: formats)
    func withoutDescriptors(options: [String]) throws {
        for outVia in ["interrupt", "control"] {
            let session = Session(outVia: outVia)
            let capture = try USBCapture(session.capture(options + ["--no-descriptors"]))
            #expect(capture.warnings.isEmpty && capture.devices.map(\.address) == [3, 5])
            let device = try #require(capture.devices.last)
            try check(device, session, isOldUSBPcap: options.contains("--old-usbpcap"))
            #expect(device.deviceDescriptor == nil && device.interfaces.isEmpty)
        }
    }

    private func check(_ device: CapturedDevice, _ session: Session, isOldUSBPcap: Bool) throws {
        var outputs = session.outputs
        // The first is sent again because it failed, of which old USBPcap has nothing for an interrupt OUT.
        if isOldUSBPcap, session.outVia == "interrupt" { outputs.insert(outputs[0], at: 0) }
        #expect(device.transfers.filter(\.isFromHost).map(\.bytes) == outputs)
        #expect(device.transfers.filter { !$0.isFromHost }.map(\.bytes) == session.inputs)
        #expect(device.transfers.map(\.packet) == device.transfers.map(\.packet).sorted())
        #expect(device.transfers.map(\.time) == device.transfers.map(\.time).sorted())
        let route: HIDTransfer.Route = session.outVia == "control" ? .setReport : .interrupt
        #expect(device.transfers.filter(\.isFromHost).allSatisfy { $0.route == route && $0.reportType == .output })
        let first = try #require(device.transfers.first { !$0.isFromHost })
        #expect(first.time > .milliseconds(20) && first.time < .seconds(1))
    }

    @Test("a small snap length drops the long reports, and says so", arguments: formats)
    func snapLength(options: [String]) throws {
        let session = Session()
        let capture = try USBCapture(session.capture(options + ["--no-descriptors", "--snaplen", "80"]))
        let device = try #require(capture.devices.last)
        #expect(!device.transfers.isEmpty && device.transfers.allSatisfy { $0.bytes.count < 64 })
        #expect(device.truncatedReports >= 2)
        #expect(capture.warnings.count == 1)
        #expect(capture.warnings.first?.contains("64 bytes of which") == true)
    }

    @Test("no mutation of a capture is a trap", .timeLimit(.minutes(10)))
    func mutations() throws {
        var session = Session()
        session.exchanges.removeLast()
        var files: [[UInt8]] = []
        for options in formats { files.append(try session.capture(options)) }
        for options in formats { files.append(try session.capture(options + ["--no-descriptors"])) }
        let seed = UInt64.random(in: 0...UInt64.max)
        print("mutations: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var read = 0
        for _ in 0..<20_000 {
            let file = mutated(files.randomElement(using: &generator)!, &generator)
            do {
                let capture = try USBCapture(file)
                read += 1
                let kept = capture.devices.reduce(0) { $0 + $1.transfers.reduce(0) { $0 + $1.bytes.count } }
                #expect(kept <= file.count && capture.devices.count <= 128, "seed \(seed)")
                #expect((capture.warnings.map(\.utf8.count).max() ?? 0) < 400, "seed \(seed)")
            } catch {
                #expect(!error.description.contains("\n") && !error.description.isEmpty, "seed \(seed)")
            }
        }
        print("mutations: \(read) of 20000 were read")
        #expect((1000..<20_000).contains(read), "seed \(seed): of \(read) both sorts are needed")
    }

    /// Bytes changed, cut out, doubled or cut off; large and small values where lengths stand.
    private func mutated(_ file: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var file = file
        for _ in 0...Int.random(in: 0..<8, using: &generator) where !file.isEmpty {
            // The header is hit as often as all the rest.
            let limit = Bool.random(using: &generator) ? file.count : min(file.count, 128)
            let offset = Int.random(in: 0..<limit, using: &generator)
            let end = min(file.count, offset + Int.random(in: 0..<64, using: &generator))
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2: file[offset] = UInt8.random(in: 0...255, using: &generator)
            case 3: for index in offset..<min(file.count, offset + 4) { file[index] = 0xFF }
            case 4: file[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 5: file.removeSubrange(offset..<end)
            case 6: file.insert(contentsOf: file[offset..<end], at: offset)
            default: if Bool.random(using: &generator) { file.removeLast(file.count - offset) }
            }
        }
        return file
    }
}

/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
