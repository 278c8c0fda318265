internal import BlueTap
internal import WireFormat

/// Replies to commands that are text or structures: what encloses the command's values stays, and a result stands there
/// instead of them.
struct StructuredReply {
    /// What hosts take for good or bad news, the likeliest first.
    static let words = [
        "SUCCESS", "OK", "0", "00", "ok", "ACK", "success", "1", "true", "A", "Y", "okay", "PARAM_ILLEGAL",
        "PROCESS_FAIL",
        "UNKNOWN_EXCEPTION", "FAIL", "ERROR", "ERR", "NAK", "NACK", "BAD_PARAM", "FAILED", "UNKNOWN", "fail", "error",
        "failed", "false", "N", "E", "F", "U",
    ]

    /// Words that mean that all is well.
    private static let good = words.prefix(12)

    /// Where the result stands, in each of the structures.
    private let key: Key
    private let word: String
    /// Whether a word of JSON stands without quotes.
    private let isBare: Bool
    private let repeatsNumber: Bool
    private let opening: Opening
    /// The names of constants that are the same in all commands.
    private let marks: Set<HexBytes>

    /// A name in objects and pairs.
    private enum Key {
        case name(String)
        /// A name in an object of that name.
        case inner(String, String)
        case place
    }

    /// What stands where the command says what it is.
    private enum Opening: Hashable {
        case same
        /// Only what all commands have.
        case marks
        case none
        /// Another word for the command's.
        case word(String)

        var summary: String {
            switch self {
            case .same: "opened as the command"
            case .marks: "opened with what all commands have"
            case .none: "without an opening"
            case .word(let word): "opened with \(word)"
            }
        }
    }

    // MARK: Making them

    /// None where no command is text.
    static func candidates(for commands: [Command.Kind: MessageLayout]) -> [ReplyCandidate] {
        let commands = commands.mapValues { $0.map(\.withObjects) }
        guard let layout = commands[.pay] ?? commands[.cancel], let structure = layout.structure else { return [] }
        let hasNumber = layout.contains { $0.values.contains(.sequence) }
        let marks = marks(structure, commands.values.first { $0 != layout }?.structure)
        let numbers = hasNumber ? [(true, 0), (false, ReplyCost.noNumberInStructure)] : [(false, 0)]
        var candidates: [ReplyCandidate] = []
        for (key, keyRank) in keys(structure) {
            for (opening, openingRank) in openings(structure, hasMarks: !marks.isEmpty) {
                for (repeats, numberRank) in numbers {
                    for (word, isBare, wordRank) in words(structure, key) {
                        let reply = StructuredReply(
                            key: key, word: word, isBare: isBare, repeatsNumber: repeats, opening: opening,
                            marks: marks)
                        candidates.append(
                            reply.candidate(commands, rank: keyRank + openingRank + numberRank + wordRank))
                    }
                }
            }
        }
        return candidates
    }

    /// JSON for who commands in bytes.
    static func objects(for commands: [Command.Kind: MessageLayout]) -> [ReplyCandidate] {
        let names = ["code", "result", "status"].enumerated().map { ($1, $0 * ReplyCost.nextInList) }
        var candidates: [ReplyCandidate] = []
        for (name, nameRank) in names {
            for (word, isBare, wordRank) in words(.object(ObjectLayout(items: [])), .name(name)) {
                for isSpaced in [false, true] {
                    let reply = StructuredReply(
                        key: .name(name), word: word, isBare: isBare, repeatsNumber: false, opening: .none, marks: [])
                    let object = ObjectLayout(
                        isSpaced: isSpaced, bare: isBare ? [name] : [], items: [KeyedField(name, reply.result)])
                    let field = FieldLayout(extent: .rest, content: .object(object))
                    candidates.append(
                        ReplyCandidate(
                            rank: nameRank + wordRank + ReplyCost.objectForPlain,
                            summary: "a JSON object, \(name) with the result", code: HexBytes(Array(word.utf8)),
                            codes: isBare ? .numbers : .words, replies: commands.mapValues { _ in [field] }))
                }
            }
        }
        return candidates
    }

    private static func keys(_ structure: FieldLayout.Content) -> [(Key, rank: Int)] {
        func ranked(_ names: [String], from: Int = 0) -> [(Key, rank: Int)] {
            names.enumerated().map { (.name($1), from + $0 * ReplyCost.nextInList) }
        }
        switch structure {
        case .object(let object):
            let names = object.items.map(\.name)
            // JSON-RPC says what it is, and has its results in an object. Source: JSON-RPC 2.0, section 5.
            if names.contains("jsonrpc") {
                return ["code", "status", "result"].enumerated().map { (.inner("result", $1), $0) }
                    + ranked(["result"], from: 1)
            }
            let short = ["r", "c", "s", "e", "rc"]
            let long = [
                "result", "code", "status", "resultCode", "ret", "rc", "error", "errorCode", "response", "res",
                "retCode",
                "state", "err", "ack", "msg", "success",
            ]
            let isShort = names.filter { $0.count <= 2 }.count * 2 > names.count
            return isShort ? ranked(short) + ranked(long, from: 3) : ranked(long) + ranked(short, from: 6)
        case .pairs(let pairs):
            let names = pairs.items.map(\.name)
            let isShort = names.allSatisfy { $0.count == 1 }
            let isUpper = names.allSatisfy { $0 == $0.uppercased() }
            let short = ranked(["R", "S", "C", "E"], from: isShort ? 0 : 6)
            let long = ranked(
                ["RESULT", "RES", "CODE", "STATUS", "RC", "RET", "RESP", "ERR", "ERROR", "RESULTCODE"],
                from: isShort ? 4 : 0)
            return (isShort ? short + long : long + short).map { key, rank in
                guard case .name(let name) = key, !isUpper else { return (key, rank) }
                return (.name(name.lowercased()), rank)
            }
        default: return [(.place, 0)]
        }
    }

