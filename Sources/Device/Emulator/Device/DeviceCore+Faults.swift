internal import BlueTap
internal import HID
internal import WireFormat

// What goes wrong on purpose, and the way of a command through it.
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
        if isReader, !schedule.remove(where: \.isResumption).isEmpty { cable?.setReading(true) }
        return true
    }

    /// Refuses what the transport cannot show: a fault that nobody sees would make a test pass that should not.
    private func checkTransport(_ effect: Fault.Effect) throws(EmulatorError) {
        guard let cable else { return }
        let needed: CableAbilities =
            switch effect {
            case .unplug, .reEnumerate: .unplug
            case .stall: .stall
            case .slowReader: .slowReader
            case .replyPadded: .longReports
            default: []
            }
        guard cable.abilities.isSuperset(of: needed) else {
            throw EmulatorError(
                "this transport cannot show the fault \(effect.name.rawValue)", code: .transportCannot,
                remedy: "`bluetap fault kinds` lists which can")
        }
    }

    // MARK: A command's way

    /// The long way of a command, past the faults and the script.
    mutating func stage(_ course: Course, at now: Instant) {
        var course = course
        course.faults = faults.fire(on: course.command, after: 0, at: now)
        if prevent(course, at: now) { return }
        let lastFault = faults.lastID
        record(course.command, report: course.report, at: now)
        writeJournal(at: now)
        observeEvents(at: now)
        // The script may have set faults for this very command, or pulled the cable.
        course.faults += faults.fire(on: course.command, after: lastFault, at: now)
        guard machine.isAttached else { return }
        if prevent(course, at: now) { return }
        for fault in course.faults { announce(fault, at: now) }
        release(.nextCommand, at: now)
        if let delay = course.linkDelay {
            guard !schedule.isFull else {
                return record(.note("too many commands wait for their links: this one is lost"), at: now)
            }
            schedule.add(.carryOut(course), at: now + delay)
        } else {
            carryOut(course, at: now)
        }
    }

    /// Whether a fault keeps the device from seeing the command at all.
    private mutating func prevent(_ course: Course, at now: Instant) -> Bool {
        guard let fault = course.faults.first(where: { $0.isPulled(.before) || $0.fault.effect == .stall }) else {
            return false
        }
        announce(fault, at: now)
        _ = pull(course, .before, at: now)
        return true
    }

    /// Tells of a fault that has fired, and does what does not wait for the command.
    private mutating func announce(_ fault: ArmedFault, at now: Instant) {
        record(.faultFired(fault.id, fault.fault.effect.name), at: now)
        switch fault.fault.effect {
        case .stall: cable?.stall()
        case .slowReader(let duration): stopReading(for: duration, at: now)
        case .flood: flood(fault.id, at: now)
        default: break
        }
    }

    /// Pulls the cable where a fault says so at this moment of the command.
    private mutating func pull(_ course: Course, _ moment: Fault.Moment, at now: Instant) -> Bool {
        for fault in course.faults {
            switch fault.fault.effect {
            case .unplug(moment, let replug):
                unplug(replug: replug, at: now)
                return true
            case .reEnumerate(moment):
                reset(at: now)
                return true
            default: break
            }
        }
        return false
    }

    mutating func carryOut(_ course: Course, at now: Instant) {
        let decision = course.refusal ?? decide(course.command, clockRate: course.clockRate, at: now)
        if codec.acknowledges(course.command.kind) { acknowledge(course, at: now) }
        record(decision, course.context, report: course.report, at: now)
        let reply = reply(to: course, result: decision.result, at: now)
        if course.faults.contains(where: { $0.isPulled(.during) }) {
            drop(reply, reason: "the cable was pulled", at: now)
            _ = pull(course, .during, at: now)
            return
        }
        deliver(reply, of: course, at: now)
        _ = pull(course, .after, at: now)
    }

    /// Says that the command was received, before what it led to.
    private mutating func acknowledge(_ course: Course, at now: Instant) {
        let reports = codec.acknowledgement(of: course.context, counter: nextCount(), time: now.secondsSince1970)
        let bytes = reports.flatMap(\.self)
        switch transmit(reports, to: course.host) {
        case .sent: record(.acknowledgementSent(course.command.kind, report: bytes), at: now)
        case .dropped(let reason):
            record(.replyDropped(course.command.kind, nil, reason: reason, report: bytes), at: now)
        }
    }

    private mutating func reply(to course: Course, result: ResultCode, at now: Instant) -> Reply {
        var result = result
        var context = course.context
        for fault in course.faults {
            switch fault.fault.effect {
            case .replyResult(let other): result = other
            case .replyWrongSequence:
                context.sequence &+= 1
            default: break
            }
        }
        var reports = codec.reply(to: context, result: result, counter: nextCount(), time: now.secondsSince1970)
        // Of a reply in several reports the last is spoilt.
        guard var report = reports.popLast() else {
            return Reply(command: context.command, result: result, reports: [], host: course.host)
        }
        for fault in course.faults {
            switch fault.fault.effect {
            case .replyTruncated(let count): report.removeLast(min(count, report.count - 1))
            case .replyPadded(let count): report += [UInt8](repeating: 0, count: count)
            case .replyCorrupted: corrupt(&report, by: fault)
            default: break
            }
        }
        return Reply(command: context.command, result: result, reports: reports + [report], host: course.host)
    }

    /// Turns over one bit, but none of a report ID.
    private mutating func corrupt(_ report: inout [UInt8], by given: ArmedFault) {
        let first = profile.hidDescription.reports.hasReportIDs ? 1 : 0
        guard report.count > first else { return }
        // One that has fired for the last time may be gone already.
        var fault = faults[given.id] ?? given
        let index = Int.random(in: first..<report.count, using: &fault.generator)
        report[index] ^= 1 << UInt8.random(in: 0..<8, using: &fault.generator)
        faults[given.id] = fault
    }

    private mutating func deliver(_ reply: Reply, of course: Course, at now: Instant) {
        if reply.reports.isEmpty { return }
        var delay = codec.acknowledges(course.command.kind) ? profile.replyDelay : .zero
        var copies = 1
        var cause: HeldReply.Cause?
        for fault in course.faults {
            switch fault.fault.effect {
            case .replyDropped: return drop(reply, reason: "the fault reply-dropped", at: now)
            case .replyDoubled: copies += 1
            case .replyDelayed(let least, let spread):
                var drawn = faults[fault.id] ?? fault
                delay += least + drawn.draw(upTo: spread)
                faults[fault.id] = drawn
            case .replyOutOfOrder: cause = .nextReply
            case .replyLate: cause = .nextCommand
            default: break
            }
        }
        for _ in 0..<copies {
            if let cause {
                hold(HeldReply(reply: reply, cause: cause), at: now)
            } else if delay > .zero {
                guard !schedule.isFull else { return drop(reply, reason: "too many replies wait", at: now) }
                schedule.add(.send(reply), at: now + delay)
            } else {
                send(reply, at: now)
            }
        }
    }

    private mutating func hold(_ reply: HeldReply, at now: Instant) {
        guard held.count < Schedule.capacity else { return drop(reply.reply, reason: "too many replies wait", at: now) }
        held.append(reply)
    }

    mutating func send(_ reply: Reply, at now: Instant) {
        record(transmit(reply.reports, to: reply.host), of: reply, at: now)
        release(.nextReply, at: now)
    }

    /// Sends what has waited for this.
    private mutating func release(_ cause: HeldReply.Cause, at now: Instant) {
        guard held.contains(where: { $0.cause == cause }) else { return }
        let released = held.filter { $0.cause == cause }
        held.removeAll { $0.cause == cause }
        for held in released { record(transmit(held.reply.reports, to: held.reply.host), of: held.reply, at: now) }
    }

    /// The host has gone: what waits for it must not surprise the next.
    mutating func dropWaitingReplies(at now: Instant) {
        if schedule.isEmpty && held.isEmpty { return }
        let waiting = schedule.remove { entry in
            switch entry {
            case .send, .carryOut: true
            case .plug, .fire, .flood, .resumeReading, .customer: false
            }
        }
        for case .send(let reply) in waiting { drop(reply, reason: "the host has gone", at: now) }
        for reply in held { drop(reply.reply, reason: "the host has gone", at: now) }
        held = []
    }

    // MARK: Faults that fire by themselves

    mutating func fireByTime(_ id: Int, at now: Instant) {
        guard var armed = faults[id], armed.fireByTime(at: now) else { return }
        faults[id] = armed
        announce(armed, at: now)
        switch armed.fault.effect {
        case .unplug(_, let replug): unplug(replug: replug, at: now)
        case .reEnumerate: reset(at: now)
        default: break
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
        cable?.setReading(false)
        _ = schedule.remove(where: \.isResumption)
        schedule.add(.resumeReading, at: now + duration)
    }

    /// Sends the next reports of a flood, until its fault is cleared or has lived its time.
    mutating func flood(_ id: Int, at now: Instant) {
        guard let armed = faults[id], now < armed.endsAt, case .flood(let interval, let burst) = armed.fault.effect
        else { return }
        let reports = codec.reply(
            to: Codec.Context(command: .cancel, sequence: 0), result: .unknownException, time: now.secondsSince1970)
        for _ in 0..<burst {
            guard let cable, transmit(reports, to: cable) == .sent else { break }
        }
        _ = schedule.remove { if case .flood(id) = $0 { true } else { false } }
        scheduleAgain(.flood(id), after: interval, at: now)
    }
}

extension ArmedFault {
    fileprivate func isPulled(_ moment: Fault.Moment) -> Bool {
        switch fault.effect {
        case .unplug(moment, _), .reEnumerate(moment): true
        default: false
        }
    }
}

extension Course {
    /// What the device answers instead of trying.
    fileprivate var refusal: DeviceCore.Decision? {
        for fault in faults {
            let reason: String
            switch fault.fault.effect {
            case .busy: reason = "the device is busy"
            case .linkFails: reason = "no link can be made"
            default: continue
            }
            let refusal = Refusal(.processFail, reason: reason)
            return command.kind == .pay ? .pay(.refuse(refusal)) : .cancel(.refuse(refusal))
        }
        return nil
    }

    fileprivate var clockRate: Double {
        faults.reduce(1) { rate, fault in
            if case .clockSkew(let factor) = fault.fault.effect { rate * factor } else { rate }
        }
    }

    fileprivate var linkDelay: Duration? {
        for fault in faults { if case .linkSlow(let delay) = fault.fault.effect { return delay } }
        return nil
    }
}
