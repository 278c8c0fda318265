internal import BlueTap
internal import VirtualHID
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

    mutating func receive(_ report: [UInt8], from host: any HostPort, at now: Instant) {
        // What was under way when the cable was pulled.
        guard machine.isAttached, !isUnplugged else { return }
        do throws(Malformation) {
            let (command, context) = try codec.decode(report)
            if faults.isEmpty && held.isEmpty && script == nil {
                answer(command, context, report: report, from: host, at: now)
            } else {
                stage(Course(command: command, context: context, report: report, host: host, faults: []), at: now)
            }
        } catch {
            record(.reportMalformed(reason: error.description, report: report), at: now)
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
        let bytes = codec.reply(to: context, result: result)
        let delivery = host.sendInputReport(bytes)
        if !isJournalled { record(command, report: report, at: now) }
        record(decision, report: report, at: now)
        record(delivery, of: Reply(command: context.command, result: result, report: bytes, host: host), at: now)
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

    mutating func record(_ decision: Decision, report: [UInt8], at now: Instant) {
        switch decision {
        case .pay(.refuse(let refusal)): record(.commandRejected(.pay, refusal, report: report), at: now)
        case .pay(.linkMade(let link, let replaced)):
            if let replaced { record(.linkReplaced(replaced, by: link), at: now) }
            record(.linkReady(link), at: now)
        case .cancel(.refuse(let refusal)): record(.commandRejected(.cancel, refusal, report: report), at: now)
        case .cancel(.linkCancelled(let link)): record(.linkCancelled(link), at: now)
        case .cancel(.nothingToCancel): break
        }
    }

    mutating func record(_ delivery: Delivery, of reply: Reply, at now: Instant) {
        switch delivery {
        case .sent:
            lastInputReport = reply.report
            record(.replySent(reply.command, reply.result, report: reply.report), at: now)
        case .dropped(let reason): drop(reply, reason: reason, at: now)
        }
    }

    mutating func drop(_ reply: Reply, reason: String, at now: Instant) {
        record(.replyDropped(reply.command, reply.result, reason: reason, report: reply.report), at: now)
    }

    /// An input report that a transport had taken did not reach the host.
    mutating func inputReportDropped(_ report: [UInt8], reason: String, at now: Instant) {
        if lastInputReport == report { lastInputReport = [] }
        let reply = try? codec.decodeReply(report)
        record(.replyDropped(reply?.context.command, reply?.result, reason: reason, report: report), at: now)
    }
}
