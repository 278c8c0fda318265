internal import BlueTap
internal import WireFormat

/// Explains a value that stands alone: in a record, between separators, behind a key.
struct ScalarLearner {
    fileprivate let specimens: [Specimen]
    private let wanted: [FieldLayout.Value]
    fileprivate let isEchoed: ([ArraySlice<UInt8>]) -> Bool
    /// What the messages carry, as numbers with so many decimals.
    private let numbers: [FieldLayout.Value: [Int?: [Int64?]]]
    /// Values that are the same in all messages.
    private let constants: Set<FieldLayout.Value>
    private let memory = Memory()

    /// What has been explained: the same values come from many structures, and behind many headers.
    private final class Memory {
        var findings: [[[UInt8]?]: Finding] = [:]
    }

    init(specimens: [Specimen], wanted: [FieldLayout.Value], isEchoed: @escaping ([ArraySlice<UInt8>]) -> Bool) {
        self.specimens = specimens
        self.wanted = wanted
        self.isEchoed = isEchoed
        var numbers: [FieldLayout.Value: [Int?: [Int64?]]] = [:]
        for value in wanted where value != .paymentMethod && value != .result {
            for format in RegionLearner.numberFormats
            where (format.decimals != nil) == (value == .amount) && numbers[value]?[format.decimals] == nil {
                numbers[value, default: [:]][format.decimals] = specimens.map {
                    $0.values[value].flatMap(format.number(of:))
                }
            }
        }
        self.numbers = numbers
        constants = Set(wanted.filter { value in Set(specimens.map { $0.values[value] }).count == 1 })
    }

    /// What each message has there; nil where it has nothing.
    func explain(_ values: [[UInt8]?]) -> Finding {
        if let known = memory.findings[values] { return known }
        let finding = explained(values)
        memory.findings[values] = finding
        return finding
    }

    private func explained(_ values: [[UInt8]?]) -> Finding {
        let present = values.indices.filter { values[$0].map { !$0.isEmpty } ?? false }
        guard let first = present.first, let sample = values[first] else {
            return Finding(field: FieldLayout(extent: .rest, content: .fill(0)), evidence: "always empty")
        }
        let isConstant = values.allSatisfy { $0 == sample }
        for value in wanted where !isConstant || constants.contains(value) {
            guard var finding = text(value, values) ?? number(value, values) else { continue }
            if isConstant, specimens.count > 1, specimens[0].command.isEmpty {
                finding.add(.constant(value, value.rawValue))
            }
            return finding
        }
        if isConstant {
            return Finding(
                field: FieldLayout(size: sample.count, content: .constant(sample)), evidence: "always the same")
        }
        if let finding = repeatedOpaque(values) { return finding }
        let isWhole = present.count == values.count
        if isWhole {
            for value in wanted where value == .paymentMethod || value == .result {
                if let finding = table(value, values) { return finding }
            }
            if let finding = counter(values) ?? opaque(values) ?? flag(values) ?? ownNumber(values) { return finding }
        }
        let text = "changes, and nothing explains it"
        let hasSize = isWhole && values.allSatisfy { $0?.count == sample.count }
        return Finding(
            field: FieldLayout(
                extent: hasSize ? .fixed(sample.count) : .rest, content: hasSize ? .unknown(sample) : .fill(0),
                unsure: text),
            evidence: text, unexplained: values.compactMap { $0?.count }.max() ?? 0)
    }

