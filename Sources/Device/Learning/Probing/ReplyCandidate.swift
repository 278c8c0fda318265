public import BlueTap
public import WireFormat

/// A reply that a host might accept, made of what is known of its commands.
///
/// Replies mostly look like the commands that they answer: the same frame with another report ID and type, the same
/// sequence number, the same checksum. How far a candidate departs from that is its rank.
public struct ReplyCandidate: Hashable, Sendable {
    /// How unlikely it is, from 0.
    public let rank: Int
    /// What it is, for people: "first byte 02, then 90, the sequence number, a result of 1 byte, crc-16 at the end".
    public let summary: String
    /// The layouts of the replies to each command.
    public private(set) var replies: [Command.Kind: MessageLayout]
    /// The result that is sent.
    public private(set) var code: HexBytes
    /// What results may be.
    private let codes: Codes

    enum Codes: Hashable {
        /// As many bytes as the one that is there.
        case bytes
        case words
        /// Of JSON, without quotes.
        case numbers
    }

    init(
        rank: Int, summary: String, code: HexBytes, codes: Codes = .bytes, replies: [Command.Kind: MessageLayout]
    ) {
        self.rank = rank
        self.summary = summary
        self.code = code
        self.codes = codes
        self.replies = replies
    }

    /// The same with another result.
    public func with(code: HexBytes) -> ReplyCandidate {
        var copy = self
        copy.code = code
        copy.replies = replies(with: [.success: code])
        return copy
    }

    /// The layouts with what is known of the results.
    public func replies(with codes: [ResultCode: HexBytes]) -> [Command.Kind: MessageLayout] {
        let table = codes.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
        return replies.mapValues { layout in
            layout.map { field in
                field.mapped { field in
                    if case .enumeration(.result, _) = field.content { field.content = .enumeration(.result, table) }
                }
            }
        }
    }

    /// Results that are worth a try in a frame that the host accepts, the likeliest first.
    public var otherCodes: [HexBytes] {
        var codes: [HexBytes] = []
        let numbers = (0...99).map(String.init)
        if self.codes != .bytes {
            let words = self.codes == .words ? StructuredReply.words : ["true", "false", "-1"]
            codes = (words + numbers).map { HexBytes(Array($0.utf8)) }
        } else if code.bytes.count == 1 {
            let order =
                Array(0...0x20) + [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x41, 0x45, 0x46, 0x4B, 0x4F, 0x50, 0x55, 0x59]
            let rest = (0...0xFF).filter { !order.contains($0) }
            codes = (order + [0xFF, 0xFE, 0x80, 0x81, 0x90] + rest).map { HexBytes([UInt8($0)]) }
        } else {
            let isDigits = code.bytes.allSatisfy { (0x30...0x5A).contains($0) }
            let numbers =
                Array(0...0x20) + [0x100, 0x200, 0x300, 0x9000, 0x6A80, 0x6985, 0x6F00, 0xFFFF, 0x7FFF, 0x8000]
            codes = numbers.map { number in
                guard isDigits else { return HexBytes([UInt8(number >> 8), UInt8(number & 0xFF)]) }
                let digits = String(number % 100)
                return HexBytes(Array(((digits.count == 1 ? "0" : "") + digits).utf8))
            }
        }
        var seen: Set<HexBytes> = [code]
        return codes.filter { seen.insert($0).inserted }
    }

    // MARK: Making them

    /// Candidates for the replies to a profile's commands, the likeliest first.
    ///
    /// - Parameter most: how many at most.
    public static func candidates(for profile: Profile, most: Int) -> [ReplyCandidate] {
        let frames = profile.commands.mapValues(CommandFrame.init)
        guard let frame = frames[.pay] ?? frames[.cancel] else { return [] }
        let structured = StructuredReply.candidates(for: profile.commands)
        let plain = shapes(frame, profile.exchanges).lazy.compactMap {
            make($0, frames, size: profile.hid.inputReport.size)
        }
        // Who commands in JSON is not answered in bytes; the order among those of one rank is that in which they were made.
        let surcharge = structured.isEmpty ? 0 : ReadingCost.plainForStructure
        let ordered = (structured.map { ($0.rank, $0) } + plain.map { ($0.rank + surcharge, $0) }).enumerated()
            .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
        var candidates: [ReplyCandidate] = []
        var seen: Set<[Command.Kind: MessageLayout]> = []
        for (_, (_, candidate)) in ordered where candidates.count < most {
            guard seen.insert(candidate.replies).inserted, candidate.fits(profile) else { continue }
            candidates.append(candidate)
        }
        return candidates
    }

    /// Whether it makes a reply, and one that goes into the profile's reports.
    private func fits(_ profile: Profile) -> Bool {
        var profile = profile
        profile.replies = replies
        guard let codec = try? Codec(profile), let kind = replies.keys.first else { return false }
        return !codec.reply(to: Codec.Context(command: kind, sequence: 1), result: .success).isEmpty
    }

