internal import BlueTap

extension TimeNotation {
    /// The number that tells a time, in seconds since 1970, on a clock so many minutes ahead of UTC. Of a year with two digits
    /// the century is lost; what is out of an instant's reach is its end.
    package func number(of seconds: Int64, utcOffset: Int) -> Int64 {
        guard self != .seconds else { return seconds }
        let (local, overflow) = seconds.addingReportingOverflow(Int64(utcOffset) * 60)
        // 2026-11-28T20:15:07.000Z
        let digits = Array(Instant(secondsSinceEpoch: overflow ? seconds : local).description.utf8).filter {
            (0x30...0x39).contains($0)
        }
        let (year, month, day, time) = (digits[0..<4], digits[4..<6], digits[6..<8], digits[8..<14])
        let parts =
            switch self {
            case .seconds: preconditionFailure("no digits of a date")
            case .yearFirst: [year, month, day, time]
            case .shortYearFirst: [year.suffix(2), month, day, time]
            case .dayFirst: [day, month, year, time]
            case .shortDayFirst: [day, month, year.suffix(2), time]
            }
        return parts.joined().reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// The seconds since 1970 that a number tells; nil where it is no date and time of day.
    package func seconds(of number: Int64, utcOffset: Int) -> Int64? {
        guard let count = digitCount else { return number }
        guard number >= 0 else { return nil }
        let text = String(number)
        guard text.utf8.count <= count else { return nil }
        let digits = String(repeating: "0", count: count - text.utf8.count) + text
        func part(_ letter: Character) -> String {
            String(zip(rawValue, digits).filter { $0.0 == letter }.map(\.1))
        }
        let year = part("y").count == 2 ? "20" + part("y") : part("y")
        let date = "\(year)-\(part("M"))-\(part("d"))T\(part("H")):\(part("m")):\(part("s"))Z"
        return Instant(iso8601: date).map { $0.secondsSince1970 - Int64(utcOffset) * 60 }
    }
}

extension IntegerFormat {
    /// How many bytes a date takes; nil where the number is none, or its digits have no places of their own.
    package var dateSize: Int? {
        guard let digits = notation.digitCount else { return nil }
        return switch form {
        case .bcd: digits / 2
        case .decimal: digits * characters.width
        case .binary, .hexadecimal, .zoned, .float, .packed, .varint: nil
        }
    }
}
