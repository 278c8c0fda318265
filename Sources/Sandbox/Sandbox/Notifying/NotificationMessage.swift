/// A notification as it is sent: an HTTP POST.
public struct NotificationMessage: Sendable {
    public let url: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// The message is sent this often.
    public let copies: Int
    let gateway: Gateway
    /// How the answer must be signed; nil: it need not be.
    var signature: AnswerSignature?

    /// Whose signature an answer has.
    struct AnswerSignature: Sendable {
        let path: String
        let clientID: String
        let keys: [Int: PublicKey]
    }

    init(
        url: String, headers: [(name: String, value: String)], body: [UInt8], copies: Int, gateway: Gateway,
        signature: AnswerSignature? = nil
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.copies = copies
        self.gateway = gateway
        self.signature = signature
    }

    /// Why an answer does not say that it was heard; nil: it does.
    ///
    /// - Parameters:
    ///   - status: HTTP's.
    ///   - headers: by lower-case name.
    public func objection(toStatus status: Int, _ headers: [String: String], _ answer: [UInt8]) -> String? {
        guard (200..<300).contains(status) else { return "the answer has the HTTP status \(status)" }
        switch gateway {
        case .alipayPlus, .antom:
            guard AcquirerNotification.isAcknowledged(by: answer) else {
                return "the answer is no JSON whose result.resultStatus is S"
            }
            return signatureObjection(headers, answer)
        case .legacy:
            return LegacyGateway.isAcknowledgement(answer) ? nil : "the answer is not \"success\""
        }
    }

    /// Source: Alipay+, notifyPayment: the response must also be signed.
    private func signatureObjection(_ headers: [String: String], _ answer: [UInt8]) -> String? {
        guard let signature else { return nil }
        guard let header = headers["signature"] else { return "the answer is not signed" }
        guard let time = headers["response-time"] else { return "the answer has no header Response-Time" }
        let message = SignedMessage(path: signature.path, clientID: signature.clientID, time: time, body: answer)
        do throws(SignedMessage.Fault) {
            try message.verify(header, keys: signature.keys)
            return nil
        } catch {
            return error == .keyNotFound
                ? "the answer is signed with a keyVersion that there is not" : "the answer's signature does not fit it"
        }
    }
}
