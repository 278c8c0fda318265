public import BlueTap
internal import Synchronization
internal import VirtualHID
internal import WireFormat

/// Takes what the device answers a command that no host has sent.
private final class OperatorPort: HostPort {
    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
}

extension EmulatedDevice {
    /// A command of somebody who has no POS at hand: it takes a host's way, with the profile's reports. Returns the events
    /// that it caused; the answer is one of them.
    public func perform(_ command: Command) throws(EmulatorError) -> [Event] {
        guard status.state != .detached else { throw EmulatorError("the device is detached: plug it in") }
        let reports: [[UInt8]]
        do throws(EncodingError) {
            reports = try codec.encode(command, stamp: Codec.Stamp(sequence: 1))
        } catch {
            throw EmulatorError(error.description)
        }
        let before = status.lastSequence
        let port = OperatorPort()
        for report in reports { receive(report, from: port) }
        return events(after: before)
    }
}
