internal import BlueTap
internal import HID
internal import WireFormat

// The cable: hosts that come and go, and power that is gone.
extension DeviceCore {
    mutating func attach(at now: Instant) {
        guard !isUnplugged, machine.attach() == .attached else { return }
        tell(.attached, at: now)
    }

    mutating func detach(at now: Instant) {
        dropWaitingReplies(at: now)
        guard case .detached(let lost) = machine.detach() else { return }
        // They were for the host that has gone.
        lastInputReport = []
        featureAnswers = []
        assembler.reset()
        if let lost { tell(.linkLost(lost), at: now) }
        tell(.detached, at: now)
    }

    /// The host has gone: what waits for it must not surprise the next.
    private mutating func dropWaitingReplies(at now: Instant) {
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

    /// Pulls the cable.
    mutating func unplug(replug: Duration?, at now: Instant) {
        if !isUnplugged {
            isUnplugged = true
            // With the device's power goes what it was busy with.
            _ = schedule.remove { $0.isResumption }
            plan.add(.move(.unplug))
            detach(at: now)
        }
        _ = schedule.remove { $0.isPlug }
        if let replug { schedule.add(.plug, at: now + replug) }
    }

    /// Puts the cable back.
    mutating func plug(at now: Instant) {
        guard isUnplugged else { return }
        isUnplugged = false
        _ = schedule.remove { $0.isPlug }
        plan.add(.move(.plug))
    }

    /// The cable is back; whether a host sees the device from now on, or is yet to come.
    mutating func plugged(isAttached: Bool, at now: Instant) {
        if isAttached { attach(at: now) }
    }

    mutating func reset(at now: Instant) {
        unplug(replug: nil, at: now)
        plug(at: now)
    }
}
