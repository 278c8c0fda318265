/// What became of a call to the SDK, or of a tap.
///
/// Source: Alipay+, "NFC result codes". There are more, which could not be read.
public enum NFCResultCode: Int, CaseIterable, Sendable {
    case success = 10000
    case provisionFailed = 10001
    /// The phone is rooted, or none.
    case deviceUnsafe = 10002
    /// The user must prove who they are, and tap again.
    case authenticationRequired = 10003
    case innerException = 10004
    case networkException = 10005
    case notConnected = 10006
    case insufficientCredentials = 10007
    case tokenUnavailable = 10008
    case tokenDoesNotExist = 10009
    case activationInProgress = 10010
    case invalidInput = 10011

    /// In the documents' words, with their spelling.
    public var message: String {
        switch self {
        case .success: "SUCCESS"
        case .provisionFailed: "PROVISION FAILED"
        case .deviceUnsafe: "DEVICE UNSAFE"
        case .authenticationRequired: "CDCVM REQUIRED"
        case .innerException: "INNER EXCEPTION"
        case .networkException: "NETWORK EXCEPTION"
        case .notConnected: "SDK NOT CONNECTED"
        case .insufficientCredentials: "INSUFFICIENT CREDENTIALS"
        case .tokenUnavailable: "TOKEN UNAVAILABLE"
        case .tokenDoesNotExist: "TOKEN DOES NOT EXISTS"
        case .activationInProgress: "ACTIVATION IN PROGRESS"
        case .invalidInput: "INVALID INPUT PARAMETERS"
        }
    }
}
