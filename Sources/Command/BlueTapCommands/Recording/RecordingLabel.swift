internal import BlueTap
internal import Documents

/// What somebody types about a command: `pay TRUEMONEY 12.50 A1 900 SUCCESS`.
enum RecordingLabel: Equatable {
    case sample(Command, ResultCode?)
    /// A report that is no command: a handshake, a keep-alive.
    case skip
    case quit

    static let usage =
        "Type pay METHOD [AMOUNT [ORDER [EXPIRY [RESULT]]]], cancel [ORDER [RESULT]], with - for what was not given; skip; quit."

    /// - Returns: nil for an empty line.
    init?(_ line: String) throws {
        var words = line.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        guard let first = words.popFirst() else { return nil }
        func next() -> String? { words.popFirst().flatMap { $0 == "-" ? nil : $0 } }
        func result() throws -> ResultCode? {
            guard let name = next() else { return nil }
            guard let code = ResultCode(rawValue: name) else {
                throw CommandError(
                    "\"\(name.printable)\" is no result: it is one of \(ResultCode.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return code
        }
        switch first {
        case "pay":
            guard let method = next() else { throw CommandError("a pay has a method. \(Self.usage)") }
            let (amount, order, expiry) = (next(), next(), next())
            var seconds: Int64?
            if let expiry {
                guard let number = Int64(expiry) else {
                    throw CommandError("the expiry \"\(expiry.printable)\" is no number of seconds")
                }
                seconds = number
            }
            self = .sample(
                .pay(PayCommand(paymentMethod: method, amount: amount, orderID: order, expiryTime: seconds)),
                try result())
        case "cancel":
            let order = next()
            self = .sample(.cancel(CancelCommand(orderID: order)), try result())
        case "skip": self = .skip
        case "quit": self = .quit
        default: throw CommandError("\"\(first.printable)\" is not understood. \(Self.usage)")
        }
        if let rest = words.first { throw CommandError("\"\(rest.printable)\" is one word too many. \(Self.usage)") }
    }
}
