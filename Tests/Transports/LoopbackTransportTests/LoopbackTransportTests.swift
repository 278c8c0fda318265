import Dispatch
import Glibc
import HID
import LinuxIO
import Logging
import LoopbackTransport
import Synchronization
import TestSupport
import Testing

/// A device that answers each output report with its bytes in reverse, and has one feature report.
private final class ReversingFunction: HIDFunction {
    func connected(to cable: any Cable) {}
    let outputs = Mutex<[[UInt8]]>([])
    /// Counts the output reports.
    let received = DispatchSemaphore(value: 0)
    let attachments = Mutex<[Bool]>([])

    func hostAttached() { attachments.withLock { $0.append(true) } }
    func hostDetached() { attachments.withLock { $0.append(false) } }
    func outputReport(_ report: [UInt8], from host: any HostPort) {
        outputs.withLock { $0.append(report) }
        _ = host.sendInputReport(report.reversed())
        received.signal()
    }
    func inputReportDropped(_ report: [UInt8], reason: String) {}
    func featureReport(id: UInt8) -> [UInt8]? { id == 0 ? [0xF0, 0xF1] : nil }
    func setFeatureReport(_ report: [UInt8]) -> Bool { report == [0xAA] }
    func inputReport(id: UInt8) -> [UInt8]? { id == 0 ? [0x11] : nil }
}

/// A host that speaks the protocol byte by byte.
private struct RawHost: ~Copyable {
    private let descriptor: CInt

    init(_ path: String) throws {
        descriptor = try #require(connectUnixSocket(path, type: SOCK_SEQPACKET))
    }

    deinit { close(descriptor) }

    func send(_ packet: [UInt8]) {
        _ = Glibc.send(descriptor, packet, packet.count, CInt(MSG_NOSIGNAL))
    }

    /// The next packet; nil where the device has closed the connection.
    func receive() -> [UInt8]? {
        var packet = [UInt8](repeating: 0, count: 9000)
        let count = recv(descriptor, &packet, packet.count, 0)
        return count > 0 ? Array(packet[..<count]) : nil
    }
}

@Suite("The loopback transport", .timeLimit(.minutes(10)))
struct LoopbackTransportTests {
    /// "BTLP", version 1, then the purpose.
    static let enumerate: [UInt8] = [0x42, 0x54, 0x4C, 0x50, 1, 1]
    static let reports: [UInt8] = [0x42, 0x54, 0x4C, 0x50, 1, 2]
    static let control: [UInt8] = [0x42, 0x54, 0x4C, 0x50, 1, 3]

    private func withDevice(
        numbered: Bool = false,
        _ body: @escaping @Sendable (_ path: String, _ function: ReversingFunction) throws -> Void
    ) async throws {
        let path = "/tmp/bt-loop-\(UInt64.random(in: 0...UInt64.max))"
        let function = ReversingFunction()
        let description = HIDDescription(
            vendorID: 0x1209, productID: 0x0001, release: 0x0102, manufacturer: "m", product: "né", serialNumber: "",
            reportDescriptor: numbered ? [0x85, 0x07, 0xC0] : [0xC0])
        let transport = try LoopbackTransport(
            [.init(path: path, description: description, function: function)], logger: Logger(label: "test"))
        try transport.open()
        let run = Task { try await transport.run() }
        // The host blocks, so that it needs a thread of its own: tasks share few.
        let result = Mutex<Result<Void, any Error>>(.success(()))
        await IOThread.run {
            let outcome = Result { try body(path, function) }
            result.withLock { $0 = outcome }
        }
        run.cancel()
        try result.withLock { try $0.get() }
        try await run.value
        #expect(access(path, F_OK) == -1, "the socket is gone")
        #expect(function.attachments.withLock { $0 } == [true, false])
    }

