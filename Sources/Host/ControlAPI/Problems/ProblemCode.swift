/// Why the control API refuses a request. Each has one HTTP status: 404 what is meant is not there, 409 it is in a state in
/// which that cannot be, 422 the request itself is not valid.
public enum ProblemCode: String, CaseIterable, Sendable {
    // The request is not valid.
    /// A key, a value, or what goes with what.
    case notValid = "not-valid"
    /// The profile's reports cannot carry it.
    case notEncodable = "not-encodable"

    // What is meant is not there.
    case noSuchRoute = "no-such-route"
    /// There is a sandbox alone.
    case noDevice = "no-device"
    case noSuchDevice = "no-such-device"
    /// No link is live.
    case noLink = "no-link"
    case noSuchFault = "no-such-fault"
    case noScenario = "no-scenario"
    case noSandbox = "no-sandbox"
    case noSuchPayment = "no-such-payment"
    case noSuchMerchantCode = "no-such-merchant-code"
    case noSuchWallet = "no-such-wallet"
    case noSuchPhone = "no-such-phone"

    // Not in this state.
    /// The cable is out.
    case notAttached = "not-attached"
    /// The transport has no cable to pull.
    case noCable = "no-cable"
    /// The transport cannot show the fault.
    case transportCannot = "transport-cannot"
    /// There are as many as there may be.
    case limitReached = "limit-reached"
    /// The instant is past.
    case timeIsPast = "time-is-past"
    /// There is no instant to advance to.
    case nothingDue = "nothing-due"
    /// So much was due that time stopped on the way.
    case timeStopped = "time-stopped"
    /// No event has that number yet.
    case noEventYet = "no-event-yet"
    /// The live link's URL is longer than a QR code.
    case linkTooLong = "link-too-long"
    /// The scenario has steps for a sandbox that is not there.
    case needsSandbox = "needs-sandbox"
    /// The payment is in a state in which that cannot be done with it.
    case paymentRefuses = "payment-refuses"
    /// No phone has authorised the payment.
    case noAuthorization = "no-authorization"
    /// A request of that name has asked for something else.
    case requestDiffers = "request-differs"
    /// Of the payment there is nothing to tell, or nobody to tell it.
    case nothingToTell = "nothing-to-tell"
    /// Nobody can pay by the merchant's code any more.
    case merchantCodeStopped = "merchant-code-stopped"

    // Everything else.
    /// The request is no HTTP that can be read.
    case badRequest = "bad-request"
    case noToken = "no-token"
    case otherOrigin = "other-origin"
    /// What was waited for did not come.
    case timedOut = "timed-out"
    /// The body is too large.
    case tooLarge = "too-large"
    /// So many do this at the same time already.
    case tooManyClients = "too-many-clients"
    /// The server could not do what it should.
    case failed

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .badRequest: 400
        case .noToken: 401
        case .otherOrigin: 403
        case .noSuchRoute, .noDevice, .noSuchDevice, .noLink, .noSuchFault, .noScenario, .noSandbox, .noSuchPayment,
            .noSuchMerchantCode, .noSuchWallet, .noSuchPhone:
            404
        case .timedOut: 408
        case .notAttached, .noCable, .transportCannot, .limitReached, .timeIsPast, .nothingDue, .timeStopped,
            .noEventYet, .linkTooLong, .needsSandbox, .paymentRefuses, .noAuthorization, .requestDiffers,
            .nothingToTell,
            .merchantCodeStopped:
            409
        case .tooLarge: 413
        case .notValid, .notEncodable: 422
        case .failed: 500
        case .tooManyClients: 503
        }
    }
}
