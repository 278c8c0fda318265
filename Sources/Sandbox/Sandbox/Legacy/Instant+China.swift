internal import BlueTap

// Times of UTC+8, as the legacy gateway has them.

extension Instant {
    /// `2026-01-01 20:00:00`.
    init?(chinese text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 19, bytes[10] == UInt8(ascii: " "), bytes.allSatisfy({ $0 < 0x80 }),
            let local = Instant(iso8601: text.prefix(10) + "T" + text.suffix(8) + "Z")
        else { return nil }
        self = local + .seconds(-8 * 3600)
    }

    /// `20260101200000`.
    init?(compact text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 14, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        self.init(
            chinese: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12)):\(part(12..<14))")
    }

    /// `2026-01-01 20:00:00`.
    var chineseText: String {
        let text = (self + .seconds(8 * 3600)).description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }

    /// `20260101200000`.
    var compactText: String { chineseText.filter { $0 >= "0" && $0 <= "9" } }
}
