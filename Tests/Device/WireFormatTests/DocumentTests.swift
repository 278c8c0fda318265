import BlueTap
import TestSupport
import Testing

@testable import WireFormat

@Suite("Documents in notations that describe themselves")
struct DocumentTests {
    private static let order = DocumentMember(
        key: "o", kind: .text, field: FieldLayout(extent: .rest, content: .text(.orderID, TextFormat())))

    private static func number(
        _ key: String, _ value: FieldLayout.Value, _ kind: DocumentKind, decimals: Int? = nil, standard: String? = nil
    ) -> DocumentMember {
        DocumentMember(
            key: key, kind: kind,
            field: FieldLayout(
                extent: .rest, content: .integer(value, IntegerFormat(form: .decimal, decimals: decimals))),
            standard: standard)
    }

    private static func text(_ key: String, _ value: FieldLayout.Value, _ kind: DocumentKind = .text) -> DocumentMember
    {
        DocumentMember(key: key, kind: kind, field: FieldLayout(extent: .rest, content: .text(value, TextFormat())))
    }

    private static func method(_ key: String, _ kind: DocumentKind, standard: String? = nil) -> DocumentMember {
        DocumentMember(
            key: key, kind: kind,
            field: FieldLayout(
                extent: .rest,
                content: .enumeration(
                    .paymentMethod,
                    ["TRUEMONEY": HexBytes([0x30]), "SEVEN_11": HexBytes([0x31]), "ALIPAY_CN": HexBytes([0x32])])),
            standard: standard)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let document: DocumentLayout
        let command: Command
        let bytes: String
        var sequence: Int64 = 300

        var testDescription: String { name }
    }

    private static func nested(_ key: String, _ notation: Notation, _ kind: DocumentKind, _ members: [DocumentMember])
        -> DocumentMember
    {
        DocumentMember(
            key: key, kind: kind,
            field: FieldLayout(
                extent: .rest,
                content: .document(
                    DocumentLayout(notation: notation, kind: notation == .protobuf ? .map : kind, members: members))))
    }

    private static let pay = Command.pay(
        PayCommand(paymentMethod: "SEVEN_11", amount: "12.50", orderID: "A1", expiryTime: 900))
    private static let zero = Command.pay(
        PayCommand(paymentMethod: "TRUEMONEY", amount: "0.07", orderID: nil, expiryTime: nil))

