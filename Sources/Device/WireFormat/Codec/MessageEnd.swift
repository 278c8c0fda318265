/// Where a message ends, found while its reports come in.
struct MessageEnd: Sendable {
    private let end: FramingEnd
    /// Of a JSON object.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var scanned = 0
    /// How long the message was found to be: another report may follow one that is full.
    private var length: Int?

    init(_ end: FramingEnd) {
        self.end = end
    }

    enum Found: Equatable {
        case no
        /// So many bytes are the message, and so many belong to it in the reports.
        case at(message: Int, cut: Int)
    }

    /// Looks at all bytes that have come, of which those up to `scanned` have been looked at before.
    mutating func find(in bytes: [UInt8]) throws(Malformation) -> Found {
        if let length { return .at(message: length, cut: length) }
        let found = try search(bytes)
        if case .at(let message, _) = found { length = message }
        return found
    }

    private mutating func search(_ bytes: [UInt8]) throws(Malformation) -> Found {
        switch end {
        case .short: return .no
        case .mark(let mark): return find(mark, in: bytes)
        case .object: return try findObject(in: bytes)
        case .length(let length):
            guard let total = try length.total(of: bytes), bytes.count >= total else { return .no }
            return .at(message: total, cut: total)
        }
    }

    private mutating func find(_ mark: EndMark, in bytes: [UInt8]) -> Found {
        let size = mark.bytes.bytes.count
        // A mark that messages begin with as well ends them where it comes again.
        let start = mark.isKept && bytes.starts(with: mark.bytes.bytes) ? size : 0
        let from = max(start, scanned - size + 1)
        guard let place = bytes.firstPlace(of: mark.bytes.bytes, from: min(from, bytes.count), to: bytes.count) else {
            scanned = bytes.count
            return .no
        }
        let cut = place + size + mark.trailing
        guard cut <= bytes.count else {
            scanned = place
            return .no
        }
        return .at(message: mark.isKept ? cut : place, cut: cut)
    }

    private mutating func findObject(in bytes: [UInt8]) throws(Malformation) -> Found {
        while scanned < bytes.count {
            let byte = bytes[scanned]
            scanned += 1
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = depth > 0
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return .at(message: scanned, cut: scanned) }
            default: break
            }
            guard depth > 0 else { throw .unreadable("a message does not begin with a brace") }
        }
        return .no
    }

    /// What of a message is cut into reports.
    static func cut(_ message: [UInt8], _ end: FramingEnd?) throws(EncodingError) -> [UInt8] {
        guard let end, end != .short else { return message }
        var whole = message
        if case .mark(let mark) = end, !mark.isKept { whole += mark.bytes.bytes }
        var other = MessageEnd(end)
        // What would end elsewhere for the other side cannot be sent.
        guard let found = try? other.find(in: whole), case .at(message.count, whole.count) = found else {
            if case .mark = end { throw .containsSeparator(field: nil) }
            throw .tooLong(message.count)
        }
        return whole
    }
}

extension InnerLength {
    /// The message's size; nil where it has not come yet.
    func total(of bytes: [UInt8]) throws(Malformation) -> Int? {
        guard bytes.count >= at + size else { return nil }
        guard let number = format.number(bytes[at..<at + size]),
            case (let total, let overflow) = number.subtractingReportingOverflow(format.plus),
            !overflow, total >= Int64(at + size), total <= 65_536
        else { throw .unreadable("a message says that it has a size that none has") }
        return Int(total)
    }
}
