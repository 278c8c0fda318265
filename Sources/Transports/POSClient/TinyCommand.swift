public import BlueTap
internal import Glibc
internal import HID
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
    private let hasReportIDs: Bool
    /// The ID of the feature report that answers.
    private let featureID: UInt8
    private let nextSequence: Mutex<UInt8>

    /// How a command fared.
    public struct Outcome: Hashable, Sendable {
        public let result: ResultCode
        /// Why, where this side knows it: the device only says the code.
        public let reason: String?
    }

    /// How long a device may take to answer, where nobody says: long enough for one on a machine that is busy.
    public static let usualReplyTimeout = Duration.seconds(10)

    /// - Parameter replyTimeout: how long to wait for the device's answer before the result is PROCESS_FAIL.
    public init(profile: Profile, codec: Codec, replyTimeout: Duration = usualReplyTimeout) {
        self.profile = profile
        self.codec = codec
        self.replyTimeout = replyTimeout
        let reports = ReportDescriptor(profile.hid.reportDescriptor.bytes)
        hasReportIDs = reports.hasReportIDs
        featureID = (0...UInt8.max).first { reports.size(of: .feature, id: $0) != nil } ?? 0
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
        let reports: [[UInt8]]
        let opaques = codec.opaqueSizes(of: command.kind).mapValues { count in
            (0..<count).map { _ in UInt8.random(in: .min ... .max) }
        }
        do {
            reports = try codec.encode(
                command,
                stamp: Codec.Stamp(sequence: sequence, counter: sequence, time: Int64(time(nil)), opaques: opaques))
        } catch {
            return Outcome(result: .parameterIllegal, reason: error.description)
        }
        do {
            let device = try HIDDevice(vendorID: profile.usb.vendorID, productID: profile.usb.productID)
            do {
                for report in reports {
                    let numbered = hasReportIDs ? report : [0] + report
                    if profile.hid.outputReport.isFeature {
                        try device.setFeatureReport(numbered)
                    } else {
                        try device.write(numbered)
                    }
                }
            } catch {
                return Outcome(result: .processFail, reason: "the report was not sent: \(error)")
            }
            guard codec.answers(command.kind) else { return Outcome(result: .success, reason: nil) }
            return try awaitReply(to: Codec.Context(command: command.kind, sequence: sequence), from: device)
        } catch {
            return Outcome(result: .deviceDisconnected, reason: "\(error)")
        }
    }

    /// The reply to a command; what else the device says meanwhile is passed over.
    private func awaitReply(
        to context: Codec.Context, from device: borrowing HIDDevice
    ) throws(HIDError) -> Outcome {
        let clock = ContinuousClock()
        let deadline = clock.now + replyTimeout + profile.replyDelay
        var assembler = codec.replyAssembler
        var last: [UInt8] = []
        while case let remaining = clock.now.duration(to: deadline), remaining > .zero {
            let size = profile.hid.inputReport.size
            let report: [UInt8]
            if profile.hid.inputReport.isFeature {
                // Asked again until there is another answer. One that stalls has none yet.
                guard let next = try device.featureReport(id: featureID, size: size), next != last else {
                    usleep(1000)
                    continue
                }
                report = next
                last = next
            } else {
                guard let next = try device.read(size: size, timeout: remaining) else { break }
                report = next
            }
            guard let message = try? assembler.receive(report).message,
                let reply = try? codec.decodeReply(message, to: context.command),
                reply.context == context || reply.context.sequence == 0
            else { continue }
            return Outcome(result: reply.result, reason: nil)
        }
        return Outcome(result: .processFail, reason: "the device did not answer within \(replyTimeout)")
    }
}
