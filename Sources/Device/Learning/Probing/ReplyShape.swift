internal import BlueTap
internal import WireFormat

/// In what ways a reply departs from its command, where it is one field behind the other.
struct ReplyShape: Hashable {
    /// What becomes of marks and type.
    var turn = Turn(mark: .same, type: .same)
    var hasNumber = true
    var hasLength = true
    var code: [UInt8] = [0]
    var place = ResultPlace.behindHeader
    var wrapping = Wrapping.none
    var check = Check.same
    var fill = Fill.zero
    var echo = Echo.none
    var acknowledgement = Acknowledgement.none
    /// Whether it is the result alone.
    var isBare = false
    /// What devices were seen to begin with.
    var start: [UInt8]?
    var rank = 0

    struct Turn: Hashable {
        var mark: ByteChange
        var type: ByteChange
    }

    enum ResultPlace: Hashable {
        case behindHeader
        case beforeNumber
        case forType
        case first
    }

    /// What stands around the result.
    enum Wrapping: Hashable {
        case none
        /// Its size, as before the command's texts.
        case prefix
        /// A record of this tag, as those of the command.
        case record(tag: [UInt8])
    }

    enum Check: Hashable {
        case same
        /// Behind the result where the command's is at the report's end, and the other way round.
        case moved
        case other(ChecksumAlgorithm)
        case none
    }

    enum Fill: Hashable {
        case zero
        /// With what pads commands.
        case command
    }

    enum Echo: Hashable {
        case none
        case order
        case amount
    }

    enum Acknowledgement: Hashable {
        case none
        /// This byte, and the command's number if it has one.
        case byte(UInt8)
        /// The reply's own frame without a result.
        case frame
    }

    // MARK: Which there are

    /// All that cost no more than `limit`, in no order.
    static func shapes(_ frame: CommandFrame, _ hints: ReplyHints, limit: Int) -> [ReplyShape] {
        var shapes = [ReplyShape()]
        func vary<Option>(_ options: [(Option, Int)], _ apply: (inout ReplyShape, Option) -> Void) {
            shapes = shapes.flatMap { shape in
                options.compactMap { option, cost in
                    guard shape.rank + cost <= limit else { return nil }
                    var shape = shape
                    apply(&shape, option)
                    shape.rank += cost
                    return shape
                }
            }
        }
        vary(turns(frame, hints)) { ($0.turn, $0.start) = $1 }
        vary(codes(frame)) { $0.code = $1 }
        vary(frame.hasNumber ? [(true, 0), (false, ReplyCost.noNumber)] : [(false, 0)]) { $0.hasNumber = $1 }
        vary(frame.hasLength ? [(true, 0), (false, ReplyCost.noLength)] : [(false, 0)]) { $0.hasLength = $1 }
        vary(checks(frame)) { $0.check = $1 }
        vary(wrappings(frame)) { $0.wrapping = $1 }
        vary(places(frame)) { $0.place = $1 }
        vary((frame.fill ?? 0) == 0 ? [(.zero, 0)] : [(.command, 0), (.zero, ReplyCost.otherFill)]) { $0.fill = $1 }
        var echoes = [(Echo.none, 0)]
        if frame.order != nil { echoes.append((.order, ReplyCost.orderRepeated)) }
        if frame.amount != nil { echoes.append((.amount, ReplyCost.amountRepeated)) }
        vary(echoes) { $0.echo = $1 }
        if hints.mayAcknowledge { vary(acknowledgements(frame)) { $0.acknowledgement = $1 } }
        return shapes + bare(frame, limit: limit)
    }

    private static func turns(
        _ frame: CommandFrame, _ hints: ReplyHints
    ) -> [((Turn, [UInt8]?), Int)] {
        var turns: [((Turn, [UInt8]?), Int)] = []
        for start in hints.starts { turns.append(((Turn(mark: .same, type: .same), start), 0)) }
        if !hints.starts.isEmpty {
            for start in hints.starts { turns.append(((Turn(mark: .same, type: .set(0x80)), start), 0)) }
            for start in hints.starts { turns.append(((Turn(mark: .same, type: .plus(1)), start), 2)) }
            for start in hints.starts { turns.append(((Turn(mark: .same, type: .dropped), start), 4)) }
        }
        // What a device was seen to begin with is likelier than what others do.
        let surcharge = hints.starts.isEmpty ? 0 : ReplyCost.unseenFirstByte
        return turns + Turn.all(frame).map { turn, cost in ((turn, nil), cost + surcharge) }
    }

