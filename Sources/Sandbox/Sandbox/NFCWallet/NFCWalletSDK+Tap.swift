public import BlueTap

extension NFCWalletSDK {
    /// The user has proved who they are.
    public mutating func authenticate(at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        authenticatedAt = now
        return actions
    }

    /// `setCustomData()`: goes with the tap that is open, or with the next; nil takes it back.
    public mutating func setCustomData(_ text: String?, at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        guard isConnected else { return actions + [.answer(.setCustomData, .notConnected)] }
        if let text, text.isEmpty || text.utf8.count > settings.customDataLimit {
            return actions + [.answer(.setCustomData, .invalidInput)]
        }
        customData = text
        return actions + [.answer(.setCustomData, .success)]
    }

    /// The phone is held to a terminal. One whose NFC is off, or that has another default app, notices nothing.
    public mutating func tap(_ tap: NFCTap, at now: Instant) -> [Action] {
        var actions = catchUp(to: now)
        guard conditions.isNFCOn, conditions.isDefaultApp else { return actions }
        // The phone has left the last terminal.
        actions += endTap(.innerException)
        if let code = preCheck(tap) { return actions + [.transaction(.failed(code, nil))] }
        actions.append(.transaction(.started))
        if conditions.isScreenLocked {
            if tap.kind == .transit, transactionConfiguration.isSupportTransitWithoutConsent {
                return actions + complete(tap, at: now)
            }
            guard options?.isSupportLockScreenPay ?? false else { return actions + needAuthentication(tap) }
        }
        openTap = tap
        let isRecent = authenticatedAt.map { now < $0 + settings.authenticationTime } ?? false
        return actions + [
            .askPermit(
                NFCPermitRequest(authBefore: isRecent, info: tap.info, isRiskProceed: conditions.isRiskProceed))
        ]
    }

    /// What the app answers to a tap; without one that is open it counts for nothing.
    public mutating func permit(_ permit: NFCPermit, at now: Instant) -> [Action] {
        var actions = catchUp(to: now)
        guard let tap = openTap else { return actions }
        // The token may have gone, or been locked, since it was asked.
        if let code = preCheck(tap) { return actions + endTap(code) }
        switch permit {
        case .proceed:
            openTap = nil
            actions += complete(tap, at: now)
        case .decline, .appDecline1, .appDecline2: actions += endTap(settings.declineCode)
        case .needAuthentication:
            openTap = nil
            actions += needAuthentication(tap)
        }
        return actions
    }

    /// The phone is taken away from the terminal.
    public mutating func leaveField(at now: Instant) -> [Action] {
        catchUp(to: now) + endTap(.innerException)
    }

    // MARK: Inside

    /// Why a tap is not begun; nil: it is. A terminal for fares has no token to pay with unless transit is supported.
    private func preCheck(_ tap: NFCTap) -> NFCResultCode? {
        switch status {
        case .disconnected: return .notConnected
        case .whiteBoxCrashed, .queryFailed, .locked, .unconfirmed: return .tokenUnavailable
        case .absent: return .tokenDoesNotExist
        case .activating: return .activationInProgress
        case .withoutCredentials: return .insufficientCredentials
        case .payable:
            let isSupported = transactionConfiguration.isSupportTransit ?? options?.isSupportTransit ?? false
            return tap.kind == .transit && !isSupported ? .tokenUnavailable : nil
        }
    }

    /// Fails the tap that is open, if one is.
    mutating func endTap(_ code: NFCResultCode) -> [Action] {
        guard let tap = openTap else { return [] }
        openTap = nil
        return [.transaction(.failed(code, tap.info))]
    }

    private func needAuthentication(_ tap: NFCTap) -> [Action] {
        [.transaction(.authenticationNeeded), .transaction(.failed(.authenticationRequired, tap.info))]
    }

    /// The phone says all that it has to say. Whether that is a payment its server will know.
    private mutating func complete(_ tap: NFCTap, at now: Instant) -> [Action] {
        credentials -= 1
        used += 1
        let presentment = NFCPresentment(
            token: tokenNumber ?? "", counter: used, customData: customData, tap: tap)
        customData = nil
        let actions: [Action] = [.transaction(.completed(tap.context)), .present(presentment)]
        guard credentials < settings.replenishmentThreshold, !conditions.isDeviceUnsafe else { return actions }
        return actions + replenish(isManual: false, at: now)
    }
}
