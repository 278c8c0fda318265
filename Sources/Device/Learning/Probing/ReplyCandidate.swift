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
    /// What goes before them.
    public private(set) var acknowledgements: [Command.Kind: MessageLayout]
    /// How they are cut into reports, where the profile does not say it.
    public private(set) var framing: FramingLayout?
    /// The layers around them, where the profile does not say it.
    public private(set) var armour: ArmourLayout?
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
        rank: Int, summary: String, code: HexBytes, codes: Codes = .bytes, replies: [Command.Kind: MessageLayout],
        acknowledgements: [Command.Kind: MessageLayout] = [:], framing: FramingLayout? = nil,
        armour: ArmourLayout? = nil
    ) {
        self.rank = rank
        self.summary = summary
        self.code = code
        self.codes = codes
        self.replies = replies
        self.acknowledgements = acknowledgements
        self.framing = framing
        self.armour = armour
    }

    /// A profile with these replies.
    public func applied(to profile: Profile) -> Profile {
        var profile = profile
        profile.replies = replies
        if !acknowledgements.isEmpty { profile.acknowledgements = acknowledgements }
        if let framing { profile.framing[.input] = framing }
        if let armour { profile.armour[.input] = armour }
        return profile
    }

    /// The same in these layers, cut into reports, and less likely by so much.
    func cut(by framing: FramingLayout?, in armour: ArmourLayout?, rank more: Int) -> ReplyCandidate {
        ReplyCandidate(
            rank: rank + more, summary: summary, code: code, codes: codes, replies: replies,
            acknowledgements: acknowledgements, framing: framing, armour: armour)
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

    /// The same, unsure of the sequence number where all commands had this one.
    public func doubting(number: Int64) -> ReplyCandidate {
        var copy = self
        copy.replies = replies.mapValues { layout in
            layout.map { field in
                field.mapped { field in
                    guard case .integer(.sequence, _) = field.content else { return }
                    field.unsure = "it was \(number) in all runs: a constant, or what the command has"
                }
            }
        }
        return copy
    }

    /// Whether it repeats the command's number.
    public var repeatsNumber: Bool { replies.values.contains { $0.sequenceField != nil } }

    // MARK: Making them

    /// Candidates for the replies to a profile's commands, the likeliest first.
    ///
    /// - Parameters:
    ///   - most: how many at most.
    ///   - command: the reports of a command that is answered, so that no two candidates answer it with the same bytes.
    public static func candidates(
        for profile: Profile, most: Int, answering command: [[UInt8]] = []
    ) -> [ReplyCandidate] {
        guard let search = ReplySearch(profile, command) else { return [] }
        return search.candidates(most: most)
    }
}
