import HID
import Logging
import NIOCore
import NIOEmbedded
import Synchronization

@testable import USBIPTransport

/// The inside of a device, which notes what its transport tells it.
final class TestFunction: HIDFunction {
    static let description = HIDDescription(
        vendorID: 0x1209, productID: 1, release: 0x0100, manufacturer: "m", product: "p", serialNumber: "s",
        // Input and output reports of 4 bytes, and a feature report of 2.
        reportDescriptor: [0x75, 8, 0x95, 4, 0x81, 2, 0x91, 2, 0x95, 2, 0xB1, 2])

    private let told = Mutex<[String]>([])
    private let plug = Mutex<(any Cable)?>(nil)
    private let reaction = Mutex<(@Sendable (any Cable) -> Void)?>(nil)

    var cable: any Cable { plug.withLock { $0! } }

    /// What it was told since this was asked last.
    func takeTold() -> [String] {
        told.withLock { told in
            defer { told = [] }
            return told
        }
    }

    /// Does this once, on the next report that the host sends or sets.
    func react(_ body: @escaping @Sendable (any Cable) -> Void) { reaction.withLock { $0 = body } }

    private func note(_ text: String) { told.withLock { $0.append(text) } }

    private func react() {
        let body = reaction.withLock { reaction in
            defer { reaction = nil }
            return reaction
        }
        body?(cable)
    }

    func connected(to cable: any Cable) { plug.withLock { $0 = cable } }
    func hostAttached() { note("attached") }
    func hostDetached() { note("detached") }
    func outputReport(_ report: [UInt8], from host: any HostPort) {
        note("report \(report)")
        react()
    }
    func inputReportDropped(_ report: [UInt8], reason: String) { note("lost \(report): \(reason)") }
    func featureReport(id: UInt8) -> [UInt8]? {
        react()
        return [0xFE, 0xA7]
    }
    func setFeatureReport(_ report: [UInt8]) -> Bool {
        react()
        return true
    }
    func inputReport(id: UInt8) -> [UInt8]? { nil }
}

/// Log lines as they were written: `warning a USB/IP client … address=… reason=…`.
final class TestLog: Sendable {
    private let written = Mutex<[String]>([])

    var lines: [String] { written.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            log.written.withLock { $0.append("\(event.level) \(event.message)\(details.joined())") }
        }
    }
}

/// A client at a server without a network.
final class TestClient {
    let channel: EmbeddedChannel
    private var sequence: UInt32 = 0
    /// Those whose answers have data.
    private var reads: Set<UInt32> = []

    /// - Parameter port: its own, by which it is told from others.
    init(of transport: USBIPTransport, port: Int = 50_000) throws {
        channel = EmbeddedChannel(handler: transport.connection())
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: port), promise: nil)
    }

    func send(_ bytes: [UInt8]) throws { try channel.writeInbound(ByteBuffer(bytes: bytes)) }

    /// Returns the sequence number.
    @discardableResult
    func submit(
        in endpoint: UInt32, length: UInt32 = 64, setup: [UInt8] = [UInt8](repeating: 0, count: 8)
    ) throws -> UInt32 { try submit(1, endpoint, length, setup, []) }

    @discardableResult
    func submit(
        out endpoint: UInt32, _ data: [UInt8] = [], setup: [UInt8] = [UInt8](repeating: 0, count: 8)
    ) throws -> UInt32 { try submit(0, endpoint, UInt32(data.count), setup, data) }

    private func submit(
        _ direction: UInt32, _ endpoint: UInt32, _ length: UInt32, _ setup: [UInt8], _ data: [UInt8]
    ) throws -> UInt32 {
        sequence += 1
        if direction == 1 { reads.insert(sequence) }
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(
            UInt32(1), sequence, UInt32(0x10002), direction, endpoint, UInt32(0), length, UInt32(0), UInt32.max,
            UInt32(0))
        buffer.writeBytes(setup + data)
        try channel.writeInbound(buffer)
        return sequence
    }

    /// The status of the answer.
    func importDevice(_ busID: String = "1-1") throws -> UInt32? {
        try send(
            [0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0] + Array(busID.utf8)
                + [UInt8](repeating: 0, count: 32 - busID.utf8.count))
        let answer = try channel.readOutbound(as: ByteBuffer.self)
        return answer?.getInteger(at: 4)
    }

    /// Imports the device, and sets its configuration.
    func attach() throws {
        _ = try importDevice()
        try submit(out: 0, setup: [0, 9, 1, 0, 0, 0, 0, 0])
        _ = try answers()
    }

    /// What it was answered: a line each, of sequence number, status, and data or how much was taken.
    func answers() throws -> [String] {
        var all = ByteBuffer()
        while var part = try channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&part) }
        var lines: [String] = []
        while let header = all.readBytes(length: 48) {
            let words = stride(from: 0, to: 28, by: 4).map { start in
                header[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            }
            let (sequence, status, count) = (words[1], Int32(bitPattern: words[5]), words[6])
            let data = reads.contains(sequence) ? all.readBytes(length: Int(count)).map { "\($0)" } : "\(count)"
            lines.append("\(sequence): \(status), \(data ?? "cut off")")
        }
        return lines
    }
}
