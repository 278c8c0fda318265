internal import BlueTap
internal import HID
internal import WireFormat

// The way of a report through the device: wire format, device, wire format.
extension DeviceCore {
    /// What a command does to the device.
    enum Decision {
        case pay(Device.PayAction)
        case cancel(Device.CancelAction)

        var result: ResultCode {
            switch self {
            case .pay(.refuse(let refusal)), .cancel(.refuse(let refusal)): refusal.result
            case .pay(.linkMade), .cancel(.linkCancelled), .cancel(.nothingToCancel): .success
            }
        }
    }

    mutating func receive(
        _ report: [UInt8], as type: ReportDescriptor.ReportType = .output, from host: any HostPort, at now: Instant
    ) {
        // What was under way when the cable was pulled.
        guard machine.isAttached, !isUnplugged else { return }
        guard !codec.isSimple || type != .output || profile.hid.outputReport.isFeature else {
            do throws(Malformation) {
                let (command, context) = try codec.decode(report)
                receive(command, context, report: report, from: host, at: now)
            } catch {
                tell(.reportMalformed(reason: error.description, report: report), at: now)
            }
            return
        }
        if answerExchange(report, as: type, from: host, at: now) { return }
        guard (type == .feature) == profile.hid.outputReport.isFeature else {
            return tell(.reportMalformed(reason: "the profile's commands are no such reports", report: report), at: now)
        }
        do throws(Malformation) {
            let (message, brokenOff) = try assembler.receive(report)
            for lost in brokenOff {
                tell(.reportMalformed(reason: "the message was broken off by another", report: lost), at: now)
            }
            guard let message else { return }
            let bytes = message.reports.flatMap(\.self)
            do throws(Malformation) {
                let (command, context) = try codec.decode(message)
                receive(command, context, report: bytes, from: host, at: now)
            } catch {
                tell(.reportMalformed(reason: error.description, report: bytes), at: now)
            }
        } catch {
            tell(.reportMalformed(reason: error.description, report: report), at: now)
        }
    }

    /// Answers what the profile says is answered without being understood; false where it says nothing of the report.
    private mutating func answerExchange(
        _ report: [UInt8], as type: ReportDescriptor.ReportType, from host: any HostPort, at now: Instant
    ) -> Bool {
        let found = codec.exchanges.first { $0.request.matches(report, isFeature: type == .feature) }
        guard let found else { return false }
        tell(.reportAnswered(report: report, answers: found.answers.map(\.bytes)), at: now)
        for answer in found.answers {
            plan.add(.send(Message(kind: .exchange, reports: [answer.bytes], host: host)))
        }
        return true
    }

    // MARK: A command's way

    private mutating func receive(
        _ command: Command, _ context: Codec.Context, report: [UInt8], from host: any HostPort, at now: Instant
    ) {
        let disturbance = faults.isEmpty ? .none : Disturbance(faults.fire(on: command, after: 0, at: now))
        if isPrevented(disturbance, report, at: now) { return }
        let course = Course(
            command: command, context: context, report: report, host: host, disturbance: disturbance,
            lastFault: faults.lastID)
        switch command {
        case .pay(let pay): tell(.payReceived(pay, report: report), at: now)
        case .cancel(let cancel): tell(.cancelReceived(cancel, report: report), at: now)
        }
        // The script hears of the command before it is decided, and may set faults for just this one or pull the cable.
        planHearing()
        if plan.isAtFront { decide(course, at: now) } else { plan.add(.decide(course)) }
    }

    /// Whether a fault keeps the device from seeing the command at all.
    private mutating func isPrevented(_ disturbance: Disturbance, _ report: [UInt8], at now: Instant) -> Bool {
        guard let fault = disturbance.prevention else { return false }
        announce(fault, report: report, at: now)
        plan(fault.fault.effect.pull)
        return true
    }

    private mutating func plan(_ pull: Disturbance.Pull?) {
        switch pull {
        case .unplug(let replug): plan.add(.unplug(replug: replug))
        case .reset: plan.add(.reset)
        case nil: break
        }
    }

    mutating func decide(_ course: Course, at now: Instant) {
        guard machine.isAttached else { return }
        guard faults.lastID == course.lastFault else {
            var later = course
            later.disturbance = course.disturbance.adding(
                faults.fire(on: course.command, after: course.lastFault, at: now))
            return begin(later, at: now)
        }
        begin(course, at: now)
    }

    private mutating func begin(_ course: Course, at now: Instant) {
        if isPrevented(course.disturbance, course.report, at: now) { return }
        for fault in course.disturbance.faults { announce(fault, at: now) }
        release(.nextCommand)
        guard let delay = course.disturbance.linkDelay else { return carryOut(course, at: now) }
        guard !schedule.isFull else {
            return tell(.note("too many commands wait for their links: this one is lost"), at: now)
        }
        schedule.add(.carryOut(course), at: now + delay)
    }

