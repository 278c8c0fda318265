internal import BlueTap
internal import WireFormat

/// Something that a device said: a message, or a report that is none.
struct Utterance {
    var interpretation: Interpreter.Interpretation
    var reports: [[UInt8]]
    var time: Duration
    var place: RecordedSession.Place?

    /// The messages that answers are. A message's first reports are said with its last.
    static func all(
        _ answers: [Replayer.Answer], interpret: ([UInt8]) -> Interpreter.Interpretation
    ) -> [Utterance] {
        var all: [Utterance] = []
        var parts: [Replayer.Answer] = []
        for answer in answers {
            let interpretation = interpret(answer.bytes)
            var reports = [answer.bytes]
            if case .part = interpretation {
                parts.append(answer)
                continue
            }
            if case .message(_, _, let whole) = interpretation {
                reports = whole
                parts = []
            }
            all.append(
                Utterance(
                    interpretation: interpretation, reports: reports, time: answer.time, place: answer.place))
        }
        // What was begun and not ended has been said as well.
        all += parts.map { Utterance(interpretation: .part, reports: [$0.bytes], time: $0.time, place: $0.place) }
        return all
    }

    /// What it may be set beside; nil: nothing like it.
    var sort: String? {
        switch interpretation {
        case .message(let meaning, _, _): meaning.sort
        case .exchange: "exchange"
        case .part: "part"
        case .unreadable: nil
        }
    }

    /// What people call it; nil for bytes that are no message.
    var name: String? {
        if case .message(let meaning, _, _) = interpretation { meaning.sort } else { nil }
    }

    /// In full.
    var text: String {
        let bytes = reports.map { HexBytes($0).description }.joined(separator: " ")
        guard case .message(let meaning, _, _) = interpretation else { return bytes }
        return "\(meaning) (\(bytes))"
    }

    // MARK: Differences

    typealias FieldDifference = (name: String, recorded: String, answered: String)

    /// Field by field; of what is no message, byte by byte.
    func differences(from other: Utterance) -> [FieldDifference] {
        if reports == other.reports { return [] }
        guard case .message(_, let left, _) = interpretation, case .message(_, let right, _) = other.interpretation,
            reports.count == other.reports.count
        else { return [("bytes", text, other.text)] }
        var found: [FieldDifference] = []
        for (index, report) in reports.enumerated() {
            found += Self.differences(
                left.parts(of: index, in: report), right.parts(of: index, in: other.reports[index]))
        }
        // Two messages that differ, differ in something.
        return found.isEmpty ? [("bytes", text, other.text)] : found
    }

    private static func differences(_ left: [FieldPart], _ right: [FieldPart]) -> [FieldDifference] {
        // Where a field comes more than once, the first goes with the first.
        var found: [FieldDifference] = []
        var rest = right
        for part in left {
            guard let index = rest.firstIndex(where: { $0.name == part.name }) else {
                found.append((part.name, part.text, "nothing"))
                continue
            }
            let other = rest.remove(at: index)
            if part.bytes != other.bytes { found.append((part.name, part.text, other.text)) }
        }
        return found + rest.map { ($0.name, "nothing", $0.text) }
    }
}

/// A field in a report.
struct FieldPart {
    var name: String
    var bytes: [UInt8]
    /// What the field carries, where it carries something.
    var value: String?

    var text: String {
        let hex = HexBytes(bytes).description
        return value.map { "\($0) (\(hex))" } ?? hex
    }
}

extension Codec.Anatomy {
    /// The fields of one of the message's reports, and the bytes of it that are no field's.
    func parts(of index: Int, in report: [UInt8]) -> [FieldPart] {
        let fields = index < reports.count ? reports[index] : []
        var isTaken = [Bool](repeating: false, count: report.count)
        var parts = fields.map { name, range in
            let range = range.clamped(to: 0..<report.count)
            for position in range { isTaken[position] = true }
            return FieldPart(
                name: name, bytes: Array(report[range]), value: FieldLayout.Value(rawValue: name).flatMap { values[$0] }
            )
        }
        let rest = report.indices.filter { !isTaken[$0] }.map { report[$0] }
        if !rest.isEmpty { parts.append(FieldPart(name: "padding", bytes: rest)) }
        return parts
    }
}
