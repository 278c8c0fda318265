/// The polling configuration `nfc_issue_config`.
public struct NFCIssueConfiguration: Hashable, Sendable {
    /// Whether a token was approved.
    public var applyToken: NFCPolling
    /// Whether a token is active.
    public var activate: NFCPolling
    /// Whether there is a session in which a token comes. That it is asked for then is inferred from its name.
    public var session: NFCPolling

    public init(
        applyToken: NFCPolling = NFCPolling(), activate: NFCPolling = NFCPolling(), session: NFCPolling = NFCPolling()
    ) {
        self.applyToken = applyToken
        self.activate = activate
        self.session = session
    }

    /// The documents' sample.
    public static let sample = NFCIssueConfiguration(
        applyToken: NFCPolling(times: 10, interval: 2000), activate: NFCPolling(times: 10, interval: 2000),
        session: NFCPolling(times: 10, interval: 500))

    var isValid: Bool { applyToken.isValid && activate.isValid && session.isValid }
}
