/// A notification as it is sent: an HTTP POST.
public struct NotificationMessage: Sendable {
    public let url: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// The message is sent this often.
    public let copies: Int
    let gateway: Gateway

    /// What came of an attempt to send it.
    public enum Outcome: Hashable, Sendable {
        /// Its client has said that it has heard.
        case acknowledged
        /// Its client has answered something else.
        case notAcknowledged
        /// It did not reach its client, and why.
        case failed(String)
    }

    /// Whether the answer says that it was heard.
    ///
    /// - Parameter status: HTTP's.
    public func isAcknowledged(status: Int, by answer: [UInt8]) -> Bool {
        guard (200..<300).contains(status) else { return false }
        return switch gateway {
        case .alipayPlus, .antom: AcquirerNotification.isAcknowledged(by: answer)
        case .legacy: LegacyGateway.isAcknowledgement(answer)
        }
    }
}
