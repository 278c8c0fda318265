import BlueTap
import Testing

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

@Suite("The link's NDEF message")
struct NDEFTests {
    @Test("two records as the published Tap! tags have them: a URI, then an Android application")
    func twoRecords() {
        let message = NDEFMessage(records: [.uri("https://a.example/x"), .androidApplication(package: "com.eg")])
        #expect(
            hex(message.bytes)
                // MB SR TNF=1, type length 1, payload 12, "U", 04 = https://, "a.example/x"
                == "91 01 0c 55 04 61 2e 65 78 61 6d 70 6c 65 2f 78"
                // ME SR TNF=4, type length 15, payload 6, "android.com:pkg", "com.eg"
                + " 54 0f 06 61 6e 64 72 6f 69 64 2e 63 6f 6d 3a 70 6b 67 63 6f 6d 2e 65 67")
    }

    @Test("the published dump's frame: a URL of 205 characters behind https:// gives 255 bytes")
    func publishedFrame() {
        let url = "https://" + String(repeating: "x", count: 205)
        let message = NDEFMessage(records: [.uri(url), .androidApplication(package: "com.eg.android.AlipayGphone")])
        #expect(message.bytes.count == 255)
        #expect(hex(Array(message.bytes.prefix(5))) == "91 01 ce 55 04")
        #expect(hex(Array(message.bytes[210..<213])) == "54 0f 1b")
    }

    @Test("a payload of 256 bytes and more has a four-byte length")
    func longRecord() {
        let message = NDEFMessage(records: [.uri("https://" + String(repeating: "x", count: 255))])
        #expect(hex(Array(message.bytes.prefix(8))) == "c1 01 00 00 01 00 55 04")
        #expect(message.bytes.count == 7 + 256)
    }

    @Test(
        "a scheme without an abbreviation is written out",
        arguments: [("http://a", "03 61"), ("tel:1", "00 74 65 6c 3a 31")])
    func schemes(uri: String, payload: String) {
        #expect(hex(NDEFRecord.uri(uri).payload) == payload)
    }
}
