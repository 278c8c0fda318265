internal import BlueTap
internal import HID
internal import WireFormat

// Faults that are set and ended, and those that fire by themselves. What they do to a command is a ``Disturbance``.
extension DeviceCore {
    mutating func add(_ fault: Fault, at now: Instant) throws(EmulatorError) -> ArmedFault {
        try checkTransport(fault.effect)
        let armed = try faults.add(fault, at: now)
        if fault.firesByTime {
            guard !schedule.isFull else {
                _ = faults.clear(armed.id)
                throw EmulatorError(
                    "the device has \(Schedule.capacity) things to do already", code: .limitReached,
                    remedy: "clear some faults")
            }
            schedule.add(.fire(armed.id), at: armed.startsAt)
        }
        return armed
    }

    /// Ends all faults, or the one of that number; false where there is none.
    mutating func clearFaults(_ id: Int?, at now: Instant) -> Bool {
        let isReader = id.map { faults[$0]?.fault.effect.name == .slowReader } ?? true
        guard faults.clear(id) else { return false }
        // A reader that a fault has slowed down goes on.
        if isReader, !schedule.remove(where: \.isResumption).isEmpty { plan.add(.move(.setReading(true))) }
        return true
    }

    /// Refuses what the transport cannot show: a fault that nobody sees would make a test pass that should not.
    private func checkTransport(_ effect: Fault.Effect) throws(EmulatorError) {
        guard let abilities else { return }
        let needed: CableAbilities =
            switch effect {
            case .unplug, .reEnumerate: .unplug
            case .stall: .stall
            case .slowReader: .slowReader
            case .replyPadded: .longReports
            default: []
            }
        guard abilities.isSuperset(of: needed) else {
            throw EmulatorError(
                "this transport cannot show the fault \(effect.name.rawValue)", code: .transportCannot,
                remedy: "`bluetap fault kinds` lists which can")
        }
    }

    /// Tells of a fault that has fired, and does what does not wait for the command.
    ///
    /// - Parameter report: the command's that is lost by it.
    mutating func announce(_ fault: ArmedFault, report: [UInt8]? = nil, at now: Instant) {
        tell(.faultFired(fault.id, fault.fault.effect, report: report), at: now)
        switch fault.fault.effect {
        case .stall: plan.add(.move(.stall))
        case .slowReader(let duration): stopReading(for: duration, at: now)
        case .flood: flood(fault.id, at: now)
        default: break
        }
    }

    mutating func fireByTime(_ id: Int, at now: Instant) {
        guard var armed = faults[id], armed.fireByTime(at: now) else { return }
        faults[id] = armed
        announce(armed, at: now)
        switch armed.fault.effect.pull {
        case .unplug(let replug): unplug(replug: replug, at: now)
        case .reset: reset(at: now)
        case nil: break
        }
        if let interval = armed.fault.trigger.interval, !armed.isSpent {
            scheduleAgain(.fire(id), after: interval, at: now)
        }
        armed = faults[id] ?? armed
        if armed.isSpent { _ = faults.clear(id) }
    }

    /// What comes again and again ends where virtual time does.
    private mutating func scheduleAgain(_ entry: Schedule.Entry, after interval: Duration, at now: Instant) {
        if now + interval > now { schedule.add(entry, at: now + interval) }
    }

    private mutating func stopReading(for duration: Duration, at now: Instant) {
        plan.add(.move(.setReading(false)))
        _ = schedule.remove(where: \.isResumption)
        schedule.add(.resumeReading, at: now + duration)
    }

    /// Plans the next reports of a flood, until its fault is cleared or has lived its time.
    mutating func flood(_ id: Int, at now: Instant) {
        guard let armed = faults[id], now < armed.endsAt, case .flood(let interval, let burst) = armed.fault.effect
        else { return }
        let reports = codec.reply(
            to: Codec.Context(command: .cancel, sequence: 0), result: .unknownException, time: now.secondsSince1970)
        if abilities != nil {
            let message = Message(kind: .flood, reports: (0..<burst).flatMap { _ in reports }, host: nil)
            plan.add(.send(message))
        }
        _ = schedule.remove { if case .flood(id) = $0 { true } else { false } }
        scheduleAgain(.flood(id), after: interval, at: now)
    }
}
