internal import BlueTap
public import WireFormat

/// Whether a profile reads and writes a sample as it was.
public struct SampleProof: Sendable {
    public let sample: Sample
    /// What differs; each several lines, for people.
    public internal(set) var differences: [String] = []
    /// Whether its reply was compared: a sample may have none, or not say what it meant.
    public private(set) var isReplyProved = false
    /// Bytes that the profile says nobody can explain: they are not compared.
    public private(set) var unknownBytes = 0

    public init(_ sample: Sample, codec: Codec) {
        self.sample = sample
        let decoded: (command: Command, context: Codec.Context)
        do throws(Malformation) {
            decoded = try codec.decode(reports: sample.reports)
        } catch {
            differences.append("the command cannot be read: \(error)")
            return
        }
        compare(decoded.command, codec)
        var stamp = Codec.Stamp(sequence: decoded.context.sequence)
        if let values = try? codec.anatomy(ofCommand: sample.command.kind, sample.reports).values {
            stamp.counter = values.number(.counter) ?? 1
            stamp.time = values.number(.time) ?? 0
            stamp.opaques = values.opaques
        }
        do throws(EncodingError) {
            let reports = try codec.encode(sample.command, stamp: stamp)
            let anatomy = try? codec.anatomy(ofCommand: sample.command.kind, sample.reports)
            compare(reports, with: sample.reports, "command", anatomy?.reports ?? [])
        } catch {
            differences.append("the command cannot be written: \(error)")
        }
        guard !sample.replies.isEmpty, let result = sample.result else { return }
        isReplyProved = true
        let kind = sample.command.kind
        guard codec.known(before: kind).isEmpty else {
            compareSteps(decoded.context, result, codec)
            return
        }
        let acknowledgement = codec.acknowledgement(of: decoded.context)
        let own = Array(sample.replies.dropFirst(acknowledgement.count))
        let anatomy = try? codec.anatomy(ofReplyTo: kind, own)
        let reply = codec.reply(
            to: decoded.context, result: result, counter: anatomy?.values.number(.counter) ?? 1,
            time: anatomy?.values.number(.time) ?? 0)
        compare(
            acknowledgement + reply, with: sample.replies, "reply",
            acknowledgement.map { _ in [] } + (anatomy?.reports ?? []))
        if let read = try? codec.decodeReply(reports: own), read.result != result, anatomy?.values[.result] != nil {
            differences.append("the reply is read as \(read.result.rawValue), not \(result.rawValue)")
        }
    }

    private mutating func compare(_ command: Command, _ codec: Codec) {
        guard command.kind == sample.command.kind else {
            differences.append("it is read as a \(command.kind.rawValue)")
            return
        }
        let read = FieldValues(command)
        let expected = sample.values
        for value in [FieldLayout.Value.paymentMethod, .amount, .orderID, .expiryTime]
        where read[value] != expected[value] {
            if codec.isSame(command.kind, value, read[value], expected[value]) { continue }
            let format = IntegerFormat(decimals: 4)
            if value == .amount, let one = read[value].flatMap(format.number(of:)),
                one == expected[value].flatMap(format.number(of:))
            {
                continue
            }
            differences.append(
                "\(value.rawValue) is read as \(read[value] ?? "nothing"), not \(expected[value] ?? "nothing")")
        }
    }

    /// - Parameter places: what stands where in each of the reports, where it is known.
    mutating func compare(
        _ made: [[UInt8]], with expected: [[UInt8]], _ what: String, _ places: [[(name: String, range: Range<Int>)]]
    ) {
        guard made != expected else { return }
        if made.isEmpty { return differences.append("the profile makes no \(what)") }
        guard made.count == expected.count else {
            return differences.append("the \(what) has \(made.count) reports, not \(expected.count)")
        }
        for (index, (one, other)) in zip(made, expected).enumerated() where one != other {
            var one = one
            let fields = index < places.count ? places[index] : []
            for field in fields
            where field.name == FieldLayout.unknownName && field.range.upperBound <= min(one.count, other.count) {
                one.replaceSubrange(field.range, with: other[field.range])
                unknownBytes += field.range.count
            }
            if one == other { continue }
            differences.append(
                "\(what)\(expected.count > 1 ? ", report \(index + 1)" : "") differs:\n"
                    + Self.table(sample: other, profile: one, fields: fields))
        }
    }

    /// Both in hexadecimal, sixteen bytes a line, what differs marked, and the fields that it is in.
    static func table(sample: [UInt8], profile: [UInt8], fields: [(name: String, range: Range<Int>)]) -> String {
        var lines: [String] = []
        func row(_ bytes: [UInt8], _ range: Range<Int>) -> String {
            range.map { $0 < bytes.count ? HexBytes([bytes[$0]]).description : "--" }.joined(separator: " ")
        }
        let size = max(sample.count, profile.count)
        for start in stride(from: 0, to: size, by: 16) {
            let range = start..<min(size, start + 16)
            let marks = range.map { index in
                index < sample.count && index < profile.count && sample[index] == profile[index] ? "  " : "^^"
            }
            guard marks.contains("^^") else { continue }
            var names: [String] = []
            for index in range where marks[index - start] == "^^" {
                let name = fields.last { $0.range.contains(index) }?.name ?? "byte \(index)"
                if !names.contains(name) { names.append(name) }
            }
            let place = String(start)
            let margin = String(repeating: " ", count: max(0, 4 - place.count)) + place
            lines.append("  \(margin)  sample   \(row(sample, range))")
            lines.append("        profile  \(row(profile, range))")
            lines.append("                 \(marks.joined(separator: " "))  \(names.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }
}
