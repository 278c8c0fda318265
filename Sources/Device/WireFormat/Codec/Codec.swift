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
        public var sequence: Int64
        /// The command's bytes, for replies that echo some.
        let message: [UInt8]
        /// What else it carried, for replies that repeat it; nil where no reply does.
        var values: FieldValues?

        public init(command: Command.Kind, sequence: Int64) {
            self.init(command: command, sequence: sequence, message: [], values: nil)
        }

        init(command: Command.Kind, sequence: Int64, message: [UInt8], values: FieldValues?) {
            self.command = command
            self.sequence = sequence
            self.message = message
            self.values = values
        }

        public static func == (left: Context, right: Context) -> Bool {
            left.command == right.command && left.sequence == right.sequence
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(command)
            hasher.combine(sequence)
        }
    }

    /// Numbers that a message carries and no command has.
    public struct Stamp: Sendable {
        public var sequence: Int64
        public var counter: Int64
        /// Seconds since 1970 UTC.
        public var time: Int64
        /// Bytes that mean nothing to the device, by the profile's names for them; nil: zeros.
        public var opaques: [String: [UInt8]]?

        public init(
            sequence: Int64 = 1, counter: Int64 = 1, time: Int64 = 0, opaques: [String: [UInt8]]? = nil
        ) {
            self.sequence = sequence
            self.counter = counter
            self.time = time
            self.opaques = opaques
        }
    }

    /// One kind of message.
    enum Message: Sendable {
        case fixed(FixedMessage)
        case general(GeneralMessage)
    }

    /// How messages are read and written that the quick way can hold: by that, or as all others, to compare the two.
    package enum Way: Sendable {
        case quick
        case general
    }

    private let pay: Message?
    private let cancel: Message?
    private let payReply: Message?
    private let cancelReply: Message?
    private let acknowledgements: [Command.Kind: Message]
    let steps: [Step]
    private let notifications: [Occasion: Message]
    private let outputFraming: CompiledFraming?
    private let inputFraming: CompiledFraming?
    private let outputArmour: CompiledArmour?
    private let inputArmour: CompiledArmour?
    public let exchanges: [Exchange]
    /// Whether what the device says carries more of the command than its sequence number.
    private let isCommandRepeated: Bool
    /// The bytes of each command that mean nothing to the device.
    private let opaqueSizes: [Command.Kind: [String: Int]]
    private let input: ReportLayout
    private let output: ReportLayout

    /// Compiles a profile, or names the key that cannot be.
    public init(_ profile: Profile) throws(ProfileError) {
        try self.init(profile, way: .quick)
    }

    package init(_ profile: Profile, way: Way) throws(ProfileError) {
        var compiler = try MessageCompiler(profile, way)
        pay = try compiler.compile(profile.commands[.pay], .output, [.key("commands"), .key("pay")])
        cancel = try compiler.compile(profile.commands[.cancel], .output, [.key("commands"), .key("cancel")])
        payReply = try compiler.compile(profile.replies[.pay], .input, [.key("replies"), .key("pay")])
        cancelReply = try compiler.compile(profile.replies[.cancel], .input, [.key("replies"), .key("cancel")])
        var acknowledgements: [Command.Kind: Message] = [:]
        for (kind, layout) in profile.acknowledgements {
            acknowledgements[kind] = try compiler.compile(
                layout, .input, [.key("acknowledgements"), .key(kind.rawValue)])
        }
        try profile.checkSteps()
        var steps: [Step] = []
        for (index, step) in profile.steps.enumerated() {
            var messages: [Command.Kind: Message] = [:]
            for (kind, layout) in step.messages {
                messages[kind] = try compiler.compile(
                    layout, .input, [.key("steps"), .index(index), .key("messages"), .key(kind.rawValue)])
            }
            steps.append(Step(messages: messages, count: step.count, known: step.known, first: step.first))
        }
        self.steps = steps
        var notifications: [Occasion: Message] = [:]
        for (occasion, layout) in profile.notifications {
            notifications[occasion] = try compiler.compile(
                layout, .input, [.key("notifications"), .key(occasion.rawValue)])
        }
        self.acknowledgements = acknowledgements
        self.notifications = notifications
        outputFraming = compiler.framing[.output]
        inputFraming = compiler.framing[.input]
        outputArmour = compiler.armour[.output]
        inputArmour = compiler.armour[.input]
        exchanges = try Self.padded(profile.exchanges, profile.hid)
        input = profile.hid.inputReport
        output = profile.hid.outputReport
        isCommandRepeated = Self.repeatsCommands(profile)
        opaqueSizes = profile.opaqueSizes
        try Self.check(profile)
        try profile.checkOpaques()
        guard pay != nil || cancel != nil || !exchanges.isEmpty else {
            throw ProfileError(at: [.key("commands")], "there are neither commands nor exchanges")
        }
        let quick = compiler.quickCommands
        if quick.count == 2, !quick[0].isTold(from: quick[1]) {
            throw ProfileError(
                at: [.key("commands")],
                "no byte is a constant of both pay and cancel and differs: no report tells which it is")
        }
    }

    /// Whether what the device says carries more of the command than its sequence number.
    private static func repeatsCommands(_ profile: Profile) -> Bool {
        let own =
            Array(profile.replies.values) + Array(profile.acknowledgements.values)
            + Array(profile.notifications.values) + profile.steps.flatMap { $0.messages.values }
            + [profile.framing[.input]?.header, profile.framing[.input]?.first].compactMap(\.self).map { header in
                header.filter { !$0.opaqueNames.isEmpty }
            }
        return own.contains { layout in
            layout.contains { field in
                var repeats = field.values.contains { ![.sequence, .result, .counter, .time, .step].contains($0) }
                field.visit {
                    switch $0.content {
                    case .echo, .opaque: repeats = true
                    default: break
                    }
                }
                return repeats
            }
        }
    }

    /// Answers are input reports, and as long as every other.
    private static func padded(_ exchanges: [Exchange], _ hid: HIDLayout) throws(ProfileError) -> [Exchange] {
        var exchanges = exchanges
        for index in exchanges.indices {
            if case .getFeature = exchanges[index].request { continue }
            for number in exchanges[index].answers.indices {
                var bytes = exchanges[index].answers[number].bytes
                let size = hid.inputReport.size(of: bytes.first)
                guard bytes.count <= size else {
                    throw ProfileError(
                        at: [.key("exchanges"), .index(index), .key("answers"), .index(number)],
                        "the answer has \(bytes.count) bytes, and an input report \(size)")
                }
                guard let padding = hid.inputReport.padding?.bytes.first else { continue }
                bytes += [UInt8](repeating: padding, count: size - bytes.count)
                exchanges[index].answers[number] = HexBytes(bytes)
            }
        }
        return exchanges
    }

    private static func check(_ profile: Profile) throws(ProfileError) {
        if let pay = profile.commands[.pay], !pay.contains(where: { $0.values.contains(.paymentMethod) }) {
            throw ProfileError(at: [.key("commands"), .key("pay")], "no field carries paymentMethod")
        }
        for (kind, reply) in profile.replies {
            guard let command = profile.commands[kind] else {
                throw ProfileError(at: [.key("replies"), .key(kind.rawValue)], "there is no such command to answer")
            }
            guard profile.framing.isEmpty, let repeated = reply.sequenceField else { continue }
            let path: [ProfileError.PathStep] = [.key("replies"), .key(kind.rawValue)]
            guard let told = command.sequenceField else {
                throw ProfileError(at: path, "the sequence number is repeated here, and the command has none")
            }
            // Numbers that end where their text does have no size.
            if let size = repeated.fixedSize, let other = told.fixedSize, size != other {
                throw ProfileError(at: path, "the sequence number has \(size) bytes here, \(other) in the command")
            }
        }
    }

    // MARK: The device's side

    /// Puts the host's reports together.
    public var assembler: Assembler { Assembler(outputFraming, armour: outputArmour) }

    /// Puts the device's reports together.
    public var replyAssembler: Assembler { Assembler(inputFraming, armour: inputArmour) }

    /// Whether each command is one report, and nothing else is to be looked for.
    public var isSimple: Bool { outputFraming == nil && exchanges.isEmpty }

    /// A command that is one report.
    public func decode(_ report: [UInt8]) throws(Malformation) -> (command: Command, context: Context) {
        guard outputFraming == nil, outputArmour == nil else {
            var assembler = assembler
            guard let message = try assembler.receive(report).message else {
                throw .unreadable("the report is only the first of a message")
            }
            return try decode(message)
        }
        return try decode(message: report, values: FieldValues())
    }

    /// The command that a message is.
    public func decode(_ message: Assembler.Message) throws(Malformation) -> (command: Command, context: Context) {
        try decode(message: message.bytes, values: message.values)
    }

    /// The command in reports, which must be those of one message.
    public func decode(reports: [[UInt8]]) throws(Malformation) -> (command: Command, context: Context) {
        var assembler = assembler
        for (index, report) in reports.enumerated() {
            guard let message = try assembler.receive(report).message else { continue }
            guard index == reports.count - 1 else {
                throw .brokenOff("the message ends with report \(index + 1) of \(reports.count)")
            }
            return try decode(message)
        }
        throw .brokenOff("the message is not whole: reports are missing")
    }

    /// In the order in which they are tried.
    private static let kinds: [Command.Kind] = [.pay, .cancel]

    private func decode(
        message bytes: [UInt8], values: FieldValues
    ) throws(Malformation) -> (command: Command, context: Context) {
        var complaint: Malformation?
        for kind in Self.kinds where values.isCommand(kind) {
            do throws(Malformation) {
                switch message(kind) {
                case .fixed(let message)?: return try decode(bytes, as: kind, message)
                case .general(let message)?: return try decode(bytes, as: kind, message, values)
                case nil: continue
                }
            } catch {
                // What is wrong with a message that one knows says more than that one does not know it.
                if complaint == nil || complaint == .unknownCommand { complaint = error }
                if case .wrongChecksum = error { break }
            }
        }
        throw complaint ?? .unknownCommand
    }

    private func decode(
        _ report: [UInt8], as kind: Command.Kind, _ message: GeneralMessage, _ known: FieldValues
    ) throws(Malformation) -> (command: Command, context: Context) {
        if outputFraming == nil && report.count > output.size(of: report.first) {
            throw .wrongSize(actual: report.count, expected: output.size(of: report.first))
        }
        if outputFraming == nil, outputArmour == nil {
            try check(report.count, of: message, in: output.size(of: report.first))
        }
        var reader = MessageReader(message, bytes: report, values: known)
        try reader.read()
        let values = reader.values
        return (
            values.command(kind),
            Context(
                command: kind, sequence: values.number(.sequence) ?? 0, message: isCommandRepeated ? report : [],
                values: isCommandRepeated ? values : nil)
        )
    }

    /// Refuses what is neither a whole report nor ends with its message, where all messages have one size.
    private func check(_ count: Int, of message: GeneralMessage, in reportSize: Int) throws(Malformation) {
        guard let size = message.fixedSize, count != reportSize, count != size else { return }
        throw .wrongSize(actual: count, expected: size)
    }

    private func decode(
        _ report: [UInt8], as kind: Command.Kind, _ message: FixedMessage
    ) throws(Malformation) -> (command: Command, context: Context) {
        let bytes = report.span
        guard bytes.count == message.size else { throw .wrongSize(actual: bytes.count, expected: message.size) }
        guard message.matches(bytes) else { throw .unknownCommand }
        try message.verify(bytes)

        var paymentMethod: String?
        var amount: String?
        var orderID: String?
        var expiryTime: Int64?
        var sequence: Int64?
        for carrier in message.carriers {
            switch carrier {
            case .text(let text):
                let value = message.read(text, from: bytes)
                switch text.value {
                case .paymentMethod: paymentMethod = value
                case .amount: amount = value
                case .orderID: orderID = value
                default: break
                }
            case .integer(let integer):
                let value = message.read(integer, from: bytes)
                if integer.value == .expiryTime { expiryTime = value } else { sequence = value }
            }
        }
        let command: Command
        switch kind {
        case .pay:
            command = .pay(
                PayCommand(
                    paymentMethod: paymentMethod ?? "", amount: amount, orderID: orderID, expiryTime: expiryTime))
        case .cancel: command = .cancel(CancelCommand(orderID: orderID))
        }
        guard isCommandRepeated else { return (command, Context(command: kind, sequence: sequence ?? 0)) }
        // Not those of the command: it has no word for a method that was left out, and a cancel has no amount.
        var values = FieldValues()
        values[.paymentMethod] = paymentMethod
        values[.amount] = amount
        values[.orderID] = orderID
        values[.expiryTime] = expiryTime.map { String($0) }
        values[.sequence] = sequence.map { String($0) }
        return (command, Context(command: kind, sequence: sequence ?? 0, message: report, values: values))
    }

    /// Whether commands of this kind are answered.
    public func answers(_ kind: Command.Kind) -> Bool { reply(kind) != nil }

    /// Whether something goes before the reply: a first "received", or steps.
    public func acknowledges(_ kind: Command.Kind) -> Bool {
        acknowledgements[kind] != nil || steps.contains { $0.messages[kind] != nil }
    }

    /// The reports that answer a command; none where it is not answered. A result that the profile has no code for is
    /// answered as the next one that says as much.
    public func reply(
        to context: Context, result: ResultCode, counter: Int64 = 1, time: Int64 = 0
    ) -> [[UInt8]] {
        guard let message = reply(context.command) else { return [] }
        if case .fixed(let message) = message {
            return message.reply(sequence: context.sequence, result: result).map { [$0] } ?? []
        }
        for result in [result] + result.substitutes {
            if let reports = try? write(message, answering: context, result: result, counter: counter, time: time) {
                return reports
            }
        }
        return []
    }

    /// The reports that say that a command was received.
    public func acknowledgement(of context: Context, counter: Int64 = 1, time: Int64 = 0) -> [[UInt8]] {
        guard let message = acknowledgements[context.command] else { return [] }
        return (try? write(message, answering: context, result: .success, counter: counter, time: time)) ?? []
    }

    /// The reports that tell of something that happened, about what an earlier command had said.
    public func notification(of occasion: Occasion, about context: Context?, counter: Int64 = 1, time: Int64 = 0)
        -> [[UInt8]]
    {
        guard let message = notifications[occasion] else { return [] }
        let context = context ?? Context(command: .pay, sequence: 0)
        return (try? write(message, answering: context, result: .success, counter: counter, time: time)) ?? []
    }

    func write(
        _ message: Message, answering context: Context, result: ResultCode, counter: Int64, time: Int64,
        step: Int64? = nil
    ) throws(EncodingError) -> [[UInt8]] {
        switch message {
        case .fixed(let message):
            return message.reply(sequence: context.sequence, result: result).map { [$0] } ?? []
        case .general(let message):
            var values = context.values ?? FieldValues()
            values[.result] = result.rawValue
            values[.command] = context.command.rawValue
            values.set(.sequence, context.sequence)
            values.set(.counter, counter)
            values.set(.time, time)
            if let step { values.set(.step, step) }
            return try write(message, values, .input, answering: context.message)
        }
    }

    private func write(
        _ message: GeneralMessage, _ values: FieldValues, _ direction: Direction, answering command: [UInt8] = []
    ) throws(EncodingError) -> [[UInt8]] {
        var writer = MessageWriter(message, values: values, answering: command)
        var bytes = try writer.write()
        if let armour = direction == .output ? outputArmour : inputArmour { bytes = try armour.close(bytes) }
        if let framing = direction == .output ? outputFraming : inputFraming {
            return try framing.reports(of: bytes, values: values)
        }
        let side = direction == .output ? output : input
        let size = side.size(of: bytes.first)
        guard bytes.count <= size else { throw .tooLong(bytes.count) }
        if let padding = side.padding?.bytes.first {
            bytes += [UInt8](repeating: padding, count: size - bytes.count)
        }
        return [bytes]
    }

    // MARK: The host's side

    /// The reports that carry a command.
    public func encode(_ command: Command, stamp: Stamp) throws(EncodingError) -> [[UInt8]] {
        switch message(command.kind) {
        case nil: throw .noLayout
        case .general(let message)?:
            var values = FieldValues(command)
            values[.command] = command.kind.rawValue
            values.set(.sequence, stamp.sequence)
            values.set(.counter, stamp.counter)
            values.set(.time, stamp.time)
            values.opaques =
                stamp.opaques ?? opaqueSizes(of: command.kind).mapValues { [UInt8](repeating: 0, count: $0) }
            return try write(message, values, .output)
        case .fixed(let message)?:
            return [try encode(command, as: message, sequence: stamp.sequence)]
        }
    }

    /// The report that carries a command, for profiles whose commands are one.
    public func encode(_ command: Command, sequence: Int64 = 1) throws(EncodingError) -> [UInt8] {
        if case .fixed(let message)? = message(command.kind) {
            return try encode(command, as: message, sequence: sequence)
        }
        return try encode(command, stamp: Stamp(sequence: sequence)).first ?? []
    }

    private func encode(
        _ command: Command, as message: FixedMessage, sequence: Int64
    ) throws(EncodingError) -> [UInt8] {
        // A cancel is a pay that says less.
        let values =
            switch command {
            case .pay(let pay): pay
            case .cancel(let cancel): PayCommand(paymentMethod: "", orderID: cancel.orderID)
            }
        var report = message.blank
        for carrier in message.carriers {
            switch carrier {
            case .text(let text):
                switch (text.value, command.kind) {
                case (.paymentMethod, .pay): try message.write(text, values.paymentMethod, to: &report)
                case (.amount, _): try message.write(text, values.amount, to: &report)
                case (.orderID, _): try message.write(text, values.orderID, to: &report)
                default: break
                }
            case .integer(let integer):
                let number = integer.value == .sequence ? sequence : values.expiryTime
                try message.write(integer, number, to: &report)
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
        } catch .unknownReply, .unknownCommand {
            return try decodeReply(report, to: .cancel)
        }
    }

    /// The reply in reports of the device, which must be those of one message.
    public func decodeReply(reports: [[UInt8]]) throws(Malformation) -> (result: ResultCode, context: Context) {
        var assembler = replyAssembler
        var whole: Assembler.Message?
        for report in reports { whole = try assembler.receive(report).message }
        guard let whole else { throw .brokenOff("the reply is not whole: reports are missing") }
        do {
            return try decodeReply(whole, to: .pay)
        } catch .unknownReply {
            return try decodeReply(whole, to: .cancel)
        }
    }

    /// A report of the device as a reply to a command of this kind.
    public func decodeReply(
        _ report: [UInt8], to command: Command.Kind
    ) throws(Malformation) -> (result: ResultCode, context: Context) {
        var assembler = replyAssembler
        guard let message = try assembler.receive(report).message else {
            throw .unreadable("the report is only the first of a reply")
        }
        return try decodeReply(message, to: command)
    }

    /// A message of the device as a reply to a command of this kind.
    public func decodeReply(
        _ whole: Assembler.Message, to command: Command.Kind
    ) throws(Malformation) -> (result: ResultCode, context: Context) {
        guard whole.values.isCommand(command) else { throw .unknownReply }
        guard let message = reply(command) else { throw .unknownReply }
        let (result, sequence) = try read(whole, as: message)
        // A reply that carries no result says that the command was taken.
        return (result ?? .success, Context(command: command, sequence: sequence ?? 0))
    }

    /// What a message of the device says; nothing of what it has no field for.
    func read(
        _ whole: Assembler.Message, as message: Message
    ) throws(Malformation) -> (result: ResultCode?, sequence: Int64?) {
        switch message {
        case .fixed(let message): return try message.read(whole.bytes.span)
        case .general(let message):
            if inputFraming == nil, inputArmour == nil {
                try check(whole.bytes.count, of: message, in: input.size(of: whole.bytes.first))
            }
            var reader = MessageReader(message, bytes: whole.bytes, values: whole.values)
            do throws(Malformation) {
                try reader.read()
            } catch .unknownCommand {
                throw .unknownReply
            }
            return (
                (reader.values[.result] ?? reader.likelyResult).flatMap(ResultCode.init),
                reader.values.number(.sequence)
            )
        }
    }

    /// How many bytes a command has of what means nothing to the device, by the profile's names; 8 where any number may be.
    public func opaqueSizes(of kind: Command.Kind) -> [String: Int] { opaqueSizes[kind] ?? [:] }

    func message(_ kind: Command.Kind) -> Message? { kind == .pay ? pay : cancel }

    func reply(_ kind: Command.Kind) -> Message? { kind == .pay ? payReply : cancelReply }

    func acknowledgement(_ kind: Command.Kind) -> Message? { acknowledgements[kind] }

    func notification(_ occasion: Occasion) -> Message? { notifications[occasion] }
}

