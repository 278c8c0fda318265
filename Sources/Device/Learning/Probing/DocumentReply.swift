internal import BlueTap
internal import WireFormat

/// Replies to commands that are documents: another document of the same notation, with a result in it.
struct DocumentReply {
    private let key: String
    private let kind: DocumentKind
    private let word: String
    private let repeatsNumber: Bool
    private let keepsMarks: Bool
    /// The keys of members that are the same in all commands.
    private let marks: Set<String>

    // MARK: Making them

    /// None where no command is a document.
    static func candidates(for commands: [Command.Kind: MessageLayout]) -> [ReplyCandidate] {
        guard let layout = commands[.pay] ?? commands[.cancel], let document = layout.document else { return [] }
        let hasNumber = document.members.contains { $0.isNumber }
        let numbers = hasNumber ? [(true, 0), (false, ReplyCost.noNumberInStructure)] : [(false, 0)]
        let marks = marks(document, commands.values.first { $0 != layout }?.document)
        let openings = marks.isEmpty ? [(false, 0)] : [(true, 0), (false, ReplyCost.nextInList)]
        var candidates: [ReplyCandidate] = []
        for (key, keyCost) in keys(document) {
            for (kind, word, valueCost) in values(document) {
                for (repeatsNumber, numberCost) in numbers {
                    for (keepsMarks, markCost) in openings {
                        let reply = DocumentReply(
                            key: key, kind: kind, word: word, repeatsNumber: repeatsNumber, keepsMarks: keepsMarks,
                            marks: marks)
                        candidates.append(
                            reply.candidate(
                                commands, rank: ReplyCost.structure + keyCost + valueCost + numberCost + markCost))
                    }
                }
            }
        }
        return candidates
    }

    /// Names in the order in which devices have them, for commands whose own are short or long.
    private static func names(isShort: Bool) -> [String] {
        let short = ["r", "c", "s", "e", "rc"]
        let long = [
            "result", "code", "status", "resultCode", "ret", "rc", "error", "errorCode", "response", "res", "retCode",
            "state", "err", "ack",
        ]
        return isShort ? short + long : long + short
    }

    private static func keys(_ document: DocumentLayout) -> [(String, Int)] {
        let own = document.members.map(\.key)
        let names: [String]
        switch document.notation {
        case .json, .cbor, .messagePack, .xml:
            if !document.kind.isOfNames {
                names = ["0", "1"]
            } else if document.hasNumberedKeys {
                let last = own.compactMap { Int($0) }.max() ?? 0
                names = ["0", "1", "2", "3", String(last + 1)]
            } else {
                names = Self.names(isShort: own.count { $0.count <= 2 } * 2 > own.count)
            }
        case .protobuf: names = ["1", "2", "3", "4", "5"]
        case .der: names = Array(own.prefix(2))
        }
        return names.enumerated().map { ($1, $0 * ReplyCost.nextInList) }
    }

    private static func values(_ document: DocumentLayout) -> [(DocumentKind, String, Int)] {
        let words = StructuredReply.words.prefix(12).enumerated().map {
            (DocumentKind.text, $1, 2 + $0 * ReplyCost.nextInList)
        }
        let numbers: [(DocumentKind, String, Int)] =
            document.notation == .xml
            ? [] : [(.number, "0", 0), (.bool, "true", 4), (.number, "1", 6), (.number, "200", 9)]
        return numbers.filter { document.notation != .protobuf || $0.0 != .bool } + words
    }

    /// What all commands have under the same key.
    private static func marks(_ document: DocumentLayout, _ other: DocumentLayout?) -> Set<String> {
        let theirs = (other?.members ?? []).filter(\.isConstant)
        let known = ["jsonrpc", "v", "ver", "version"]
        return Set(
            document.members.filter { member in
                member.isConstant
                    && (known.contains(member.key)
                        || theirs.contains { $0.key == member.key && $0.field == member.field })
            }.map(\.key))
    }

    private func candidate(_ commands: [Command.Kind: MessageLayout], rank: Int) -> ReplyCandidate {
        let what = repeatsNumber ? "the sequence number" : "no sequence number"
        return ReplyCandidate(
            rank: rank, summary: "a document as the command, \(what), \(key) with the result as \(kind.rawValue)",
            code: HexBytes(Array(word.utf8)), codes: kind == .text ? .words : .numbers,
            replies: commands.mapValues { $0.compactMap { reply($0) } })
    }

    // MARK: From the command's fields

    /// A field of the command as the reply has it; nil where it has none.
    private func reply(_ field: FieldLayout) -> FieldLayout? {
        var field = field
        field.at = nil
        switch field.content {
        case .constant, .length, .checksum, .opaque: return field
        case .integer(.sequence, _): return repeatsNumber ? field : nil
        case .document(let document):
            field.content = .document(document.with(members(document)))
        case .enclosed(var enclosed):
            enclosed.fields = enclosed.fields.compactMap { reply($0) }
            field.content = .enclosed(enclosed)
        default: return nil
        }
        return field
    }

    private func members(_ document: DocumentLayout) -> [DocumentMember] {
        let result = DocumentMember(
            key: key, kind: kind,
            field: FieldLayout(
                extent: .rest,
                content: .enumeration(.result, [ResultCode.success.rawValue: HexBytes(Array(word.utf8))])),
            isRequired: true)
        let kept = document.members.filter { member in
            member.key != key && (member.isNumber ? repeatsNumber : keepsMarks && marks.contains(member.key))
        }
        // A number that ends a command ends its reply as well.
        guard let last = document.members.last, last.isNumber, kept.last?.key == last.key, kept.count > 1 else {
            return kept + [result]
        }
        return kept.dropLast() + [result, last]
    }
}

extension DocumentMember {
    /// Whether it is the number of a command.
    fileprivate var isNumber: Bool { if case .integer(.sequence, _) = field.content { true } else { false } }

    fileprivate var isConstant: Bool { if case .constant = field.content { true } else { false } }
}

extension DocumentKind {
    /// Whether its members have names.
    fileprivate var isOfNames: Bool { self == .map || self == .openMap }
}

extension MessageLayout {
    /// The first document in it, whatever encloses that.
    fileprivate var document: DocumentLayout? {
        for field in self {
            switch field.content {
            case .document(let document): return document
            case .enclosed(let enclosed): if let inner = enclosed.fields.document { return inner }
            default: continue
            }
        }
        return nil
    }
}
