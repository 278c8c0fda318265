internal import BlueTap

extension LegacyGateway {
    /// Makes and changes merchants' codes. What an answer has beside `result_code` is not public: the code's URL is told.
    func carryOut(_ request: MerchantCodeRequest, of partner: String, at now: Instant) throws -> [String: String] {
        let change =
            switch request.action {
            case .create(let details):
                Ledger.CodeChange.changed(
                    try ledger.makeCode(
                        details, of: partner, prefix: settings.codeURL, notifyURL: request.notifyURL, at: now))
            case .modify(let code, let details):
                try ledger.changeCode(code, of: partner, to: details, notifyURL: request.notifyURL, at: now)
            case .setState(let code, let state):
                try ledger.setState(state, ofCode: code, of: partner, notifyURL: request.notifyURL, at: now)
            }
        return switch change {
        case .changed(let code): ["result_code": "SUCCESS", "qrcode": code.code]
        case .unknown: failure("FAIL", .invalidParameter, "the partner has no such code")
        case .taken: failure("FAIL", .invalidParameter, "another code has that store")
        }
    }
}
