import BlueTap
import TestSupport
import Testing

@testable import WireFormat

@Suite("Checksums")
struct ChecksumTests {
    // The check value of an algorithm is that of the text "123456789". Source: the catalogue of CRC parameters.
    @Test(
        "each has its published check value",
        arguments: [
            ("sum-8", 0xDD), ("sum-16", 0x01DD), ("sum-32", 0x01DD), ("negated-sum-8", 0x23),
            ("negated-sum-16", 0xFE23),
            ("xor-8", 0x31),
            ("crc-32", 0xCBF4_3926), ("crc-32/bzip2", 0xFC89_1918), ("crc-32/mpeg-2", 0x0376_E6E7),
            ("crc-32/cksum", 0x765E_7680), ("crc-32/jamcrc", 0x340B_C6D9), ("crc-32/iscsi", 0xE306_9283),
            ("crc-32/base91-d", 0x8731_5576), ("crc-32/autosar", 0x1697_D06A), ("crc-32/xfer", 0xBD0B_E338),
            ("crc-32/aixm", 0x3010_BF7F),
            ("crc-16/modbus", 0x4B37), ("crc-16/ibm-3740", 0x29B1), ("crc-16/xmodem", 0x31C3), ("crc-16/arc", 0xBB3D),
            ("crc-16/kermit", 0x2189), ("crc-16/ibm-sdlc", 0x906E), ("crc-16/mcrf4xx", 0x6F91),
            ("crc-16/usb", 0xB4C8), ("crc-16/maxim-dow", 0x44C2), ("crc-16/umts", 0xFEE8), ("crc-16/cms", 0xAEE7),
            ("crc-16/dds-110", 0x9ECF), ("crc-16/genibus", 0xD64E), ("crc-16/gsm", 0xCE3C),
            ("crc-16/spi-fujitsu", 0xE5CC), ("crc-16/iso-iec-14443-3-a", 0xBF05), ("crc-16/tms37157", 0x26B1),
            ("crc-16/riello", 0x63D0), ("crc-16/dnp", 0xEA82), ("crc-16/en-13757", 0xC2B7), ("crc-16/t10-dif", 0xD0DB),
            ("crc-16/cdma2000", 0x4C06), ("crc-16/dect-x", 0x007F), ("crc-16/teledisk", 0x0FB3),
            ("crc-8/smbus", 0xF4), ("crc-8/maxim-dow", 0xA1), ("crc-8/i-432-1", 0xA1), ("crc-8/rohc", 0xD0),
            ("crc-8/nrsc-5", 0xF7), ("crc-8/sae-j1850", 0x4B), ("crc-8/autosar", 0xDF), ("crc-8/cdma2000", 0xDA),
            ("crc-8/dvb-s2", 0xBC), ("crc-8/darc", 0x15), ("crc-8/wcdma", 0x25), ("crc-8/tech-3250", 0x97),
            ("crc-8/i-code", 0x7E),
        ] as [(String, UInt64)])
    func check(name: String, value: UInt64) throws {
        let algorithm = try #require(ChecksumAlgorithm(name: name))
        #expect(algorithm.name == name)
        let text = Array("123456789".utf8)
        #expect(Checksum(algorithm)(text.span, over: 0..<9) == value)
    }

    @Test("every name of the catalogue is checked above")
    func complete() {
        #expect(ChecksumAlgorithm.catalogue.count == 53)
        #expect(Set(ChecksumAlgorithm.catalogue.map(\.name)).count == 53)
    }
}

@Suite("Corrupted reports")
struct CorruptionTests {
    /// Fixed fields before a checksum of two bytes or four, or text before one as hexadecimal digits.
    private static func codec(_ algorithm: ChecksumAlgorithm, _ format: IntegerFormat) throws -> Codec {
        let size = algorithm.size * (format.form == .hexadecimal ? 2 : 1)
        let check = ChecksumField(
            algorithm: algorithm, over: PlaceRange(from: Place(.start, 0), to: Place(.here)), format: format)
        func layout(_ type: UInt8, _ fields: [FieldLayout]) -> MessageLayout {
            [FieldLayout(size: 2, content: .constant([0x50, type]))] + fields
                + [FieldLayout(size: size, content: .checksum(check))]
        }
        let order = FieldLayout(size: 16, content: .text(.orderID, TextFormat()))
        let pay = layout(
            1,
            [
                FieldLayout(size: 11, content: .text(.paymentMethod, TextFormat())),
                FieldLayout(size: 8, content: .text(.amount, TextFormat())), order,
            ])
        let cancel = layout(2, [FieldLayout(size: 19, content: .fill(0)), order])
        return try Codec(
            Profile(
                name: "checked",
                usb: USBIdentity(
                    vendorID: 1, productID: 2, release: 0x100, manufacturer: "m", product: "p", serialNumber: "s"),
                hid: HIDLayout(
                    reportDescriptor: HexBytes([0xC0]), outputReport: ReportLayout(size: 37 + size),
                    inputReport: ReportLayout(size: 8)),
                commands: [.pay: pay, .cancel: cancel]))
    }

    static let checks: [(name: String, format: IntegerFormat)] = [
        ("crc-16/ibm-3740", IntegerFormat(order: .big)), ("crc-16/modbus", IntegerFormat()),
        ("crc-32", IntegerFormat()), ("crc-16/xmodem", IntegerFormat(form: .hexadecimal)),
    ]

    @Test("less than one in a thousand is taken for a good command", arguments: checks)
    func corrupted(name: String, format: IntegerFormat) throws {
        let algorithm = try #require(ChecksumAlgorithm(name: name))
        let codec = try Self.codec(algorithm, format)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let count = rounds(20_000, soak: 200_000)
        var accepted = 0
        for number in 0..<count {
            let command = Command.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "ORDER\(number)"))
            let sent = try codec.encode(command, stamp: Codec.Stamp(sequence: 1))
            var report = sent[0]
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                report[Int.random(in: 0..<report.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            if report != sent[0], (try? codec.decode(reports: [report])) != nil { accepted += 1 }
        }
        #expect(accepted * 1000 < count, "\(accepted) of \(count), seed \(seed)")
    }
}
