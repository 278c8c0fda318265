import BlueTap
import Testing
import WireFormat

@testable import Learning

@Suite("Replies that a host might accept")
struct ReplyCandidateTests {
    private static func profile(_ pay: MessageLayout, exchanges: [Exchange] = []) -> Profile {
        Profile(
            name: "host",
            usb: .madeUp,
            hid: HIDLayout(
                reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 16),
                inputReport: ReportLayout(size: 8)),
            commands: [.pay: pay], exchanges: exchanges)
    }

    private static let check = ChecksumField(
        algorithm: .xor, over: PlaceRange(from: Place(.start, 0), to: Place(.here)), format: IntegerFormat(order: .big))

    private static let pay: MessageLayout = [
        FieldLayout(size: 2, content: .constant([0x31, 0x10])),
        FieldLayout(size: 1, content: .integer(.sequence, IntegerFormat(order: .big))),
        FieldLayout(size: 12, content: .text(.paymentMethod, TextFormat())),
        FieldLayout(size: 1, content: .checksum(check)),
    ]

    /// What a candidate answers to a command with the sequence number 7.
    private static func bytes(_ candidate: ReplyCandidate, _ profile: Profile) throws -> String {
        var profile = profile
        profile.replies = candidate.replies
        let codec = try Codec(profile)
        let reply = codec.reply(to: Codec.Context(command: .pay, sequence: 7), result: .success)
        return try HexBytes(#require(reply.first)).description
    }

    @Test("those most like what devices make of a command come first")
    func order() throws {
        let profile = Self.profile(Self.pay)
        let candidates = ReplyCandidate.candidates(for: profile, most: 6)
        #expect(candidates.map(\.rank) == candidates.map(\.rank).sorted())
        #expect(
            try candidates.prefix(4).map { try Self.bytes($0, profile) } == [
                "31900700000000a6", "3210070000000025", "3110070000000026", "32900700000000a5",
            ])
    }

    @Test("what a device answered to something else tells how its replies begin")
    func exchanges() throws {
        let exchange = Exchange(request: .output(BytePattern([0x31, 0x01])), answers: [HexBytes([0x77, 0x01, 0x02])])
        let profile = Self.profile(Self.pay, exchanges: [exchange])
        let first = try #require(ReplyCandidate.candidates(for: profile, most: 1).first)
        #expect(try Self.bytes(first, profile).hasPrefix("77"))
    }

    @Test("no two are the same, none is larger than a report, and there are no more than were asked for")
    func distinct() throws {
        let profile = Self.profile(Self.pay)
        let candidates = ReplyCandidate.candidates(for: profile, most: 500)
        #expect(Set(candidates.map { [$0.replies, $0.acknowledgements] }).count == candidates.count)
        #expect(candidates.count <= 500 && candidates.count > 100)
        for candidate in candidates { #expect(try Self.bytes(candidate, profile).utf8.count == 16) }
    }

    struct Structured: CustomTestStringConvertible, Sendable {
        let name: String
        let pay: MessageLayout
        /// What real devices answer such a command, the number 7 of it.
        let reply: String

        var testDescription: String { name }
    }

    private static func text(_ value: FieldLayout.Value) -> FieldLayout {
        FieldLayout(extent: .rest, content: .text(value, TextFormat()))
    }

    private static func word(_ word: String) -> FieldLayout {
        FieldLayout(size: word.utf8.count, content: .constant(Array(word.utf8)))
    }

    private static let number = FieldLayout(
        extent: .rest, content: .integer(.sequence, IntegerFormat(form: .decimal)))

    static let structured = [
        Structured(
            name: "JSON",
            pay: [
                FieldLayout(
                    extent: .rest,
                    content: .object(
                        ObjectLayout(
                            bare: ["seq"],
                            items: [
                                KeyedField("cmd", word("pay")), KeyedField("seq", number),
                                KeyedField("method", text(.paymentMethod)),
                            ])))
            ], reply: #"{"seq":7,"code":"OK"}"#),
        Structured(
            name: "key=value",
            pay: [
                FieldLayout(
                    extent: .rest,
                    content: .pairs(
                        PairsLayout(
                            separator: HexBytes([0x3B]), assignment: HexBytes([0x3D]), isClosed: true,
                            items: [
                                KeyedField("C", word("PAY")), KeyedField("N", number),
                                KeyedField("M", text(.paymentMethod)),
                            ])))
            ], reply: "N=7;R=0;"),
        Structured(
            name: "a list between STX and ETX, with a check",
            pay: [
                FieldLayout(
                    extent: .terminated([0x03]),
                    content: .list(
                        ListLayout(
                            separator: HexBytes([0x7C]), items: [word("\u{2}PAY"), number, text(.paymentMethod)]))),
                FieldLayout(
                    size: 1,
                    content: .checksum(
                        ChecksumField(algorithm: .xor, over: PlaceRange(from: Place(.start, 1), to: Place(.here))))),
            ], reply: "\u{2}ACK|7|00\u{3}}"),
        Structured(
            name: "records in a frame",
            pay: [
                FieldLayout(size: 2, content: .constant([0x05, 0x50])),
                FieldLayout(
                    size: 1, content: .length(LengthField(over: PlaceRange(from: Place(.after), to: Place(.end))))),
                FieldLayout(
                    extent: .rest,
                    content: .records(
                        RecordsLayout(items: [KeyedField(key: HexBytes([0x11]), field: text(.paymentMethod))]))),
            ], reply: "\u{5}P\u{3}\u{10}\u{1}\u{0}"),
    ]

    @Test("what is asked in a structure is answered in one", arguments: structured)
    func structures(format: Structured) throws {
        var profile = Self.profile(format.pay)
        profile.hid.outputReport = ReportLayout(size: 64, padding: 0)
        profile.hid.inputReport = ReportLayout(size: 64, padding: 0)
        let candidates = ReplyCandidate.candidates(for: profile, most: 200)
        let replies = try candidates.map { try Self.bytes($0, profile) }
        let wanted = HexBytes(Array(format.reply.utf8) + [UInt8](repeating: 0, count: 64 - format.reply.utf8.count))
        let found = replies.firstIndex(of: wanted.description)
        let place = try #require(found, "\(replies.prefix(8))")
        // With another result it is still one that is read.
        let other = try #require(candidates[place].otherCodes.last)
        #expect(try Self.bytes(candidates[place].with(code: other), profile) != replies[place])
    }

    @Test("in a reply that is taken all results are tried, each once")
    func codes() throws {
        let candidate = try #require(ReplyCandidate.candidates(for: Self.profile(Self.pay), most: 1).first)
        let codes = [candidate.code] + candidate.otherCodes
        #expect(codes.count == 256 && Set(codes).count == 256)
        #expect(candidate.with(code: HexBytes([9])).code == HexBytes([9]))
    }
}
