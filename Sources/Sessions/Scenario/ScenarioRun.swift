public import BlueTap
public import Emulator

/// A scenario under way beside one device: its part as the device's script, and what it has seen so far.
public struct ScenarioRun: DeviceScript {
    public let scenario: Scenario
    private let start: Instant
    private var planned: [Planned] = []
    private var matches: [Int]
    /// When the expectation before the current one was met.
    private var lastMet: Instant
    private var met: [UInt64] = []
    private var missed: String?
    private var failedAction: String?
    private var forbidden: [Int: UInt64] = [:]
    private var lastSequence: UInt64 = 0
    /// Whether anything that it waits for has happened.
    private var hasMatched = false
    /// Gives each fault that the scenario sets another seed, the same in each run.
    private var seeds: SeededGenerator

    private struct Planned {
        let due: Instant
        let action: ScenarioFile.Step
        let variables: [String: String]
    }

    /// Most steps that wait at a time.
    private static let capacity = 10_000

    /// - Parameter asksCompanions: whether the timeline's steps for those beside the device are this run's: of devices that
    ///   share them and play one scenario, one asks.
    public init(_ scenario: Scenario, startingAt start: Instant, asksCompanions: Bool = true) {
        self.scenario = scenario
        self.start = start
        matches = Array(repeating: 0, count: scenario.rules.count)
        lastMet = start
        seeds = SeededGenerator(seed: scenario.seed)
        var due = start
        for step in scenario.timeline {
            due = step.at.map { start + $0 } ?? due + step.after
            if asksCompanions || step.action.companion == nil { plan(step.action, at: due, [:]) }
            if let advance = step.action.advance { due = due + advance.duration }
        }
    }

    // MARK: DeviceScript

    public var nextDue: Instant? { planned.last?.due }

    public mutating func observe(_ event: Event) -> [DeviceAction] {
        lastSequence = event.sequence
        judge(event)
        var actions: [DeviceAction] = []
        if let outcome = magicOutcome(of: event) {
            hasMatched = true
            if let after = outcome.after, after.duration > .zero {
                plan(outcome.step, at: event.time + after.duration, [:])
            } else {
                actions += self.actions(of: outcome.step, [:], at: event.time)
            }
        }
        for (index, rule) in scenario.rules.enumerated() where rule.pattern.matches(event) {
            matches[index] += 1
            let round = matches[index] - rule.nth
            guard round >= 0, rule.times.map({ round < $0 }) ?? true else { continue }
            hasMatched = true
            actions += begin(rule.steps, at: event.time, event.fields)
        }
        return actions
    }

    public mutating func act(at now: Instant) -> [DeviceAction] {
        var actions: [DeviceAction] = []
        while let next = planned.last, next.due <= now {
            planned.removeLast()
            actions += self.actions(of: next.action, next.variables, at: next.due)
        }
        return actions
    }

    public mutating func actionFailed(_ reason: String) {
        if failedAction == nil { failedAction = reason }
    }

    // MARK: Steps

    /// Begins a rule's steps: what is to happen at once is returned, the rest planned.
    private mutating func begin(
        _ steps: [Scenario.Step], at now: Instant, _ variables: [String: String]
    ) -> [DeviceAction] {
        var actions: [DeviceAction] = []
        var due = now
        for step in steps {
            due = due + step.after
            if due <= now {
                actions += self.actions(of: step.action, variables, at: now)
            } else {
                plan(step.action, at: due, variables)
            }
            if let advance = step.action.advance { due = due + advance.duration }
        }
        return actions
    }

    // The last is the next due.
    private mutating func plan(_ action: ScenarioFile.Step, at due: Instant, _ variables: [String: String]) {
        guard planned.count < Self.capacity else { return }
        let index = planned.firstIndex { $0.due <= due } ?? planned.endIndex
        planned.insert(Planned(due: due, action: action, variables: variables), at: index)
    }

