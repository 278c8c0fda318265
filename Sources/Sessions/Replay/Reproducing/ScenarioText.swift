internal import BlueTap
internal import Documents
internal import Emulator
internal import WireFormat

/// A scenario's file, put together.
struct ScenarioText: CustomStringConvertible {
    struct Fault {
        let name: FaultName
        var settings: [(String, FlowText)]

        init(_ name: FaultName, _ settings: [(String, FlowText)] = []) {
            self.name = name
            self.settings = settings
        }

        /// Of the command of that number, or of all of the kind.
        func on(_ kind: Command.Kind, _ number: Int?) -> Fault {
            var trigger: [(String, FlowText)] = [("on", .plain(kind.rawValue))]
            if let number { trigger.append(("nth", .number(number))) }
            return Fault(name, trigger + settings)
        }
    }

    struct Pattern {
        let event: Event.Kind
        let with: [(String, FlowText)]

        init(event: Event.Kind, with: [(String, FlowText)]) {
            self.event = event
            self.with = with
        }

        init(_ command: Command) {
            func member(_ key: String, _ text: String?) -> [(String, FlowText)] {
                text.map { [(key, .quoted($0))] } ?? []
            }
            switch command {
            case .pay(let pay):
                self.init(
                    event: .payReceived,
                    with: member("paymentMethod", pay.paymentMethod) + member("amount", pay.amount)
                        + member("orderId", pay.orderID) + member("expiryTime", pay.expiryTime.map { String($0) }))
            case .cancel(let cancel): self.init(event: .cancelReceived, with: member("orderId", cancel.orderID))
            }
        }

        var lines: [String] {
            ["  - event: \(event.name)"] + (with.isEmpty ? [] : ["    with: \(FlowText.mapping(with))"])
        }
    }

    var name: String
    var rules: [DeviceSide.Rule]
    var faults: [Fault] = []
    var expectations: [Pattern] = []
    var never: [Pattern] = []
    var finalState: String?
    /// What stands above all, as comments.
    var notes: [String] = []

    var description: String {
        var lines = ["# What a recorded device did, and what its POS did: made by `bluetap replay --as-scenario`."]
        if !expectations.isEmpty {
            lines.append("# A POS with other order ids or amounts needs them changed below, or left out.")
        }
        lines += notes.map { "# Not reproduced: \($0.printable)" }
        lines.append("scenario: \(FlowText.quoted(name))")
        if !faults.isEmpty {
            lines.append("timeline:")
            for (index, fault) in faults.enumerated() {
                let settings = FlowText.mapping([("name", .plain(fault.name.rawValue))] + fault.settings)
                lines.append("  - \(index == 0 ? "at" : "after"): 0s")
                lines.append("    fault: \(settings)")
            }
        }
        if !rules.isEmpty { lines.append("rules:") }
        for rule in rules {
            lines.append("  - when: { event: \(rule.anchor.event.name), nth: \(rule.anchor.number) }")
            lines.append("    then:")
            for action in rule.actions {
                guard let step = Self.step(action.action) else { continue }
                if action.after > .zero {
                    lines.append("      - after: \(Self.text(of: action.after))")
                    lines.append("        \(step)")
                } else {
                    lines.append("      - \(step)")
                }
            }
        }
        if !expectations.isEmpty { lines += ["expect:"] + expectations.flatMap(\.lines) }
        if !never.isEmpty { lines += ["never:"] + never.flatMap(\.lines) }
        if let finalState { lines.append("final: { state: \(finalState) }") }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Steps

    /// `tap: { wallet: "Alice", outcome: walks-away }`; nil for what recordings do not have.
    private static func step(_ action: DeviceAction) -> String? {
        switch action {
        case .tap(let customer):
            "tap: \(FlowText.mapping([wallet(customer), ("outcome", .plain(customer.outcome.rawValue))] + after(customer)))"
        case .useWallet(let customer) where customer.outcome == .declines:
            "decline: \(FlowText.mapping([wallet(customer)] + (customer.reason.map { [("reason", .plain($0.rawValue))] } ?? [])))"
        case .useWallet(let customer): "pay: \(FlowText.mapping([wallet(customer)]))"
        case .unplug(let replug?): "unplug: \(FlowText.mapping([("replug", .plain(text(of: replug)))]))"
        case .unplug(nil): "unplug: {}"
        case .plug, .reset, .fault, .clearFaults, .ask, .advance, .note: nil
        }
    }

    private static func after(_ customer: Customer) -> [(String, FlowText)] {
        customer.after.map { [("after", .plain(text(of: $0)))] } ?? []
    }

    /// As scenarios may call them: nothing in it is a variable.
    private static func wallet(_ customer: Customer) -> (String, FlowText) {
        let name = String(customer.wallet.replacing("${", with: "$ {").unicodeScalars.prefix(64).map(Character.init))
        return ("wallet", .quoted(name.isEmpty ? Customer().wallet : name))
    }

    /// As scenarios write it: `4s`, `1.25s`.
    static func text(of duration: Duration) -> String {
        let (seconds, attoseconds) = max(duration, .zero).components
        var digits = String(attoseconds / 1_000_000_000)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return digits.isEmpty ? "\(seconds)s" : "\(seconds).\(digits)s"
    }

    // MARK: Limits

    /// Why it is no scenario: those have fewer rules, steps, expectations; nil where it is one.
    var excess: String? {
        let longest = rules.map(\.actions.count).max() ?? 0
        if rules.count > 200 {
            return "things happen at the device after \(rules.count) events, and a scenario has 200 rules"
        }
        if longest > 100 { return "\(longest) things happen after one event, and a scenario's rule has 100 steps" }
        if expectations.count > 1000 { return "\(expectations.count) expectations, and a scenario has 1000" }
        return nil
    }
}

extension SessionComparison.Difference: CustomStringConvertible {
    /// `packet 24: reply to pay: result: recorded SUCCESS, answered PROCESS_FAIL`
    public var description: String {
        let what =
            switch kind {
            case .field(let name, let recorded, let answered): "\(name): recorded \(recorded), answered \(answered)"
            case .missing(let text): "not answered: \(text)"
            case .unexpected(let text): "not recorded: \(text)"
            }
        return [place, message, what].compactMap(\.self).joined(separator: ": ").printable
    }
}
