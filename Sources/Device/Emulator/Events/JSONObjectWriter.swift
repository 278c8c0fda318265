/// Writes one flat JSON object with its keys in the order in which they are given: journals are read by people, and are
/// written before a reply goes out.
struct JSONObjectWriter {
    private var text = "{"

    init() {
        text.reserveCapacity(384)
    }

    /// A value that is absent leaves its key out.
    mutating func write(_ key: String, _ value: String?) {
        guard let value else { return }
        begin(key)
        append(quoted: value)
    }

    mutating func write(_ key: String, _ value: Int64?) {
        guard let value else { return }
        begin(key)
        text += String(value)
    }

    mutating func write(_ key: String, _ value: Bool) {
        begin(key)
        text += value ? "true" : "false"
    }

    consuming func finish() -> String { text + "}" }

    private mutating func begin(_ key: String) {
        if text.utf8.count > 1 { text += "," }
        append(quoted: key)
        text += ":"
    }

    /// Everything but printable ASCII is escaped, so that a line stays a line on any terminal. Source: RFC 8259.
    private mutating func append(quoted value: String) {
        text += "\""
        if value.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        {
            text += value
        } else {
            for unit in value.utf16 {
                switch unit {
                case 0x22: text += "\\\""
                case 0x5C: text += "\\\\"
                case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
                default:
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            }
        }
        text += "\""
    }
}
