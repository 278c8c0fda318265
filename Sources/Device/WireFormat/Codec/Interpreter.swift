public import BlueTap

/// Tells what the reports of a session mean, one after another as they crossed the wire.
public struct Interpreter: Sendable {
    public enum Meaning: Hashable, Sendable {
        case command(Command)
        case reply(Command.Kind, ResultCode)
        /// What goes before the reply: a first "received", or that the device is at work.
        case acknowledgement(Command.Kind)
        /// What the device says unasked.
        case notification(Occasion)
    }

    /// What a report is of.
    public enum Interpretation: Sendable {
        /// It ends a message, of these reports; what stands where in them stands beside.
        case message(Meaning, Codec.Anatomy, reports: [[UInt8]])
        /// Its message goes on in the next.
        case part
        /// One of the profile's exchanges: a request, or an answer to one.
        case exchange
        /// Nothing that the profile knows, for this reason.
        case unreadable(Malformation)
    }

    private let codec: Codec
    private var hostAssembler: Assembler
    private var deviceAssembler: Assembler
    /// The last command, and whether it has been acknowledged.
    private var pending: (kind: Command.Kind, isAcknowledged: Bool)?
    /// What the last request of an exchange is answered with.
    private var answers: [HexBytes] = []

    public init(_ codec: Codec) {
        self.codec = codec
        hostAssembler = codec.assembler
        deviceAssembler = codec.replyAssembler
    }

    /// The device was plugged in anew: what was begun is not ended.
    public mutating func reset() { self = Interpreter(codec) }

    // MARK: The host

    /// What a report of the host says: an output report, or a feature report that it sets.
    public mutating func host(_ report: [UInt8], isFeature: Bool = false) -> Interpretation {
        if let exchange = codec.exchanges.first(where: { $0.request.matches(report, isFeature: isFeature) }) {
            answers = exchange.answers
            return .exchange
        }
        do throws(Malformation) {
            guard let whole = try hostAssembler.receive(report).message else { return .part }
            let (command, _) = try codec.decode(whole)
            pending = (command.kind, isAcknowledged: !codec.acknowledges(command.kind))
            guard let message = codec.message(command.kind) else { return .unreadable(.unknownCommand) }
            return .message(.command(command), try codec.anatomy(message, hostAssembler, whole), reports: whole.reports)
        } catch {
            return .unreadable(error)
        }
    }

    // MARK: The device

    /// What a report of the device says: an input report, or a feature report that the host reads.
    public mutating func device(_ report: [UInt8]) -> Interpretation {
        if answers.contains(where: { $0.bytes == report }) { return .exchange }
        do throws(Malformation) {
            guard let whole = try deviceAssembler.receive(report).message else { return .part }
            return try device(whole)
        } catch {
            return .unreadable(error)
        }
    }

    private mutating func device(_ whole: Assembler.Message) throws(Malformation) -> Interpretation {
        var complaint: Malformation?
        for meaning in candidates {
            do throws(Malformation) {
                let (message, meaning) = try read(whole, as: meaning)
                let anatomy = try codec.anatomy(message, deviceAssembler, whole)
                if case .acknowledgement = meaning { pending?.isAcknowledged = true }
                return .message(meaning, anatomy, reports: whole.reports)
            } catch {
                complaint = complaint ?? error
            }
        }
        throw complaint ?? .unknownReply
    }

    /// What the device may say, what is waited for first.
    private var candidates: [Meaning] {
        let kinds: [Command.Kind] = pending?.kind == .cancel ? [.cancel, .pay] : [.pay, .cancel]
        let replies = kinds.filter(codec.answers).map { Meaning.reply($0, .success) }
        let acknowledgements = kinds.filter(codec.acknowledges).map(Meaning.acknowledgement)
        // Until the reply the device may say again that it is at work.
        let isAcknowledged = codec.steps.isEmpty && (pending?.isAcknowledged ?? true)
        return (isAcknowledged ? replies + acknowledgements : acknowledgements + replies)
            + Occasion.allCases.map(Meaning.notification)
    }

    private func read(
        _ whole: Assembler.Message, as meaning: Meaning
    ) throws(Malformation) -> (message: Codec.Message, meaning: Meaning) {
        let message: Codec.Message?
        switch meaning {
        case .command: message = nil
        case .reply(let kind, _):
            if let reply = codec.reply(kind) {
                return (reply, .reply(kind, try codec.decodeReply(whole, to: kind).result))
            }
            message = nil
        case .acknowledgement(let kind):
            let ways = [codec.acknowledgement(kind)] + codec.steps.map { $0.messages[kind] }
            for way in ways.compactMap(\.self) where (try? codec.read(whole, as: way)) != nil { return (way, meaning) }
            message = nil
        case .notification(let occasion): message = codec.notification(occasion)
        }
        guard let message else { throw .unknownReply }
        _ = try codec.read(whole, as: message)
        return (message, meaning)
    }
}

extension Interpreter.Meaning: CustomStringConvertible {
    /// What sort of message it is: `reply to pay`.
    public var sort: String {
        switch self {
        case .command(let command): command.kind.rawValue
        case .reply(let kind, _): "reply to \(kind.rawValue)"
        case .acknowledgement(let kind): "acknowledgement of \(kind.rawValue)"
        case .notification(let occasion): "notification \(occasion.rawValue)"
        }
    }

    /// `pay TRUEMONEY 12.50, order A1, 900 s`, `reply to pay: SUCCESS`; texts are as the host sent them.
    public var description: String {
        switch self {
        case .command(.pay(let pay)):
            [sort, pay.paymentMethod, pay.amount].compactMap(\.self).joined(separator: " ")
                + (pay.orderID.map { ", order \($0)" } ?? "") + (pay.expiryTime.map { ", \($0) s" } ?? "")
        case .command(.cancel(let cancel)): sort + (cancel.orderID.map { ", order \($0)" } ?? "")
        case .reply(_, let result): "\(sort): \(result.rawValue)"
        case .acknowledgement, .notification: sort
        }
    }
}

extension Interpreter.Interpretation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .message(let meaning, _, _): meaning.description
        case .part: "a part of a message"
        case .exchange: "an exchange of the profile"
        case .unreadable(let malformation): "no message of the profile: \(malformation)"
        }
    }
}
