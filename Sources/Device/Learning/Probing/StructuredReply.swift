internal import BlueTap
internal import WireFormat

/// Replies to commands that are text or structures: what encloses the command's values stays, and a result stands there
/// instead of them.
struct StructuredReply {
    /// What hosts take for good or bad news, the likeliest first.
    static let words = [
        "SUCCESS", "OK", "0", "00", "ACK", "ok", "success", "1", "true", "A", "Y", "PARAM_ILLEGAL", "PROCESS_FAIL",
        "UNKNOWN_EXCEPTION", "FAIL", "ERROR", "ERR", "NAK", "NACK", "BAD_PARAM", "FAILED", "UNKNOWN", "fail", "error",
        "failed", "false", "N", "E", "F", "U",
    ]

    /// Words that mean that all is well.
    private static let good = words.prefix(11)

    /// Where the result stands, in each of the structures.
    private let key: Key
    private let word: String
    /// Whether a word of JSON stands without quotes.
    private let isBare: Bool
    private let repeatsNumber: Bool
    private let opening: Opening

    /// A name in objects and pairs, a tag in records.
    private enum Key {
        case name(String)
        case tag(UInt8)
        case place
    }

    /// What stands where the command says what it is.
    private enum Opening: Hashable {
        case same
        case none
        /// Another word for the command's.
        case word(String)

        var summary: String {
            switch self {
            case .same: "opened as the command"
            case .none: "without an opening"
            case .word(let word): "opened with \(word)"
            }
        }
    }

    // MARK: Making them

    /// None where no command has a structure.
    static func candidates(for commands: [Command.Kind: MessageLayout]) -> [ReplyCandidate] {
        guard let layout = commands[.pay] ?? commands[.cancel], let structure = layout.structure else { return [] }
        let hasNumber = layout.contains { $0.values.contains(.sequence) }
        let numbers = hasNumber ? [(true, 0), (false, ReadingCost.noNumberInStructure)] : [(false, 0)]
        var candidates: [ReplyCandidate] = []
        for (key, keyRank) in keys(structure) {
            for (opening, openingRank) in openings(structure) {
                for (repeats, numberRank) in numbers {
                    for (word, isBare, wordRank) in words(structure) {
                        let reply = StructuredReply(
                            key: key, word: word, isBare: isBare, repeatsNumber: repeats, opening: opening)
                        candidates.append(
                            reply.candidate(commands, rank: keyRank + openingRank + numberRank + wordRank))
                    }
                }
            }
        }
        return candidates
    }

    private static func keys(_ structure: FieldLayout.Content) -> [(Key, rank: Int)] {
        switch structure {
        case .object:
            return [
                "result", "code", "status", "resultCode", "ret", "rc", "error", "errorCode", "response", "res",
                "retCode", "state", "err", "ack",
            ].enumerated().map { (.name($1), $0 / 2) }
        case .pairs(let pairs):
            let names = pairs.items.map(\.name)
            let isShort = names.allSatisfy { $0.count == 1 }
            let isUpper = names.allSatisfy { $0 == $0.uppercased() }
            let short = ["R", "S", "C", "E"].map { (name: $0, rank: isShort ? 0 : 3) }
            let long = ["RESULT", "CODE", "STATUS", "RES", "RC", "RET", "RESP", "ERR", "ERROR", "RESULTCODE"]
                .enumerated().map { (name: $1, rank: $0 / 2 + (isShort ? 2 : 0)) }
            return (short + long).map { (.name(isUpper ? $0.name : $0.name.lowercased()), $0.rank) }
        case .records(let records):
            let own = records.items.compactMap(\.key.bytes.last)
            let near = [own.min().map { $0 &- 1 }, own.max().map { $0 &+ 1 }, own.first.map { $0 | 0x80 }]
            var seen: Set<UInt8> = []
            return (near.compactMap(\.self) + [0x00, 0x01, 0x10, 0x80, 0x90, 0x9F, 0xE0, 0xFF])
                .filter { seen.insert($0).inserted }.enumerated().map { (.tag($1), $0 / 2) }
        default: return [(.place, 0)]
        }
    }

    private static func openings(_ structure: FieldLayout.Content) -> [(Opening, rank: Int)] {
        switch structure {
        case .list:
            [(.same, 0), (.word("ACK"), 1), (.word("RES"), 1), (.word("RSP"), 2), (.none, 2), (.word("ANS"), 3)]
        case .records: [(.same, 0)]
        default: [(.same, 0), (.none, 1)]
        }
    }