    /// In what ways a reply can depart from its command.
    private struct Shape {
        var first: UInt8?
        var start: [UInt8] = []
        var type = ReplyCandidate.types[0]
        var hasSequence = false
        var code: [UInt8] = []
        var hasLength = false
        var check = Check.none
        var rank = 0

        /// The same with each of the options, each of which makes it less likely by its rank.
        func varied<Option>(_ options: [(Option, rank: Int)], _ apply: (inout Shape, Option) -> Void) -> [Shape] {
            options.map { option, rank in
                var shape = self
                apply(&shape, option)
                shape.rank += rank
                return shape
            }
        }
    }

    private static func shapes(_ frame: CommandFrame, _ exchanges: [Exchange]) -> [Shape] {
        let sequences =
            frame.sequence == nil ? [(false, rank: 0)] : [(true, rank: 0), (false, rank: ReadingCost.noNumber)]
        let lengths = frame.hasLength ? [(true, rank: 0), (false, rank: ReadingCost.noLength)] : [(false, rank: 0)]
        let checks = Check.allCases.filter { frame.checksum != nil || $0 == .none }.map { ($0, rank: $0.rank(frame)) }
        return Shape().varied(firstBytes(frame, exchanges)) { $0.first = $1 }
            .flatMap { $0.varied(startBytes(frame, exchanges)) { $0.start = $1 } }
            .flatMap { $0.varied(types.map { ($0, rank: $0.rank) }) { $0.type = $1 } }
            .flatMap { $0.varied(sequences) { $0.hasSequence = $1 } }
            .flatMap { $0.varied(codes) { $0.code = $1 } }
            .flatMap { $0.varied(lengths) { $0.hasLength = $1 } }
            .flatMap { $0.varied(checks) { $0.check = $1 } }
    }

    /// Where the checksum stands.
    private enum Check: CaseIterable {
        case atEnd, behindResult, none

        func rank(_ frame: CommandFrame) -> Int {
            switch self {
            case .atEnd: frame.checksumIsAtEnd ? 0 : ReadingCost.movedChecksum
            case .behindResult: frame.checksumIsAtEnd ? ReadingCost.movedChecksum : 0
            case .none: frame.checksum == nil ? 0 : ReadingCost.noChecksum
            }
        }
    }

    private struct TypeChange {
        let name: String
        let rank: Int
        let apply: @Sendable (UInt8) -> UInt8
    }

    private static let types = [
        TypeChange(name: "the same type", rank: 0) { $0 },
        TypeChange(name: "the type with its highest bit set", rank: 0) { $0 | 0x80 },
        TypeChange(name: "the type and 1", rank: 1) { $0 &+ 1 },
        TypeChange(name: "the type and 10", rank: 2) { $0 &+ 0x10 },
        TypeChange(name: "the type with bit 4 turned", rank: 2) { $0 ^ 0x10 },
        TypeChange(name: "the type with bit 6 set", rank: 3) { $0 | 0x40 },
    ]

    private static let codes: [([UInt8], rank: Int)] = [
        ([0], 0), ([0, 0], 1), (Array("00".utf8), 2), (Array("OK".utf8), 2), ([1], 3), ([0x90, 0x00], 3), ([0x4F], 4),
        ([0x41], 4),
    ]

    /// What devices answer a handshake with tells how they begin.
    private static func known(_ exchanges: [Exchange]) -> [[UInt8]] {
        exchanges.compactMap { exchange in
            if case .output = exchange.request { exchange.answers.first?.bytes } else { nil }
        }
    }

    private static func firstBytes(_ frame: CommandFrame, _ exchanges: [Exchange]) -> [(UInt8?, rank: Int)] {
        var found: [(UInt8?, rank: Int)] = known(exchanges).compactMap(\.first).map { ($0, rank: 0) }
        guard let own = frame.first else { return [(nil, rank: 0)] + found }
        // What a device was seen to begin with is likelier than what others do.
        let surcharge = found.isEmpty ? 0 : ReadingCost.unseenFirstByte
        for (byte, rank) in [(own, 0), (own &+ 1, 0), (own | 0x80, 1), (own ^ 0x01, 1), (own &- 1, 2), (~own, 3)]
        where !found.contains(where: { $0.0 == byte }) {
            found.append((byte, rank: rank + surcharge))
        }
        return found
    }

    /// The constants between the first byte and the type.
    private static func startBytes(_ frame: CommandFrame, _ exchanges: [Exchange]) -> [([UInt8], rank: Int)] {
        guard !frame.start.isEmpty else { return [([], rank: 0)] }
        let known = known(exchanges).filter { $0.count > frame.start.count }
        var found: [([UInt8], rank: Int)] = known.map { (Array($0[1..<1 + frame.start.count]), rank: 0) }
        let surcharge = found.isEmpty ? 0 : ReadingCost.unseenStart
        for (bytes, rank) in [(frame.start, 0), (frame.start.map { ~$0 }, 2)]
        where !found.contains(where: { $0.0 == bytes }) {
            found.append((bytes, rank: rank + surcharge))
        }
        return found
    }

