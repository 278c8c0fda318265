public import BlueTap
internal import Synchronization
public import WireFormat

/// The host's side of a BlueTap, with the names of the vendor's library: sends a command and tells how it fared.
///
/// The device is opened for each command, so that one that was unplugged and is back is found again.
/// Source: Alipay+ Docs, SendPayCommand.
public final class TinyCommand: Sendable {
    private let profile: Profile
    private let codec: Codec
    private let replyTimeout: Duration
    private let nextSequence: Mutex<UInt8>

    /// How a command fared.
    public struct Outcome: Hashable, Sendable {
        public let result: ResultCode
        /// Why, where this side knows it: the device only says the code.
        public let reason: String?
    }

    /// - Parameter replyTimeout: how long to wait for the device's answer before the result is PROCESS_FAIL.
    public init(profile: Profile, codec: Codec, replyTimeout: Duration = .seconds(2)) {
        self.profile = profile
        self.codec = codec
        self.replyTimeout = replyTimeout
        nextSequence = Mutex(UInt8.random(in: 1...127))
    }

    public func sendPayCommand(_ command: PayCommand) -> ResultCode { send(.pay(command)).result }

    public func sendCancelCommand(_ command: CancelCommand) -> ResultCode { send(.cancel(command)).result }

    public func send(_ command: Command) -> Outcome {
        // Small enough for a sequence field of any size.
        let sequence = nextSequence.withLock { next in
            next = next % 127 + 1
            return Int64(next)
        }
        let report: [UInt8]
        do {
            report = try codec.encode(command, sequence: sequence)
        } catch {
            return Outcome(result: .parameterIllegal, reason: error.description)
        }
        do {
            let device = try HIDDevice(vendorID: profile.usb.vendorID, productID: profile.usb.productID)
            do {
                try device.write([0] + report)
            } catch {
                return Outcome(result: .processFail, reason: "the report was not sent: \(error)")
            }
            return try awaitReply(to: Codec.Context(command: command.kind, sequence: sequence), from: device)
        } catch {
            return Outcome(result: .deviceDisconnected, reason: "\(error)")
        }
    }

    /// The reply with the command's sequence number; what else the device says meanwhile is passed over.
    private func awaitReply(
        to context: Codec.Context, from device: borrowing HIDDevice
    ) throws(HIDError) -> Outcome {
        let clock = ContinuousClock()
        let deadline = clock.now + replyTimeout
        while case let remaining = clock.now.duration(to: deadline), remaining > .zero {
            guard let report = try device.read(size: profile.hid.inputReport.size, timeout: remaining) else { break }
            if let reply = try? codec.decodeReply(report, to: context.command), reply.context == context {
                return Outcome(result: reply.result, reason: nil)
            }
        }
        return Outcome(result: .processFail, reason: "the device did not answer within \(replyTimeout)")
    }
}
