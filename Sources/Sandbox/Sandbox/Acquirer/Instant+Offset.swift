internal import BlueTap

extension Instant {
    /// ISO 8601 with an offset, as Alipay+ and its clients have it: `2019-04-04T12:08:56+05:30`, `2025-02-20T08:51:49.09Z`,
    /// and as PHP and Java write it, `2019-04-04T12:08:56+0800`, `+08`.
    init?(offset text: String) {
        if text.hasSuffix("Z") || text.hasSuffix("z") {
            self.init(iso8601: String(text.dropLast()) + "Z")
            return
        }
        // The sign is behind the time: the date has dashes of its own.
        guard let time = text.firstIndex(of: "T"),
            let sign = text[time...].lastIndex(where: { $0 == "+" || $0 == "-" }),
            let offset = Self.seconds(text[text.index(after: sign)...]),
            let local = Instant(iso8601: String(text[..<sign]) + "Z")
        else { return nil }
        self = local + .seconds(text[sign] == "+" ? -offset : offset)
    }

    /// `05:30`, `0530`, `05`.
    private static func seconds(_ zone: Substring) -> Int64? {
        var digits = Array(zone.utf8)
        if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
        guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        let numbers = digits.map { Int64($0 - 0x30) }
        let (hours, minutes) = (numbers[0] * 10 + numbers[1], digits.count == 4 ? numbers[2] * 10 + numbers[3] : 0)
        return hours < 24 && minutes < 60 ? hours * 3600 + minutes * 60 : nil
    }

    /// ISO 8601 in UTC with whole seconds.
    var offsetText: String { description.prefix(19) + "Z" }
}
