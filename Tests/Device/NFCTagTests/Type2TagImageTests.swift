import BlueTap
import Testing

@testable import NFCTag

@Suite("The memory of a Type 2 tag")
struct Type2TagImageTests {
    private static let uid: [UInt8] = [0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]

    @Test("the smallest tag that holds the message has it behind its numbers and capability container")
    func image() throws {
        let message = NDEFMessage(records: [.uri("https://a.example"), .androidApplication(package: "b")])
        let image = try Type2TagImage(message.bytes, uid: Self.uid)
        #expect(image.chip == .ntag213 && image.bytes.count == 180)
        #expect(
            hex(image.bytes.prefix(52))
                // UID with its checks (88^04^11^22, 33^44^55^66), internal, lock; CC: 144 bytes.
                == "041122BF" + "33445566" + "44480000" + "E1101200"
                // 33 bytes: the URI with https:// as 04, then the application.
                + "0321" + "91010A5504612E6578616D706C65" + "540F01" + "616E64726F69642E636F6D3A706B67" + "62" + "FE")
        #expect(hex(image.bytes.suffix(20)) == "000000BD" + "040000FF" + "00050000" + "00000000" + "00000000")
    }

    @Test(
        "longer messages take a larger tag, and a length of three bytes",
        arguments: [(100, Type2TagImage.Chip.ntag213, 180), (300, .ntag215, 540), (800, .ntag216, 924)])
    func sizes(length: Int, chip: Type2TagImage.Chip, count: Int) throws {
        let message = NDEFMessage(records: [.uri("https://" + String(repeating: "x", count: length))])
        let image = try Type2TagImage(message.bytes, uid: Self.uid)
        #expect(image.chip == chip && image.bytes.count == count)
        #expect(hex(image.bytes[12..<16]) == "E110" + [.ntag213: "12", .ntag215: "3E", .ntag216: "6D"][chip]! + "00")
        let size = message.bytes.count
        let tlv: [UInt8] = size < 255 ? [0x03, UInt8(size)] : [0x03, 0xFF, UInt8(size >> 8), UInt8(size & 0xFF)]
        #expect(image.bytes[16...].starts(with: tlv + message.bytes + [0xFE]))
    }

    @Test("without a number it has one of its message, the same each time")
    func number() throws {
        let images = try ["a", "a", "b"].map { try Type2TagImage(NDEFMessage(records: [.uri($0)]).bytes).bytes }
        #expect(images[0] == images[1] && images[0].prefix(8) != images[2].prefix(8))
        let uid = images[0]
        #expect(uid[0] == 0x04 && uid[3] == 0x88 ^ uid[0] ^ uid[1] ^ uid[2])
    }

    @Test("a message that none of them holds is refused with its size")
    func tooLarge() {
        let message = NDEFMessage(records: [.uri("https://" + String(repeating: "x", count: 900))])
        #expect(throws: Type2TagImage.TooLarge(bytes: message.bytes.count + 5)) {
            try Type2TagImage(message.bytes, uid: Self.uid)
        }
    }
}
