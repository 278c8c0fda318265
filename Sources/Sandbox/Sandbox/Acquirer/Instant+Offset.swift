internal import BlueTap

extension Instant {
    /// ISO 8601 with an offset, as Alipay+ has it: `2019-04-04T12:08:56+05:30`, `2025-02-20T08:51:49.09Z`.
    init?(offset text: String) {
        if text.hasSuffix("Z") {
            self.init(iso8601: text)
            return
        }
        let zone = Array(text.utf8.suffix(6))
        guard zone.count == 6, let sign = ["+": 1, "-": -1 as Int64][String(UnicodeScalar(zone[0]))],
            zone[3] == UInt8(ascii: ":"), let hours = Self.number(zone[1...2]), let minutes = Self.number(zone[4...5]),
            hours < 24, minutes < 60, let local = Instant(iso8601: String(text.dropLast(6)) + "Z")
        else { return nil }
        self = local + .seconds(-sign * (hours * 3600 + minutes * 60))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        digits.allSatisfy { (0x30...0x39).contains($0) } ? Int64(String(decoding: digits, as: UTF8.self)) : nil
    }

    /// ISO 8601 in UTC with whole seconds.
    var offsetText: String { description.prefix(19) + "Z" }
}
