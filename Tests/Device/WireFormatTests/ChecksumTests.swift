import BlueTap
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
            ("complemented-sum-8", 0x22),
            ("complemented-sum-16", 0xFE22),
            ("internet", 0xF62A),
            ("carry-sum-8", 0xDE),
            ("complemented-carry-sum-8", 0x21),
            ("sum-16-of-words", 0xD509),
            ("sum-16-of-big-words", 0x9D4),
            ("negated-sum-16-of-words", 0x2AF7),
            ("negated-sum-16-of-big-words", 0xF62C),
            ("sum-32-of-words", 0x6C6A_689F),
            ("sum-32-of-big-words", 0x9F68_6A6C),
            ("xor-16", 0x839),
            ("xor-16-big", 0x3908),
            ("xor-32", 0xC04043D),
            ("fletcher-16", 0x1EDE),
            ("fletcher-16/256", 0x15DD),
            ("fletcher-32", 0xDF09_D509),
            ("fletcher-32/bytes", 0x91501DD),
            ("adler-32", 0x91E01DE),
            ("crc-24/openpgp", 0x21CF02),
            ("crc-24/ble", 0xC25A56),
            ("crc-24/interlaken", 0xB4F3E6),
            ("crc-24/os-9", 0x200FA5),
            ("crc-24/flexray-a", 0x7979BD),
        ] as [(String, UInt64)])
    func check(name: String, value: UInt64) throws {
        let algorithm = try #require(ChecksumAlgorithm(name: name))
        #expect(algorithm.name == name)
        let text = Array("123456789".utf8)
        #expect(Checksum(algorithm)(text.span, over: 0..<9) == value)
    }

    @Test("every name of the catalogue is checked above")
    func complete() {
        #expect(ChecksumAlgorithm.catalogue.count == 77)
        #expect(Set(ChecksumAlgorithm.catalogue.map(\.name)).count == 77)
    }
}
