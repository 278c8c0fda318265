import BlueTap
import Testing

@testable import WireFormat

@Suite("Times on the wire")
struct TimeNotationTests {
    @Test(
        "a time is the digits that its notation has",
        arguments: [
            (.seconds, 0, 1_700_000_000, 1_700_000_000), (.yearFirst, 0, 1_700_000_000, 20_231_114_221_320),
            (.shortYearFirst, 0, 1_700_000_000, 231_114_221_320), (.dayFirst, 0, 1_700_000_000, 14_112_023_221_320),
            (.shortDayFirst, 0, 1_700_000_000, 141_123_221_320),
            (.yearFirst, 480, 1_700_000_000, 20_231_115_061_320), (.yearFirst, -330, 1_700_000_000, 20_231_114_164_320),
            // A leap day, the first second of a century, and zeros before.
            (.yearFirst, 0, 1_709_164_800, 20_240_229_000_000), (.shortYearFirst, 0, 946_684_800, 101_000_000),
            (.dayFirst, 0, 946_684_800, 1_012_000_000_000),
        ] as [(TimeNotation, Int, Int64, Int64)])
    func digits(notation: TimeNotation, utcOffset: Int, seconds: Int64, number: Int64) {
        #expect(notation.number(of: seconds, utcOffset: utcOffset) == number)
        #expect(notation.seconds(of: number, utcOffset: utcOffset) == seconds)
    }

    @Test(
        "what is no date and time of day is none",
        arguments: [
            (.yearFirst, 20_231_314_221_320), (.yearFirst, 20_230_229_000_000), (.yearFirst, 20_231_114_241_320),
            (.shortYearFirst, 231_114_226_020), (.shortYearFirst, 1_231_114_221_320), (.dayFirst, 0), (.yearFirst, -1),
            (.shortDayFirst, .max),
        ] as [(TimeNotation, Int64)])
    func noDate(notation: TimeNotation, number: Int64) {
        #expect(notation.seconds(of: number, utcOffset: 0) == nil)
    }

    @Test(
        "every time is written: a year of two digits loses its century, and what is out of reach is the end",
        arguments: [
            (.shortYearFirst, 0, 0, 700_101_000_000), (.yearFirst, -330, 0, 19_691_231_183_000),
            (.shortYearFirst, 0, 4_102_444_800, 101_000_000), (.yearFirst, 840, .max, 22_620_411_234_716),
        ] as [(TimeNotation, Int, Int64, Int64)])
    func outOfReach(notation: TimeNotation, utcOffset: Int, seconds: Int64, number: Int64) {
        #expect(notation.number(of: seconds, utcOffset: utcOffset) == number)
    }

    @Test("a date keeps the zeros before it, as text and in BCD")
    func zeros() {
        let text = IntegerFormat(form: .decimal, notation: .shortYearFirst)
        #expect(text.bytes(101_000_000, size: nil) == Array("000101000000".utf8))
        #expect(text.bytes(101_000_000, size: 12) == Array("000101000000".utf8))
        let digits = IntegerFormat(form: .bcd, order: .big, notation: .shortYearFirst)
        for size in [nil, 6] {
            #expect(digits.bytes(101_000_000, size: size) == [0x00, 0x01, 0x01, 0x00, 0x00, 0x00])
        }
    }
}
