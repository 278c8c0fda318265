internal import BlueTap
internal import Emulator

/// What happens beside a device, and what is expected of it.
public struct Scenario: Sendable {
    public let name: String
    public let summary: String?
    /// What its faults draw from, where they have no seed of their own.
    let seed: UInt64
    let outcomes: [ScenarioFile.MagicOutcome]
    let rules: [Rule]
    let timeline: [Step]
    let expectations: [Expectation]
    let never: [EventPattern]
    let finalState: Device.State?

    /// Whether it asks somebody beside the device for something, who is then to be there.
    public var needsCompanion: Bool {
        (rules.flatMap(\.steps) + timeline).contains { $0.action.companion != nil }
    }

    /// Whether it has a timeline at most.
    var waitsForNothing: Bool { rules.isEmpty && outcomes.isEmpty && expectations.isEmpty }

    struct Rule: Sendable {
        let name: String
        let pattern: EventPattern
        /// The match from which on it acts.
        let nth: Int
        /// How often it acts; nil: always.
        let times: Int?
        let steps: [Step]
    }

    struct Expectation: Sendable {
        let pattern: EventPattern
        /// Since the one before, or since the start.
        let within: Duration?
    }

    struct Step: Sendable {
        /// Since the scenario's start.
        let at: Duration?
        /// Since the step before.
        let after: Duration
        let action: ScenarioFile.Step
    }

    init(_ file: ScenarioFile) {
        name = file.scenario
        summary = file.summary
        seed = file.seed ?? 0
        outcomes = file.outcomes ?? []
        rules = (file.rules ?? []).enumerated().map { index, rule in
            Rule(
                name: rule.name ?? "rule \(index + 1)",
                pattern: EventPattern(kind: rule.when.event, fields: rule.when.with ?? [:]), nth: rule.when.nth ?? 1,
                times: rule.times ?? (rule.when.nth == nil ? nil : 1), steps: rule.then.map(Step.init))
        }
        timeline = (file.timeline ?? []).map(Step.init)
        expectations = (file.expect ?? []).map {
            Expectation(
                pattern: EventPattern(kind: $0.event, fields: $0.with ?? [:]), within: $0.within?.duration)
        }
        never = (file.never ?? []).map { EventPattern(kind: $0.event, fields: $0.with ?? [:]) }
        finalState = file.final.flatMap { Device.State(rawValue: $0.state) }
    }
}

extension Scenario.Step {
    fileprivate init(_ step: ScenarioFile.Step) {
        at = step.at?.duration
        after = step.after?.duration ?? .zero
        action = step
    }
}

/// Which events are meant: a kind, and fields with their texts, a `*` at the end standing for any more.
struct EventPattern: Sendable, CustomStringConvertible {
    let kind: String
    let fields: [String: String]

    func matches(_ event: Event) -> Bool {
        guard event.kind == kind else { return false }
        if fields.isEmpty { return true }
        let present = event.fields
        return fields.allSatisfy { key, text in present[key].map(TextPattern(text).matches) ?? false }
    }

    var description: String {
        ([kind] + fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
    }
}