/// Makes messages of a profile's layouts.
private struct MessageCompiler {
    let sides: [Direction: ReportLayout]
    let way: Codec.Way
    var framing: [Direction: CompiledFraming] = [:]
    var armour: [Direction: CompiledArmour] = [:]
    /// Whether the headers of a direction's reports say where messages end.
    private let tellsSize: Set<Direction>
    /// The commands that the quick way can hold, whichever is taken.
    private(set) var quickCommands: [FixedMessage] = []

    init(_ profile: Profile, _ way: Codec.Way) throws(ProfileError) {
        self.way = way
        sides = [.output: profile.hid.outputReport, .input: profile.hid.inputReport]
        tellsSize = Set(profile.framing.filter { $0.value.tellsSize }.keys)
        for (key, report) in [("outputReport", profile.hid.outputReport), ("inputReport", profile.hid.inputReport)] {
            guard (1...1024).contains(report.size) else {
                throw ProfileError(
                    at: [.key("hid"), .key(key), .key("size")], "a report has 1 to 1024 bytes, not \(report.size)")
            }
            if let other = report.sizes?.first(where: { !(1...report.size).contains($0.size) }) {
                throw ProfileError(
                    at: [.key("hid"), .key(key), .key("sizes")],
                    "reports have 1 to \(report.size) bytes, not \(other.size)")
            }
        }
        for (direction, layout) in profile.framing {
            guard let side = sides[direction] else { continue }
            framing[direction] = try CompiledFraming(
                layout, side: side,
                path: [.key("framing"), .key(direction.rawValue)])
        }
        for (direction, layout) in profile.armour where !layout.isEmpty {
            let padding = tellsSize.contains(direction) ? nil : sides[direction]?.padding?.bytes.first
            let size = framing[direction] == nil ? sides[direction]?.size ?? 0 : 0
            armour[direction] = try CompiledArmour(
                layout, size: size, padding: padding, path: [.key("armour"), .key(direction.rawValue)])
        }
    }

