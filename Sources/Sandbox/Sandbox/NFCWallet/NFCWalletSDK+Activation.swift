public import BlueTap

extension NFCWalletSDK {
    /// An activation that is under way.
    struct Activation: Hashable {
        let isSilent: Bool
        /// Whether the user has agreed to a silent one before it has ended.
        var isAgreed = false
        /// How long all its steps take.
        let time: Duration
        var step = NFCActivationStep.fingerprint
        var stepBegan: Instant
        /// How often the step's server was polled.
        var polls = 0

        /// How long a step takes at its server.
        func time(of step: NFCActivationStep) -> Duration { time * step.percent / 100 }
    }

    /// `activatePayment`.
    ///
    /// What the flags do is chosen so that the documented flows come of it: neither is an activation by the user;
    /// `silentActivate` prepares a token in the background, up to status 21; `doConfirm` is a user who agrees, and waits for
    /// a silent one that is under way. Both at once are no valid input. Where there is a token already it succeeds.
    public mutating func activatePayment(silentActivate: Bool, doConfirm: Bool, at now: Instant) -> [Action] {
        var actions = catchUp(to: now)
        let call: Call = silentActivate ? .silentActivate : .activate
        func answer(_ code: NFCResultCode) -> [Action] { actions + [.answer(call, code)] }

        guard !(silentActivate && doConfirm) else { return answer(.invalidInput) }
        switch status {
        case .disconnected: return answer(.notConnected)
        case .whiteBoxCrashed, .queryFailed: return answer(.innerException)
        case .withoutCredentials, .payable, .locked: return answer(.success)
        case .activating:
            guard doConfirm, case .activating(var activation) = token, activation.isSilent, !activation.isAgreed
            else { return answer(.activationInProgress) }
            activation.isAgreed = true
            token = .activating(activation)
            return actions
        case .unconfirmed:
            if silentActivate { return answer(.success) }
            if pending.contains(where: { $0.purpose == .confirmation }) { return answer(.activationInProgress) }
            return actions + confirm(at: now)
        case .absent:
            if conditions.isDeviceUnsafe { return answer(.deviceUnsafe) }
            if !silentActivate, settings.activationNeedsSettings, !isNfcPaySettingsCompleted {
                return answer(.provisionFailed)
            }
            if conditions.isNetworkDown { return answer(.networkException) }
            let milliseconds = Int64.random(in: settings.activationTime, using: &generator)
            token = .activating(
                Activation(isSilent: silentActivate, time: .milliseconds(max(0, milliseconds)), stepBegan: now))
            actions.append(.activateStatus(.activating))
            if !silentActivate { actions.append(.progress(0)) }
            return actions + begin(.fingerprint, at: now)
        }
    }

    /// How much of an activation is done, in percent; nil: none is under way.
    public func activationProgress(at now: Instant) -> Int? {
        guard case .activating(let activation) = token else { return nil }
        let time = activation.time(of: activation.step)
        let part = time > .zero ? min(1, max(0, (now - activation.stepBegan) / time)) : 0
        return min(99, activation.step.percentBefore + Int(Double(activation.step.percent) * part))
    }

    // MARK: Steps

    private mutating func begin(_ step: NFCActivationStep, at now: Instant) -> [Action] {
        guard case .activating(var activation) = token else { return [] }
        (activation.step, activation.stepBegan, activation.polls) = (step, now, 0)
        token = .activating(activation)
        let time = activation.time(of: step)
        guard let request = step.request(credentials: batch) else {
            wait(for: .step(step), taking: time, until: now + settings.proxyTimeout)
            return [.askFingerprint]
        }
        let isPolled = step.polling(issueConfiguration).map { $0.times > 0 || !settings.isUnpolledAnswerHeld } ?? false
        return isPolled ? poll(step, at: now) : send(request, for: .step(step), taking: time, at: now)
    }

    mutating func poll(_ step: NFCActivationStep, at now: Instant) -> [Action] {
        guard case .activating(var activation) = token, let request = step.request(credentials: 0) else { return [] }
        activation.polls += 1
        token = .activating(activation)
        return send(request, for: .poll(step), taking: .zero, at: now)
    }

    /// The server has said whether it is done.
    mutating func polled(_ step: NFCActivationStep, at now: Instant) -> [Action] {
        guard case .activating(let activation) = token, let polling = step.polling(issueConfiguration) else {
            return []
        }
        if now >= activation.stepBegan + activation.time(of: step) { return complete(step, at: now) }
        guard activation.polls < polling.times else { return fail(.provisionFailed) }
        wait(for: .gap(step), code: .success, until: now + .milliseconds(polling.interval))
        return []
    }

    mutating func complete(_ step: NFCActivationStep, at now: Instant) -> [Action] {
        guard case .activating(let activation) = token else { return [] }
        let progress: [Action] = activation.isSilent ? [] : [.progress(step.percentBefore + step.percent)]
        if let next = step.next { return progress + begin(next, at: now) }
        // Digits as Mastercard's are, without a meaning.
        let digits = String(UInt64.random(in: 0..<1_000_000_000_000, using: &generator))
        tokenNumber = "5204" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
        (credentials, used) = (batch, 0)
        token = activation.isSilent ? .unconfirmed : .active
        let ended = progress + [.activateStatus(tokenStatus)]
        guard activation.isSilent else { return ended + [.answer(.activate, .success)] }
        return ended + [.answer(.silentActivate, .success)] + (activation.isAgreed ? confirm(at: now) : [])
    }

    mutating func fail(_ code: NFCResultCode) -> [Action] {
        guard case .activating(let activation) = token else { return [] }
        return abort(activation, code)
    }

    /// Ends an activation without a token: the next begins from the start.
    mutating func abort(_ activation: Activation, _ code: NFCResultCode) -> [Action] {
        token = .absent
        let ended: [Action] = [.activateStatus(.absent)]
        guard activation.isSilent else { return ended + [.answer(.activate, code)] }
        return ended + [.answer(.silentActivate, code)] + (activation.isAgreed ? [.answer(.activate, code)] : [])
    }

    // MARK: Confirmation

    /// The user agrees to a token that is there: the server's becomes active, then the phone's.
    private mutating func confirm(at now: Instant) -> [Action] {
        send(.confirmation, for: .confirmation, taking: settings.serverTime, at: now)
    }

    mutating func confirmed(_ code: NFCResultCode) -> [Action] {
        guard code == .success else { return [.answer(.activate, code)] }
        token = .active
        return [.activateStatus(tokenStatus), .answer(.activate, .success)]
    }
}
