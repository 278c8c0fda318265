internal import BlueTap
public import Documents
internal import Emulator

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
        var advance: TextualDuration?
        var log: String?
        /// What somebody beside the device is asked for.
        var companion: Companion?
    }

    /// A companion's step, under the key that the vocabulary has for it.
    struct Companion: Sendable {
        let key: String
        let step: any CompanionStep
    }
}

extension ScenarioFile.Step {
    private enum CodingKeys: String, CodingKey {
        case at, after, tap, pay, decline, walkAway, unplug, plug, reset, fault, clearFaults, advance, log
    }

    /// A key that is a companion's.
    private struct CompanionKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        at = try container.decodeIfPresent(TextualDuration.self, forKey: .at)
        after = try container.decodeIfPresent(TextualDuration.self, forKey: .after)
        tap = try container.decodeIfPresent(Tap.self, forKey: .tap)
        pay = try container.decodeIfPresent(Tap.self, forKey: .pay)
        decline = try container.decodeIfPresent(Tap.self, forKey: .decline)
        walkAway = try container.decodeIfPresent(Tap.self, forKey: .walkAway)
        unplug = try container.decodeIfPresent(Unplug.self, forKey: .unplug)
        plug = try container.decodeIfPresent(Nothing.self, forKey: .plug)
        reset = try container.decodeIfPresent(Nothing.self, forKey: .reset)
        fault = try container.decodeIfPresent(FaultDescription.self, forKey: .fault)
        clearFaults = try container.decodeIfPresent(Nothing.self, forKey: .clearFaults)
        advance = try container.decodeIfPresent(TextualDuration.self, forKey: .advance)
        log = try container.decodeIfPresent(String.self, forKey: .log)
        let all = try decoder.container(keyedBy: CompanionKey.self)
        let vocabulary = decoder.userInfo[.scenarioVocabulary] as? ScenarioVocabulary
        for (key, step) in vocabulary?.companions ?? [:] {
            let codingKey = CompanionKey(stringValue: key)
            guard all.contains(codingKey) else { continue }
            companion = ScenarioFile.Companion(key: key, step: try step.init(from: all.superDecoder(forKey: codingKey)))
        }
    }
}

extension CodingUserInfoKey {
    fileprivate static var scenarioVocabulary: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "scenarioVocabulary") else {
            preconditionFailure("every text is a key")
        }
        return key
    }
}

extension Scenario {
    /// Checks a document; what is wrong first is thrown, by line and column.
    public init(_ document: Document, vocabulary: ScenarioVocabulary = .device) throws(DocumentError) {
        let file: ScenarioFile = try ValidDocument(document, schema: vocabulary.schema)
            .decode(userInfo: [.scenarioVocabulary: vocabulary])
        for (index, rule) in (file.rules ?? []).enumerated() {
            let path: [DocumentStep] = [.key("rules"), .index(index), .key("then")]
            try Self.check(rule.then, in: document, at: path)
        }
        try Self.check(file.timeline ?? [], in: document, at: [.key("timeline")])
        for (index, rule) in (file.rules ?? []).enumerated() {
            try Self.check(
                rule.when.event, rule.when.with, in: document, at: [.key("rules"), .index(index), .key("when")])
        }
        for (index, expectation) in (file.expect ?? []).enumerated() {
            try Self.check(expectation.event, expectation.with, in: document, at: [.key("expect"), .index(index)])
        }
        for (index, pattern) in (file.never ?? []).enumerated() {
            try Self.check(pattern.event, pattern.with, in: document, at: [.key("never"), .index(index)])
        }
        self.init(file)
    }

    /// Reads a file.
    public init(path: String, vocabulary: ScenarioVocabulary = .device) throws(DocumentError) {
        try self.init(Document(path: path), vocabulary: vocabulary)
    }

    /// A pattern that fits no event would hold, or fail, whatever happens.
    private static func check(
        _ event: String, _ fields: [String: String]?, in document: Document, at path: [DocumentStep]
    ) throws(DocumentError) {
        do throws(EventFilterError) {
            _ = try EventFilter(kind: event, fields: fields ?? [:])
        } catch {
            let place = error.field.map { [DocumentStep.key("with"), .key($0)] } ?? [.key("event")]
            throw document.error(at: path + place, error.description)
        }
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
            if let companion = step.companion, let contradiction = companion.step.contradiction {
                throw document.error(at: path + [.key(companion.key)], contradiction)
            }
        }
    }
}
