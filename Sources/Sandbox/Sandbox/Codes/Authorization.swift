public import BlueTap

/// A wallet's leave for an app to ask once who its owner is: the `auth_code`.
public struct Authorization: Hashable, Sendable {
    public let code: String
    /// The app's id.
    public let client: String
    public let wallet: String
    /// The first instant at which it is worth nothing.
    public let expiresAt: Instant

    /// How long a code may live. Source: "3 minutes to 24 hours".
    public static let life: ClosedRange<Duration> = .seconds(180)...(.seconds(86_400))

    /// Whether a text can be a code.
    public static func isCode(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// What an app gets for an ``Authorization``, or for the right to renew another one.
public struct AccessToken: Hashable, Sendable {
    public let access: String
    public let refresh: String
    public let client: String
    public let wallet: String
    public let expiresAt: Instant
    /// The first instant at which it cannot be renewed.
    public let refreshExpiresAt: Instant
}
