public import HID
internal import Synchronization

/// A device whose reports are captured: stands between a transport and the device, on every transport alike.
///
/// The capture has what a host's bus would have carried, as seen from the device: the requests by which a host enumerates
/// it are written as Linux makes them, whatever the transport does in their place.
public final class CapturedFunction: HIDFunction {
    /// Which way a report goes.
    public enum Direction: Hashable, Sendable {
        case toHost
        case fromHost
        /// A feature report that the host sets.
        case setByHost
    }

    /// What a reader of the capture is told of a report beside its bytes; nil: nothing. Called in the reports' order.
    public typealias Describe = @Sendable ([UInt8], Direction) -> String?

    private let function: any HIDFunction
    private let line: CaptureLine

    /// - Parameters:
    ///   - number: the device's among those of the file, from 1: its bus.
    public init(
        _ function: any HIDFunction, description: HIDDescription, number: Int, file: CaptureWriter,
        describe: @escaping Describe
    ) {
        self.function = function
        line = CaptureLine(BusRecord(description, bus: UInt16(clamping: number)), file: file, describe: describe)
    }

    public func connected(to cable: any Cable) {
        function.connected(to: CapturedCable(cable, line))
    }

    public func hostAttached() {
        line.add { record, _ in record.attached() }
        function.hostAttached()
    }

    public func hostDetached() {
        line.add { record, _ in record.detached() }
        function.hostDetached()
    }

    public func outputReport(_ report: [UInt8], from host: any HostPort) {
        line.add { record, describe in record.outputReport(report, describe(report, .fromHost)) }
        function.outputReport(report, from: CapturedPort(host, line))
        line.add { _, _ in [] }
    }

    public func inputReportDropped(_ report: [UInt8], reason: String) {
        line.add { record, _ in
            record.inputReportDropped(report, "an input report did not reach the host: \(reason)")
        }
        function.inputReportDropped(report, reason: reason)
    }

    public func featureReport(id: UInt8) -> [UInt8]? {
        let report = function.featureReport(id: id)
        line.add { record, describe in
            record.getReport(.feature, id: id, answer: report, report.flatMap { describe($0, .toHost) })
        }
        return report
    }

    public func setFeatureReport(_ report: [UInt8]) -> Bool {
        let ending = line.begin { record, describe in record.setFeatureReport(report, describe(report, .setByHost)) }
        let wasTaken = function.setFeatureReport(report)
        line.add { _, _ in ending(wasTaken) }
        return wasTaken
    }

    public func inputReport(id: UInt8) -> [UInt8]? {
        let report = function.inputReport(id: id)
        line.add { record, _ in record.getReport(.input, id: id, answer: report, nil) }
        return report
    }
}

/// One device's part of a capture: what crosses its cable, in order.
private final class CaptureLine: Sendable {
    private let record: Mutex<BusRecord>
    private let file: CaptureWriter
    private let describe: CapturedFunction.Describe

    init(_ record: BusRecord, file: CaptureWriter, describe: @escaping CapturedFunction.Describe) {
        self.record = Mutex(record)
        self.file = file
        self.describe = describe
    }

    func add(_ body: (inout BusRecord, CapturedFunction.Describe) -> [BusPacket]) {
        record.withLock { record in
            let taken = record.outputTaken()
            file.append(taken + body(&record, describe))
        }
    }

    /// The output report that has just come is not taken.
    func stall() {
        record.withLock { record in file.append(record.stalled()) }
    }

    /// The same of what ends later.
    func begin(
        _ body: (inout BusRecord, CapturedFunction.Describe) -> ([BusPacket], BusRecord.Ending)
    ) -> BusRecord.Ending {
        record.withLock { record in
            let taken = record.outputTaken()
            let (packets, ending) = body(&record, describe)
            file.append(taken + packets)
            return ending
        }
    }

    /// Sends an input report: until it is captured no later report is.
    func send(_ report: [UInt8], to host: any HostPort) -> Delivery {
        record.withLock { record in
            var delivery = Delivery.sent
            file.append(record.outputTaken())
            var sent = record
            file.append(sent.inputReport(report, describe(report, .toHost))) {
                delivery = host.sendInputReport(report)
                return delivery == .sent
            }
            switch delivery {
            case .sent: record = sent
            case .dropped(let reason):
                file.append(record.inputReportDropped(report, "an input report was not sent: \(reason)"))
            }
            return delivery
        }
    }
}

private struct CapturedPort: HostPort {
    private let host: any HostPort
    private let line: CaptureLine

    init(_ host: any HostPort, _ line: CaptureLine) {
        self.host = host
        self.line = line
    }

    func sendInputReport(_ report: [UInt8]) -> Delivery { line.send(report, to: host) }
}

private struct CapturedCable: Cable {
    private let cable: any Cable
    private let line: CaptureLine

    init(_ cable: any Cable, _ line: CaptureLine) {
        self.cable = cable
        self.line = line
    }

    var abilities: CableAbilities { cable.abilities }

    func sendInputReport(_ report: [UInt8]) -> Delivery { line.send(report, to: cable) }

    func unplug() {
        line.add { record, _ in record.detached("the cable is pulled") }
        cable.unplug()
    }

    func plug() -> Bool {
        let isAttached = cable.plug()
        if isAttached { line.add { record, _ in record.attached() } }
        return isAttached
    }

    func stall() {
        line.stall()
        cable.stall()
    }

    func setReading(_ isReading: Bool) { cable.setReading(isReading) }
}