    mutating func compile(
        _ layout: MessageLayout?, _ direction: Direction, _ path: [ProfileError.PathStep]
    ) throws(ProfileError) -> Codec.Message? {
        guard let layout, let side = sides[direction] else { return nil }
        let size = side.size(of: layout)
        let outerPadding = tellsSize.contains(direction) ? nil : side.padding?.bytes.first
        let padding = armour[direction].map(\.innerPadding) ?? outerPadding
        // Layouts are checked the same way, whichever way is taken.
        let general = try GeneralMessage(layout, size: size, padding: padding, path: path)
        guard framing[direction] == nil, armour[direction] == nil else { return .general(general) }
        if let fixed = general.fixedSize, fixed > size {
            throw ProfileError(at: path, "the fields have \(fixed) bytes, more than the report's \(size)")
        }
        if let fixed = general.fixedSize, fixed < size, padding == nil {
            throw ProfileError(at: path, "the fields have \(fixed) bytes, the report \(size): say what pads it")
        }
        guard FixedMessage.canHold(layout, direction), general.fixedSize == size else { return .general(general) }
        let fixed = try FixedMessage(layout, size: size, path: path)
        if direction == .output { quickCommands.append(fixed) }
        return way == .quick ? .fixed(fixed) : .general(general)
    }
}

extension ResultCode {
    /// What a device says that has no code for this result.
    fileprivate var substitutes: [ResultCode] {
        switch self {
        case .success: []
        default: [.processFail, .unknownException, .parameterIllegal, .deviceDisconnected].filter { $0 != self }
        }
    }
}