    /// Digits in replies that are others each time, and that nothing tells: a receipt's number, say. The device counts there.
    private func ownNumber(_ values: [[UInt8]?]) -> Finding? {
        let all = values.compactMap(\.self)
        let size = all[0].count
        guard !specimens[0].command.isEmpty, all.count >= ReadingEvidence.messagesForOwnNumber,
            ReadingEvidence.digitsOfOwnNumber.contains(size), Set(all).count == all.count,
            all.allSatisfy({ $0.count == size && $0.allSatisfy { 0x30...0x39 ~= $0 } })
        else { return nil }
        var finding = Finding(
            field: FieldLayout(size: size, content: .integer(.counter, IntegerFormat(form: .decimal))),
            evidence: "\(size) digits, others in each reply, and nothing tells which: a number of the device's own")
        finding.add(
            Doubt(
                place: "digits of a reply",
                readings: ["a number of the device's own, which hosts ignore", "one that hosts check"],
                decidedBy: "let the host take a reply of the emulator"))
        return finding
    }

    /// What a message carries.
    func label(_ value: FieldLayout.Value, _ index: Int) -> String? { specimens[index].values[value] }

    func evidence(_ value: FieldLayout.Value) -> String {
        let given = specimens.compactMap { $0.values[value] }
        return "\(value.rawValue) in \(given.count) messages, \(Set(given).count) different"
    }

    private func text(_ value: FieldLayout.Value, _ values: [[UInt8]?]) -> Finding? {
        guard !value.isNumber, specimens.contains(where: { $0.values[value] != nil }) else { return nil }
        for characters in TextFormat.Characters.allCases {
            let format = TextFormat(characters: characters)
            if values.indices.allSatisfy({ values[$0] ?? [] == label(value, $0).map(format.encoded) ?? [] }) {
                return Finding(
                    field: FieldLayout(extent: .rest, content: .text(value, format)), evidence: evidence(value))
            }
            if let found = standard(value, values, format) { return found }
            // Of one size, padded.
            guard let size = values[0]?.count, values.allSatisfy({ $0?.count == size }) else { continue }
            for pad in [UInt8(0), 0x20, 0x30, 0xFF] {
                for alignment in TextFormat.Alignment.allCases {
                    let format = TextFormat(characters: characters, pad: pad, alignment: alignment)
                    let fits = values.indices.allSatisfy { index in
                        format.bytes(label(value, index).map(format.encoded) ?? [], size: size) == values[index]
                    }
                    if fits {
                        return Finding(
                            field: FieldLayout(size: size, content: .text(value, format)),
                            evidence: evidence(value) + ", padded")
                    }
                }
            }
        }
        return dressed(value, values)
    }

    private func number(_ value: FieldLayout.Value, _ values: [[UInt8]?]) -> Finding? {
        guard value != .paymentMethod, value != .result else { return nil }
        let given = values.indices.filter { label(value, $0) != nil }
        guard !given.isEmpty, given.allSatisfy({ values[$0] != nil }) else { return nil }
        let sizes = Set(given.compactMap { values[$0]?.count })
        var readings: [(format: IntegerFormat, size: Int?)] = []
        for format in RegionLearner.numberFormats + Self.varints
        where (format.decimals != nil) == (value == .amount) {
            for size in format.form == .varint ? [nil] : [nil, sizes.count == 1 ? sizes.first : nil] as [Int?] {
                if size == nil && (format.form == .binary || format.form == .float) { continue }
                if let format = fitted(format, value, values, given, size) { readings.append((format, size)) }
            }
        }
        if readings.isEmpty {
            readings = scaled(value, values, given, sizes).compactMap { format, size in
                fitted(format, value, values, given, size).map { ($0, size) }
            }
        }
        guard let (format, size) = readings.first else { return nil }
        var finding = Finding(
            field: FieldLayout(extent: size.map { .fixed($0) } ?? .rest, content: .integer(value, format)),
            evidence: evidence(value) + ", \(format.name)")
        if let rival = readings.first(where: { format.differs(from: $0.format, value, size: size, $0.size) }) {
            finding.add(
                Doubt(
                    place: value.rawValue,
                    readings: [
                        format.name + (size.map { " of \($0) bytes" } ?? ""),
                        rival.format.name + (rival.size.map { " of \($0) bytes" } ?? ""),
                    ],
                    decidedBy: Documented.probe(value)))
        }
        return finding
    }

