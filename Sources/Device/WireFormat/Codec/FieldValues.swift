public import BlueTap

/// What the fields of a message carry, as text: numbers in decimal, a result code by its name.
public struct FieldValues: Hashable, Sendable {
    private var texts: [FieldLayout.Value: String] = [:]
    /// Bytes that mean nothing here, by the names that the profile has for them.
    public var opaques: [String: [UInt8]] = [:]

    public init() {}

    public init(_ command: Command) {
        switch command {
        case .pay(let pay):
            self[.paymentMethod] = pay.paymentMethod
            self[.amount] = pay.amount
            self[.orderID] = pay.orderID
            self[.expiryTime] = pay.expiryTime.map(String.init)
        case .cancel(let cancel): self[.orderID] = cancel.orderID
        }
    }

    public subscript(value: FieldLayout.Value) -> String? {
        get { texts[value] }
        set { texts[value] = newValue }
    }

    public func number(_ value: FieldLayout.Value) -> Int64? { texts[value].flatMap { Int64($0) } }

    public mutating func set(_ value: FieldLayout.Value, _ number: some BinaryInteger) { texts[value] = String(number) }

    /// Whether a report's header says that the message is this command, or at least no other.
    func isCommand(_ kind: Command.Kind) -> Bool { self[.command].map { $0 == kind.rawValue } ?? true }

    public func command(_ kind: Command.Kind) -> Command {
        switch kind {
        case .pay:
            .pay(
                PayCommand(
                    paymentMethod: self[.paymentMethod] ?? "", amount: self[.amount], orderID: self[.orderID],
                    expiryTime: number(.expiryTime)))
        case .cancel: .cancel(CancelCommand(orderID: self[.orderID]))
        }
    }
}
