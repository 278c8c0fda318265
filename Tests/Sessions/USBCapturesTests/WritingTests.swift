import Foundation
import HID
import Synchronization
import Testing
import USBDevice

@testable import USBCaptures

private let description = HIDDescription(
    vendorID: 0x1209, productID: 0x0001, release: 0x0100, manufacturer: "bluetap", product: "BlueTap emulator",
    serialNumber: "000001",
    reportDescriptor: hex("0600ff0901a10109011500 26ff007508954081020902954091 0209039508b102c0"))

/// A device that answers each output report with its bytes turned round.
private final class Echo: HIDFunction {
    let cable = Mutex<(any Cable)?>(nil)

    func connected(to cable: any Cable) { self.cable.withLock { $0 = cable } }
    func hostAttached() {}
    func hostDetached() {}
    func outputReport(_ report: [UInt8], from host: any HostPort) { _ = host.sendInputReport(report.reversed()) }
    func inputReportDropped(_ report: [UInt8], reason: String) {}
    func featureReport(id: UInt8) -> [UInt8]? { id == 0 ? [0xF0] : nil }
    func setFeatureReport(_ report: [UInt8]) -> Bool { report == [0xF1] }
    func inputReport(id: UInt8) -> [UInt8]? { [0xEE] }
}

/// A host's end that takes everything, or nothing.
private struct Host: Cable {
    var refusal: String?
    let abilities: CableAbilities = [.unplug, .stall]

    func sendInputReport(_ report: [UInt8]) -> Delivery { refusal.map { .dropped($0) } ?? .sent }
    func unplug() {}
    func plug() -> Bool { true }
    func stall() {}
    func setReading(_ isReading: Bool) {}
}

private final class Complaints: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    @Sendable func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A captured device, and the file.
private struct Bench {
    let path: String
    let echo = Echo()
    let function: CapturedFunction
    let complaints = Complaints()
    let file: CaptureWriter

    init(path: String? = nil) throws {
        self.path = path ?? NSTemporaryDirectory() + "capture-\(UUID().uuidString).pcapng"
        // Each packet a millisecond after the one before.
        let clock = Atomic<Int64>(1_767_225_600_000_000_000)
        file = try CaptureWriter(
            path: self.path, application: "test",
            now: { [clock = Box(clock)] in clock.value.add(1_000_000, ordering: .relaxed).newValue },
            complain: complaints.add)
        function = CapturedFunction(echo, description: description, number: 3, file: file) { report, direction in
            "\(direction) \(report.count)"
        }
        function.connected(to: Host())
    }

    var cable: any Cable { echo.cable.withLock { $0! } }

    var bytes: [UInt8] { get throws { [UInt8](try Data(contentsOf: URL(filePath: path))) } }

    func read() throws -> USBCapture { try USBCapture(bytes) }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

private final class Box<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}

