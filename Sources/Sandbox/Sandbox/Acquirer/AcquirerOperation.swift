internal import SandboxFaults

/// Which API a request is of, by its path.
struct AcquirerOperation: Hashable, Sendable {
    enum Kind: Sendable {
        case pay
        case inquire
        case cancel
        case refund

        var occasion: SandboxFault.Occasion {
            switch self {
            case .pay: .pay
            case .inquire: .inquiry
            case .cancel: .cancel
            case .refund: .refund
            }
        }
    }

    /// Whose words are spoken.
    ///
    /// The dialects have other paths, another name for cancelling, and tell a payment's state in other ways. Source: the
    /// API pages of Alipay+ and of Antom.
    enum Dialect: Sendable {
        /// Alipay+ to an acquirer.
        case alipayPlus
        /// Antom to a merchant.
        case antom

        var gateway: Gateway {
            switch self {
            case .alipayPlus: .alipayPlus
            case .antom: .antom
            }
        }
    }

    let dialect: Dialect
    let kind: Kind

    private static let kinds: [String: AcquirerOperation] = {
        let names: [(Dialect, [String], [String: Kind])] = [
            (
                .alipayPlus, ["/aps/api/v1/payments/"],
                ["pay": .pay, "inquiryPayment": .inquire, "cancelPayment": .cancel, "refund": .refund]
            ),
            (
                .antom, ["/ams/api/v1/payments/", "/ams/sandbox/api/v1/payments/"],
                ["pay": .pay, "inquiryPayment": .inquire, "cancel": .cancel, "refund": .refund]
            ),
        ]
        return names.reduce(into: [:]) { kinds, entry in
            for prefix in entry.1 {
                for (name, kind) in entry.2 { kinds[prefix + name] = AcquirerOperation(dialect: entry.0, kind: kind) }
            }
        }
    }()

    private init(dialect: Dialect, kind: Kind) {
        self.dialect = dialect
        self.kind = kind
    }

    /// - Parameter path: may have a query, which means nothing.
    init?(path: String) {
        let bare = path.prefix { $0 != "?" }
        guard let operation = Self.kinds[String(bare)] else { return nil }
        self = operation
    }
}
