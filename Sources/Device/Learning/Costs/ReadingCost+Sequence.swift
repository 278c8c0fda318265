// Items one behind the other.
extension ReadingCost {
    /// An item that ends before a byte, in fields: bytes that stand somewhere behind every item are many.
    static let terminatedItem = 2

    /// A bit that says of a value what another says already, in fields.
    static let spareBit = 4
}
