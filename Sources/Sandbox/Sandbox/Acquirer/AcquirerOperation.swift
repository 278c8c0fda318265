internal import SandboxFaults

/// Which API a request is of, by its path.
struct AcquirerOperation: Hashable, Sendable {
    enum Kind: String, Sendable {
        case pay, inquire, cancel, refund
        case inquireRefund
        /// Antom's cashier page.
        case createSession
        /// The ways to pay that there are.
        case consult
        /// What a code stands for that a wallet has read.
        case userInitiatedPay
        case register, inquireRegistration, inquireRegistrationInfo
        case declare, inquireDeclarations

        var occasion: SandboxFault.Occasion {
            switch self {
            case .pay, .createSession: .pay
            case .inquire, .inquireRefund, .inquireRegistration, .inquireRegistrationInfo, .inquireDeclarations:
                .inquiry
            case .cancel: .cancel
            case .refund: .refund
            case .consult, .userInitiatedPay, .register, .declare: .any
            }
        }

        /// Whether something may have to be told after it.
        var mayChange: Bool {
            switch self {
            case .pay, .cancel, .refund, .createSession, .register: true
            default: false
            }
        }
    }

    /// Whose words are spoken.
    ///
    /// The dialects have other paths, another name for cancelling, other codes, and tell a payment's state in other ways.
    /// Source: the API pages of Alipay+ and of Antom.
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

        init(_ gateway: Gateway) { self = gateway == .antom ? .antom : .alipayPlus }

        /// That of a path, whatever follows.
        init(path: String) { self = path.hasPrefix("/ams/") ? .antom : .alipayPlus }
    }

    let dialect: Dialect
    let kind: Kind

    private static let merchants: [String: Kind] = [
        "registration": .register, "inquiryRegistrationStatus": .inquireRegistration,
        "inquiryRegistrationInfo": .inquireRegistrationInfo,
    ]

    private static let kinds: [String: AcquirerOperation] = {
        let names: [(Dialect, [String], [String: Kind])] = [
            (
                .alipayPlus, ["/aps/api/v1/payments/"],
                [
                    "pay": .pay, "inquiryPayment": .inquire, "cancelPayment": .cancel, "refund": .refund,
                    "consultPayment": .consult, "userInitiatedPay": .userInitiatedPay,
                ]
            ),
            (.alipayPlus, ["/aps/api/v1/codes/"], ["userInitiatedPay": .userInitiatedPay]),
            (.alipayPlus, ["/aps/api/v1/merchants/"], merchants),
            (
                .alipayPlus, ["/aps/api/v1/customs/"],
                ["declare": .declare, "inquireDeclarationRequests": .inquireDeclarations]
            ),
            (
                .antom, ["/ams/api/v1/payments/", "/ams/sandbox/api/v1/payments/"],
                [
                    "pay": .pay, "inquiryPayment": .inquire, "cancel": .cancel, "refund": .refund,
                    "inquiryRefund": .inquireRefund, "createPaymentSession": .createSession,
                ]
            ),
            (.antom, ["/ams/api/v1/merchants/", "/ams/sandbox/api/v1/merchants/"], merchants),
            (
                .antom, ["/ams/api/v1/customs/", "/ams/sandbox/api/v1/customs/"],
                ["declare": .declare, "inquiryDeclarationRequests": .inquireDeclarations]
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
