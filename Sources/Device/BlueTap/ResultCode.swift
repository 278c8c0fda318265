/// How a command fared. It never tells whether the customer paid. Source: Alipay+ Docs, SendPayCommand.
public enum ResultCode: String, CaseIterable, Codable, Hashable, Sendable {
    case success = "SUCCESS"
    case deviceDisconnected = "DEVICE_DISCONNECTED"
    case parameterIllegal = "PARAM_ILLEGAL"
    case processFail = "PROCESS_FAIL"
    case unknownException = "UNKNOWN_EXCEPTION"
}
