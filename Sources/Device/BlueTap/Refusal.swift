/// Why the device did not do what a command asked: the field, and the limit that it broke.
public struct Refusal: Error, Hashable, Sendable {
    public enum Field: String, Hashable, Sendable {
        case paymentMethod
        case amount
        case orderID = "orderId"
        case expiryTime
    }

    public let result: ResultCode
    /// Absent where no single field is at fault.
    public let field: Field?
    /// One line that names the limit.
    public let reason: String

    public init(_ result: ResultCode, field: Field? = nil, reason: String) {
        self.result = result
        self.field = field
        self.reason = reason
    }
}
