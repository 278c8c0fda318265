internal import BlueTap
internal import Documents
internal import Emulator
internal import HID
internal import Learning
internal import LinuxIO
internal import ProfileFiles
internal import WireFormat

/// Keeps what hosts send as samples to learn from, with the labels that somebody types.
///
/// Labels may be typed before a command is made or after it; the first goes with the first.
actor Recorder {
    private let path: String
    private var samples: [Sample] = []
    private var turns: [Turn] = []
    /// That which goes on, and the one before.
    private var turn = Turn()
    private var lastTurn = Turn()
    /// Whether the samples are being learned from, for what to send next.
    private var isThinking = false
    private var labels: [RecordingLabel] = []

    /// What a host sent, and what the device answered, between two silences.
    private struct Turn {
        var reports: [[UInt8]] = []
        var replies: [[UInt8]] = []
    }

    /// How long a host is silent between two commands: the reports of one follow each other in milliseconds.
    private static let silence = Duration.milliseconds(300)

    init(path: String) throws {
        self.path = path
        // A session can go on where another ended.
        if let kept = try? WholeFile.read(path, atMost: 0), !kept.isEmpty {
            samples = try SampleFile(path: path).samples
        }
        // What cannot be written is found out before anybody has typed anything.
        try Self.write(samples, to: path)
    }

    // MARK: What happens

    /// Takes the device's reports until the task is cancelled.
    func listen(to device: EmulatedDevice) async {
        var last: UInt64 = 0
        while !Task.isCancelled {
            let isSilent = await Self.isSilent(device, after: last, atMost: turn.reports.isEmpty ? nil : Self.silence)
            last = take(device.events(after: last)) ?? last
            if isSilent { endTurn() }
        }
        _ = take(device.events(after: last))
        endTurn()
    }

    /// - Returns: the last event's number.
    private func take(_ events: [Event]) -> UInt64? {
        for event in events {
            if let report = event.body.hostReport { turn.reports.append(report) }
            // What nobody asked for is no reply.
            if !turn.reports.isEmpty { turn.replies += event.body.deviceReports }
        }
        return events.last?.sequence
    }

    private func endTurn() {
        guard !turn.reports.isEmpty else { return }
        defer { (lastTurn, turn) = (turn, Turn()) }
        // Hosts that get no answer try again in the same words.
        if turn.replies.isEmpty, turn.reports == lastTurn.reports {
            return complain("the same again, taken for another try")
        }
        turns.append(turn)
        announce(turn)
        pair()
    }

    /// Whether nothing happened for so long; waits for as long as it takes without a limit.
    private static func isSilent(_ device: EmulatedDevice, after sequence: UInt64, atMost limit: Duration?) async
        -> Bool
    {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await device.waitForEvent(after: sequence)
                return false
            }
            if let limit {
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return true
                }
            }
            let first = await group.next() ?? true
            group.cancelAll()
            return first
        }
    }

    /// A line that was typed. Returns whether there are more to come.
    func type(_ line: String) -> Bool {
        do {
            guard let label = try RecordingLabel(line) else { return true }
            if label == .quit { return false }
            labels.append(label)
            pair()
        } catch {
            complain("\(error)")
        }
        return true
    }

    private func pair() {
        while let turn = turns.first, let label = labels.first {
            turns.removeFirst()
            labels.removeFirst()
            guard case .sample(let command, let result) = label else {
                complain("left out")
                continue
            }
            let number = samples.count + 1
            let kind = command.kind.rawValue
            samples.append(
                Sample(
                    command: command, reports: turn.reports, replies: turn.replies, result: result,
                    name: "sample \(number) (\(kind))"))
            do {
                try Self.write(samples, to: path)
                complain("sample \(number): \(kind), \(turn.reports.count) report\(turn.reports.count == 1 ? "" : "s")")
            } catch {
                complain("\(error)")
            }
            suggest()
        }
        if turns.isEmpty { return }
        complain("which command was it? \(RecordingLabel.usage)")
    }

    private func announce(_ turn: Turn) {
        for report in turn.reports {
            let bytes = HexBytes(Array(report.prefix(32))).description
            complain("\(report.count) bytes: \(bytes)\(report.count > 32 ? "…" : "")")
        }
    }

    /// The command that would tell most.
    private func suggest() {
        guard labels.isEmpty, !isThinking else { return }
        isThinking = true
        let samples = samples
        Task {
            await IOThread.run {
                // What cannot be learned from yet asks as well.
                let next: NextQuestion?
                do throws(LearningError) {
                    next = try Learner(samples).learn().nextQuestion
                } catch {
                    next = error.nextQuestion
                }
                if let next { complain("next: \(next.description.printable)") }
            }
            isThinking = false
        }
    }

    /// What is left to be said at the end.
    func end() {
        if !turns.isEmpty { complain("\(turns.count) without a label are left out") }
        if !labels.isEmpty { complain("\(labels.count) labels are left over: was each command received?") }
        complain(
            "\(samples.count) samples in \(path): `bluetap profile learn \(path) -o learned.yaml` makes a profile of them"
        )
    }

    // MARK: Writing

    private static func write(_ samples: [Sample], to path: String) throws {
        do {
            try WholeFile.write(SampleFile(samples).text, to: path)
        } catch {
            throw CommandError("\(path) cannot be written: \(error)")
        }
    }
}

extension Event.Body {
    /// What a host sent, in events that tell of it.
    fileprivate var hostReport: [UInt8]? {
        switch self {
        // One that is refused was received before.
        case .payReceived(_, let report), .cancelReceived(_, let report), .reportMalformed(_, let report),
            .reportAnswered(let report, _):
            report
        default: nil
        }
    }

    /// What the device answered, in events that tell of it.
    fileprivate var deviceReports: [[UInt8]] {
        switch self {
        case .replySent(_, _, let report), .acknowledgementSent(_, let report), .notificationSent(_, let report):
            [report]
        case .reportAnswered(_, let answers): answers
        default: []
        }
    }
}