    /// Nil where it does not go into a report.
    private static func make(_ shape: Shape, _ frames: [Command.Kind: CommandFrame], size: Int) -> ReplyCandidate? {
        guard let frame = frames[.pay] ?? frames[.cancel] else { return nil }
        let headers = frames.mapValues { header(shape, $0) }
        let check = shape.check == .none ? nil : frame.checksum
        let used = (headers.values.first ?? []).reduce(0) { $0 + ($1.fixedSize ?? 0) } + shape.code.count
        let room = size - used - (check?.fixedSize ?? 0)
        guard room >= 0 else { return nil }
        let fill = room > 0 ? [FieldLayout(size: room, content: .fill(0))] : []
        let checks = [check].compactMap(\.self)
        let trailer = shape.check == .behindResult ? checks + fill : fill + checks
        let code = HexBytes(shape.code)
        let result = FieldLayout(
            size: shape.code.count, content: .enumeration(.result, [ResultCode.success.rawValue: code]))
        return ReplyCandidate(
            rank: shape.rank, summary: summary(shape, frame), code: code,
            replies: headers.mapValues { $0 + [result] + trailer })
    }

    private static func header(_ shape: Shape, _ frame: CommandFrame) -> [FieldLayout] {
        let constants = [shape.first].compactMap(\.self) + shape.start
        let start = constants.isEmpty ? [] : [FieldLayout(size: constants.count, content: .constant(constants))]
        let number = shape.hasSequence ? frame.sequence : nil
        let type = frame.type.map { FieldLayout(size: 1, content: .constant([shape.type.apply($0)])) }
        let told = (frame.sequenceIsBeforeType ? [number, type] : [type, number]).compactMap(\.self)
        let length = shape.hasLength ? [FieldLayout(size: 1, content: .constant([UInt8(shape.code.count)]))] : []
        return start + told + length
    }

    private static func summary(_ shape: Shape, _ frame: CommandFrame) -> String {
        var words: [String] = []
        if let first = shape.first { words.append("first byte \(HexBytes([first]))") }
        if !shape.start.isEmpty { words.append("then \(HexBytes(shape.start))") }
        if frame.type != nil { words.append(shape.type.name) }
        words.append(shape.hasSequence ? "the sequence number" : "no sequence number")
        if shape.hasLength { words.append("a length") }
        words.append("a result of \(shape.code.count) byte\(shape.code.count == 1 ? "" : "s")")
        switch shape.check {
        case .atEnd: words.append("a checksum at the end")
        case .behindResult: words.append("a checksum behind the result")
        case .none: words.append("no checksum")
        }
        return words.joined(separator: ", ")
    }
}

/// What encloses a command's fields.
private struct CommandFrame {
    /// The first byte of all commands, mostly a report ID.
    let first: UInt8?
    /// Constants behind it.
    let start: [UInt8]
    /// The last constant before the fields: it tells commands apart.
    let type: UInt8?
    let sequence: FieldLayout?
    let sequenceIsBeforeType: Bool
    let hasLength: Bool
    /// Written for a reply: over the same beginning, up to itself.
    let checksum: FieldLayout?
    let checksumIsAtEnd: Bool

    init(_ layout: MessageLayout) {
        var constants: [UInt8] = []
        var late: [UInt8] = []
        var sequence: FieldLayout?
        header: for field in layout {
            switch field.content {
            case .constant(let bytes):
                if sequence == nil { constants += bytes } else { late += bytes }
            case .integer(.sequence, _) where field.fixedSize != nil: sequence = field
            default: break header
            }
        }
        self.sequence = sequence
        sequenceIsBeforeType = !late.isEmpty
        // A type of its own behind the number, else the last of the constants.
        type = late.last ?? constants.dropFirst().last
        first = constants.first
        start = late.isEmpty ? Array(constants.dropFirst().dropLast()) : Array(constants.dropFirst())
        hasLength = layout.contains { if case .length = $0.content { true } else { false } }
        var check: FieldLayout?
        for field in layout {
            if case .checksum = field.content { check = field }
        }
        if let field = check, case .checksum(var content) = field.content {
            content.over = PlaceRange(from: content.over.from, to: Place(.here))
            checksum = FieldLayout(size: field.fixedSize ?? content.algorithm.size, content: .checksum(content))
        } else {
            checksum = nil
        }
        // In fields of fixed size it stands at the report's end, behind others at the message's.
        checksumIsAtEnd = layout.allSatisfy { $0.fixedSize != nil }
    }
}
