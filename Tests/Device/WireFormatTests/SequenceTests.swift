import BlueTap
import TestSupport
import Testing

@testable import WireFormat

@Suite("Items one behind the other")
struct SequenceTests {
    private static func codec(pay: MessageLayout, cancel: MessageLayout) throws -> Codec {
        try Codec(
            Profile(
                name: "row", usb: .madeUp,
                hid: HIDLayout(
                    reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 96, padding: 0),
                    inputReport: ReportLayout(size: 8)),
                commands: [.pay: pay, .cancel: cancel]))
    }

    private static let method = FieldLayout(
        size: 1,
        content: .enumeration(
            .paymentMethod,
            [
                "TRUEMONEY": HexBytes([0]), "SEVEN_11": HexBytes([1]), "ALIPAY_CN": HexBytes([2]),
                "ALIPAY_PLUS": HexBytes([3]),
            ]))

    private static func text(
        _ value: FieldLayout.Value, _ extent: FieldLayout.Extent, if condition: FieldLayout.Value? = nil
    )
        -> FieldLayout
    {
        FieldLayout(extent: extent, content: .text(value, TextFormat()), condition: condition)
    }

    private static func number(
        _ value: FieldLayout.Value, _ size: Int, _ format: IntegerFormat, if condition: FieldLayout.Value? = nil
    ) -> FieldLayout {
        FieldLayout(extent: .fixed(size), content: .integer(value, format), condition: condition)
    }

    private static func constant(_ bytes: [UInt8], if condition: FieldLayout.Value? = nil) -> FieldLayout {
        FieldLayout(extent: .fixed(bytes.count), content: .constant(bytes), condition: condition)
    }

    private static let big = IntegerFormat(order: .big)
    private static let cents = IntegerFormat(order: .big, decimals: 2)

    /// Bits that say what follows, in binary or as text; numbers, and text behind lengths.
    private static func bitmap(_ format: IntegerFormat) -> MessageLayout {
        let field = PresenceField(
            base: HexBytes([0x20, 0x01]), bits: [4: .amount, 9: .orderID, 13: .amount, 16 - 2: .expiryTime],
            format: format)
        return [
            method, FieldLayout(size: format.form == .hexadecimal ? 4 : 2, content: .presence(field)),
            number(.amount, 4, cents, if: .amount),
            text(.orderID, .prefixed(size: 2, format: IntegerFormat(form: .bcd, order: .big)), if: .orderID),
            constant([0x37], if: .amount), number(.expiryTime, 4, big, if: .expiryTime),
        ]
    }

    /// What stands before each value that is there.
    private static let tagged: MessageLayout = [
        method, constant([0x04], if: .amount),
        number(.amount, 6, IntegerFormat(form: .bcd, order: .big, decimals: 2), if: .amount),
        constant([0x3C], if: .orderID),
        text(.orderID, .prefixed(size: 3, format: IntegerFormat(form: .zoned)), if: .orderID),
        constant([0x0B], if: .expiryTime),
        number(.expiryTime, 3, IntegerFormat(form: .bcd, order: .big), if: .expiryTime), constant([0x03]),
    ]

    /// Digits, boundaries, lengths that say that there is nothing.
    private static let mixed: MessageLayout = [
        method, text(.amount, .counted(until: [0x3A], format: IntegerFormat(form: .decimal))), constant([0x2C]),
        text(.orderID, .prefixed(size: 2, format: IntegerFormat(absent: 0xFFFF))),
        FieldLayout(extent: .boundary(multiple: 4, from: 1), content: .fill(0)),
        number(.expiryTime, 4, IntegerFormat(order: .big, absent: 0xFFFF_FFFF)),
    ]

    static let layouts: [(name: String, pay: MessageLayout)] = [
        ("bits", bitmap(big)), ("bits in hexadecimal", bitmap(IntegerFormat(form: .hexadecimal, order: .big))),
        ("tags", tagged), ("lengths", mixed),
    ]

    private static let cancel: MessageLayout = [constant([0xCC]), FieldLayout(extent: .rest, content: .fill(0))]

    static let commands: [Command] = [
        .pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1", expiryTime: 900)),
        .pay(PayCommand(.sevenEleven, amount: "0.07", expiryTime: 60)),
        .pay(PayCommand(.alipayCN, orderID: "ABCDEFGHIJKLMNOP")),
        .pay(PayCommand(.alipayPlus, expiryTime: 86_400)), .pay(PayCommand(.trueMoney)),
    ]

    @Test("what is written is read again, whatever is missing", arguments: layouts)
    func roundTrip(name: String, pay: MessageLayout) throws {
        let codec = try Self.codec(pay: pay, cancel: Self.cancel)
        for command in Self.commands {
            let bytes = try #require(try codec.encode(command, stamp: Codec.Stamp(sequence: 1)).first)
            #expect(try codec.decode(bytes).command == command, "\(HexBytes(bytes))")
        }
    }

    @Test("bits, tags and lengths are these bytes")
    func bytes() throws {
        func written(_ layout: MessageLayout, _ command: Command) throws -> [UInt8] {
            let bytes = try Self.codec(pay: layout, cancel: Self.cancel).encode(
                command, stamp: Codec.Stamp(sequence: 1))[0]
            return Array(bytes[..<((bytes.lastIndex { $0 != 0 } ?? -1) + 1)])
        }
        #expect(
            try written(Self.bitmap(Self.big), Self.commands[0])
                == [0, 0x30, 0x8D, 0, 0, 0x04, 0xE2, 0x00, 0x02, 0x41, 0x31, 0x37, 0, 0, 0x03, 0x84])
        #expect(
            try written(Self.tagged, Self.commands[0])
                == [0, 0x04, 0, 0, 0, 0, 0x12, 0x50, 0x3C, 0xF0, 0xF0, 0xF2, 0x41, 0x31, 0x0B, 0, 0x09, 0, 0x03])
        #expect(try written(Self.tagged, Self.commands[4]) == [0, 0x03])
        #expect(
            try written(Self.mixed, Self.commands[0])
                == [0] + Array("5:12.50,".utf8) + [2, 0, 0x41, 0x31] + [0, 0, 0x03, 0x84])
        #expect(
            try written(Self.mixed, Self.commands[4])
                == [0] + Array("0:,".utf8) + [0xFF, 0xFF] + [0, 0, 0] + [0xFF, 0xFF, 0xFF, 0xFF])
    }

    @Test("any bytes are a command or a malformation", arguments: layouts)
    func anyBytes(name: String, pay: MessageLayout) async throws {
        let codec = try Self.codec(pay: pay, cancel: Self.cancel)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for await number in Rounds(10_000, soak: 500_000) {
            let command = Self.commands[number % Self.commands.count]
            var bytes = try codec.encode(command, stamp: Codec.Stamp(sequence: 1))[0]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<30, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<96, using: &generator)) }
            // A trap is what this looks for; the seed tells of which bytes.
            if case .pay(let pay)? = try? codec.decode(bytes).command {
                #expect(pay.expiryTime ?? 0 >= 0, "seed \(seed)")
            }
        }
    }

    @Test("a boundary that is none, and bits that are not there, are refused")
    func refused() throws {
        let boundary = FieldLayout(extent: .boundary(multiple: 4, from: 0), content: .constant([0]))
        let bit = FieldLayout(size: 1, content: .presence(PresenceField(base: HexBytes([0]), bits: [9: .amount])))
        let set = FieldLayout(size: 1, content: .presence(PresenceField(base: HexBytes([0x80]), bits: [1: .amount])))
        for field in [boundary, bit, set] {
            #expect(throws: ProfileError.self) { try Self.codec(pay: [Self.method, field], cancel: Self.cancel) }
        }
    }
}
