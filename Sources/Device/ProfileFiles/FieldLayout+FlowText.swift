internal import BlueTap
internal import Documents
internal import WireFormat

// Fields as profile files have them: the counterpart of FieldLayout+Codable.swift.

extension FieldLayout {
    var flowText: FlowText { .mapping(members(extra: [])) }

    func members(extra: [(String, FlowText)]) -> [(String, FlowText)] {
        var members = extra
        if let at { members.append(("at", .number(at))) }
        if let condition { members.append(("if", .plain(condition.rawValue))) }
        members += extentMembers + content.members
        if let unsure { members.append(("unsure", .quoted(unsure))) }
        return members
    }

    private var extentMembers: [(String, FlowText)] {
        switch extent {
        case .fixed(let size):
            switch content {
            case .checksum(let checksum) where size != checksum.usualSize: [("size", .number(size))]
            case .constant, .unknown, .checksum, .echo, .presence: []
            default: [("size", .number(size))]
            }
        case .prefixed(let size, let format):
            [("prefix", .mapping([("size", .number(size))] + format.members))]
        case .counted(let until, let format): [("prefix", .mapping([("until", hex(until))] + format.members))]
        case .boundary(let multiple, let from):
            [("boundary", .mapping([("of", .number(multiple)), ("from", .number(from))]))]
        case .terminated(let bytes): [("until", hex(bytes))]
        case .rest: [("rest", .plain("true"))]
        case .padded(let byte): [("padded", hex([byte]))]
        case .upTo(let place): [("to", .plain(place.description))]
        case .own: [("own", .plain("true"))]
        }
    }
}

extension ChecksumField {
    /// How many bytes it takes where nothing else is said.
    fileprivate var usualSize: Int { algorithm.size * (format.form == .hexadecimal ? 2 : 1) }
}

private func hex(_ bytes: [UInt8]) -> FlowText { .quoted(HexBytes(bytes).description.uppercased()) }

private func span(_ range: PlaceRange) -> FlowText { .list([.plain("\(range.from)"), .plain("\(range.to)")]) }

private func table(_ values: [String: HexBytes]) -> FlowText {
    .mapping(values.sorted { $0.key < $1.key }.map { ($0.key, hex($0.value.bytes)) })
}