    private static func codes(_ frame: CommandFrame) -> [([UInt8], Int)] {
        let numbers: [([UInt8], Int)] = [
            ([0], frame.wordSize == 1 ? 1 : 4), ([0, 0], frame.wordSize == 2 ? 2 : 8),
            ([0, 0, 0, 0], frame.wordSize == 4 ? 2 : 10), ([0x90, 0x00], 8), ([1], 9), ([6], 11), ([0x20, 0x00], 14),
        ]
        let words: [(String, Int)] = [
            ("OK", 4), ("SUCCESS", 4), ("ACK", 8), ("okay", 8), ("OKAY", frame.wordSize == 4 ? 6 : 9), ("ok", 10),
            ("success", 10), ("APPROVED", 12),
        ]
        let codes: [(String, Int)] = [
            ("00", 3), ("0", 5), ("000", 6), ("A", 7), ("Y", 9), ("1", 9), ("O", 9), ("K", 10), ("S", 10), ("0000", 10),
        ]
        let forBytes = frame.isText ? ReplyCost.otherAlphabet : 0
        let forText = frame.isText ? 0 : ReplyCost.otherAlphabet
        let forWord = frame.isText ? 0 : ReplyCost.wordAmongBytes
        return numbers.map { ($0, $1 + forBytes) } + words.map { (Array($0.utf8), $1 + forWord) }
            + codes.map { (Array($0.utf8), $1 + forText) }
    }

    private static func checks(_ frame: CommandFrame) -> [(Check, Int)] {
        guard let own = frame.checksum?.algorithm else {
            return [(.none, 0), (.other(.xor), ReplyCost.ownChecksum)]
        }
        let others = ["xor-8", "sum-8", "crc-16/ibm-3740", "crc-16/xmodem", "crc-16/modbus", "crc-8/smbus", "crc-32"]
            .compactMap(ChecksumAlgorithm.init(name:)).filter { $0 != own }
        return [(.same, 0), (.moved, ReplyCost.movedChecksum), (.none, ReplyCost.noChecksum)]
            + others.enumerated().map { (.other($1), ReplyCost.otherChecksum + $0 * ReplyCost.nextInList) }
    }

    private static func wrappings(_ frame: CommandFrame) -> [(Wrapping, Int)] {
        guard let records = frame.records else {
            let isText = frame.isText ? 0 : ReplyCost.resultPrefixed
            return frame.prefix == nil
                ? [(.none, 0)] : [(.none, ReplyCost.resultPrefixed - isText), (.prefix, isText)]
        }
        // The upper bytes of longer tags say of which class they are.
        let tags = records.items.map(\.key.bytes)
        let common = tags.map { $0.dropLast() }.max { left, right in
            tags.count { $0.dropLast() == left } < tags.count { $0.dropLast() == right }
        }
        let own = tags.filter { $0.dropLast() == common }
        let last = own.compactMap(\.last)
        let near = [last.max().map { $0 &+ 1 }, last.min().map { $0 &- 1 }, last.first.map { $0 | 0x80 }]
        var seen: Set<UInt8> = []
        let likely =
            (near.compactMap(\.self) + [0x90, 0x80, 0x00, 0x30, 0x10, 0x01, 0x8A, 0xE0, 0x9F, 0xFF, 0x50, 0x20])
            .filter { seen.insert($0).inserted }
        return [(.none, ReplyCost.resultWithoutRecord)]
            + likely.enumerated().map { index, tag in
                let tag = Array(common ?? []) + [tag]
                return (.record(tag: tag), ReplyCost.resultInRecord + index / 2 * ReplyCost.nextInList)
            }
    }

    private static func places(_ frame: CommandFrame) -> [(ResultPlace, Int)] {
        var places = [(ResultPlace.behindHeader, 0)]
        if frame.hasNumber { places.append((.beforeNumber, ReplyCost.resultBeforeNumber)) }
        if frame.hasType { places.append((.forType, ReplyCost.resultForType)) }
        return places + [(.first, ReplyCost.resultFirst)]
    }

    private static func acknowledgements(_ frame: CommandFrame) -> [(Acknowledgement, Int)] {
        [
            (.none, 0), (.byte(0x06), ReplyCost.acknowledged), (.frame, ReplyCost.acknowledged + 2),
            (.byte(0x80), ReplyCost.acknowledged + 4),
        ]
    }

    /// Results alone.
    private static func bare(_ frame: CommandFrame, limit: Int) -> [ReplyShape] {
        (codes(frame) + [([0x06], 2)]).compactMap { code, cost in
            guard cost + ReplyCost.bare <= limit else { return nil }
            return ReplyShape(code: code, check: .none, isBare: true, rank: cost + ReplyCost.bare)
        }
    }
}

/// What becomes of a byte of the command in its reply.
enum ByteChange: Hashable {
    case same
    case plus(UInt8)
    /// Bits that are set in it.
    case set(UInt8)
    case turned(UInt8)
    case swapped
    /// Another byte instead.
    case constant(UInt8)
    case dropped