    /// Numbers that say themselves how many bytes they take.
    private static let varints = ([nil, 2, 0, 3] as [Int?]).flatMap { decimals in
        [IntegerFormat.ByteOrder.little, .big].map { IntegerFormat(form: .varint, order: $0, decimals: decimals) }
    }

    /// The format with what stands where nothing was given; nil where it does not fit.
    private func fitted(
        _ format: IntegerFormat, _ value: FieldLayout.Value, _ values: [[UInt8]?], _ given: [Int], _ size: Int?
    ) -> IntegerFormat? {
        let isPlain = format.factor == 1 && format.divisor == 1 && format.plus == 0
        let numbers =
            isPlain
            ? numbers[value]?[format.decimals] : values.indices.map { label(value, $0).flatMap(format.number(of:)) }
        guard let numbers else { return nil }
        let fits = given.allSatisfy { index in
            guard let number = numbers[index] else { return false }
            return format.bytes(number, size: size) == values[index]
        }
        guard fits else { return nil }
        let nils = values.indices.filter { label(value, $0) == nil }
        guard let first = nils.first(where: { !(values[$0]?.isEmpty ?? true) }) else { return format }
        guard let filler = values[first], nils.allSatisfy({ values[$0] == filler }) else { return nil }
        var format = format
        if filler == format.blanks(filler[0], size: filler.count), filler[0] != 0, format.number(filler) == nil {
            format.blank = filler[0]
        } else {
            guard let number = format.number(filler) else { return nil }
            if numbers.contains(number) || format.text(of: number).map({ Documented.isSent($0, value) }) == true {
                format.standard = number
            } else {
                format.absent = number
            }
        }
        return format
    }

    private func table(_ value: FieldLayout.Value, _ values: [[UInt8]?]) -> Finding? {
        var table: [String: HexBytes] = [:]
        for index in values.indices {
            guard let name = label(value, index), let bytes = values[index] else { return nil }
            if let known = table.updateValue(HexBytes(bytes), forKey: name), known.bytes != bytes { return nil }
        }
        guard table.count > 1, Set(table.values).count == table.count else { return nil }
        if let whole = Naming.completed(table, value) {
            return Finding(
                field: FieldLayout(extent: .rest, content: .enumeration(value, whole)),
                evidence: "\(value.rawValue) by its name (\(table.count) seen)")
        }
        let sizes = Set(table.values.map(\.bytes.count))
        var finding = Finding(
            field: FieldLayout(
                extent: sizes.count == 1 ? .fixed(sizes.first ?? 1) : .rest, content: .enumeration(value, table)),
            evidence: "\(value.rawValue): the same for the same value, other for another (\(table.count) seen)")
        if table.count == values.count { finding.add(.table(value, value.rawValue)) }
        return finding
    }

    /// Whether all is well, and nothing more of the result.
    private func flag(_ values: [[UInt8]?]) -> Finding? {
        guard wanted.contains(.result), specimens.count >= ReadingEvidence.messagesForARule else { return nil }
        let good = Set(values.indices.filter { label(.result, $0) == ResultCode.success.rawValue }.map { values[$0] })
        let bad = Set(values.indices.filter { label(.result, $0) != ResultCode.success.rawValue }.map { values[$0] })
        guard good.count == 1, bad.count == 1, good != bad, let success = good.first ?? nil,
            let other = bad.first ?? nil,
            specimens.allSatisfy({ $0.values[.result] != nil })
        else { return nil }
        let table = ResultCode.allCases.map { ($0.rawValue, HexBytes($0 == .success ? success : other)) }
        return Finding(
            field: FieldLayout(
                extent: success.count == other.count ? .fixed(success.count) : .rest,
                content: .enumeration(.result, Dictionary(uniqueKeysWithValues: table))),
            evidence: "whether the result is \(ResultCode.success.rawValue)")
    }