    static let cases: [Case] = [
        // 08 AC02: sequence 300; 22 0D: a message with method 1, 1250 cents, "A1", 900 as zigzag.
        Case(
            name: "protobuf",
            document: DocumentLayout(
                notation: .protobuf,
                members: [
                    number("1", .sequence, .number),
                    nested(
                        "4", .protobuf, .map,
                        [
                            method("1", .number, standard: "0"), number("2", .amount, .number, decimals: 2),
                            text("3", .orderID),
                            number("4", .expiryTime, .zigzag),
                        ]),
                ]), command: pay, bytes: "08ac02220c080110e2091a024131 20880e".replacing("220c", with: "220c")),
        Case(
            name: "protobuf without what is zero",
            document: DocumentLayout(
                notation: .protobuf,
                members: [
                    number("1", .sequence, .fixed32), method("2", .number, standard: "0"), text("3", .amount, .float64),
                    text("4", .orderID),
                ]), command: zero, bytes: "0d2c01000019ec51b81e85ebb13f"),
        // A4: four members; 19 04E2: 1250; F9 4A40: 12.5 in 16 bits.
        Case(
            name: "CBOR",
            document: DocumentLayout(
                notation: .cbor,
                members: [number("s", .sequence, .number), method("m", .number), text("a", .amount, .float), order]),
            command: pay, bytes: "a4617319012c616d016161f94a40616f624131"),
        Case(
            name: "CBOR with numbers for keys, and no count",
            document: DocumentLayout(
                notation: .cbor, kind: .openMap, hasNumberedKeys: true,
                members: [
                    method("1", .number8), number("-1", .amount, .number32, decimals: 2),
                    number("24", .sequence, .number),
                ]),
            command: pay, bytes: "bf011801201a000004e2181819012cff"),
        Case(
            name: "MessagePack",
            document: DocumentLayout(
                notation: .messagePack,
                members: [
                    number("s", .sequence, .signed), method("m", .number), text("a", .amount, .mixed), order,
                    number("e", .expiryTime, .number32),
                ]), command: pay, bytes: "85a173d1012ca16d01a161cb4029000000000000a16fa24131a165ce00000384"),
        Case(
            name: "DER",
            document: DocumentLayout(
                notation: .der, name: "30",
                members: [
                    number("02", .sequence, .number), method("0A", .number),
                    number("80", .amount, .number, decimals: 2),
                    text("0C", .orderID), nested("A1", .der, .map, [number("02", .expiryTime, .number)]),
                ]), command: pay, bytes: "30150202012c0a0101800204e20c024131a10402020384"),
        Case(
            name: "JSON with what is left out and what is null",
            document: DocumentLayout(
                notation: .json, style: DocumentStyle(hasSpacedCommas: true, hasSpacedColons: true),
                members: [
                    number("s", .sequence, .bare), text("m", .paymentMethod), text("a", .amount, .float),
                    text("o", .orderID),
                ]),
            command: pay, bytes: hex(#"{"s": 300, "m": "SEVEN_11", "a": 12.5, "o": "A1"}"#)),
        Case(
            name: "JSON in JSON",
            document: DocumentLayout(
                notation: .json,
                members: [
                    number("s", .sequence, .bare),
                    DocumentMember(
                        key: "d", kind: .text,
                        field: FieldLayout(
                            extent: .rest,
                            content: .document(
                                DocumentLayout(
                                    notation: .json, kind: .array,
                                    members: [text("0", .paymentMethod), text("1", .amount, .number)])))),
                ]), command: pay, bytes: hex(#"{"s":300,"d":"[\"SEVEN_11\",12.5]"}"#)),
        Case(
            name: "XML",
            document: DocumentLayout(
                notation: .xml, name: "p", style: DocumentStyle(indent: " ", emptyEnd: "/>"),
                members: [
                    DocumentMember(
                        key: "s", kind: .attribute,
                        field: FieldLayout(extent: .rest, content: .integer(.sequence, IntegerFormat(form: .decimal)))),
                    text("m", .paymentMethod), text("o", .orderID),
                ]),
            command: .pay(PayCommand(paymentMethod: "SEVEN_11", amount: nil, orderID: "A&<\"B", expiryTime: nil)),
            bytes: hex("<p s=\"300\">\n <m>SEVEN_11</m>\n <o>A&amp;&lt;\"B</o>\n</p>")),
    ]

    private static func hex(_ text: String) -> String { HexBytes(Array(text.utf8)).description }

    private func message(_ document: DocumentLayout) throws -> GeneralMessage {
        try GeneralMessage(
            [FieldLayout(extent: .rest, content: .document(document))], size: 256, padding: nil, path: [])
    }

    private func values(_ subject: Case) -> FieldValues {
        var values = FieldValues(subject.command)
        values.set(.sequence, subject.sequence)
        return values
    }

    @Test("each is written as its specification says, and read again", arguments: cases)
    func exact(subject: Case) throws {
        let message = try message(subject.document)
        var writer = MessageWriter(message, values: values(subject))
        let bytes = try writer.write()
        #expect(HexBytes(bytes).description == subject.bytes.filter { $0 != " " })
        var reader = MessageReader(message, bytes: bytes)
        try reader.read()
        for value in Set(subject.document.members.flatMap(\.field.values)) {
            let text = values(subject)[value]
            #expect(
                reader.values[value]
                    == (value == .amount && text == "12.50" && reader.values[value] == "12.5" ? "12.5" : text))
        }
    }

    @Test("random bytes, and good documents of which some bytes are wrong, end in values or an error", arguments: cases)
    func garbled(subject: Case) async throws {
        let message = try message(subject.document)
        var writer = MessageWriter(message, values: values(subject))
        let good = try writer.write()
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for await round in Rounds(4_000, soak: 200_000) {
            var bytes = good
            if round.isMultiple(of: 2) {
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                if round.isMultiple(of: 4) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            } else {
                bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                if !bytes.isEmpty { bytes[0] = good[0] }
            }
            var reader = MessageReader(message, bytes: bytes)
            do {
                try reader.read()
                // What is read can be written, or is refused.
                var writer = MessageWriter(message, values: reader.values)
                _ = try? writer.write()
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0, "seed \(seed)")
    }

    static let hostile: [(notation: Notation, bytes: String)] = [
        (.protobuf, "08ffffffffffffffffffff01"), (.protobuf, "08ffffffffffffffffff02"), (.protobuf, "12ff01"),
        (.protobuf, "12ffffffffffffffffff01"), (.protobuf, "0b0c"), (.protobuf, "00"), (.protobuf, "0d0000"),
        (.cbor, "bbffffffffffffffff"), (.cbor, "a2616101616102"), (.cbor, "a161615bffffffffffffffff"),
        (.cbor, "9f9f9f9f9f9f9f9f9f9f"),
        (.cbor, "a16161"), (.cbor, "bf6161"), (.cbor, "a161611c"), (.cbor, "a13bffffffffffffffff01"),
        (.messagePack, "dfffffffff"), (.messagePack, "82a16101a16102"), (.messagePack, "81a161c6ffffffff"),
        (.messagePack, "91919191919191919191"), (.messagePack, "81c001"), (.messagePack, "81a161c1"),
        (.der, "3084ffffffff"), (.der, "30800000"), (.der, "30030282"), (.der, "300a020900ffffffffffffffff01"),
        (.der, "3003020200"),
        (.der, "3030303030303030303030"), (.der, "1f8181818181"),
    ]

    @Test("lengths, counts, nesting and keys that cannot be are errors", arguments: hostile)
    func refused(notation: Notation, bytes: String) throws {
        let bytes = try #require(HexBytes(bytes)).bytes
        var parser = DocumentParser(bytes, in: 0..<bytes.count)
        #expect(throws: Malformation.self) { try parser.parseWhole(notation) }
    }

    @Test(
        "text that nests too deeply, says a key twice or does not end is an error",
        arguments: [
            (Notation.json, String(repeating: "[", count: 5000)), (.json, #"{"a":1,"a":2}"#),
            (.json, #"{"a":"\ud800"}"#),
            (.json, #"{"a":"\"#), (.xml, String(repeating: "<a>", count: 5000)), (.xml, "<a b='1' b='2'/>"),
            (.xml, "<a>&x;</a>"),
            (.xml, "<a><b></a></b>"), (.xml, "<"), (.xml, "<?"),
        ])
    func refusedText(notation: Notation, text: String) throws {
        let bytes = Array(text.utf8)
        var parser = DocumentParser(bytes, in: 0..<bytes.count)
        #expect(throws: Malformation.self) { try parser.parseWhole(notation) }
    }

    @Test("a sequence number beyond 63 bits is an error, not a trap")
    func largeSequence() throws {
        let document = DocumentLayout(notation: .protobuf, members: [Self.number("1", .sequence, .number)])
        let bytes: [UInt8] = [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
        var reader = MessageReader(try message(document), bytes: bytes)
        #expect(throws: Malformation.self) { try reader.read() }
    }

    @Test("a field that the profile does not know is skipped, one that is another message's is not")
    func unknownFields() throws {
        let document = DocumentLayout(
            notation: .protobuf,
            members: [
                DocumentMember(
                    key: "1", kind: .number, field: FieldLayout(size: 1, content: .constant([0x30])), standard: "0"),
                Self.number("2", .sequence, .number),
            ])
        let message = try message(document)
        var reader = MessageReader(message, bytes: [0x10, 0x07, 0x7A, 0x01, 0x41])
        try reader.read()
        #expect(reader.values[.sequence] == "7")
        var other = MessageReader(message, bytes: [0x08, 0x01, 0x10, 0x07])
        #expect(throws: Malformation.unknownCommand) { try other.read() }
    }
}