    /// The bytes as the reply has them; the one that is changed is the first, of a word the last.
    func applied(to bytes: [UInt8], isWord: Bool = false) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var changed = bytes
        let index = isWord ? bytes.count - 1 : 0
        switch self {
        case .same: break
        case .plus(let step): changed[index] &+= step
        case .set(let bits): changed[index] |= bits
        case .turned(0xFF): changed = bytes.map { ~$0 }
        case .turned(let bits): changed[index] ^= bits
        case .swapped: changed = bytes.count > 1 ? bytes.reversed() : [bytes[0] << 4 | bytes[0] >> 4]
        case .constant(let byte): changed[index] = byte
        case .dropped: return []
        }
        return changed
    }

    var summary: String {
        switch self {
        case .same: "the same"
        case .plus(let step) where step > 0x7F: "less \(0 &- step)"
        case .plus(let step): "plus \(HexBytes([step]))"
        case .set(let bits): "with bit \(HexBytes([bits])) set"
        case .turned(0xFF): "complemented"
        case .turned(let bits): "XOR \(HexBytes([bits]))"
        case .swapped: "turned round"
        case .constant(let byte): "\(HexBytes([byte])) instead"
        case .dropped: "left out"
        }
    }
}

extension ReplyShape.Turn {
    /// What devices do, the likeliest first.
    static func all(_ frame: CommandFrame) -> [(Self, Int)] {
        if frame.hasMark, frame.hasType { return both }
        let alone: [(ByteChange, Int)] = [
            (.set(0x80), 4), (.plus(1), 5), (.plus(0x10), 5), (.same, 5), (.plus(0x20), 7), (.dropped, 7),
            (.turned(0xFF), 8), (.set(0x40), 9), (.plus(2), 9), (.turned(0x10), 9), (.plus(0xFF), 9),
            (.constant(0x06), 10),
            (.constant(0x41), frame.isText ? 6 : 10), (.constant(0x52), frame.isText ? 7 : 11), (.plus(0x40), 11),
            (.set(0x0F), 12), (.constant(0x80), 12),
            (.swapped, 12), (.constant(0x02), 13), (.constant(0x00), 13),
        ]
        return alone.map { change, cost in
            (frame.hasType ? Self(mark: .same, type: change) : Self(mark: change, type: .same), cost)
        }
    }

    private static let both: [(Self, Int)] = [
        (Self(mark: .same, type: .set(0x80)), 4), (Self(mark: .plus(1), type: .same), 5),
        (Self(mark: .same, type: .same), 6), (Self(mark: .plus(1), type: .set(0x80)), 7),
        (Self(mark: .plus(1), type: .dropped), 7), (Self(mark: .turned(0xFF), type: .same), 8),
        (Self(mark: .same, type: .plus(1)), 8), (Self(mark: .same, type: .plus(0x10)), 8),
        (Self(mark: .same, type: .plus(0x20)), 8), (Self(mark: .plus(0x10), type: .same), 9),
        (Self(mark: .same, type: .dropped), 9), (Self(mark: .dropped, type: .dropped), 9),
        (Self(mark: .set(0x80), type: .same), 9), (Self(mark: .dropped, type: .set(0x80)), 10),
        (Self(mark: .same, type: .set(0x40)), 10), (Self(mark: .turned(0xFF), type: .set(0x80)), 10),
        (Self(mark: .plus(0x10), type: .dropped), 10), (Self(mark: .plus(0xFF), type: .same), 10),
        (Self(mark: .turned(0xFF), type: .dropped), 10), (Self(mark: .set(0x80), type: .dropped), 10),
        (Self(mark: .plus(2), type: .same), 10), (Self(mark: .plus(2), type: .dropped), 11),
        (Self(mark: .swapped, type: .same), 11), (Self(mark: .swapped, type: .set(0x80)), 11),
        (Self(mark: .set(0x40), type: .same), 11), (Self(mark: .plus(1), type: .plus(1)), 11),
        (Self(mark: .plus(1), type: .set(0x40)), 12), (Self(mark: .plus(1), type: .plus(0x10)), 12),
        (Self(mark: .same, type: .constant(0x06)), 12), (Self(mark: .same, type: .constant(0x41)), 12),
        (Self(mark: .same, type: .turned(0xFF)), 12), (Self(mark: .same, type: .plus(2)), 12),
        (Self(mark: .plus(0xFF), type: .set(0x80)), 12), (Self(mark: .plus(0xFF), type: .dropped), 12),
        (Self(mark: .constant(0x06), type: .dropped), 12), (Self(mark: .same, type: .constant(0x00)), 12),
        (Self(mark: .same, type: .constant(0x52)), 13), (Self(mark: .swapped, type: .dropped), 13),
        (Self(mark: .set(0x0F), type: .same), 13), (Self(mark: .constant(0x80), type: .dropped), 13),
        (Self(mark: .set(0x0F), type: .dropped), 14), (Self(mark: .plus(3), type: .same), 14),
    ]
}
