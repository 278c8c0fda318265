internal import BlueTap
internal import Emulator
internal import HID
public import WireFormat

extension RecordedSession {
    /// The runs of a journal, each from its device's first event on.
    public static func runs(_ entries: [JournalEntry]) -> [[JournalEntry]] {
        var runs: [[JournalEntry]] = []
        for entry in entries {
            if let last = runs.last?.last, entry.sequence > last.sequence {
                runs[runs.count - 1].append(entry)
            } else {
                runs.append([entry])
            }
        }
        return runs
    }

    /// What a journal has of one device's run.
    ///
    /// - Parameter profile: that with which it was written, for how messages are cut into reports.
    public init(_ entries: [JournalEntry], profile: Profile) {
        let reports = ReportDescriptor(profile.hid.reportDescriptor.bytes)
        let featureID = (0...UInt8.max).first { reports.size(of: .feature, id: $0) != nil } ?? 0
        /// The reports that carried a message.
        func cut(_ message: [UInt8], _ direction: Direction, _ layout: ReportLayout) -> [[UInt8]] {
            guard profile.framing[direction] != nil else { return message.isEmpty ? [] : [message] }
            return stride(from: 0, to: message.count, by: layout.size).map {
                Array(message[$0..<min($0 + layout.size, message.count)])
            }
        }
        func host(_ message: [UInt8]) -> [Happening] {
            let isFeature = profile.exchanges.contains { $0.request.matches(message, isFeature: true) }
            return cut(message, .output, profile.hid.outputReport).map {
                .hostReport($0, isFeature: isFeature || profile.hid.outputReport.isFeature)
            }
        }
        func device(_ message: [UInt8]) -> [Happening] {
            cut(message, .input, profile.hid.inputReport).map {
                profile.hid.inputReport.isFeature ? .featureRead(id: featureID, answer: $0) : .deviceReport($0)
            }
        }
        func unheard(_ message: [UInt8]) -> [Happening] {
            cut(message, .input, profile.hid.inputReport).map { .unheard($0) }
        }
        /// What a fault did, with the command that it kept from the device.
        func fired(_ entry: JournalEntry) -> [Happening] {
            var happenings = host(entry.bytes("report"))
            switch entry.fields["fault"].flatMap(FaultName.init) {
            case .stall:
                guard case .hostReport(let last, let isFeature)? = happenings.popLast() else { return [] }
                let failure = WriteFailure(.stall, status: "the fault stall")
                return happenings + [.failedWrite(last, isFeature: isFeature, failure)]
            case .unplug: happenings.append(.pulled)
            case .flood:
                guard let interval = entry.fields["interval"], let burst = entry.fields["burst"] else { break }
                happenings.append(.disturbed(.flood(interval: interval, burst: burst)))
            case .slowReader:
                guard let delay = entry.fields["delay"] else { break }
                happenings.append(.disturbed(.slowReader(delay: delay)))
            default: break
            }
            return happenings
        }
        var steps: [Step] = []
        let start = entries.first?.time ?? Instant(nanoseconds: 0)
        for entry in entries {
            let wallet = entry.fields["wallet"] ?? ""
            let reason = entry.fields["reason"] ?? ""
            let happenings: [Happening] =
                switch entry.kind {
                case .attached: [.attached]
                case .detached: [.detached]
                case .payReceived, .cancelReceived, .reportMalformed: host(entry.bytes("report"))
                case .reportAnswered:
                    host(entry.bytes("report"))
                        + (entry.fields["answers"] ?? "").split(separator: " ").compactMap { HexBytes($0)?.bytes }
                        .map { .deviceReport($0) }
                case .replySent, .acknowledgementSent, .notificationSent: device(entry.bytes("report"))
                // What a fault swallows, the device does not say.
                case .replyDropped:
                    entry.fields["reason"]?.hasPrefix("the fault ") == true
                        ? [.unanswered] : unheard(entry.bytes("report"))
                case .faultFired: fired(entry)
                case .linkTapped: [.tap(wallet: wallet)]
                case .tapMissed: Self.isMissedAgain(reason) ? [.tap(wallet: wallet)] : []
                case .paymentPending:
                    Self.outcome(pendingFor: reason).map { [.pending(wallet: wallet, $0, lasting: nil)] } ?? []
                case .paymentSucceeded: [.payment(wallet: wallet)]
                // Who pays again is refused again, without a word to the host.
                case .paymentFailed where reason == EventReason.paidAlready: [.payment(wallet: wallet)]
                case .paymentFailed: [.refusal(wallet: wallet, reason: reason)]
                default: []
                }
            steps += happenings.map { Step(time: entry.time - start, place: .event(entry.sequence), $0) }
        }
        self.init(steps, end: entries.last.map { $0.time - start })
    }

    /// Whether a tap that read nothing for this reason reads nothing where the session is played again.
    private static func isMissedAgain(_ reason: String) -> Bool {
        reason != EventReason.anothersLink && reason != EventReason.deadTag
    }

    private static func outcome(pendingFor reason: String) -> Customer.Outcome? {
        Customer.Outcome.allCases.first { $0.pendingReason == reason }
    }
}
