internal import BlueTap
internal import HID

/// All that one lock of an emulated device guards: the state machine, and what it steers.
struct DeviceInside: ~Copyable, Sendable {
    var core: DeviceCore
    var cable: (any Cable)?
    var recorder: JournalRecorder?
    /// Most that happens in one instant while a script is there: more than a device and a script can have planned.
    private static let mostTurns = 20_000

    /// The earliest instant at which the device has asked to be woken.
    var announcedDue = Instant.distantFuture

    init(core: consuming DeviceCore, recorder: JournalRecorder?) {
        self.core = core
        self.recorder = recorder
    }

    /// Carries out what the device has planned, in its order.
    mutating func carryOut(at now: Instant) {
        while let action = core.next(at: now) {
            switch action {
            case .send(let message):
                // A process that is killed has lost no command that it answered.
                writeJournal(at: now)
                core.left(message, send(message), at: now)
            case .move(.plug): core.plugged(isAttached: cable?.plug() ?? true, at: now)
            case .move(.unplug): cable?.unplug()
            case .move(.stall): cable?.stall()
            case .move(.setReading(let isReading)): cable?.setReading(isReading)
            }
        }
    }

    /// Hands all reports of a message to the host; what became of the last says what became of it.
    private func send(_ message: Message) -> Delivery {
        if let host = message.host { return Self.send(message.reports, to: host) }
        guard let cable else { return .dropped("there is no cable") }
        return Self.send(message.reports, to: cable)
    }

    private static func send(_ reports: [[UInt8]], to host: any HostPort) -> Delivery {
        var delivery = Delivery.sent
        for report in reports {
            delivery = host.sendInputReport(report)
            guard delivery == .sent else { break }
        }
        return delivery
    }

    /// Lets everything happen that is due by `now`, each thing at its own instant.
    mutating func catchUp(to now: Instant) {
        var (instant, turns) = (Instant.distantFuture, 0)
        while let due = core.beginNextDue(by: now) {
            carryOut(at: due)
            (instant, turns) = due == instant ? (due, turns + 1) : (due, 1)
            // Without a script the device has only so much to do in an instant.
            if turns > Self.mostTurns { core.endScript("acts without end at \(due)", at: due) }
        }
    }

    /// The script hears of what has happened.
    mutating func hear(at now: Instant) {
        core.planHearing()
        carryOut(at: now)
    }

    /// Hands what was told to the journal. What that has to say of itself is told as well.
    mutating func writeJournal(at now: Instant) {
        guard let change = recorder?.write(core.log) else { return }
        core.tell(change, at: now)
        // Of a journal that cannot be written the journal does not hear before it can.
        if case .journalRestored = change { _ = recorder?.write(core.log) }
    }
}

extension DeviceStatus {
    init(_ inside: borrowing DeviceInside, now: Instant) {
        self.init(
            state: inside.core.machine.state, now: now, link: inside.core.machine.link,
            lastSequence: inside.core.log.lastSequence, tally: inside.core.tally,
            faults: inside.core.faults.armed.filter { !$0.isSpent }, journalFailure: inside.recorder?.shortcoming)
    }
}
