/// What the device does where the public documentation is silent. Each profile chooses; the defaults stand here.
public struct DevicePolicy: Hashable, Sendable {
    /// A pay command while a link is live.
    public enum SecondPay: String, CaseIterable, Codable, Sendable {
        /// The newest link replaces the live one. The documented C# sample sends three pays in a row.
        case replace
        /// PROCESS_FAIL; the live link stays.
        case refuse
    }

    /// A cancel command with no live link.
    public enum CancelOfNothing: String, CaseIterable, Codable, Sendable {
        /// SUCCESS: there is nothing left to disable, which is what the cashier wanted.
        case succeed
        /// PROCESS_FAIL.
        case refuse
    }

    /// A cancel command that names another order than the live link's.
    public enum CancelOfAnotherOrder: String, CaseIterable, Codable, Sendable {
        /// PARAM_ILLEGAL; the live link stays.
        case refuse
        /// SUCCESS, and the live link stays.
        case ignore
        /// SUCCESS, and the live link is cancelled all the same.
        case cancel
    }

    /// A tap on a link that a phone has opened already.
    public enum TapOnOpenedLink: String, CaseIterable, Codable, Sendable {
        /// The phone reads the same link again, as it would from any tag.
        case reopen
        /// The phone reads nothing.
        case refuse
    }

    /// How an amount may look.
    public enum AmountForm: String, CaseIterable, Codable, Sendable {
        /// Digits, and at most one decimal point with one or two decimals behind it.
        case strict
        /// Any printable text that fits.
        case lenient
    }

    /// Which characters amounts and order ids may have.
    public enum TextCharacters: String, CaseIterable, Codable, Sendable {
        /// Printable ASCII, space to tilde.
        case ascii
        /// Any printable Unicode character.
        case unicode
    }

    /// The bounds of a pay command's expiry, in seconds.
    public struct Expiry: Hashable, Sendable {
        /// Used when the command has none. The documentation says 900.
        public var standard: Int64 = 900
        public var minimum: Int64 = 1
        public var maximum: Int64 = 86_400

        public init(standard: Int64 = 900, minimum: Int64 = 1, maximum: Int64 = 86_400) {
            self.standard = standard
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    public var secondPay = SecondPay.replace
    public var cancelOfNothing = CancelOfNothing.succeed
    public var cancelOfAnotherOrder = CancelOfAnotherOrder.refuse
    public var tapOnOpenedLink = TapOnOpenedLink.reopen
    public var amount = AmountForm.strict
    public var text = TextCharacters.ascii
    public var expiry = Expiry()

    public init() {}
}
