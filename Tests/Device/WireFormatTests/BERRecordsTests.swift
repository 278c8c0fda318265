import BlueTap
import TestSupport
import Testing

@testable import WireFormat

@Suite("Records with BER tags")
struct BERRecordsTests {
    private static func record(_ tag: [UInt8], _ content: FieldLayout.Content, size: Int? = nil) -> KeyedField {
        KeyedField(
            key: HexBytes(tag), field: FieldLayout(extent: size.map { .fixed($0) } ?? .rest, content: content))
    }

    private static func codec(_ lengths: BERLength = .shortest) throws -> Codec {
        func records(_ items: [KeyedField], isAlways: Bool = false) -> FieldLayout.Content {
            .records(RecordsLayout(hasBERTags: true, berLengths: lengths, isAlways: isAlways, items: items))
        }
        let cents = IntegerFormat(form: .bcd, order: .big, decimals: 2)
        let order = record([0xDF, 0x81, 0x02], .text(.orderID, TextFormat()))
        let inner = records(
            [
                record([0x81], .integer(.expiryTime, IntegerFormat(order: .big)), size: 4),
                record([0x82], .constant([7]), size: 1),
            ])
        let pay = records(
            [
                record([0xC1], .text(.paymentMethod, TextFormat())),
                record([0x9F, 0x02], .integer(.amount, cents), size: 6), order, record([0xA5], inner),
            ], isAlways: true)
        func layout(_ tag: UInt8, _ content: FieldLayout.Content) -> MessageLayout {
            [FieldLayout(extent: .rest, content: records([record([tag], content)]))]
        }
        return try Codec(
            Profile(
                name: "ber", usb: .madeUp,
                hid: HIDLayout(
                    reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 64, padding: 0),
                    inputReport: ReportLayout(size: 8)),
                commands: [.pay: layout(0xE1, pay), .cancel: layout(0xE2, records([order], isAlways: true))]))
    }

    static let pay = Command.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1", expiryTime: 900))

    @Test("a command is these bytes, and is read again")
    func written() throws {
        let codec = try Self.codec()
        let bytes = try #require(try codec.encode(Self.pay, stamp: Codec.Stamp(sequence: 1)).first)
        let expected: [UInt8] =
            [0xE1, 0x25]
            + [0xC1, 0x09] + Array("TRUEMONEY".utf8)
            + [0x9F, 0x02, 0x06, 0, 0, 0, 0, 0x12, 0x50]
            + [0xDF, 0x81, 0x02, 0x02, 0x41, 0x31]
            + [0xA5, 0x09, 0x81, 0x04, 0, 0, 0x03, 0x84, 0x82, 0x01, 0x07]
        #expect(bytes == expected + [UInt8](repeating: 0, count: 64 - expected.count))
        #expect(try codec.decode(bytes).command == Self.pay)
    }

    @Test("lengths are written in one form and read in all", arguments: BERLength.allCases)
    func lengths(_ form: BERLength) throws {
        let bytes = try #require(try Self.codec(form).encode(Self.pay, stamp: Codec.Stamp(sequence: 1)).first)
        #expect(bytes[1] == (form == .shortest ? 0x25 : form == .twoBytes ? 0x81 : 0x82))
        for other in BERLength.allCases { #expect(try Self.codec(other).decode(bytes).command == Self.pay) }
    }

    @Test("what was not given has no record, nor have those that stand in one")
    func absent() throws {
        let codec = try Self.codec()
        for command in [
            Command.pay(PayCommand(.alipayCN, orderID: "B")), .cancel(CancelCommand()),
            .cancel(CancelCommand(orderID: "Z")),
        ] {
            let bytes = try #require(try codec.encode(command, stamp: Codec.Stamp(sequence: 1)).first)
            #expect(!bytes.contains(0xA5))
            #expect(try codec.decode(bytes).command == command)
        }
    }

    @Test("records in another order are read, and those that nobody knows are not")
    func reordered() throws {
        let bytes: [UInt8] =
            [0xE1, 0x16, 0xDF, 0x55, 0x01, 0xFF] + [0xDF, 0x81, 0x02, 0x02, 0x41, 0x31] + [0xC1, 0x08]
            + Array("SEVEN_11".utf8) + [0x00, 0x00]
        let command = try Self.codec().decode(bytes).command
        #expect(command == .pay(PayCommand(.sevenEleven, orderID: "A1")))
    }

    @Test(
        "what is not whole is refused",
        arguments: [
            [0xE1, 0x84, 0x7F, 0xFF, 0xFF, 0xFF], [0xE1, 0x80, 0x00, 0x00], [0xE1, 0x82, 0xFF],
            [0xE1, 0x82, 0xFF, 0xFF, 1],
            [0xDF, 0x81, 0x81, 0x81, 0x01, 0x00], [0xDF], [0xE1, 0x02, 0xC1, 0x05], [0xE1],
            [0xE1, 0x08, 0xC1, 0x01, 0x41, 0xC1, 0x01, 0x41, 0xDF, 0x55],
        ] as [[UInt8]])
    func hostile(_ bytes: [UInt8]) throws {
        #expect(throws: Malformation.self) { try Self.codec().decode(bytes) }
    }

    @Test("any bytes are a command or a malformation")
    func anyBytes() async throws {
        let codec = try Self.codec()
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let good = try codec.encode(Self.pay, stamp: Codec.Stamp(sequence: 1))[0]
        for await _ in Rounds(20_000, soak: 1_000_000) {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<64, using: &generator)) }
            // What is read can be written again: a seed tells which could not.
            if let command = try? codec.decode(bytes).command, case .pay(let pay) = command, pay.amount == "12.50" {
                #expect(pay.amount == "12.50", "seed \(seed)")
            }
        }
    }
}
