internal import Emulator
internal import Scenario

/// What a run has come to: the scenarios' expectations, and what happened around those that do not hold.
struct Verdict: Sendable {
    private struct Outcome: Sendable {
        let device: EmulatedDevice
        let report: ScenarioReport
    }

    private let outcomes: [Outcome]
    private let hasSeveralDevices: Bool

    init(of emulator: Emulator) {
        outcomes = emulator.devices.compactMap { device in
            // First what is due: of that the scenario has to hear as well.
            let status = device.catchUp()
            return (device.script as? ScenarioRun).map { Outcome(device: device, report: $0.report(status)) }
        }
        hasSeveralDevices = emulator.devices.count > 1
    }

    /// Whether every expectation holds.
    var holds: Bool { outcomes.allSatisfy(\.report.failures.isEmpty) }

    /// Says on standard error what does not hold, with the events around it.
    func explain() {
        for outcome in outcomes {
            for check in outcome.report.failures where !check.isConsequence {
                complain("\(place(outcome))\(check.title): \(check.failure ?? "")")
                for line in timeline(around: check, on: outcome.device) { complain("  \(line)") }
            }
            if !outcome.report.hasMatched {
                complain(
                    "\(place(outcome))the scenario never matched: nothing that it waits for has happened")
            } else {
                for rule in outcome.report.rulesThatNeverMatched {
                    complain("\(place(outcome))the scenario's \(rule) never matched")
                }
            }
        }
    }

    func report(command: [String], status: Int32, seconds: Double) -> JUnitReport {
        var report = JUnitReport(suite: outcomes.first.map { "bluetap.\($0.report.scenario)" } ?? "bluetap")
        report.add(
            command.joined(separator: " "), seconds: seconds,
            failure: status == 0 ? nil : "it ended with status \(status)")
        for outcome in outcomes {
            for check in outcome.report.checks {
                let details = check.failure == nil ? [] : timeline(around: check, on: outcome.device)
                report.add(
                    "\(place(outcome))\(check.title)", failure: check.failure, details: details.joined(separator: "\n"))
            }
        }
        return report
    }

    private func place(_ outcome: Outcome) -> String {
        "\(outcome.report.scenario)\(hasSeveralDevices ? " at device \(outcome.device.id)" : ""): "
    }

    /// The events before and after the one at which a check failed; that one is marked.
    private func timeline(around check: ScenarioReport.Check, on device: EmulatedDevice) -> [String] {
        let sequence = check.sequence ?? 0
        let events = device.events(after: sequence > 8 ? sequence - 8 : 0, limit: 16)
        if events.isEmpty { return ["nothing has happened"] }
        return events.map { event in
            let line = (try? JSONText.parse(event.json)).map { EventLine($0).description } ?? event.json
            return "\(event.sequence == check.sequence ? ">" : " ") \(event.sequence)  \(line)"
        }
    }
}