extension FieldLayout.Content {
    fileprivate var members: [(String, FlowText)] {
        switch self {
        case .constant(let bytes): return [("constant", hex(bytes))]
        case .fill(let byte): return [("fill", hex([byte]))]
        case .unknown(let bytes): return [("unknown", hex(bytes))]
        case .text(let value, let format):
            var members = [("text", FlowText.plain(value.rawValue))]
            if format.characters != .utf8 { members.append(("characters", .plain(format.characters.rawValue))) }
            if format.pad != 0 { members.append(("pad", hex([format.pad]))) }
            if format.alignment == .right { members.append(("align", .plain("right"))) }
            return members + format.dress
        case .integer(let value, let format): return [("integer", .plain(value.rawValue))] + format.members
        case .enumeration(let value, let values):
            return [("enum", .plain(value.rawValue)), ("values", table(values))]
        case .result(let numbers, let format):
            let codes = numbers.sorted { $0.value < $1.value }.map { ($0.key.rawValue, FlowText.number($0.value)) }
            return [("result", .mapping(codes))] + format.members
        case .length(let length): return [("length", span(length.over))] + length.format.members
        case .checksum(let checksum):
            var members: [(String, FlowText)] = []
            if let name = checksum.algorithm.name {
                members.append(("checksum", .plain(name)))
            } else if let sum = checksum.algorithm.sumMembers {
                members.append(sum)
            } else if case .crc(let crc) = checksum.algorithm {
                func number(_ value: UInt32) -> FlowText { .plain("0x" + String(value, radix: 16, uppercase: true)) }
                members.append(
                    (
                        "crc",
                        .mapping([
                            ("width", .number(crc.width)), ("polynomial", number(crc.polynomial)),
                            ("initial", number(crc.initial)), ("reflected", .plain("\(crc.reflected)")),
                            ("xorOut", number(crc.xorOut)),
                        ])
                    ))
            }
            members.append(("over", span(checksum.over)))
            if checksum.isReversed { members.append(("reversed", .plain("true"))) }
            if let own = checksum.own { members.append(("itself", hex([own]))) }
            return members + checksum.format.members
        case .bits(let bits, let order):
            return [("bits", .list(bits.map(\.flowText)))] + (order == .little ? [] : [("order", .plain("big"))])
        case .echo(let range): return [("echo", .list([.number(range.lowerBound), .number(range.upperBound)]))]
        case .opaque(let name): return [("opaque", .quoted(name))]
        case .presence(let presence):
            let bits = presence.bits.sorted { $0.key < $1.key }.map {
                (String($0.key), FlowText.plain($0.value.rawValue))
            }
            let field: [(String, FlowText)] = [("base", hex(presence.base.bytes)), ("bits", .mapping(bits))]
            return [("presence", .mapping(field))] + presence.format.members.filter { $0.0 != "order" }
        case .records(let records):
            let items = records.items.map { item in
                FlowText.mapping(item.field.members(extra: [("tag", hex(item.key.bytes))]).withoutRest)
            }
            return [("records", .mapping(records.members + [("items", .list(items))]))]
        case .list(let list):
            return [
                (
                    "list",
                    .mapping(
                        [("separator", hex(list.separator.bytes))] + escape(list.escape)
                            + [("closed", .plain("\(list.isClosed)"))]
                            + [("items", .list(list.items.map(\.flowText)))])
                )
            ]
        case .pairs(let pairs):
            return [
                (
                    "pairs",
                    .mapping(
                        [("separator", hex(pairs.separator.bytes)), ("assignment", hex(pairs.assignment.bytes))]
                            + escape(pairs.escape) + [("closed", .plain("\(pairs.isClosed)"))]
                            + [("items", keyed(pairs.items))])
                )
            ]
        case .object(let object):
            return [
                (
                    "object",
                    .mapping(
                        (object.isSpaced ? [("spaced", .plain("true"))] : [])
                            + (object.isAlways ? [("always", .plain("true"))] : [])
                            + (object.bare.isEmpty ? [] : [("bare", .list(object.bare.sorted().map(FlowText.quoted)))])
                            + [("items", keyed(object.items))])
                )
            ]
        case .document(let document): return [("document", document.flowText)]
        case .enclosed(let enclosed):
            return [
                (
                    "enclosed",
                    .mapping(
                        [("start", hex(enclosed.start.bytes)), ("end", hex(enclosed.end.bytes))]
                            + escape(enclosed.escape)
                            + [("fields", .list(enclosed.fields.map(\.flowText)))])
                )
            ]
        }
    }

    private func keyed(_ items: [KeyedField]) -> FlowText {
        .list(items.map { .mapping($0.field.members(extra: [("key", .quoted($0.name))]).withoutRest) })
    }

    private func escape(_ escape: Escape?) -> [(String, FlowText)] {
        guard let escape else { return [] }
        var members = [("style", FlowText.plain(escape.style.rawValue))]
        switch escape.style {
        case .before: members.append(("byte", hex([escape.byte])))
        case .exclusiveOr: members += [("byte", hex([escape.byte])), ("mask", hex([escape.mask]))]
        case .percent, .form: break
        }
        return [("escape", .mapping(members))]
    }
}

extension RecordsLayout {
    /// How its records are built.
    fileprivate var members: [(String, FlowText)] {
        var members: [(String, FlowText)] = [hasBERTags ? ("tags", .plain("ber")) : ("tagSize", .number(tagSize))]
        if let berLengths {
            members.append(("lengths", .plain(berLengths.rawValue)))
        } else {
            members += [
                ("lengthSize", .number(lengthSize)), ("order", .plain(order.rawValue)),
                ("countsAll", .plain("\(countsAll)")),
            ]
        }
        return members + (isAlways ? [("always", .plain("true"))] : [])
    }
}

extension [(String, FlowText)] {
    /// In a container everything that has no size takes its place whole.
    var withoutRest: Self { filter { $0.0 != "rest" } }
}