    /// What all commands have under the same name: a version, who the host is.
    private static func marks(_ structure: FieldLayout.Content, _ other: FieldLayout.Content?) -> Set<HexBytes> {
        func constants(_ content: FieldLayout.Content?) -> [HexBytes: [UInt8]] {
            let items: [KeyedField] =
                switch content {
                case .object(let object): object.items
                case .pairs(let pairs): pairs.items
                default: []
                }
            return items.reduce(into: [:]) { found, item in
                if case .constant(let bytes) = item.field.content { found[item.key] = bytes }
            }
        }
        let own = constants(structure)
        let others = other.map { constants($0) }
        return Set(own.filter { key, value in others?[key] == value || versions.contains(key) }.keys)
    }

    /// Names of what is the same in every message, for where one command is known.
    private static let versions = Set(["jsonrpc", "v", "ver", "version", "V"].map { HexBytes(Array($0.utf8)) })

    private static func openings(_ structure: FieldLayout.Content, hasMarks: Bool) -> [(Opening, rank: Int)] {
        switch structure {
        case .list:
            [
                (.same, 0), (.word("ACK"), 2), (.word("RES"), 2), (.none, 2), (.word("RSP"), 4), (.word("ANS"), 6),
                (.word("OK"), 6), (.word("REPLY"), 7), (.word("RESULT"), 7),
            ]
        default:
            (hasMarks ? [(.marks, 0)] : [])
                + [
                    (.none, 0), (.same, 1), (.word("RESULT"), 3), (.word("RESPONSE"), 5), (.word("ACK"), 5),
                    (.word("RES"), 6),
                ]
        }
    }

    private static func words(
        _ structure: FieldLayout.Content, _ key: Key
    ) -> [(word: String, isBare: Bool, rank: Int)] {
        guard case .object = structure else {
            return good.enumerated().map { ($1, false, $0 * ReplyCost.nextInList) }
        }
        let texts = good.filter { $0 != "1" }.enumerated().map { ($1, false, 1 + $0 * ReplyCost.nextInList) }
        return [("0", true, 0)] + texts + [("true", true, 3), ("1", true, 6), ("200", true, 8)]
    }

    private func candidate(_ commands: [Command.Kind: MessageLayout], rank: Int) -> ReplyCandidate {
        ReplyCandidate(
            rank: rank + ReplyCost.structure, summary: summary, code: HexBytes(Array(word.utf8)),
            codes: isBare ? .numbers : .words, replies: commands.mapValues { $0.compactMap { reply($0) } })
    }

    private var summary: String {
        let place =
            switch key {
            case .name(let name): "\(name) with the result\(isBare ? " without quotes" : "")"
            case .inner(let outer, let name): "\(name) in \(outer) with the result\(isBare ? " without quotes" : "")"
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
        case .enclosed(var enclosed):
            enclosed.fields = enclosed.fields.compactMap { reply($0) }
            field.content = .enclosed(enclosed)
        default: return nil
        }
        return field
    }

    private func keyed(_ items: [KeyedField]) -> [KeyedField] {
        let kept = items.compactMap { item in
            let isMark = marks.contains(item.key)
            let field = isMark ? (opening == .none ? nil : item.field) : part(item.field)
            return field.map { KeyedField(key: item.key, field: $0) }
        }
        let own: KeyedField
        switch key {
        case .name(let name): own = KeyedField(name, result)
        case .inner(let outer, let name):
            let object = ObjectLayout(isAlways: true, bare: isBare ? [name] : [], items: [KeyedField(name, result)])
            own = KeyedField(outer, FieldLayout(extent: .rest, content: .object(object)))
        case .place: own = KeyedField("", result)
        }
        let others = kept.filter { $0.key != own.key }
        // A number that ends a command ends its reply as well.
        guard let last = items.last, case .integer(.sequence, _) = last.field.content, repeatsNumber else {
            return others + [own]
        }
        return others.filter { $0.key != last.key } + [own] + others.filter { $0.key == last.key }
    }

    /// What says which message it is, and its number.
    private func part(_ field: FieldLayout) -> FieldLayout? {
        switch field.content {
        case .constant(let bytes):
            switch opening {
            case .same: return field
            case .none, .marks: return nil
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
            case .list, .pairs, .object: return field.content
            case .enclosed(let enclosed): if let inner = enclosed.fields.structure { return inner }
            default: continue
            }
        }
        return nil
    }
}