    private func counter(_ values: [[UInt8]?]) -> Finding? {
        let all = values.compactMap(\.self)
        let sizes = Set(all.map(\.count))
        for format in [
            IntegerFormat(form: .decimal), IntegerFormat(order: .big), IntegerFormat(order: .little),
            IntegerFormat(form: .hexadecimal), IntegerFormat(form: .hexadecimal, isLowercase: true),
            IntegerFormat(form: .bcd, order: .big), IntegerFormat(form: .decimal, characters: .utf16LE),
        ] {
            guard format.form != .binary || sizes.count == 1 else { continue }
            let numbers = all.compactMap { format.number($0) }
            guard numbers.count == all.count else { continue }
            let rows = zip(specimens, numbers).sorted { $0.0.order < $1.0.order }.map { ($0.0.order, $0.1) }
            let steps = zip(rows, rows.dropFirst()).map { ($1.0 - $0.0, $1.1 &- $0.1) }
            guard rows.count >= ReadingEvidence.messagesForARule else { continue }
            let extent: FieldLayout.Extent = sizes.count == 1 ? .fixed(sizes.first ?? 1) : .rest
            if Counting.isRule(steps.map { (expected: Int64($0.0), step: $0.1) }) {
                let isSequence = isEchoed(all.map { $0[...] })
                let isPadded = sizes.count == 1 && all.contains { $0.first == 0x30 && $0.count > 1 }
                return Finding(
                    field: FieldLayout(
                        extent: format.form == .decimal && !isPadded ? .rest : extent,
                        content: .integer(isSequence ? .sequence : .counter, format)),
                    evidence: "goes up by one with each message" + (isSequence ? ", and replies repeat it" : ""))
            }
            if isEchoed(all.map { $0[...] }) {
                return Finding(
                    field: FieldLayout(extent: extent, content: .integer(.sequence, format)),
                    evidence: "replies repeat it")
            }
            let told = TimeNotation.allCases.map { notation in
                var told = format
                told.notation = notation
                return told
            }.filter { format in
                (format.notation == .seconds || format.dateSize.map { sizes == [$0] } ?? false)
                    && TimeNotation.isTold(by: rows.map { (order: $0.0, number: $0.1) }, format)
            }
            if let format = told.first {
                var finding = Finding(
                    field: FieldLayout(extent: extent, content: .integer(.time, format)),
                    evidence: format.notation.evidence)
                for doubt in Doubt.notations(told, "time") { finding.add(doubt) }
                return finding
            }
        }
        return nil
    }
}

// Bytes that mean nothing to the device.
extension ScalarLearner {
    /// What the command has by a name, in a reply.
    fileprivate func repeatedOpaque(_ values: [[UInt8]?]) -> Finding? {
        guard let first = specimens.first, !first.command.isEmpty else { return nil }
        for name in first.values.opaques.keys.sorted() {
            guard values.indices.allSatisfy({ values[$0] == specimens[$0].values.opaques[name] }) else { continue }
            let sizes = Set(values.map { $0?.count ?? 0 })
            return Finding(
                field: FieldLayout(
                    extent: sizes.count == 1 ? .fixed(sizes.first ?? 1) : .rest, content: .opaque(name)),
                evidence: "the command's \(name)")
        }
        return nil
    }

    /// What changes without a rule and replies repeat.
    fileprivate func opaque(_ values: [[UInt8]?]) -> Finding? {
        let all = values.compactMap(\.self)
        guard all.count == values.count, specimens[0].command.isEmpty, isEchoed(all.map { $0[...] }) else { return nil }
        let style = OpaqueStyle(zip(specimens, all).sorted { $0.0.order < $1.0.order }.map(\.1))
        let sizes = Set(all.map(\.count))
        return Finding(
            field: FieldLayout(
                extent: sizes.count == 1 ? .fixed(sizes.first ?? 1) : .rest, content: .opaque(style.name)),
            evidence: style.meaning + ", and replies repeat it")
    }
}
