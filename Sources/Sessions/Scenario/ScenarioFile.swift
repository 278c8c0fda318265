internal import BlueTap
public import Documents
internal import Emulator
internal import SandboxFaults

/// A scenario as its file has it.
struct ScenarioFile: Decodable, Sendable {
    var scenario: String
    var summary: String?
    var seed: UInt64?
    var outcomes: [MagicOutcome]?
    var rules: [Rule]?
    var timeline: [Step]?
    var expect: [Expectation]?
    var never: [Pattern]?
    var final: Final?

    /// What customers do of themselves, by how the order id begins.
    struct MagicOutcome: Decodable, Sendable {
        var prefix: String
        var outcome: Customer.Outcome
        var wallet: String?
        var after: TextualDuration?
    }

    struct Rule: Decodable, Sendable {
        var name: String?
        var when: Occasion
        var times: Int?
        var then: [Step]
    }

    struct Occasion: Decodable, Sendable {
        var event: String
        var with: [String: String]?
        var nth: Int?
    }

    struct Pattern: Decodable, Sendable {
        var event: String
        var with: [String: String]?
    }

    struct Expectation: Decodable, Sendable {
        var event: String
        var with: [String: String]?
        var within: TextualDuration?
    }

    struct Final: Decodable, Sendable {
        var state: String
    }

    /// When, and what: the schema sees to it that one action is there.
    struct Step: Decodable, Sendable {
        struct Tap: Decodable, Sendable {
            var wallet: String?
            var outcome: Customer.Outcome?
            var after: TextualDuration?
            var reason: Customer.Reason?
        }

        struct Unplug: Decodable, Sendable {
            var replug: TextualDuration?
        }

        /// In smallest units.
        struct Deposit: Decodable, Sendable {
            var wallet: String
            var value: Int64
            var currency: String?
        }

        struct Nothing: Decodable, Sendable {}

        var at: TextualDuration?
        var after: TextualDuration?
        var tap: Tap?
        var pay: Tap?
        var decline: Tap?
        var walkAway: Tap?
        var unplug: Unplug?
        var plug: Nothing?
        var reset: Nothing?
        var fault: FaultDescription?
        var clearFaults: Nothing?
        var sandboxFault: SandboxFaultDescription?
        var clearSandboxFaults: Nothing?
        var deposit: Deposit?
        var advance: TextualDuration?
        var log: String?

        /// Whether it is done to a payment sandbox.
        var isOfSandbox: Bool { sandboxFault != nil || clearSandboxFaults != nil || deposit != nil }
    }
}

extension Scenario {
    /// The schema that every scenario file is checked against.
    private static let schema = Schema(shipped: PackageResources.scenario_schema_json)

    /// The schema's text, for editors.
    public static var schemaText: String { String(decoding: PackageResources.scenario_schema_json, as: UTF8.self) }

    /// Checks a document; what is wrong first is thrown, by line and column.
    public init(_ document: Document) throws(DocumentError) {
        let file: ScenarioFile = try ValidDocument(document, schema: Self.schema).decode()
        for (index, rule) in (file.rules ?? []).enumerated() {
            let path: [DocumentStep] = [.key("rules"), .index(index), .key("then")]
            try Self.check(rule.then, in: document, at: path)
        }
        try Self.check(file.timeline ?? [], in: document, at: [.key("timeline")])
        self.init(file)
    }

    /// Reads a file.
    public init(path: String) throws(DocumentError) {
        try self.init(Document(path: path))
    }

    /// What the schema cannot say.
    private static func check(
        _ steps: [ScenarioFile.Step], in document: Document, at path: [DocumentStep]
    ) throws(DocumentError) {
        for (index, step) in steps.enumerated() {
            let path = path + [.index(index)]
            if step.at != nil && step.after != nil {
                throw document.error(at: path + [.key("after")], "a step has either at or after")
            }
            if let fault = step.fault {
                do throws(EmulatorError) {
                    _ = try fault.fault
                } catch {
                    throw document.error(at: path + [.key("fault")], error.description)
                }
            }
            if let fault = step.sandboxFault {
                do throws(SandboxFaultError) {
                    _ = try fault.fault(at: Instant(nanoseconds: 0))
                } catch {
                    throw document.error(at: path + [.key("sandboxFault")], error.description)
                }
            }
        }
    }
}
