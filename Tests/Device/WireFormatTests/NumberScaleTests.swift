import BlueTap
import Testing

@testable import WireFormat

@Suite("Numbers of other units and forms, and dressed texts")
struct NumberScaleTests {
    @Test(
        "a number is written and read in its unit",
        arguments: [
            (IntegerFormat(order: .big, divisor: 60), 2, "900", "000F"),
            (IntegerFormat(order: .little, factor: 1000), 4, "900", "A0BB0D00"),
            (IntegerFormat(order: .big, plus: 1), 2, "900", "0385"),
            (IntegerFormat(form: .float, order: .big, decimals: 2), 8, "12.50", "4029000000000000"),
            (IntegerFormat(form: .float, order: .little, decimals: 2), 4, "12.50", "00004841"),
            (IntegerFormat(form: .float, order: .big, decimals: 2), 8, "0.07", "3FB1EB851EB851EC"),
            (IntegerFormat(form: .packed, order: .big, decimals: 2), 4, "12.50", "0001250C"),
            (IntegerFormat(form: .varint, decimals: 2), 2, "12.50", "E209"),
            (IntegerFormat(form: .varint, order: .big), 2, "900", "8704"),
            (IntegerFormat(form: .decimal, pad: 0xF0, characters: .ebcdic), 4, "900", "F0F9F0F0"),
            (IntegerFormat(form: .decimal, characters: .utf16BE), 8, "900", "0030003900300030"),
        ] as [(IntegerFormat, Int, String, String)])
    func scales(format: IntegerFormat, size: Int, text: String, hex: String) throws {
        let number = try #require(format.number(of: text))
        let bytes = try #require(format.bytes(number, size: size))
        #expect(HexBytes(bytes) == HexBytes(hex))
        #expect(format.number(bytes).flatMap(format.text(of:)) == text)
    }

    @Test("groups of seven bits are a number only where they are as few as it takes, and the last one ends it")
    func varints() {
        let format = IntegerFormat(form: .varint)
        #expect(format.bytes(0, size: nil) == [0])
        #expect(format.bytes(.max, size: nil).flatMap { format.number($0) } == .max)
        #expect(format.bytes(-1, size: nil) == nil)
        for bytes in [[], [0x80], [0x80, 0x00], [0x01, 0x01], [UInt8](repeating: 0xFF, count: 10)] as [[UInt8]] {
            #expect(format.number(bytes) == nil, "\(bytes)")
        }
    }

    @Test("an amount in a document is in its unit as well")
    func quickTexts() {
        #expect(IntegerFormat(decimals: 2, factor: 10).quickText(of: 12_500) == "12.50")
        #expect(IntegerFormat(decimals: 2).quickText(of: 1_250) == "12.50")
    }

    @Test("what is no whole unit is written only where the format rounds")
    func rounding() {
        #expect(IntegerFormat(divisor: 60).number(of: "65") == nil)
        #expect(IntegerFormat(divisor: 60, rounding: .down).number(of: "65") == 1)
        #expect(IntegerFormat(divisor: 60, rounding: .up).number(of: "65") == 2)
        #expect(IntegerFormat(factor: .max).number(of: "65") == nil)
    }

    @Test(
        "a text stands between others, or is written otherwise",
        arguments: [
            (TextFormat(before: "THB"), "12.50", "THB12.50"), (TextFormat(after: " THB"), "12.50", "12.50 THB"),
            (TextFormat(before: "EUR ", point: ","), "12.50", "EUR 12,50"),
            (TextFormat(grouping: ","), "1234567.80", "1,234,567.80"),
            (TextFormat(point: ",", grouping: "."), "99999.99", "99.999,99"),
            (TextFormat(letters: .lower), "TRUEMONEY", "truemoney"),
        ] as [(TextFormat, String, String)])
    func dresses(format: TextFormat, text: String, written: String) {
        #expect(format.encoded(text) == Array(written.utf8))
        #expect(format.decoded(Array(written.utf8)[...]) == text)
    }

    private func layout(_ field: FieldLayout) throws -> GeneralMessage {
        try GeneralMessage([field], size: 8, padding: nil, path: [])
    }

    @Test("a default is a value, and stands where none was given")
    func defaults() throws {
        let message = try layout(
            FieldLayout(size: 2, content: .integer(.expiryTime, IntegerFormat(order: .big, standard: 900))))
        var values = FieldValues()
        var writer = MessageWriter(message, values: values)
        #expect(try writer.write() == [0x03, 0x84])
        values[.expiryTime] = "900"
        writer = MessageWriter(message, values: values)
        #expect(try writer.write() == [0x03, 0x84])
        var reader = MessageReader(message, bytes: [0x03, 0x84])
        try reader.read()
        #expect(reader.values[.expiryTime] == "900")
        #expect(message.fields.isSame(.expiryTime, "900", nil) && !message.fields.isSame(.expiryTime, "901", nil))
    }

    @Test("a sequence number of 8 bytes keeps all its bits")
    func sequence() throws {
        let message = try layout(FieldLayout(size: 8, content: .integer(.sequence, IntegerFormat(order: .big))))
        let bytes: [UInt8] = [0xC3, 1, 2, 3, 4, 5, 6, 7]
        var reader = MessageReader(message, bytes: bytes)
        try reader.read()
        var writer = MessageWriter(message, values: reader.values)
        #expect(try writer.write() == bytes)
    }

    @Test("an expiry is the time at which it ends")
    func absolute() throws {
        let message = try GeneralMessage(
            [
                FieldLayout(size: 4, content: .integer(.expiryTime, IntegerFormat(order: .big, isAbsolute: true))),
                FieldLayout(size: 4, content: .integer(.time, IntegerFormat(order: .big))),
            ], size: 8, padding: nil, path: [])
        let bytes: [UInt8] = [0x69, 0x55, 0xBC, 0xB3, 0x69, 0x55, 0xB9, 0x2F]
        var reader = MessageReader(message, bytes: bytes)
        try reader.read()
        #expect(reader.values[.expiryTime] == "900")
        var writer = MessageWriter(message, values: reader.values)
        #expect(try writer.write() == bytes)
        var hostile = MessageReader(message, bytes: [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: Malformation.self) { try hostile.read() }
    }

    @Test("a check covers its own bytes, or goes from the last to the first")
    func checks() throws {
        let sum = ChecksumAlgorithm.crc(CRCParameters(16, 0x1021))
        let bytes: [UInt8] = [0x31, 0x32, 0xAA, 0xBB, 0x33]
        let own = ChecksumField(algorithm: sum, over: PlaceRange(0..<5), own: 0)
        let checksum = Checksum(sum)
        #expect(
            own.value(checksum, of: bytes, over: 0..<5, at: 2..<4) == checksum([0x31, 0x32, 0, 0, 0x33], over: 0..<5))
        let reversed = ChecksumField(algorithm: sum, over: PlaceRange(0..<2), isReversed: true)
        #expect(reversed.value(checksum, of: bytes, over: 0..<2, at: 2..<4) == checksum([0x32, 0x31], over: 0..<2))
    }
}