@Suite("Captures that are written")
struct WritingTests {
    @Test("a report and its answer are what usbmon writes, to the byte")
    func bytes() throws {
        var record = BusRecord(description, bus: 3)
        #expect(record.attached().count == 21)
        let packets = record.outputReport([0xA1, 0xA2], "pay") + record.inputReport([0xB1], nil)
        let time: Int64 = 1_767_225_600_123_456_789
        // id; S or C, type, endpoint, device; bus, setup and data flags; seconds; microseconds; status; lengths; setup;
        // interval, start frame, flags, descriptors.
        let zeros = "00000000 00000000"
        #expect(
            packets.map { $0.bytes(time: time) } == [
                hex(
                    "0c00000000000000 53010102 0300 2d00 00b9556900000000 40e20100 8dffffff 02000000 02000000 \(zeros) 01000000 00000000 00000000 00000000 a1a2"
                ),
                hex(
                    "0c00000000000000 43010102 0300 2d3e 00b9556900000000 40e20100 00000000 02000000 00000000 \(zeros) 01000000 00000000 00000000 00000000"
                ),
                hex(
                    "0b00000000000000 43018102 0300 2d00 00b9556900000000 40e20100 00000000 01000000 01000000 \(zeros) 01000000 00000000 00020000 00000000 b1"
                ),
                hex(
                    "0d00000000000000 53018102 0300 2d3c 00b9556900000000 40e20100 8dffffff 40000000 00000000 \(zeros) 01000000 00000000 00020000 00000000"
                ),
            ])
        #expect(packets.map(\.comment) == ["pay", nil, nil, nil])
    }

    @Test("a file begins as pcapng has it, and a packet's block carries its comment")
    func blocks() {
        #expect(
            PcapngBlocks.beginning(application: "bt")
                == hex(
                    """
                    0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0200 62740000 0000 0000 28000000
                    01000000 2c000000 dc00 0000 00000000 0200 0700 626c756574617000 0900 0100 09000000 0000 0000 2c000000
                    """))
        #expect(
            PcapngBlocks.packet([1, 2, 3, 4, 5], time: 0x1_0000_0002, comment: "hi")
                == hex(
                    """
                    06000000 34000000 00000000 01000000 02000000 05000000 05000000 0102030405000000 0100 0200 68690000 0000 0000
                    34000000
                    """))
    }

    @Test("a comment that is too long ends with a whole character")
    func longComment() throws {
        // Three bytes each, of which 4096 is no multiple; and two beyond the limit by one.
        for (comment, count) in [
            (String(repeating: "支", count: 2000), 4095), (String(repeating: "x", count: 4095) + "é", 4095),
            (String(repeating: "x", count: 4094) + "é", 4096),
        ] {
            let block = PcapngBlocks.packet([], time: 0, comment: comment)
            #expect(Array(block[28..<32]) == [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)])
            let text = try #require(String(validating: block[32..<32 + count], as: UTF8.self))
            #expect(comment.hasPrefix(text))
        }
    }

    @Test("what crossed the cable is read again: identity, descriptors, reports, both kinds, in order")
    func roundTrip() throws {
        let bench = try Bench()
        defer { bench.remove() }
        bench.function.hostAttached()
        bench.function.outputReport([1, 2, 3], from: Host())
        #expect(bench.function.setFeatureReport([0xF1]))
        #expect(!bench.function.setFeatureReport([0xF2]))
        #expect(bench.function.featureReport(id: 0) == [0xF0])
        #expect(bench.function.featureReport(id: 9) == nil)
        _ = bench.cable.sendInputReport([7])
        bench.cable.unplug()
        bench.function.hostDetached()
        _ = bench.cable.plug()
        bench.cable.stall()
        bench.function.outputReport([4], from: Host(refusal: "nobody reads"))
        bench.function.inputReportDropped([4], reason: "the host has gone")
        let capture = try bench.read()
        #expect(capture.warnings.isEmpty)
        #expect(capture.devices.map(\.address) == [2, 3] && capture.devices.allSatisfy { $0.bus == 3 })
        for device in capture.devices {
            #expect(device.deviceDescriptor?.product == "BlueTap emulator")
            #expect(device.deviceDescriptor?.serialNumber == "000001")
            #expect(device.interfaces.map(\.reportDescriptor) == [description.reportDescriptor])
        }
        #expect(
            capture.devices[0].transfers.map(\.bytes) == [[1, 2, 3], [3, 2, 1], [0xF1], [0xF0], [7]])
        #expect(
            capture.devices[0].transfers.map(\.route) == [
                .interrupt, .interrupt, .setReport, .getReport, .interrupt,
            ])
        // What was stalled, refused or not sent is not there.
        #expect(capture.devices[1].transfers.map(\.bytes) == [[4]])
        #expect(bench.complaints.all.isEmpty && bench.file.shortcoming == nil)
    }

    @Test("a file that is cut off at any byte is read up to there")
    func cut() throws {
        let bench = try Bench()
        defer { bench.remove() }
        bench.function.hostAttached()
        for number in 0..<5 { bench.function.outputReport([UInt8(number), 0xFF], from: Host()) }
        let bytes = try bench.bytes
        let whole = try USBCapture(bytes).devices[0].transfers
        #expect(whole.count == 10)
        var counts: Set<Int> = []
        for end in bytes.indices.dropFirst(200) {
            guard let cut = try? USBCapture(Array(bytes[..<end])) else { continue }
            let transfers = cut.devices.first?.transfers ?? []
            #expect(whole.starts(with: transfers))
            counts.insert(transfers.count)
        }
        #expect(counts == Set(0...10))
    }

    @Test(
        "a file that cannot be written is one line with the reason",
        arguments: [
            ("/nowhere/x.pcapng", "No such file or directory"), ("/tmp", "Is a directory"),
            ("/dev/full", "No space left on device"), (#filePath, "it is there, and no capture"),
        ])
    func obstacles(path: String, reason: String) throws {
        do {
            _ = try Bench(path: path)
            Issue.record("\(path) was opened")
        } catch let error as USBCaptureError {
            #expect(
                error.description == "the capture \(path) cannot be written: \(reason); name another with --capture")
        }
    }

    @Test("a reader that stops reading holds nothing up, and is told later what it missed")
    func slowReader() throws {
        let path = NSTemporaryDirectory() + "fifo-\(UUID().uuidString)"
        #expect(mkfifo(path, 0o600) == 0)
        // Who reads and writes keeps the pipe open.
        let reader = open(path, O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        let bench = try Bench(path: path)
        defer { bench.remove() }
        bench.function.hostAttached()
        for _ in 0..<2000 { bench.function.outputReport([1], from: Host()) }
        #expect(bench.complaints.all.count == 1, "\(bench.complaints.all)")
        #expect(bench.complaints.all.first?.contains("Resource temporarily unavailable") == true)
        #expect(bench.file.shortcoming?.contains(" lacks ") == true)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        func drain() -> [UInt8] {
            var all: [UInt8] = []
            while case let count = read(reader, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
            return all
        }
        _ = drain()
        bench.function.outputReport([2], from: Host())
        let rest = String(decoding: drain(), as: UTF8.self)
        #expect(rest.contains(" packets before this one could not be written"))
        #expect(bench.complaints.all.count == 2)
        #expect(bench.complaints.all.last?.contains("can be written again") == true)
    }

    @Test("a capture that another writes is left alone")
    func locked() throws {
        let bench = try Bench()
        defer { bench.remove() }
        bench.function.outputReport([1], from: Host())
        let before = try bench.bytes
        #expect(throws: USBCaptureError.self) { try Bench(path: bench.path) }
        #expect(try bench.bytes == before)
    }

    @Test("a pipe that takes a part of a packet gets the rest of it first")
    func tornPipe() throws {
        let path = NSTemporaryDirectory() + "fifo-\(UUID().uuidString)"
        #expect(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        let bench = try Bench(path: path)
        defer { bench.remove() }
        bench.function.hostAttached()
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 30_000)
        // Reports of more than a pipe takes at once, or not at all, and a reader that reads now and then.
        for round in 0..<200 {
            bench.function.outputReport([UInt8](repeating: UInt8(round), count: 5000), from: Host())
            if round % 7 == 0, case let count = read(reader, &buffer, buffer.count), count > 0 {
                all += buffer[..<count]
            }
        }
        while case let count = read(reader, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        bench.function.outputReport([1], from: Host())
        while case let count = read(reader, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        let capture = try USBCapture(all)
        #expect(capture.warnings.isEmpty, "\(capture.warnings)")
        #expect(bench.file.shortcoming != nil)
        #expect(capture.devices[0].transfers.last?.bytes == [1])
    }

    @Test("what is on its way when the cable is pulled is no new device")
    func lateReports() throws {
        let bench = try Bench()
        defer { bench.remove() }
        bench.function.hostAttached()
        bench.cable.unplug()
        bench.function.outputReport([1], from: Host())
        #expect(bench.function.setFeatureReport([0xF1]))
        bench.function.inputReportDropped([3], reason: "the host has gone")
        #expect(String(decoding: try bench.bytes, as: UTF8.self).contains("did not reach the host: the host has gone"))
        _ = bench.cable.plug()
        bench.function.outputReport([2], from: Host())
        let devices = try bench.read().devices
        #expect(devices.map { $0.transfers.map(\.bytes) } == [[], [[2], [2]]])
    }

    @Test("a capture that is there is replaced")
    func replaced() throws {
        let path = NSTemporaryDirectory() + "capture-\(UUID().uuidString).pcapng"
        do {
            let bench = try Bench(path: path)
            bench.function.outputReport([1], from: Host())
        }
        let second = try Bench(path: path)
        defer { second.remove() }
        second.function.outputReport([2], from: Host())
        #expect(try second.read().devices.flatMap(\.transfers).map(\.bytes) == [[2], [2]])
    }

    @Test("reports from two threads are captured whole, each answer behind its question")
    func threads() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        bench.function.hostAttached()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    for round in 0..<200 {
                        bench.function.outputReport([UInt8(number), UInt8(round), 9], from: Host())
                        _ = bench.cable.sendInputReport([0x80])
                    }
                }
            }
        }
        let transfers = try bench.read().devices[0].transfers
        #expect(transfers.count == 4 * 200 * 3)
        var asked: Set<[UInt8]> = []
        for transfer in transfers where transfer.bytes.count == 3 {
            if transfer.isFromHost {
                asked.insert(transfer.bytes)
            } else {
                #expect(asked.contains(transfer.bytes.reversed()))
            }
        }
        #expect(zip(transfers, transfers.dropFirst()).allSatisfy { $0.time <= $1.time })
    }
}
