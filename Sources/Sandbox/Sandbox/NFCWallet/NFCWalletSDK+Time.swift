public import BlueTap

extension NFCWalletSDK {
    /// Something that waits for an answer, an instant or both.
    struct Pending: Hashable {
        enum Purpose: Hashable {
            case step(NFCActivationStep)
            case poll(NFCActivationStep)
            /// The gap between two polls.
            case gap(NFCActivationStep)
            case confirmation
            case replenishment(count: Int, isManual: Bool)
            case lock
            case unlock
            case deletion

            /// Whose end it is, where that is not an activation's.
            var call: Call? {
                switch self {
                case .step, .poll, .gap: nil
                case .confirmation: .activate
                case .replenishment(_, let isManual): isManual ? .replenish : .automaticReplenish
                case .lock: .lock
                case .unlock: .unlock
                case .deletion: .deleteToken
                }
            }
        }

        /// Tells the order of what is due at one instant.
        let number: Int
        var purpose: Purpose
        /// The request that is to be answered; nil: none.
        var request: Int?
        /// What its server takes.
        let time: Duration
        /// What it has come to; nil: it was not answered.
        var code: NFCResultCode?
        var due: Instant
    }

    // MARK: Inputs

    /// When something happens by itself next; nil: nothing does.
    public var nextDue: Instant? { pending.map(\.due).min() }

    /// Lets everything happen that is due by an instant, each thing at its own.
    ///
    /// A request that comes of it is sent at its own instant too: go from one ``nextDue`` to the next where they shall be
    /// answered in between.
    public mutating func catchUp(to now: Instant) -> [Action] {
        var actions: [Action] = []
        while let index = pending.indices.min(by: { isEarlier(pending[$0], pending[$1]) }), pending[index].due <= now {
            let ended = pending.remove(at: index)
            actions += finish(ended, at: ended.due)
        }
        return actions
    }

    private func isEarlier(_ left: Pending, _ right: Pending) -> Bool {
        (left.due, left.number) < (right.due, right.number)
    }

    /// What the proxy brings back of a request; that which came too late, or was never asked, counts for nothing.
    public mutating func reply(to request: Int, _ reply: NFCProxyReply, at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        guard let index = pending.firstIndex(where: { $0.request == request && $0.code == nil }) else { return actions }
        let arrival = now + max(.zero, reply.delay)
        // Its due is still when the SDK gives it up.
        if arrival < pending[index].due {
            pending[index].code = reply.code
            pending[index].due = reply.code == .success ? arrival + pending[index].time : arrival
        } else {
            pending[index].code = .networkException
        }
        return actions
    }

    /// What the app says its phone is; an empty text is no fingerprint, and fails the activation.
    public mutating func fingerprint(_ text: String, at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        let waiting = pending.firstIndex { $0.purpose == .step(.fingerprint) && $0.code == nil }
        guard let index = waiting else { return actions }
        pending[index].code = text.isEmpty ? .provisionFailed : .success
        pending[index].due = text.isEmpty ? now : now + pending[index].time
        return actions
    }

    // MARK: Inside

    /// Waits for an instant, or until then for an answer.
    mutating func wait(
        for purpose: Pending.Purpose, request: Int? = nil, taking time: Duration = .zero, code: NFCResultCode? = nil,
        until due: Instant
    ) {
        lastPending += 1
        pending.append(
            Pending(number: lastPending, purpose: purpose, request: request, time: time, code: code, due: due))
    }

    /// Sends a request; where there is no network it has failed at once.
    mutating func send(
        _ kind: NFCRequest.Kind, for purpose: Pending.Purpose, taking time: Duration, at now: Instant
    ) -> [Action] {
        guard !conditions.isNetworkDown else {
            lastPending += 1
            return finish(
                Pending(number: lastPending, purpose: purpose, time: time, code: .networkException, due: now), at: now)
        }
        lastRequest += 1
        wait(for: purpose, request: lastRequest, taking: time, until: now + settings.proxyTimeout)
        return [.request(NFCRequest(number: lastRequest, kind: kind, sentAt: now))]
    }

    private mutating func finish(_ ended: Pending, at now: Instant) -> [Action] {
        let code = code(of: ended)
        switch ended.purpose {
        case .step(let step): return code == .success ? complete(step, at: now) : fail(code)
        case .poll(let step): return code == .success ? polled(step, at: now) : fail(code)
        case .gap(let step): return code == .success ? poll(step, at: now) : fail(code)
        case .confirmation: return confirmed(code)
        case .replenishment(let count, let isManual):
            if code == .success { credentials += count }
            return [.answer(isManual ? .replenish : .automaticReplenish, code)]
        case .lock:
            if code == .success { token = .locked }
            return [.answer(.lock, code)]
        case .unlock:
            if code == .success { token = .active }
            return [.answer(.unlock, code)]
        case .deletion: return deleted(code)
        }
    }

    /// What it has come to; a network or a white box that is gone by its end fails it.
    private func code(of ended: Pending) -> NFCResultCode {
        if conditions.isWhiteBoxCrashed { return .innerException }
        switch ended.code {
        case .success? where ended.request != nil && conditions.isNetworkDown: return .networkException
        case let code?: return code
        case nil: return ended.request == nil ? .provisionFailed : .networkException
        }
    }
}
