internal import BlueTap
internal import WireFormat

/// A message, and what is known of it.
struct Specimen: Sendable {
    let bytes: [UInt8]
    /// What it carries.
    let values: FieldValues
    /// What sort of message it is: messages of one sort have one layout.
    let kind: Command.Kind
    /// Its place among all messages of its direction, in the order of time.
    let order: Int
    /// For a reply, the command that it answers.
    var command: [UInt8] = []
    /// The size of that command's number, in bytes, where it has a size.
    var sequenceSize: Int?

    /// Where it ends, where padding follows.
    var end: Int
    /// Whether its reports' headers say to the byte how long it is.
    var isSizeTold = false
}

/// A field that was found, and why it is taken for one.
struct Finding: Sendable {
    var field: FieldLayout
    var evidence: String
    /// Bytes that nothing explains.
    var unexplained = 0
    private(set) var doubts: [Doubt] = []

    init(field: FieldLayout, evidence: String, unexplained: Int = 0) {
        self.field = field
        self.evidence = evidence
        self.unexplained = unexplained
    }

    /// Takes back doubts of how many digits a number has: where it stands numbers have no width.
    mutating func withdrawDoubtsOfWidth() {
        doubts.removeAll { doubt in doubt.readings.contains { $0.hasSuffix(" bytes") } }
        field.unsure = doubts.isEmpty ? nil : doubts.map(\.mark).joined(separator: "; ")
    }

    /// Marks the field as one of which other readings fit as well.
    mutating func add(_ doubt: Doubt) {
        doubts.append(doubt)
        field.mark(doubt)
    }
}

extension FieldLayout {
    /// Says what is not sure of it.
    mutating func mark(_ doubt: Doubt) { unsure = (unsure.map { $0 + "; " } ?? "") + doubt.mark }
}

extension Doubt {
    /// A value that never changes.
    static func constant(_ value: FieldLayout.Value, _ place: String) -> Doubt {
        Doubt(
            place: place, readings: ["\(value.rawValue), which is always the same in the samples", "a constant"],
            decidedBy: "send a command with another \(value.rawValue)")
    }

    /// Whatever changes with each message is another for each value that was sent once.
    static func table(_ value: FieldLayout.Value, _ place: String) -> Doubt {
        Doubt(
            place: place, readings: ["a code for each \(value.rawValue)", "something else that changes"],
            decidedBy: "send each \(value.rawValue) twice")
    }
}

extension IntegerFormat {
    /// Whether another way to write a number gives other bytes for some good value.
    func differs(from other: IntegerFormat, _ value: FieldLayout.Value, size: Int?, _ otherSize: Int?) -> Bool {
        let probes =
            value == .amount ? ["1", "10.01", "12.5", "99999.99"] : ["1", "10", "255", "900", "4660", "86400"]
        return probes.contains { text in
            let first = number(of: text).flatMap { bytes($0, size: size) }
            let second = other.number(of: text).flatMap { other.bytes($0, size: otherSize) }
            return first != second
        }
    }
}

/// What is known of the learner's questions: which values are looked for, and how far they go in the documentation.
enum Documented {
    /// The longest text of a field. Source: Alipay+ Docs, SendPayCommand.
    static func length(of value: FieldLayout.Value) -> Int? {
        switch value {
        case .paymentMethod: 12
        case .amount: 8
        case .orderID: 16
        default: nil
        }
    }

    /// Seconds since 1970 that a device may tell: from 2019 to 2050.
    static let times: ClosedRange<Int64> = 1_546_300_800...2_556_144_000

    /// Whether it is a number that may be sent for a value, and stands for no absence by itself.
    static func isSent(_ text: String, _ value: FieldLayout.Value) -> Bool {
        value == .expiryTime && Int64(text).map { (30...86_400).contains($0) } ?? false
    }

    /// The longest text that is known to be sent.
    static func longest(of value: FieldLayout.Value) -> Int? { value == .paymentMethod ? 11 : length(of: value) }

    /// The largest number that has to be told, in units.
    static func largest(_ value: FieldLayout.Value, decimals: Int?) -> Int64? {
        switch value {
        case .expiryTime: 86_400
        case .amount: (0..<(decimals ?? 0)).reduce(99_999) { result, _ in result * 10 + 9 }
        default: nil
        }
    }

    /// A command that shows how far a field goes.
    static func probe(_ value: FieldLayout.Value) -> String {
        switch value {
        case .paymentMethod: "send a pay with the method ALIPAY_PLUS"
        case .amount: "send a pay with the amount 99999.99"
        case .orderID: "send a command with a 16-character OrderId, such as ABCDEFGHIJKLMNOP"
        case .expiryTime: "send a pay with an ExpiryTime of 86400"
        default: "send more commands"
        }
    }

    static func absence(_ value: FieldLayout.Value) -> String {
        switch value {
        case .amount: "send a pay without an amount"
        case .orderID: "send a command without an OrderId"
        case .expiryTime: "send a pay without an ExpiryTime"
        default: "send a command without it"
        }
    }
}
