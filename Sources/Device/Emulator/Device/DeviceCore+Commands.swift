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
                record(.reportMalformed(reason: error.description, report: report), at: now)
            }
            return
        }
        if exchange(report, as: type, from: host, at: now) { return }
        guard (type == .feature) == profile.hid.outputReport.isFeature else {
            return record(
                .reportMalformed(reason: "the profile's commands are no such reports", report: report), at: now)
        }
        do throws(Malformation) {
            let (message, brokenOff) = try assembler.receive(report)
            for lost in brokenOff {
                record(.reportMalformed(reason: "the message was broken off by another", report: lost), at: now)
            }
            guard let message else { return }
            let bytes = message.reports.flatMap(\.self)
            do throws(Malformation) {
                let (command, context) = try codec.decode(message)
                receive(command, context, report: bytes, from: host, at: now)
            } catch {
                record(.reportMalformed(reason: error.description, report: bytes), at: now)
            }
        } catch {
            record(.reportMalformed(reason: error.description, report: report), at: now)
        }
    }

    private mutating func receive(
        _ command: Command, _ context: Codec.Context, report: [UInt8], from host: any HostPort, at now: Instant
    ) {
        if faults.isEmpty && held.isEmpty && script == nil && !codec.acknowledges(command.kind) {
            answer(command, context, report: report, from: host, at: now)
        } else {
            stage(Course(command: command, context: context, report: report, host: host, faults: []), at: now)
        }
    }

    /// Answers what the profile says is answered without being understood; false where it says nothing of the report.
    private mutating func exchange(
        _ report: [UInt8], as type: ReportDescriptor.ReportType, from host: any HostPort, at now: Instant
    ) -> Bool {
        let found = codec.exchanges.first { $0.request.matches(report, isFeature: type == .feature) }
        guard let found else { return false }
        record(.reportAnswered(report: report, answers: found.answers.map(\.bytes)), at: now)
        writeJournal(at: now)
        for answer in found.answers {
            if case .dropped(let reason) = transmit(answer.bytes, to: host) {
                record(.replyDropped(nil, nil, reason: reason, report: answer.bytes), at: now)
            }
        }
        return true
    }

    /// Hands a report to the host, or keeps it until the host reads it.
    mutating func transmit(_ report: [UInt8], to host: any HostPort) -> Delivery {
        guard profile.hid.inputReport.isFeature else { return host.sendInputReport(report) }
        guard featureAnswers.count < Schedule.capacity else { return .dropped("the host does not read its answers") }
        featureAnswers.append(report)
        return .sent
    }

    /// Hands all reports of a message to the host; what became of the last says what became of it.
    mutating func transmit(_ reports: [[UInt8]], to host: any HostPort) -> Delivery {
        var delivery = Delivery.sent
        for report in reports {
            delivery = transmit(report, to: host)
            guard delivery == .sent else { break }
        }
        return delivery
    }

    /// What a host reads that asks for a feature report; nil where there is none.
    mutating func featureReport(id: UInt8) -> [UInt8]? {
        for case .getFeature(id) in codec.exchanges.lazy.map(\.request) {
            return codec.exchanges.first { $0.request == .getFeature(id: id) }?.answers.first?.bytes
        }
        guard profile.hid.inputReport.isFeature else { return nil }
        // The last answer can be read again.
        return featureAnswers.count > 1 ? featureAnswers.removeFirst() : featureAnswers.first
    }

    /// Tells the host of something that it did not ask for, where the profile has words for it.
    mutating func notify(_ occasion: Occasion, at now: Instant) {
        guard profile.notifications[occasion] != nil, machine.isAttached, let cable else { return }
        let reports = codec.notification(
            of: occasion, about: linkContext, counter: nextCount(), time: now.secondsSince1970)
        let bytes = reports.flatMap(\.self)
        switch transmit(reports, to: cable) {
        case .sent: record(.notificationSent(occasion, report: bytes), at: now)
        case .dropped(let reason): record(.replyDropped(nil, nil, reason: reason, report: bytes), at: now)
        }
    }

    /// The short way, where nothing watches and nothing goes wrong.
    private mutating func answer(
        _ command: Command, _ context: Codec.Context, report: [UInt8], from host: any HostPort, at now: Instant
    ) {
        // A process that is killed has lost no command that it answered: the journal has it before the reply goes out.
        // Whatever else there is to tell is told after.
        let isJournalled = recorder != nil
        if isJournalled {
            record(command, report: report, at: now)
            writeJournal(at: now)
        }
        let decision = decide(command, at: now)
        let result = decision.result
        let reports = codec.reply(to: context, result: result, counter: nextCount(), time: now.secondsSince1970)
        let delivery = transmit(reports, to: host)
        if !isJournalled { record(command, report: report, at: now) }
        record(decision, context, report: report, at: now)
        if reports.isEmpty { return }
        record(delivery, of: Reply(command: context.command, result: result, reports: reports, host: host), at: now)
    }

    mutating func decide(_ command: Command, clockRate: Double = 1, at now: Instant) -> Decision {
        switch command {
        case .pay(let pay):
            .pay(machine.pay(pay, token: LinkToken(using: &generator), clockRate: clockRate, at: now))
        case .cancel(let cancel): .cancel(machine.cancel(cancel))
        }
    }

    mutating func record(_ command: Command, report: [UInt8], at now: Instant) {
        switch command {
        case .pay(let pay): record(.payReceived(pay, report: report), at: now)
        case .cancel(let cancel): record(.cancelReceived(cancel, report: report), at: now)
        }
    }

    mutating func record(_ decision: Decision, _ context: Codec.Context, report: [UInt8], at now: Instant) {
        switch decision {
        case .pay(.refuse(let refusal)): record(.commandRejected(.pay, refusal, report: report), at: now)
        case .pay(.linkMade(let link, let replaced)):
            if let replaced { record(.linkReplaced(replaced, by: link), at: now) }
            linkContext = context
            record(.linkReady(link), at: now)
            serveQueue(at: now)
        case .cancel(.refuse(let refusal)): record(.commandRejected(.cancel, refusal, report: report), at: now)
        case .cancel(.linkCancelled(let link)):
            record(.linkCancelled(link), at: now)
            notify(.linkCancelled, at: now)
        case .cancel(.nothingToCancel): break
        }
    }

    mutating func record(_ delivery: Delivery, of reply: Reply, at now: Instant) {
        switch delivery {
        case .sent:
            lastInputReport = reply.reports.last ?? []
            record(.replySent(reply.command, reply.result, report: reply.bytes), at: now)
        case .dropped(let reason): drop(reply, reason: reason, at: now)
        }
    }

    mutating func drop(_ reply: Reply, reason: String, at now: Instant) {
        record(.replyDropped(reply.command, reply.result, reason: reason, report: reply.bytes), at: now)
    }

    /// An input report that a transport had taken did not reach the host.
    mutating func inputReportDropped(_ report: [UInt8], reason: String, at now: Instant) {
        if lastInputReport == report { lastInputReport = [] }
        let reply = try? codec.decodeReply(report)
        record(.replyDropped(reply?.context.command, reply?.result, reason: reason, report: report), at: now)
    }
}
