internal import BlueTap

// The script beside the device: hears of what was carried out, and is a source of inputs like any other.
extension DeviceCore {
    /// Most that a script does on one input.
    private static let maximumTurns = 10_000

    /// Puts a script beside the device, which hears of what happens from now on; nil: none.
    mutating func load(_ script: (any DeviceScript)?, hearsAll: Bool) {
        self.script = script
        heardSequence = hearsAll ? 0 : log.lastSequence
    }

    /// Plans that the script hears of what has happened. Without one nothing is planned.
    mutating func planHearing() {
        if script != nil { plan.add(.hear(turns: 0)) }
    }

    /// The script hears of one event, does what it will, and then hears of the next.
    ///
    /// - Parameter turns: how much it has done on the way.
    mutating func hear(turns: Int, at now: Instant) {
        guard script != nil, let event = log.event(after: heardSequence) else { return }
        heardSequence = event.sequence
        let actions = script?.observe(event) ?? []
        guard turns + actions.count <= Self.maximumTurns else { return endScript("acts without end", at: now) }
        for action in actions { plan.add(.act(action)) }
        plan.add(.hear(turns: turns + actions.count))
    }

    mutating func endScript(_ reason: String, at now: Instant) {
        guard script != nil else { return }
        script = nil
        tell(.note("the scenario \(reason), and is ended"), at: now)
    }

    mutating func perform(_ action: DeviceAction, at now: Instant) {
        switch action {
        case .tap(let customer): tap(customer, at: now)
        case .useWallet(let customer): useWallet(customer, at: now)
        case .unplug(let replug): unplug(replug: replug, at: now)
        case .plug: plug(at: now)
        case .reset: reset(at: now)
        case .fault(let fault):
            do throws(EmulatorError) {
                _ = try add(fault, at: now)
            } catch {
                tell(.note("the scenario's fault is not set: \(error)"), at: now)
                script?.actionFailed(error.description)
            }
        case .clearFaults: _ = clearFaults(nil, at: now)
        case .ask(let request): ask(request, at: now)
        case .advance(let duration): requestedAdvance += duration
        case .note(let text): tell(.note(text), at: now)
        }
    }

    private mutating func ask(_ request: OutboxRequest, at now: Instant) {
        guard outbox != nil else {
            tell(.note("nothing comes of what the scenario asks for: \(request.absence)"), at: now)
            script?.actionFailed(request.absence)
            return
        }
        tell(.note(request.summary), at: now)
        post(.request(request), at: now)
    }
}
