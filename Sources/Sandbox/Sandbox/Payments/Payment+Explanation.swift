extension Payment {
    /// For people, why it refuses.
    public func explanation(of refusal: Refusal) -> String {
        refusal == .amount && isFullyRefunded ? "it was refunded in full" : refusal.explanation
    }
}

extension Payment.Refusal {
    /// For people.
    public var explanation: String {
        switch self {
        case .tooLate: "its window is over"
        case .amount: "more than is left, or nothing"
        case .currency: "another currency"
        case .partlyRefunded: "a part of it was refunded"
        case .processing: "it waits for the wallet"
        case .notPaid: "nobody has paid it"
        }
    }
}
