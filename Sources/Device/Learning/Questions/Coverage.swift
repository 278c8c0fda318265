internal import BlueTap
internal import WireFormat

/// What samples have to show so that nothing has to be guessed.
enum Coverage {
    struct Item {
        let request: Request
        /// How many samples should have it.
        let count: Int
        /// What nobody knows without.
        let reason: String
    }

    /// All that is missing in the samples, what matters most first.
    static func missing(in samples: [Sample]) -> [Item] {
        let hasReplies = samples.contains { !$0.replies.isEmpty }
        return items(hasReplies: hasReplies).filter { item in
            samples.count { item.request.isMet(by: $0) } < item.count
        } + spread(samples)
    }

    private static func items(hasReplies: Bool) -> [Item] {
        var items: [Item] = [
            Item(
                request: Request(kind: .cancel, wishes: [.orderID: .given]), count: SearchLimit.wishedCancels,
                reason: "what cancels look like"),
            Item(
                request: Request(kind: .cancel, wishes: [.orderID: .absent]), count: 1,
                reason: "a cancel without an order"),
        ]
        for method in PaymentMethod.allCases {
            items.append(
                Item(
                    request: .method(method), count: SearchLimit.wishedPerCode, reason: "the code of \(method.rawValue)"
                ))
        }
        for value in [FieldLayout.Value.amount, .orderID, .expiryTime] {
            items.append(
                Item(
                    request: Request(kind: .pay, wishes: [value: .absent]), count: SearchLimit.wishedPerCode,
                    reason: "what a pay without \(value.rawValue) has instead"))
            items.append(
                Item(
                    request: Request(kind: .pay, wishes: [value: .given]), count: SearchLimit.wishedValues,
                    reason: "where \(value.rawValue) stands"))
        }
        if hasReplies {
            for result in ResultCode.allCases where result != .deviceDisconnected {
                items.append(
                    Item(
                        request: Request(result: result), count: SearchLimit.wishedPerCode,
                        reason: "how the device says \(result.rawValue)"))
            }
        }
        return items
    }

    /// Values of all sizes: a number's width shows in large ones, and what fills it in small ones.
    private static func spread(_ samples: [Sample]) -> [Item] {
        var items: [Item] = []
        func add(_ value: FieldLayout.Value, _ text: String, _ reason: String, _ isSeen: (String) -> Bool) {
            guard !samples.contains(where: { $0.values[value].map(isSeen) ?? false }) else { return }
            items.append(Item(request: Request(kind: .pay, wishes: [value: .text(text)]), count: 1, reason: reason))
        }
        func units(_ text: String) -> Int64 { IntegerFormat(decimals: 2).number(of: text) ?? 0 }
        add(.orderID, "ABCDEFGHIJKLMNOP", "how far orderId goes") { $0.utf8.count >= 16 }
        add(.amount, "99999.99", "how far amount goes") { units($0) >= 9_999_999 }
        add(.expiryTime, "86400", "how far expiryTime goes") { Int64($0) ?? 0 >= 86_400 }
        add(.orderID, "A", "what fills orderId up") { $0.utf8.count == 1 }
        add(.amount, "0.07", "what fills amount up") { units($0) < 100 }
        add(.amount, "655.36", "the order of the bytes of amount") { (25_600...6_553_600).contains(units($0)) }
        add(.expiryTime, "60", "what fills expiryTime up") { Int64($0) ?? 256 < 256 }
        add(.expiryTime, "43200", "the order of the bytes of expiryTime") { (256..<65_536).contains(Int64($0) ?? 0) }
        return items
    }
}
