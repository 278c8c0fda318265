/// `AppPermitResult`: what the app says to a tap. The documents' list may go on.
public enum NFCPermit: String, CaseIterable, Sendable {
    case proceed = "PROCEED"
    case decline = "DECLINE"
    case needAuthentication = "NEED_AUTH"
    case appDecline1 = "APP_CUSTOM_DECLINE_1"
    case appDecline2 = "APP_CUSTOM_DECLINE_2"
}