    /// Decides a command and plans what comes of it: a first "received", what has changed, the reply, and what the host is
    /// told unasked, in this order. A reply that is delayed or held leaves later than all of that.
    mutating func carryOut(_ course: Course, at now: Instant) {
        let decision = decision(on: course, at: now)
        if codec.acknowledges(course.command.kind) {
            let reports = codec.acknowledgement(of: course.context, counter: nextCount(), time: now.secondsSince1970)
            if !reports.isEmpty {
                plan.add(
                    .send(Message(kind: .acknowledgement(course.command.kind), reports: reports, host: course.host)))
            }
        }
        tell(decision, of: course, at: now)
        takeSteps(of: course, at: now)
        let reply = reply(to: course, result: decision.result, at: now)
        if let pull = course.disturbance.pullsDuringReply {
            drop(reply, reason: "the cable was pulled", at: now)
            return plan(pull)
        }
        deliver(reply, of: course, at: now)
        if case .cancel(.linkCancelled) = decision { notify(.linkCancelled, at: now) }
        plan(course.disturbance.pullsAfterReply)
    }

    /// Says that it is at work, as often as the profile has it, spread over the time until the reply.
    private mutating func takeSteps(of course: Course, at now: Instant) {
        let places = codec.places(before: course.command.kind)
        for (index, place) in places.enumerated() {
            let reports = codec.reports(
                of: place, to: course.context, counter: nextCount(), time: now.secondsSince1970)
            guard !reports.isEmpty else { continue }
            let message = Message(
                kind: .acknowledgement(course.command.kind), reports: reports, host: course.host)
            let delay = profile.replyDelay * (index + 1) / (places.count + 1)
            if delay > .zero {
                guard !schedule.isFull else { return drop(message, reason: "too many replies wait", at: now) }
                schedule.add(.send(message), at: now + delay)
            } else {
                plan.add(.send(message))
            }
        }
    }

    private mutating func decision(on course: Course, at now: Instant) -> Decision {
        switch (course.command, course.disturbance.refusal) {
        case (.pay, let refusal?): return .pay(.refuse(refusal))
        case (.cancel, let refusal?): return .cancel(.refuse(refusal))
        case (.pay(let pay), nil):
            let token = LinkToken(using: &generator)
            return .pay(machine.pay(pay, token: token, clockRate: course.disturbance.clockRate, at: now))
        case (.cancel(let cancel), nil): return .cancel(machine.cancel(cancel))
        }
    }

    private mutating func tell(_ decision: Decision, of course: Course, at now: Instant) {
        switch decision {
        case .pay(.refuse(let refusal)): tell(.commandRejected(.pay, refusal, report: course.report), at: now)
        case .pay(.linkMade(let link, let replaced)):
            if let replaced { tell(.linkReplaced(replaced, by: link), at: now) }
            linkContext = course.context
            tell(.linkReady(link), at: now)
            serveQueue(at: now)
        case .cancel(.refuse(let refusal)): tell(.commandRejected(.cancel, refusal, report: course.report), at: now)
        case .cancel(.linkCancelled(let link)): tell(.linkCancelled(link), at: now)
        case .cancel(.nothingToCancel): break
        }
    }

    // MARK: Replies

    private mutating func reply(to course: Course, result: ResultCode, at now: Instant) -> Message {
        let result = course.disturbance.result ?? result
        let (counter, time) = (nextCount(), now.secondsSince1970)
        var reports: [[UInt8]]
        if course.disturbance.sequenceOffset == 0 {
            reports = codec.reply(to: course.context, result: result, counter: counter, time: time)
        } else {
            var context = course.context
            context.sequence &+= course.disturbance.sequenceOffset
            reports = codec.reply(to: context, result: result, counter: counter, time: time)
        }
        if !course.disturbance.spoiling.isEmpty, let last = reports.popLast() {
            // Of a reply in several reports the last is spoilt.
            reports.append(spoil(last, by: course.disturbance.spoiling))
        }
        return Message(kind: .reply(course.command.kind, result), reports: reports, host: course.host)
    }