extension IntegerFormat {
    fileprivate var members: [(String, FlowText)] {
        var members: [(String, FlowText)] = []
        if form != .binary { members.append(("as", .plain(form.rawValue))) }
        if order != (form == .bcd ? .big : .little), form == .binary || form == .bcd || form == .float {
            members.append(("order", .plain(order.rawValue)))
        }
        if isSigned { members.append(("signed", .plain("true"))) }
        if let decimals { members.append(("decimals", .number(decimals))) }
        if let absent { members.append(("absent", .number(absent))) }
        if let blank { members.append(("blank", hex([blank]))) }
        if pad != UInt8(ascii: "0"), form == .decimal || form == .hexadecimal { members.append(("pad", hex([pad]))) }
        if alignment == .left { members.append(("align", .plain("left"))) }
        if isLowercase { members.append(("lowercase", .plain("true"))) }
        if characters != .utf8 { members.append(("characters", .plain(characters.rawValue))) }
        if plus != 0 { members.append(("plus", .number(plus))) }
        if notation != .seconds { members.append(("notation", .plain(notation.rawValue))) }
        if utcOffset != 0 { members.append(("utcOffset", .number(utcOffset))) }
        if factor != 1 { members.append(("times", .number(factor))) }
        if divisor != 1 { members.append(("per", .number(divisor))) }
        if let rounding { members.append(("rounds", .plain(rounding.rawValue))) }
        if let standard { members.append(("default", .quoted(String(standard)))) }
        if isAbsolute { members.append(("since", .plain("time"))) }
        return members
    }
}

extension TextFormat {
    /// What stands around the text, and how its characters are written.
    fileprivate var dress: [(String, FlowText)] {
        let texts = [
            ("before", before.isEmpty ? nil : before), ("after", after.isEmpty ? nil : after), ("point", point),
            ("grouping", grouping), ("default", standard),
        ]
        var members = texts.compactMap { name, text in text.map { (name, FlowText.quoted($0)) } }
        if let letters { members.append(("letters", .plain(letters.rawValue))) }
        return members
    }
}

extension ChecksumAlgorithm {
    /// The parameters of a sum that has no name.
    fileprivate var sumMembers: (String, FlowText)? {
        func number(_ value: UInt64) -> FlowText { .plain("0x" + String(value, radix: 16, uppercase: true)) }
        switch self {
        case .words(let sum):
            var members: [(String, FlowText)] = [("size", .number(sum.size))]
            if sum.operation != .add { members.append(("operation", .plain(sum.operation.rawValue))) }
            if sum.word != 1 { members += [("word", .number(sum.word)), ("order", .plain(sum.order.rawValue))] }
            if sum.initial != 0 { members.append(("initial", number(sum.initial))) }
            if sum.isNegated { members.append(("negated", .plain("true"))) }
            if let modulus = sum.modulus { members.append(("modulus", .number(modulus))) }
            if sum.xorOut != 0 { members.append(("xorOut", number(sum.xorOut))) }
            return ("sum", .mapping(members))
        case .fletcher(let sums):
            return (
                "fletcher",
                .mapping([
                    ("size", .number(sums.size)), ("word", .number(sums.word)), ("order", .plain(sums.order.rawValue)),
                    ("modulus", .number(sums.modulus)), ("initial", .number(sums.initial)),
                ])
            )
        case .sum, .xor, .crc: return nil
        }
    }
}

extension BitField {
    fileprivate var flowText: FlowText {
        func number(_ value: UInt64) -> FlowText {
            let digits = String(value, radix: 16, uppercase: true)
            return .quoted(digits.utf8.count.isMultiple(of: 2) ? digits : "0" + digits)
        }
        let what: [(String, FlowText)] =
            switch content {
            case .constant(let value): [("constant", number(value))]
            case .fill(let value): [("fill", number(value))]
            case .integer(let value): [("integer", .plain(value.rawValue))]
            case .number(let value, let format): [("integer", .plain(value.rawValue))] + format.members
            case .enumeration(let value, let values):
                [
                    ("enum", .plain(value.rawValue)),
                    ("values", .mapping(values.sorted { $0.key < $1.key }.map { ($0.key, number($0.value)) })),
                ]
            }
        return .mapping([("count", .number(count))] + what)
    }
}

extension Exchange {
    /// As a profile file has it.
    var flowText: FlowText {
        let request: (String, FlowText) =
            switch request {
            case .output(let pattern): ("output", .quoted(pattern.description.uppercased()))
            case .setFeature(let pattern): ("setFeature", .quoted(pattern.description.uppercased()))
            case .getFeature(let id): ("getFeature", .number(id))
            }
        return .mapping([request, ("answers", .list(answers.map { .quoted($0.description.uppercased()) }))])
    }
}