    private static func words(_ structure: FieldLayout.Content) -> [(word: String, isBare: Bool, rank: Int)] {
        switch structure {
        case .records: [("\u{0}", false, 0), ("\u{0}\u{0}", false, 1), ("00", false, 3), ("\u{1}", false, 3)]
        case .object:
            [("0", true, 0)] + good.enumerated().map { ($1, false, $0 / 2) } + [("true", true, 2), ("1", true, 3)]
        default: good.enumerated().map { ($1, false, $0 / 2) }
        }
    }

    private func candidate(_ commands: [Command.Kind: MessageLayout], rank: Int) -> ReplyCandidate {
        ReplyCandidate(
            rank: rank, summary: summary, code: HexBytes(Array(word.utf8)),
            codes: isBare ? .numbers : word.utf8.allSatisfy { $0 >= 0x20 } ? .words : .bytes,
            replies: commands.mapValues { $0.compactMap { reply($0) } })
    }

    private var summary: String {
        let place =
            switch key {
            case .name(let name): "\(name) with the result\(isBare ? " without quotes" : "")"
            case .tag(let tag): "a record \(HexBytes([tag])) with the result"
            case .place: "the result"
            }
        return
            "built as the command, \(opening.summary), \(repeatsNumber ? "the sequence number" : "no sequence number"), \(place)"
    }

    // MARK: From the command's fields

    private var result: FieldLayout {
        FieldLayout(
            extent: .rest,
            content: .enumeration(.result, [ResultCode.success.rawValue: HexBytes(Array(word.utf8))]))
    }

    /// A field of the command as the reply has it; nil where it has none.
    private func reply(_ field: FieldLayout) -> FieldLayout? {
        var field = field
        field.at = nil
        switch field.content {
        case .constant, .length, .checksum: return field
        case .integer(.sequence, _): return repeatsNumber ? field : nil
        case .list(var list):
            list.items = list.items.compactMap { part($0) } + [result]
            field.content = .list(list)
        case .pairs(var pairs):
            pairs.items = keyed(pairs.items)
            field.content = .pairs(pairs)
        case .object(var object):
            object.items = keyed(object.items)
            let names = Set(object.items.map(\.name))
            object.bare.formIntersection(names)
            if isBare, case .name(let name) = key { object.bare.insert(name) }
            field.content = .object(object)
        case .records(var records):
            records.items = keyed(records.items, tagSize: records.tagSize)
            field.content = .records(records)
        case .enclosed(var enclosed):
            enclosed.fields = enclosed.fields.compactMap { reply($0) }
            field.content = .enclosed(enclosed)
        default: return nil
        }
        return field
    }

    private func keyed(_ items: [KeyedField], tagSize: Int = 1) -> [KeyedField] {
        let kept = items.compactMap { item in part(item.field).map { KeyedField(key: item.key, field: $0) } }
        let own: HexBytes =
            switch key {
            case .name(let name): HexBytes(Array(name.utf8))
            case .tag(let tag): HexBytes([UInt8](repeating: 0, count: tagSize - 1) + [tag])
            case .place: HexBytes([])
            }
        return kept.filter { $0.key != own } + [KeyedField(key: own, field: result)]
    }

    /// What says which message it is, and its number.
    private func part(_ field: FieldLayout) -> FieldLayout? {
        switch field.content {
        case .constant(let bytes):
            switch opening {
            case .same: return field
            case .none: return nil
            case .word(let word):
                // What is no letter belongs to the frame.
                let frame = bytes.prefix { !(0x41...0x7A).contains($0) }
                return FieldLayout(
                    extent: .fixed(frame.count + word.utf8.count), content: .constant(frame + Array(word.utf8)))
            }
        case .integer(.sequence, _): return repeatsNumber ? field : nil
        default: return nil
        }
    }
}

extension MessageLayout {
    /// The first structure in it, whatever encloses that.
    fileprivate var structure: FieldLayout.Content? {
        for field in self {
            switch field.content {
            case .list, .pairs, .object, .records: return field.content
            case .enclosed(let enclosed): if let inner = enclosed.fields.structure { return inner }
            default: continue
            }
        }
        return nil
    }
}
