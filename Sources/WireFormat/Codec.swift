public import BlueTap

/// A profile compiled: commands and replies to reports and back.
///
/// A report here is what crosses the wire: the report ID first where the profile's reports are numbered, else the data
/// alone.
public struct Codec: Sendable {
    /// What a reply needs to know of the command that it answers.
    public struct Context: Hashable, Sendable {
        public let command: Command.Kind
        /// The number by which the host tells replies apart; 0 where the profile has none.
        public let sequence: Int64

        public init(command: Command.Kind, sequence: Int64) {
            self.command = command
            self.sequence = sequence
        }
    }

    private let pay: CompiledMessage
    private let cancel: CompiledMessage
    private let payReply: CompiledMessage
    private let cancelReply: CompiledMessage

    /// Compiles a profile, or names the key that cannot be.
    public init(_ profile: Profile) throws(ProfileError) {
        func compile(
            _ layouts: [Command.Kind: MessageLayout], _ kind: Command.Kind, key: String, size: Int
        ) throws(ProfileError) -> CompiledMessage {
            guard let layout = layouts[kind] else {
                throw ProfileError(at: [.key(key)], "there is no layout for `\(kind.rawValue)`")
            }
            return try CompiledMessage(layout, size: size, path: [.key(key), .key(kind.rawValue)])
        }
        for (key, report) in [("outputReport", profile.hid.outputReport), ("inputReport", profile.hid.inputReport)] {
            guard (1...1024).contains(report.size) else {
                throw ProfileError(
                    at: [.key("hid"), .key(key), .key("size")], "a report has 1 to 1024 bytes, not \(report.size)")
            }
        }
        let outputSize = profile.hid.outputReport.size
        let inputSize = profile.hid.inputReport.size
        pay = try compile(profile.commands, .pay, key: "commands", size: outputSize)
        cancel = try compile(profile.commands, .cancel, key: "commands", size: outputSize)
        payReply = try compile(profile.replies, .pay, key: "replies", size: inputSize)
        cancelReply = try compile(profile.replies, .cancel, key: "replies", size: inputSize)

        guard pay.has(.paymentMethod) else {
            throw ProfileError(at: [.key("commands"), .key("pay")], "no field carries paymentMethod")
        }
        for (kind, reply) in [(Command.Kind.pay, payReply), (.cancel, cancelReply)] where reply.results.isEmpty {
            throw ProfileError(at: [.key("replies"), .key(kind.rawValue)], "no field carries the result code")
        }
        for (kind, command, reply) in [(Command.Kind.pay, pay, payReply), (.cancel, cancel, cancelReply)] {
            if let repeated = reply.sequenceSize, repeated != command.sequenceSize {
                throw ProfileError(
                    at: [.key("replies"), .key(kind.rawValue)],
                    "the sequence number has \(repeated) bytes here, \(command.sequenceSize ?? 0) in the command")
            }
        }
        guard pay.isTold(from: cancel) else {
            throw ProfileError(
                at: [.key("commands")],
                "no byte is a constant of both pay and cancel and differs: no report tells which it is")
        }
    }

    // MARK: The device's side

    /// A report of the host as the command that it is.
    public func decode(_ report: [UInt8]) throws(Malformation) -> (command: Command, context: Context) {
        let bytes = report.span
        guard bytes.count == pay.size else { throw .wrongSize(actual: bytes.count, expected: pay.size) }
        let kind: Command.Kind
        if pay.matches(bytes) {
            kind = .pay
        } else if cancel.matches(bytes) {
            kind = .cancel
        } else {
            throw .unknownCommand
        }
        let message = message(kind)
        try message.verify(bytes)

        var paymentMethod: String?
        var amount: String?
        var orderID: String?
        for text in message.texts {
            let value = message.read(text, from: bytes)
            switch text.value {
            case .paymentMethod: paymentMethod = value
            case .amount: amount = value
            case .orderID: orderID = value
            case .expiryTime, .sequence: break
            }
        }
        var expiryTime: Int64?
        var sequence: Int64?
        for integer in message.integers {
            let value = message.read(integer, from: bytes)
            if integer.value == .expiryTime { expiryTime = value } else { sequence = value }
        }
        let context = Context(command: kind, sequence: sequence ?? 0)
        switch kind {
        case .pay:
            let command = PayCommand(
                paymentMethod: paymentMethod ?? "", amount: amount, orderID: orderID, expiryTime: expiryTime)
            return (.pay(command), context)
        case .cancel:
            return (.cancel(CancelCommand(orderID: orderID)), context)
        }
    }

