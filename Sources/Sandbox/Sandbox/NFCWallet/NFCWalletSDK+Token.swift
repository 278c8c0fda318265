public import BlueTap

extension NFCWalletSDK {
    // MARK: Credentials

    /// `replenish()`: fetches as many credentials as a batch lacks. One that is under way is waited for.
    public mutating func replenish(at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        if let code = refusal(allowsLocked: false) ?? (conditions.isDeviceUnsafe ? .deviceUnsafe : nil) {
            return actions + [.answer(.replenish, code)]
        }
        return actions + replenish(isManual: true, at: now)
    }

    mutating func replenish(isManual: Bool, at now: Instant) -> [Action] {
        for index in pending.indices {
            guard case .replenishment(let count, let wasManual) = pending[index].purpose else { continue }
            pending[index].purpose = .replenishment(count: count, isManual: isManual || wasManual)
            return []
        }
        let count = batch - credentials
        guard count > 0 else { return isManual ? [.answer(.replenish, .success)] : [] }
        return send(
            .credentials(count), for: .replenishment(count: count, isManual: isManual), taking: settings.serverTime,
            at: now)
    }

    // MARK: Locking and deleting

    /// `lock()`. A token that is locked stays so, without a request.
    public mutating func lock(at now: Instant) -> [Action] {
        manage(.lock, .lock, .lock, isDone: { $0 == .locked }, at: now)
    }

    /// `unlock()`. A token that is not locked stays so, without a request.
    public mutating func unlock(at now: Instant) -> [Action] {
        manage(.unlock, .unlock, .unlock, isDone: { $0 != .locked }, at: now)
    }

    /// `deleteToken(callback)`.
    public mutating func deleteToken(at now: Instant) -> [Action] {
        manage(.deleteToken, .deletion, .deletion, isDone: { _ in false }, at: now)
    }

    /// Of these one is under way at a time; another is refused, which is chosen.
    private mutating func manage(
        _ call: Call, _ request: NFCRequest.Kind, _ purpose: Pending.Purpose, isDone: (Token) -> Bool, at now: Instant
    ) -> [Action] {
        let actions = catchUp(to: now)
        if let code = refusal(allowsLocked: true) { return actions + [.answer(call, code)] }
        if pending.contains(where: { [.lock, .unlock, .deletion].contains($0.purpose) }) {
            return actions + [.answer(call, .innerException)]
        }
        if isDone(token) { return actions + [.answer(call, .success)] }
        return actions + send(request, for: purpose, taking: settings.serverTime, at: now)
    }

    mutating func deleted(_ code: NFCResultCode) -> [Action] {
        guard code == .success else { return [.answer(.deleteToken, code)] }
        // What was still asked for it comes to nothing.
        let ended = pending.compactMap(\.purpose.call).map { Action.answer($0, .tokenDoesNotExist) }
        pending = []
        (token, tokenNumber, credentials, used) = (.absent, nil, 0, 0)
        return [.answer(.deleteToken, .success)] + ended
    }
}