    private mutating func actions(
        of step: ScenarioFile.Step, _ variables: [String: String], at now: Instant
    ) -> [DeviceAction] {
        func customer(_ tap: ScenarioFile.Step.Tap, _ outcome: Customer.Outcome? = nil) -> Customer {
            Customer(
                named: tap.wallet.map { Self.fill($0, variables) } ?? Customer().wallet,
                outcome: tap.outcome ?? outcome, after: tap.after?.duration, reason: tap.reason)
        }
        if let tap = step.tap { return [.tap(customer(tap))] }
        if let pay = step.pay { return [.useWallet(customer(pay, .pays))] }
        if let decline = step.decline { return [.useWallet(customer(decline, .declines))] }
        if let walkAway = step.walkAway { return [.useWallet(customer(walkAway, .walksAway))] }
        if let unplug = step.unplug { return [.unplug(replug: unplug.replug?.duration)] }
        if step.plug != nil { return [.plug] }
        if step.reset != nil { return [.reset] }
        if var fault = step.fault {
            fault.orderId = fault.orderId.map { Self.fill($0, variables) }
            fault.amount = fault.amount.map { Self.fill($0, variables) }
            fault.paymentMethod = fault.paymentMethod.map { Self.fill($0, variables) }
            if fault.seed == nil { fault.seed = seeds.next() }
            return (try? fault.fault).map { [.fault($0)] } ?? []
        }
        if step.clearFaults != nil { return [.clearFaults] }
        if let companion = step.companion {
            do throws(CompanionStepError) {
                return [.ask(try companion.step.request(at: now) { Self.fill($0, variables) })]
            } catch {
                return [.note("nothing comes of \(companion.key): \(error)")]
            }
        }
        if let advance = step.advance { return [.advance(advance.duration)] }
        if let log = step.log { return [.note(Self.fill(log, variables))] }
        return []
    }

    /// Puts the matched event's fields in the place of `${field}`; what it does not have stays empty.
    static func fill(_ text: String, _ variables: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            result += variables[String(rest[start.upperBound..<end])] ?? ""
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    // MARK: Outcomes by order id

    private struct Magic {
        let step: ScenarioFile.Step
        let after: TextualDuration?
    }

    private func magicOutcome(of event: Event) -> Magic? {
        guard case .linkReady(let link) = event.body, let orderID = link.orderID,
            let outcome = scenario.outcomes.first(where: { orderID.hasPrefix($0.prefix) })
        else { return nil }
        var step = ScenarioFile.Step()
        step.tap = ScenarioFile.Step.Tap(wallet: outcome.wallet, outcome: outcome.outcome)
        return Magic(step: step, after: outcome.after)
    }

    // MARK: Expectations

    private mutating func judge(_ event: Event) {
        for (index, pattern) in scenario.never.enumerated() where forbidden[index] == nil && pattern.matches(event) {
            forbidden[index] = event.sequence
        }
        guard missed == nil, met.count < scenario.expectations.count else { return }
        let expectation = scenario.expectations[met.count]
        if let within = expectation.within, event.time > lastMet + within {
            missed = "it did not come within \(within.inSeconds) s of \(lastMet)"
            return
        }
        guard expectation.pattern.matches(event) else { return }
        met.append(event.sequence)
        lastMet = event.time
    }

    /// What has become of the expectations.
    ///
    /// - Parameter status: the device at the end.
    public func report(_ status: DeviceStatus) -> ScenarioReport {
        var checks: [ScenarioReport.Check] = []
        for (index, expectation) in scenario.expectations.enumerated() {
            let title = "expect \(index + 1): \(expectation.pattern)"
            if index < met.count {
                checks.append(ScenarioReport.Check(title: title, failure: nil, sequence: met[index]))
            } else {
                let isNext = index == met.count
                let reason = isNext ? missed ?? "it did not come" : "what was expected before it did not come"
                checks.append(
                    ScenarioReport.Check(
                        title: title, failure: reason, sequence: met.last ?? lastSequence, isConsequence: !isNext))
            }
        }
        for (index, pattern) in scenario.never.enumerated() {
            checks.append(
                ScenarioReport.Check(
                    title: "never: \(pattern)",
                    failure: forbidden[index].map { "it came, as event \($0)" }, sequence: forbidden[index]))
        }
        if let wanted = scenario.finalState {
            checks.append(
                ScenarioReport.Check(
                    title: "final state: \(wanted.rawValue)",
                    failure: status.state == wanted ? nil : "it is \(status.state.rawValue)", sequence: lastSequence))
        }
        if let failedAction {
            checks.append(
                ScenarioReport.Check(
                    title: "what the scenario does", failure: failedAction, sequence: lastSequence))
        }
        let idle = scenario.rules.enumerated().filter { matches[$0.offset] == 0 }.map(\.element.name)
        return ScenarioReport(
            scenario: scenario.name, checks: checks, rulesThatNeverMatched: idle,
            hasMatched: hasMatched || !met.isEmpty || scenario.waitsForNothing)
    }
}
