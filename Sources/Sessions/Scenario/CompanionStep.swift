public import BlueTap
internal import Documents
public import Emulator

/// A step of a scenario that somebody beside the device takes. The device passes on what it asks for, unread.
public protocol CompanionStep: Decodable, Sendable {
    /// What is wrong with it that no schema can say; nil: nothing.
    var contradiction: String? { get }
    /// What it asks for at an instant.
    ///
    /// - Parameter fill: puts an event's fields in the place of `${field}`.
    /// - Throws: why what an event filled in makes it ask for nothing.
    func request(at now: Instant, filling fill: (String) -> String) throws(CompanionStepError) -> OutboxRequest
}

/// Why a companion's step asks for nothing.
public struct CompanionStepError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// The steps that scenarios may have: those of every device, and those of its companions.
public struct ScenarioVocabulary: Sendable {
    /// The companions' steps, by their keys.
    let companions: [String: any CompanionStep.Type]
    let schema: Schema

    /// The steps of every device.
    public static let device = ScenarioVocabulary(
        companions: [:], schema: Schema(shipped: PackageResources.scenario_schema_json))

    /// - Parameters:
    ///   - companions: what each key's value is.
    ///   - rules: a JSON object with the schema of each key's value.
    public init(_ companions: [String: any CompanionStep.Type], rules: some Collection<UInt8>) {
        self.init(
            companions: companions,
            schema: Schema(
                shipped: PackageResources.scenario_schema_json, adding: rules, to: ["step", "timedStep"]))
    }

    private init(companions: [String: any CompanionStep.Type], schema: Schema) {
        self.companions = companions
        self.schema = schema
    }

    /// The schema's text, for editors.
    public var schemaText: String { schema.text }
}
