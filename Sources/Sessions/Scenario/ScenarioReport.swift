/// What has become of a scenario.
public struct ScenarioReport: Codable, Hashable, Sendable {
    /// One expectation.
    public struct Check: Codable, Hashable, Sendable {
        public let title: String
        /// Why it does not hold; nil where it does.
        public let failure: String?
        /// The event at which that was seen.
        public let sequence: UInt64?
        /// Whether it fails only because one before it does.
        public var isConsequence = false
    }

    public let scenario: String
    public let checks: [Check]
    public let rulesThatNeverMatched: [String]
    /// False where nothing in the scenario had to do with what happened.
    public let hasMatched: Bool

    public var failures: [Check] { checks.filter { $0.failure != nil } }
}
