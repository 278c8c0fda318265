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