    /// The report that answers a command.
    public func reply(to context: Context, result: ResultCode) -> [UInt8] {
        let message = context.command == .pay ? payReply : cancelReply
        var report = message.blank
        message.write(sequence: context.sequence, to: &report)
        message.write(result, to: &report)
        message.seal(&report)
        return report
    }

    // MARK: The host's side

    /// The report that carries a command.
    public func encode(_ command: Command, sequence: Int64 = 1) throws(EncodingError) -> [UInt8] {
        let message = message(command.kind)
        var report = message.blank
        for text in message.texts {
            let value: String?
            switch (text.value, command) {
            case (.paymentMethod, .pay(let pay)): value = pay.paymentMethod
            case (.amount, .pay(let pay)): value = pay.amount
            case (.orderID, .pay(let pay)): value = pay.orderID
            case (.orderID, .cancel(let cancel)): value = cancel.orderID
            default: value = nil
            }
            try message.write(text, value, to: &report)
        }
        for integer in message.integers {
            switch (integer.value, command) {
            case (.sequence, _): try message.write(integer, sequence, to: &report)
            case (.expiryTime, .pay(let pay)): try message.write(integer, pay.expiryTime, to: &report)
            default: break
            }
        }
        message.seal(&report)
        return report
    }

    /// A report of the device as the reply that it is. Where the profile's replies do not say what they answer, it is
    /// taken for one to a pay.
    public func decodeReply(_ report: [UInt8]) throws(Malformation) -> (result: ResultCode, context: Context) {
        do {
            return try decodeReply(report, to: .pay)
        } catch .unknownReply {
            return try decodeReply(report, to: .cancel)
        }
    }

    /// A report of the device as a reply to a command of this kind.
    public func decodeReply(
        _ report: [UInt8], to command: Command.Kind
    ) throws(Malformation) -> (result: ResultCode, context: Context) {
        let message = command == .pay ? payReply : cancelReply
        let bytes = report.span
        guard bytes.count == message.size else { throw .wrongSize(actual: bytes.count, expected: message.size) }
        guard message.matches(bytes) else { throw .unknownReply }
        try message.verify(bytes)
        guard let result = message.result(in: bytes) else { throw .unknownReply }
        let sequence = message.integers.first { $0.value == .sequence }.flatMap { message.read($0, from: bytes) }
        return (result, Context(command: command, sequence: sequence ?? 0))
    }

    private func message(_ kind: Command.Kind) -> CompiledMessage {
        switch kind {
        case .pay: pay
        case .cancel: cancel
        }
    }
}

/// A command that the profile's reports cannot carry.
public enum EncodingError: Error, Hashable, Sendable {
    case doesNotFit(field: FieldLayout.Value, value: String, limit: String)
    /// The field has no way to say that nothing was given.
    case required(field: FieldLayout.Value)
    /// The text is empty, or ends like the field's padding.
    case looksLikePadding(field: FieldLayout.Value)
}

extension EncodingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .doesNotFit(let field, let value, let limit):
            "\(field.rawValue) \"\(value)\" does not fit in the profile's field of \(limit)"
        case .required(let field): "the profile's reports need \(field.rawValue)"
        case .looksLikePadding(let field):
            "\(field.rawValue) is empty or ends like the profile's padding: leave it out, or give it without"
        }
    }
}