    private mutating func spoil(_ report: [UInt8], by faults: [ArmedFault]) -> [UInt8] {
        var report = report
        for fault in faults {
            switch fault.fault.effect {
            case .replyTruncated(let count): report.removeLast(min(count, report.count - 1))
            case .replyPadded(let count): report += [UInt8](repeating: 0, count: count)
            case .replyCorrupted: corrupt(&report, by: fault)
            default: break
            }
        }
        return report
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

    private mutating func deliver(_ reply: Message, of course: Course, at now: Instant) {
        if reply.reports.isEmpty { return }
        let disturbance = course.disturbance
        if disturbance.isDropped { return drop(reply, reason: "the fault reply-dropped", at: now) }
        var delay = codec.acknowledges(course.command.kind) ? profile.replyDelay : .zero
        for fault in disturbance.delays {
            guard case .replyDelayed(let least, let spread) = fault.fault.effect else { continue }
            var drawn = faults[fault.id] ?? fault
            delay += least + drawn.draw(upTo: spread)
            faults[fault.id] = drawn
        }
        for _ in 0..<disturbance.copies {
            if let cause = disturbance.hold {
                hold(HeldReply(reply: reply, cause: cause), at: now)
            } else if delay > .zero {
                guard !schedule.isFull else { return drop(reply, reason: "too many replies wait", at: now) }
                schedule.add(.send(reply), at: now + delay)
            } else {
                plan.add(.send(reply))
            }
        }
    }

    private mutating func hold(_ reply: HeldReply, at now: Instant) {
        guard held.count < Schedule.capacity else { return drop(reply.reply, reason: "too many replies wait", at: now) }
        held.append(reply)
    }

    /// Sends what has waited for this.
    private mutating func release(_ cause: HeldReply.Cause) {
        guard held.contains(where: { $0.cause == cause }) else { return }
        let released = held.filter { $0.cause == cause }
        held.removeAll { $0.cause == cause }
        for held in released { plan.add(.send(held.reply)) }
    }

    mutating func drop(_ message: Message, reason: String, at now: Instant) {
        guard let command = message.kind.command else { return }
        tell(.replyDropped(command, message.kind.result, reason: reason, report: message.bytes), at: now)
    }

    // MARK: What leaves the device

    /// Tells the host of something that it did not ask for, where the profile has words for it.
    mutating func notify(_ occasion: Occasion, at now: Instant) {
        guard profile.notifications[occasion] != nil, machine.isAttached, abilities != nil else { return }
        let reports = codec.notification(
            of: occasion, about: linkContext, counter: nextCount(), time: now.secondsSince1970)
        plan.add(.send(Message(kind: .notification(occasion), reports: reports, host: nil)))
    }

    /// A message has gone, or has not: this is what became of it.
    mutating func left(_ message: Message, _ delivery: Delivery, at now: Instant) {
        switch (message.kind, delivery) {
        case (.reply(let command, let result), .sent):
            lastInputReport = message.reports.last ?? []
            tell(.replySent(command, result, report: message.bytes), at: now)
        case (.acknowledgement(let command), .sent):
            tell(.acknowledgementSent(command, report: message.bytes), at: now)
        case (.notification(let occasion), .sent): tell(.notificationSent(occasion, report: message.bytes), at: now)
        case (.exchange, .sent), (.flood, _): break
        case (_, .dropped(let reason)):
            tell(
                .replyDropped(message.kind.command, message.kind.result, reason: reason, report: message.bytes), at: now
            )
        }
        if case .reply = message.kind { release(.nextReply) }
    }

    /// An input report that a transport had taken did not reach the host.
    mutating func inputReportDropped(_ report: [UInt8], reason: String, at now: Instant) {
        if lastInputReport == report { lastInputReport = [] }
        let reply = try? codec.decodeReply(report)
        tell(.replyDropped(reply?.context.command, reply?.result, reason: reason, report: report), at: now)
    }

    // MARK: Feature reports

    /// Keeps a message until the host reads it, where it reads answers as feature reports.
    mutating func keepFeatureAnswers(_ message: Message) -> Delivery {
        for report in message.reports {
            guard featureAnswers.count < Schedule.capacity else {
                return .dropped("the host does not read its answers")
            }
            featureAnswers.append(report)
        }
        return .sent
    }

    /// The host asks for a feature report; nil where there is none.
    mutating func readFeatureReport(id: UInt8) -> [UInt8]? {
        for case .getFeature(id) in codec.exchanges.lazy.map(\.request) {
            return codec.exchanges.first { $0.request == .getFeature(id: id) }?.answers.first?.bytes
        }
        guard profile.hid.inputReport.isFeature else { return nil }
        // The last answer can be read again.
        return featureAnswers.count > 1 ? featureAnswers.removeFirst() : featureAnswers.first
    }
}

extension Message.Kind {
    /// The command that it is about; nil where it is about none.
    var command: Command.Kind? {
        switch self {
        case .reply(let command, _), .acknowledgement(let command): command
        case .notification, .exchange, .flood: nil
        }
    }

    var result: ResultCode? {
        if case .reply(_, let result) = self { result } else { nil }
    }
}
