internal import BlueTap
internal import WireFormat

/// What bytes at one place change with.
enum Variation: Hashable, Sendable {
    case never
    /// They are the same whenever this value is.
    case with(FieldLayout.Value)
    /// Two messages with the same labels have others there.
    case byThemselves
    /// No two messages have the same.
    case always
    case otherwise

    /// - Parameter messages: what each carries, and what stands there.
    init(_ messages: [(values: FieldValues, kind: Command.Kind, bytes: [UInt8])]) {
        let different = Set(messages.map(\.bytes)).count
        guard different > 1 else {
            self = .never
            return
        }
        var seen: [Labels: [UInt8]] = [:]
        for message in messages {
            let labels = Labels(kind: message.kind, texts: Self.values.map { message.values[$0] })
            if let known = seen.updateValue(message.bytes, forKey: labels), known != message.bytes {
                self = .byThemselves
                return
            }
        }
        let follows = Self.values.first { value in
            var told: [String: [UInt8]] = [:]
            var repeated = Set<String>()
            for message in messages {
                let text = message.values[value] ?? ""
                guard let known = told.updateValue(message.bytes, forKey: text) else { continue }
                guard known == message.bytes else { return false }
                repeated.insert(text)
            }
            // One that came once may have anything.
            return told.count > 1 && (repeated.count > 1 || repeated.count == told.count)
        }
        if let follows {
            self = .with(follows)
        } else {
            self = different == messages.count ? .always : .otherwise
        }
    }

    private struct Labels: Hashable {
        let kind: Command.Kind
        let texts: [String?]
    }

    private static let values: [FieldLayout.Value] = [.result, .paymentMethod, .expiryTime, .amount, .orderID]

    /// Behind "byte 3" or "bytes 5–8".
    func description(isPlural: Bool) -> String {
        func verb(_ singular: String, _ plural: String) -> String { isPlural ? plural : singular }
        return switch self {
        case .never: verb("never changes", "never change")
        case .with(let value): verb("is", "are") + " the same whenever \(value.rawValue) is"
        case .byThemselves:
            verb("changes", "change") + " even with the same labels: a clock, a nonce, a counter or a check"
        case .always: verb("changes", "change") + " with every message: a clock, a nonce, a counter or a check"
        case .otherwise: verb("changes", "change") + ", and no label alone says when"
        }
    }
}