    @Test("a greeting is answered with the identity, and an enumeration ends there")
    func hello() async throws {
        try await withDevice { path, _ in
            let host = try RawHost(path)
            host.send(Self.enumerate)
            #expect(
                host.receive() == [
                    0x42, 0x54, 0x4C, 0x50, 1, 1,  // "BTLP", version, bus: USB
                    0x09, 0x12, 0x01, 0x00, 0x02, 0x01,  // vendor, product, release
                    1, 0, 3, 0, 0, 0, 1, 0,  // lengths: manufacturer, product, serial number, report descriptor
                    0x6D, 0x6E, 0xC3, 0xA9, 0xC0,  // "m", "né", C0
                ])
            #expect(host.receive() == nil)
        }
    }

    @Test("an unnumbered report loses its leading 0 on the way in, and has it on the way out")
    func unnumbered() async throws {
        try await withDevice { path, function in
            let host = try RawHost(path)
            host.send(Self.reports)
            _ = host.receive()
            host.send([0x01, 0, 1, 2, 3])
            #expect(host.receive() == [0x02, 0, 3, 2, 1])
            #expect(function.outputs.withLock { $0 } == [[1, 2, 3]])
        }
    }

    @Test("a numbered report keeps its report ID")
    func numbered() async throws {
        try await withDevice(numbered: true) { path, function in
            let host = try RawHost(path)
            host.send(Self.reports)
            _ = host.receive()
            host.send([0x01, 7, 8, 9])
            #expect(host.receive() == [0x02, 9, 8, 7])
            #expect(function.outputs.withLock { $0 } == [[7, 8, 9]])
        }
    }

    @Test("every host that has the device open gets every input report")
    func broadcast() async throws {
        try await withDevice { path, _ in
            let first = try RawHost(path)
            let second = try RawHost(path)
            first.send(Self.reports)
            second.send(Self.reports)
            _ = (first.receive(), second.receive())
            first.send([0x01, 0, 5])
            #expect(first.receive() == [0x02, 0, 5])
            #expect(second.receive() == [0x02, 0, 5])
        }
    }

    @Test("control requests are answered with a status, and a stall is EPIPE")
    func controlRequests() async throws {
        try await withDevice { path, function in
            let host = try RawHost(path)
            host.send(Self.control)
            _ = host.receive()
            let exchanges: [(request: [UInt8], answer: [UInt8])] = [
                ([0x12, 0], [0x12, 0, 0, 0xF0, 0xF1]), ([0x12, 9], [0x12, 32]),
                ([0x11, 0, 0xAA], [0x11, 0]), ([0x11, 0, 0xBB], [0x11, 32]),
                ([0x14, 0], [0x14, 0, 0, 0x11]), ([0x14, 1], [0x14, 32]), ([0x13, 0, 4], [0x13, 0]),
            ]
            for (request, answer) in exchanges {
                host.send(request)
                #expect(host.receive() == answer, "\(request)")
            }
            #expect(function.outputs.withLock { $0 } == [[4]])
        }
    }

    @Test(
        "a host that does not speak the protocol is disconnected, and the next one is served",
        arguments: [
            [[0]], [[0x42, 0x54, 0x4C, 0x50, 2, 1]], [[0x42, 0x54, 0x4C, 0x50, 1, 9]], [[0x42, 0x54, 0x4C, 0x50, 1]],
            [Array(repeating: 0x42, count: 8999)], [reports, [0x02, 0, 1]], [reports, [0x01]],
            [reports, [1] + Array(repeating: 0, count: 4098)], [control, [0x55, 0]], [control, [0x12]],
        ] as [[[UInt8]]])
    func hostile(packets: [[UInt8]]) async throws {
        try await withDevice { path, _ in
            let hostile = try RawHost(path)
            for packet in packets { hostile.send(packet) }
            if packets.count > 1 { #expect(hostile.receive() != nil) }
            #expect(hostile.receive() == nil)

            let good = try RawHost(path)
            good.send(Self.reports)
            _ = good.receive()
            good.send([0x01, 0, 5])
            #expect(good.receive() == [0x02, 0, 5])
        }
    }

    @Test("what a host sent before it died unread is still worked off")
    func lastWords() async throws {
        try await withDevice { path, function in
            do {
                let dying = try RawHost(path)
                dying.send(Self.reports)
                _ = dying.receive()
                for byte in 1...20 { dying.send([0x01, 0, UInt8(byte)]) }
            }
            for _ in 0..<20 { #expect(function.received.wait(timeout: .now() + 20) == .success) }
            #expect(function.outputs.withLock { $0 } == (1...20).map { [UInt8($0)] })
        }
    }

    @Test("connections beyond the bound are turned away, and those within it are served")
    func bounded() async throws {
        try await withDevice { path, _ in
            var hosts: [Box] = []
            for _ in 0..<300 { hosts.append(Box(try RawHost(path))) }
            var served = 0
            for host in hosts {
                host.host.send(Self.reports)
                if host.host.receive() != nil { served += 1 }
            }
            #expect(served == 256)
        }
    }

    /// A host in a list.
    private final class Box {
        let host: RawHost

        init(_ host: consuming RawHost) {
            self.host = host
        }
    }
}
