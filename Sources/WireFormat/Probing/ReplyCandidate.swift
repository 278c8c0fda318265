public import BlueTap

/// A reply that a host might accept, made of what is known of its commands.
///
/// Replies mostly look like the commands that they answer: the same frame with another report ID and type, the same
/// sequence number, the same checksum. How far a candidate departs from that is its rank.
public struct ReplyCandidate: Hashable, Sendable {
    /// How unlikely it is, from 0.
    public let rank: Int
    /// What it is, for people: "first byte 02, then 90, the sequence number, a result of 1 byte, crc-16 at the end".
    public let summary: String
    private let header: [Command.Kind: [FieldLayout]]
    private let trailer: [FieldLayout]
    private let codeSize: Int

    /// The result that is sent.
    public var code: HexBytes

    /// The layouts of the replies to each command.
    public var replies: [Command.Kind: MessageLayout] {
        header.mapValues { header in
            header + [
                FieldLayout(size: code.bytes.count, content: .enumeration(.result, [ResultCode.success.rawValue: code]))
            ]
                + trailer
        }
    }

    /// The same with another result.
    public func with(code: HexBytes) -> ReplyCandidate {
        var copy = self
        copy.code = code
        return copy
    }

    /// Results that are worth a try in a frame that the host accepts, the likeliest first.
    public var otherCodes: [HexBytes] {
        var codes: [HexBytes] = []
        if codeSize == 1 {
            let order =
                Array(0...0x20) + [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x41, 0x45, 0x46, 0x4B, 0x4F, 0x50, 0x55, 0x59]
            let rest = (0...0xFF).filter { !order.contains($0) }
            codes = (order + [0xFF, 0xFE, 0x80, 0x81, 0x90] + rest).map { HexBytes([UInt8($0)]) }
        } else {
            let isText = code.bytes.allSatisfy { (0x30...0x5A).contains($0) }
            let numbers =
                Array(0...0x20) + [0x100, 0x200, 0x300, 0x9000, 0x6A80, 0x6985, 0x6F00, 0xFFFF, 0x7FFF, 0x8000]
            codes = numbers.map { number in
                guard isText else { return HexBytes([UInt8(number >> 8), UInt8(number & 0xFF)]) }
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
        let size = profile.hid.inputReport.size
        var all: [ReplyCandidate] = []
        for id in firstBytes(frame, profile.exchanges) {
            for start in startBytes(frame, profile.exchanges) {
                for type in types {
                    for hasSequence in frame.sequence == nil ? [false] : [true, false] {
                        for code in codes {
                            for hasLength in frame.hasLength ? [true, false] : [false] {
                                for check in Check.allCases where frame.checksum != nil || check == .none {
                                    let rank =
                                        id.rank + start.rank + type.rank
                                        + (hasSequence || frame.sequence == nil ? 0 : 3)
                                        + code.rank + (hasLength || !frame.hasLength ? 0 : 3)
                                        + check.rank(frame)
                                    let candidate = make(
                                        frames, frame, id: id.byte, start: start.bytes, type: type,
                                        hasSequence: hasSequence,
                                        code: code.bytes, hasLength: hasLength, check: check, size: size, rank: rank)
                                    if let candidate { all.append(candidate) }
                                }
                            }
                        }
                    }
                }
            }
        }
        var seen: Set<[Command.Kind: MessageLayout]> = []
        // The order among those of one rank is that in which they were made.
        return all.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .map(\.element).filter { seen.insert($0.replies).inserted }.prefix(most).map(\.self)
    }

    /// Where the checksum stands.
    private enum Check: CaseIterable {
        case atEnd, behindResult, none

        func rank(_ frame: CommandFrame) -> Int {
            switch self {
            case .atEnd: frame.checksumIsAtEnd ? 0 : 1
            case .behindResult: frame.checksumIsAtEnd ? 1 : 0
            case .none: frame.checksum == nil ? 0 : 4
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

    private static let codes: [(bytes: [UInt8], rank: Int)] = [
        ([0], 0), ([0, 0], 1), (Array("00".utf8), 2), (Array("OK".utf8), 2), ([1], 3), ([0x90, 0x00], 3), ([0x4F], 4),
        ([0x41], 4),
    ]

    /// What devices answer a handshake with tells how they begin.
    private static func known(_ exchanges: [Exchange]) -> [[UInt8]] {
        exchanges.compactMap { exchange in
            if case .output = exchange.request { exchange.answers.first?.bytes } else { nil }
        }
    }

    private static func firstBytes(_ frame: CommandFrame, _ exchanges: [Exchange]) -> [(byte: UInt8?, rank: Int)] {
        let known = known(exchanges).compactMap(\.first)
        guard let own = frame.first else { return [(nil, 0)] + known.map { ($0, 0) } }
        var found: [(byte: UInt8?, rank: Int)] = known.map { ($0, 0) }
        let rest: [(UInt8, Int)] = [
            (own, 0), (own &+ 1, 0), (own | 0x80, 1), (own ^ 0x01, 1), (own &- 1, 2), (~own, 3),
        ]
        for (byte, rank) in rest where !found.contains(where: { $0.byte == byte }) {
            found.append((byte, rank + (known.isEmpty ? 0 : 4)))
        }
        return found
    }

    /// The constants between the first byte and the type.
    private static func startBytes(_ frame: CommandFrame, _ exchanges: [Exchange]) -> [(bytes: [UInt8], rank: Int)] {
        guard !frame.start.isEmpty else { return [([], 0)] }
        var found: [(bytes: [UInt8], rank: Int)] = []
        for known in known(exchanges) where known.count > frame.start.count {
            found.append((Array(known[1..<1 + frame.start.count]), 0))
        }
        for (bytes, rank) in [(frame.start, 0), (frame.start.map { ~$0 }, 2)]
        where !found.contains(where: { $0.bytes == bytes }) {
            found.append((bytes, rank + (found.isEmpty ? 0 : 2)))
        }
        return found
    }

    private static func make(
        _ frames: [Command.Kind: CommandFrame], _ frame: CommandFrame, id: UInt8?, start: [UInt8], type: TypeChange,
        hasSequence: Bool, code: [UInt8], hasLength: Bool, check: Check, size: Int, rank: Int
    ) -> ReplyCandidate? {
        let checkSize = check == .none ? 0 : frame.checksumSize
        var headers: [Command.Kind: [FieldLayout]] = [:]
        for (kind, frame) in frames {
            var header: [FieldLayout] = []
            let first = [id].compactMap(\.self)
            if !(first + start).isEmpty {
                header.append(FieldLayout(size: first.count + start.count, content: .constant(first + start)))
            }
            let number = frame.sequence.flatMap { field in hasSequence ? field : nil }
            let told = frame.type.map { FieldLayout(size: 1, content: .constant([type.apply($0)])) }
            header +=
                frame.sequenceIsBeforeType ? [number, told].compactMap(\.self) : [told, number].compactMap(\.self)
            if hasLength { header.append(FieldLayout(size: 1, content: .constant([UInt8(code.count)]))) }
            headers[kind] = header
        }
        let used = (headers.values.first ?? []).reduce(0) { $0 + ($1.fixedSize ?? 0) } + code.count
        let room = size - used - checkSize
        guard room >= 0 else { return nil }
        let fill = room > 0 ? [FieldLayout(size: room, content: .fill(0))] : []
        var trailer = fill
        if check != .none, let field = frame.checksum {
            trailer = check == .atEnd ? fill + [field] : [field] + fill
        }
        var words: [String] = []
        if let id { words.append("first byte \(HexBytes([id]))") }
        if !start.isEmpty { words.append("then \(HexBytes(start))") }
        if frame.type != nil { words.append(type.name) }
        words.append(hasSequence ? "the sequence number" : "no sequence number")
        if hasLength { words.append("a length") }
        words.append("a result of \(code.count) byte\(code.count == 1 ? "" : "s")")
        switch check {
        case .atEnd: words.append("a checksum at the end")
        case .behindResult: words.append("a checksum behind the result")
        case .none: words.append("no checksum")
        }
        return ReplyCandidate(
            rank: rank, summary: words.joined(separator: ", "), header: headers, trailer: trailer, codeSize: code.count,
            code: HexBytes(code))
    }

    private init(
        rank: Int, summary: String, header: [Command.Kind: [FieldLayout]], trailer: [FieldLayout], codeSize: Int,
        code: HexBytes
    ) {
        self.rank = rank
        self.summary = summary
        self.header = header
        self.trailer = trailer
        self.codeSize = codeSize
        self.code = code
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
    let checksumSize: Int
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
            checksumSize = field.fixedSize ?? content.algorithm.size
        } else {
            checksum = nil
            checksumSize = 0
        }
        // In fields of fixed size it stands at the report's end, behind others at the message's.
        checksumIsAtEnd = layout.allSatisfy { $0.fixedSize != nil }
    }
}
