public import BlueTap
public import WireFormat

/// A command that is known, and the reports that carried it.
public struct Sample: Hashable, Sendable {
    public var command: Command
    /// What the host sent, as on the wire.
    public var reports: [[UInt8]]
    /// What the device answered.
    public var replies: [[UInt8]]
    /// What that answer meant.
    public var result: ResultCode?
    /// What people call it: "sample 3 (pay, order A1)".
    public var name: String
    /// Its place among all that were sent.
    var order = 0

    public init(
        command: Command, reports: [[UInt8]], replies: [[UInt8]] = [], result: ResultCode? = nil, name: String
    ) {
        self.command = command
        self.reports = reports
        self.replies = replies
        self.result = result
        self.name = name
    }

    var values: FieldValues { FieldValues(command) }
}

/// What was learned from samples.
public struct Lesson: Sendable {
    public var framing: [Direction: FramingLayout] = [:]
    public var framingEvidence: [Direction: FramingEvidence] = [:]
    /// The layers around messages, outermost first.
    public var armour: [Direction: [LearnedLayer]] = [:]
    public var commands: [Command.Kind: LearnedMessage] = [:]
    public var replies: [Command.Kind: LearnedMessage] = [:]
    public var acknowledgements: [Command.Kind: LearnedMessage] = [:]
    /// What the device says between that and the reply.
    public var steps: [LearnedStep] = []
    /// What the host says that is no command, and the device's answers.
    public var exchanges: [Exchange] = []
    public var outputReport: ReportLayout
    public var inputReport: ReportLayout
    /// What several readings still fit, and the command that would decide.
    public var doubts: [Doubt] = []
    /// What is not understood: bytes that nothing explains, values that no bytes carry.
    public var unexplained: [String] = []
    /// What no sample shows, and could not tell more of the bytes that are known.
    public var gaps: [String] = []
    /// Samples that do not fit what the others say.
    public var contradictions: [String] = []

    /// What to send next; nil where nothing more is to be asked.
    public internal(set) var nextQuestion: NextQuestion?

    /// Whether commands or values are missing that the samples should show.
    var isPoor = false
    /// Whether they are there in a way that is not known: no sample is at fault alone.
    var isForeign = false

    /// Whether nothing is left open that the samples should have told.
    public var isCertain: Bool { openQuestions.isEmpty }

    /// What keeps it from being certain, the worst first. What is only not seen, and changes no byte that is, does not.
    public var openQuestions: [String] { contradictions + unexplained + doubts.map(\.description) }

    init(outputReport: ReportLayout, inputReport: ReportLayout) {
        self.outputReport = outputReport
        self.inputReport = inputReport
    }
}

/// Why a framing is taken to be so, for each of its fields.
public struct FramingEvidence: Hashable, Sendable {
    public var first: [String]
    public var header: [String]
    public var trailer: [String]

    init(first: [String], header: [String], trailer: [String]) {
        self.first = first
        self.header = header
        self.trailer = trailer
    }

    /// The same for all fields.
    init(_ framing: FramingLayout, _ evidence: String) {
        first = (framing.first ?? []).map { _ in evidence }
        header = framing.header.map { _ in evidence }
        trailer = framing.trailer.map { _ in evidence }
    }
}

/// A layer around messages, and why it is taken to be there.
public struct LearnedLayer: Hashable, Sendable {
    public var layer: ArmourLayer
    public var evidence: String

    init(_ layer: ArmourLayer, _ evidence: String) {
        self.layer = layer
        self.evidence = evidence
    }
}

/// A layout, and why it is taken to be so.
public struct LearnedMessage: Hashable, Sendable {
    public var layout: MessageLayout
    /// For each field of the layout.
    public var evidence: [String]
}

/// What devices say between "received" and their replies.
public struct LearnedStep: Hashable, Sendable {
    public var messages: [Command.Kind: LearnedMessage]
    /// How often most said it.
    public var count: Int
    /// How often they said it.
    public var known: ClosedRange<Int>
    /// The running number of the first.
    public var first: Int
}

/// Several readings of something, of which the samples do not tell which holds.
public struct Doubt: Hashable, Sendable, CustomStringConvertible {
    /// Where: "commands.pay, byte 40".
    public var place: String
    public var readings: [String]
    /// What to send next.
    public var decidedBy: String

    /// "commands.pay: expiryTime at byte 6: it has 4 bytes, or …; to decide, send a pay with …"
    public var description: String { "\(place): \(readings.joined(separator: ", or ")); to decide, \(decidedBy)" }

    /// As the field is marked with it in a profile.
    var mark: String { readings.joined(separator: ", or ") + ": " + decidedBy }

    public init(place: String, readings: [String], decidedBy: String) {
        self.place = place
        self.readings = readings
        self.decidedBy = decidedBy
    }
}

/// Samples from which nothing can be learned.
public struct LearningError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// What to send next.
    public internal(set) var nextQuestion: NextQuestion?

    public init(_ description: String) {
        self.description = description
    }
}
