internal import BlueTap

/// Reads one message by its layout.
package struct MessageReader {
    private let message: GeneralMessage
    let bytes: [UInt8]
    /// Where the message ends, as far as is known.
    private var limit: Int
    package private(set) var values: FieldValues
    /// Where fields stand, for those who explain a message.
    private(set) var places: [(field: FieldLayout, range: Range<Int>)] = []
    let keepsPlaces: Bool
    /// Times to which values were added, from which the message's own is taken once it is known.
    private var absolutes: [(value: FieldLayout.Value, time: Int64)] = []
    private var checks: [(field: FieldLayout, range: Range<Int>)] = []
    /// Whether a result code is none of the profile's. That the checksum is wrong as well says more.
    var isResultUnknown = false
    /// Which values were given, as far as something before them says.
    private var told: [(value: FieldLayout.Value, isGiven: Bool)] = []
    /// What is told of a result where it is only said that it is good, or bad.
    package internal(set) var resultClass: Set<String> = []

    /// - Parameter values: what is known of the message from its reports' headers.
    package init(
        _ message: GeneralMessage, bytes: [UInt8], values: FieldValues = FieldValues(), keepsPlaces: Bool = false
    ) {
        self.message = message
        self.keepsPlaces = keepsPlaces
        self.bytes = bytes
        self.values = values
        limit = bytes.count
        // What the headers tell the size of has no padding behind it, whatever it ends with.
        if message.isTrimmed, values[.total] == nil, let padding = message.padding {
            while limit > 0, bytes[limit - 1] == padding { limit -= 1 }
        }
    }

    mutating func note(_ field: FieldLayout, _ range: Range<Int>) {
        if keepsPlaces { places.append((field, range)) }
    }

    /// Reads the message into ``values``.
    package mutating func read() throws(Malformation) {
        let end = try read(message.fields, from: 0)
        // Only padding may follow.
        let rest = bytes[end...]
        guard rest.allSatisfy({ $0 == message.padding }) else {
            throw .unreadable("\(rest.count) bytes stand behind the end of the message")
        }
        limit = end
        try resolveAbsolutes()
        try verify()
        if isResultUnknown { throw .unknownReply }
    }

    private mutating func verify() throws(Malformation) {
        for (field, range) in checks {
            switch field.content {
            case .length(let length):
                let span = try resolve(length.over, range)
                let actual = length.format.number(bytes[range])
                guard actual == Int64(span.count) + length.format.plus else {
                    throw .unreadable("a length is \(actual.map(String.init) ?? "no number"), not \(span.count)")
                }
            case .checksum(let checksum):
                let span = try resolve(checksum.over, range)
                let expected = checksum.value(message.checksum(checksum.algorithm), of: bytes, over: span, at: range)
                let actual =
                    checksum.format.form == .binary
                    ? bytes.span.unsignedInteger(at: range.lowerBound, size: range.count, order: checksum.format.order)
                    : checksum.format.number(bytes[range]).map { UInt64(bitPattern: $0) }
                guard actual == expected else { throw .wrongChecksum(actual: actual ?? 0, expected: expected) }
            default: break
            }
        }
    }

    private func resolve(_ span: PlaceRange, _ field: Range<Int>) throws(Malformation) -> Range<Int> {
        let from = resolve(span.from, field)
        let to = resolve(span.to, field)
        guard from >= 0, from <= to, to <= bytes.count else {
            throw .unreadable("the message of \(limit) bytes is too short")
        }
        return from..<to
    }

    private func resolve(_ place: Place, _ field: Range<Int>) -> Int {
        switch place.base {
        case .start: place.offset
        case .end: limit + place.offset
        case .here: field.lowerBound + place.offset
        case .after: field.upperBound + place.offset
        }
    }

    // MARK: Fields

    private mutating func read(_ fields: MessageLayout, from start: Int) throws(Malformation) -> Int {
        var cursor = start
        for (index, field) in fields.enumerated() {
            var end: Int
            var next: Int
            if let condition = field.condition, !isThere(field, condition, at: cursor, fields[(index + 1)...]) {
                continue
            }
            switch field.extent {
            case .fixed(let size):
                end = cursor + size
                next = end
            case .prefixed(let size, let format):
                guard cursor + size <= limit, let count = format.number(bytes[cursor..<cursor + size]),
                    count == format.absent || (format.plus...Int64(limit) + format.plus).contains(count)
                else { throw .unreadable("a length before a field is missing, or too large") }
                cursor += size
                if count == format.absent { continue }
                end = cursor + Int(count - format.plus)
                next = end
            case .counted(let until, let format):
                let last = min(limit, cursor + FieldLayout.longestCount + until.count)
                guard let place = bytes.firstPlace(of: until, from: cursor, to: last), place > cursor,
                    let count = format.number(bytes[cursor..<place]), count >= format.plus,
                    count <= Int64(limit) + format.plus
                else { throw .unreadable("a length before a field is missing, or too large") }
                cursor = place + until.count
                end = cursor + Int(count - format.plus)
                next = end
            case .boundary(let multiple, let from):
                let over = (cursor - from) % multiple
                end = cursor + (over > 0 ? multiple - over : -over)
                next = end
            case .terminated(let bytes):
                guard let place = self.bytes.firstPlace(of: bytes, from: cursor, to: limit, escape: field.escape) else {
                    throw .unreadable("a field does not end")
                }
                end = place
                next = place + bytes.count
            case .rest:
                end = limit - fields[(index + 1)...].certainSize
                next = end
            case .padded(let pad):
                next = limit - fields[(index + 1)...].certainSize
                end = next
                while end > cursor, bytes[end - 1] == pad { end -= 1 }
            case .upTo(let place):
                end = resolve(place, cursor..<cursor)
                next = end
            case .own:
                guard case .document(let document) = field.content, cursor <= limit else { throw .unknownCommand }
                end = try read(document, in: cursor..<limit, isOpen: true)
                note(field, cursor..<end)
                cursor = end
                continue
            }
            guard cursor <= end, next <= limit else {
                // What is told apart by its first bytes is not, where they are missing.
                if case .constant = field.content { throw .unknownCommand }
                throw .unreadable("the message ends after \(limit) bytes, in the middle of a field")
            }
            note(field, cursor..<end)
            try read(field, in: cursor..<end)
            cursor = next
        }
        return cursor
    }

    /// Whether a field stands there that does only where a value was given.
    private mutating func isThere(
        _ field: FieldLayout, _ condition: FieldLayout.Value, at cursor: Int, _ later: ArraySlice<FieldLayout>
    ) -> Bool {
        if let known = told.first(where: { $0.value == condition }) { return known.isGiven }
        let room = limit - later.certainSize - cursor
        var isThere = room > 0
        if isThere, case .constant(let expected) = field.content {
            isThere = expected.count <= room && bytes[cursor..<cursor + expected.count].elementsEqual(expected)
        }
        told.append((condition, isThere))
        return isThere
    }

    private mutating func read(_ field: FieldLayout, in range: Range<Int>) throws(Malformation) {
        switch field.content {
        case .presence(let presence):
            guard let given = presence.read(bytes[range]) else { throw .unknownCommand }
            told += given
        case .length(let length):
            guard let number = length.format.number(bytes[range]) else { throw .unreadable("a length is no number") }
            if length.over.to.base == .end {
                // Tells where the message ends.
                let end = Int64(resolve(length.over.from, range)) + number - length.format.plus
                let limit = end - Int64(length.over.to.offset)
                guard limit >= Int64(range.upperBound), limit <= Int64(bytes.count) else {
                    throw .unreadable("the length says \(number) bytes, which the message has not")
                }
                self.limit = Int(limit)
            } else {
                checks.append((field, range))
            }
        case .checksum: checks.append((field, range))
        case .records(let records): try read(records, in: range)
        case .list(let list):
            let parts = split(range, by: list.separator.bytes, escape: list.escape, isClosed: list.isClosed)
            guard parts.count == list.items.count else {
                throw .unreadable("\(parts.count) fields stand between separators, not \(list.items.count)")
            }
            for (item, part) in zip(list.items, parts) {
                note(item, part)
                try read(item, bytes: try unescape(part, list.escape), isWhole: item.fixedSize != nil)
            }
        case .pairs(let pairs):
            var found: [HexBytes: [UInt8]] = [:]
            for part in split(range, by: pairs.separator.bytes, escape: pairs.escape, isClosed: pairs.isClosed) {
                guard
                    let place = bytes.firstPlace(
                        of: pairs.assignment.bytes, from: part.lowerBound, to: part.upperBound, escape: pairs.escape)
                else { throw .unreadable("a key has no value") }
                let key = HexBytes(try unescape(part.lowerBound..<place, pairs.escape))
                let range = place + pairs.assignment.bytes.count..<part.upperBound
                if keepsPlaces, let item = pairs.items.first(where: { $0.key == key }) { note(item.field, range) }
                let value = try unescape(range, pairs.escape)
                guard found.updateValue(value, forKey: key) == nil else {
                    throw .unreadable("a key stands there twice")
                }
            }
            try read(pairs.items, from: found)
        case .object(let object):
            var scanner = JSONScanner(bytes, in: range)
            let members = try scanner.scanWhole()
            try read(object, members)
        case .document(let document): _ = try read(document, in: range)
        case .enclosed(let enclosed):
            guard range.count >= 2, bytes[range.lowerBound] == enclosed.start.bytes[0],
                bytes[range.upperBound - 1] == enclosed.end.bytes[0]
            else { throw .unknownCommand }
            let inside = range.lowerBound + 1..<range.upperBound - 1
            let contents = try unescape(inside, enclosed.escape)
            var reader = MessageReader(
                GeneralMessage(inside: message, fields: enclosed.fields), bytes: contents, values: values)
            try reader.read()
            values = reader.values
            absolutes += reader.absolutes
        default: try read(field, bytes: bytes[range], isWhole: field.fixedSize != nil)
        }
    }

    private func unescape(_ range: Range<Int>, _ escape: Escape?) throws(Malformation) -> [UInt8] {
        guard let escape else { return Array(bytes[range]) }
        guard let result = escape.unescaped(bytes[range]) else { throw .unreadable("an escape sequence is not whole") }
        return result
    }

    private func split(_ range: Range<Int>, by separator: [UInt8], escape: Escape?, isClosed: Bool) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        while let place = bytes.firstPlace(of: separator, from: start, to: range.upperBound, escape: escape) {
            parts.append(start..<place)
            start = place + separator.count
        }
        if !isClosed || start < range.upperBound { parts.append(start..<range.upperBound) }
        return parts
    }

    private mutating func read(_ records: RecordsLayout, in range: Range<Int>) throws(Malformation) {
        var cursor = range.lowerBound
        var seen = [Bool](repeating: false, count: records.items.count)
        var strangers: Set<ArraySlice<UInt8>> = []
        while cursor < range.upperBound {
            // No tag is 00: such bytes fill what is left. Source: EMV 4.3, book 3, annex B.
            if records.hasBERTags, bytes[cursor] == 0 {
                cursor += 1
                continue
            }
            guard let (tagEnd, value) = records.record(bytes, at: cursor, to: range.upperBound) else {
                throw .unreadable("a record is not whole, or longer than the message")
            }
            let start = cursor
            cursor = value.upperBound
            guard let index = records.items.firstIndex(where: { isTag($0.key.bytes, at: start..<tagEnd) }) else {
                guard strangers.insert(bytes[start..<tagEnd]).inserted else { throw isTwice(start..<tagEnd) }
                continue
            }
            guard !seen[index] else { throw isTwice(start..<tagEnd) }
            seen[index] = true
            let field = records.items[index].field
            if let size = field.fixedSize, size != value.count {
                throw .unreadable("the record \(tag(start..<tagEnd)) has \(value.count) bytes, not \(size)")
            }
            note(field, value)
            try read(field, in: value)
        }
        for (item, isSeen) in zip(records.items, seen) where item.field.isRequired && !isSeen {
            throw .unknownCommand
        }
    }

    private func isTag(_ tag: [UInt8], at range: Range<Int>) -> Bool {
        guard tag.count == range.count else { return false }
        for index in tag.indices where tag[index] != bytes[range.lowerBound + index] { return false }
        return true
    }

    private func tag(_ range: Range<Int>) -> HexBytes { HexBytes(Array(bytes[range])) }

    private func isTwice(_ range: Range<Int>) -> Malformation {
        .unreadable("the record \(tag(range)) stands there twice")
    }

    private mutating func read(_ items: [KeyedField], from found: [HexBytes: [UInt8]]) throws(Malformation) {
        for item in items {
            if let value = found[item.key] {
                try read(item.field, bytes: value, isWhole: item.field.fixedSize != nil)
            } else if item.field.isConstant {
                throw .unknownCommand
            }
        }
    }

    private mutating func read(
        _ object: ObjectLayout, _ members: [String: JSONScanner.Member]
    ) throws(Malformation) {
        for item in object.items {
            switch (members[item.name], item.field.content) {
            case (.object(let inner)?, .object(let layout)): try read(layout, inner)
            case (.text?, .object): throw .unreadable("\"\(item.name)\" is no object")
            case (.text(let text)?, _): try read(item.field, bytes: text, isWhole: item.field.fixedSize != nil)
            case (nil, _) where item.field.isConstant: throw .unknownCommand
            case (nil, .object(let layout)) where layout.isAlways: throw .unknownCommand
            case (nil, _), (.null?, _): break
            case (.object?, _): throw .unreadable("\"\(item.name)\" is an object")
            }
        }
    }

    /// A single value.
    mutating func read(
        _ field: FieldLayout, bytes: some RandomAccessCollection<UInt8>, isWhole: Bool
    ) throws(Malformation) {
        if isWhole, let size = field.fixedSize, bytes.count != size {
            throw .unreadable("a value has \(bytes.count) bytes, not \(size)")
        }
        switch field.content {
        case .constant(let expected): guard bytes.elementsEqual(expected) else { throw .unknownCommand }
        case .text(let value, let format):
            let slice = Array(bytes)[...]
            let text = isWhole ? format.text(in: slice) : format.decoded(slice)
            if value == .result, let text, ResultCode(rawValue: text) == nil {
                isResultUnknown = true
                return
            }
            try set(value, text)
        case .integer(let value, let format):
            if bytes.isEmpty { return }
            if format.isBlank(bytes) { return }
            guard let number = format.number(Array(bytes)) else {
                throw .unreadable("\(value.rawValue) is no number: \(HexBytes(Array(bytes)))")
            }
            guard number != format.absent else { return }
            if format.isAbsolute, let time = format.text(of: number).flatMap({ Int64($0) }) {
                absolutes.append((value, time))
                return
            }
            guard let text = format.text(of: number) else {
                throw .unreadable("\(value.rawValue) is no date and time of day: \(number)")
            }
            try set(value, text)
        case .enumeration(let value, let table):
            if bytes.isEmpty { return }
            let names = table.filter { bytes.elementsEqual($0.value.bytes) }.keys
            if names.count > 1 {
                resultClass = Set(names)
            } else if let name = names.first {
                try set(value, name)
            } else if value == .paymentMethod {
                // The device is to refuse it.
                try set(value, "?" + HexBytes(Array(bytes)).description)
            } else {
                throw .unreadable("\(value.rawValue) is none of the profile's: \(HexBytes(Array(bytes)))")
            }
        case .result(let numbers, let format):
            guard let number = format.number(Array(bytes)),
                let code = numbers.first(where: { Int64($0.value) == number })?.key
            else {
                isResultUnknown = true
                return
            }
            try set(.result, code.rawValue)
        case .bits(let bits, let order):
            let all = Array(bytes)
            var number = all.span.unsignedInteger(at: 0, size: all.count, order: order)
            for bit in bits.reversed() {
                let part = number & (1 << UInt64(bit.count) - 1)
                number >>= UInt64(bit.count)
                switch bit.content {
                case .constant(let expected): guard part == expected else { throw .unknownCommand }
                case .fill: break
                case .integer(let value): try set(value, String(part))
                case .number(let value, let format):
                    let number = Int64(part)
                    if number != format.absent { try set(value, format.text(of: number)) }
                case .enumeration(let value, let table):
                    guard let name = table.first(where: { $0.value == part })?.key else {
                        if value == .paymentMethod { try set(value, "?\(part)") }
                        throw .unreadable("\(value.rawValue) is none of the profile's: \(part)")
                    }
                    try set(value, name)
                }
            }
        case .opaque(let name): try keep(Array(bytes), as: name)
        case .fill, .unknown, .echo: break
        case .length, .checksum, .presence, .records, .list, .pairs, .object, .document, .enclosed:
            throw .unreadable("a value stands where a structure belongs")
        }
    }

    private mutating func keep(_ bytes: [UInt8], as name: String) throws(Malformation) {
        if let known = values.opaques.updateValue(bytes, forKey: name), known != bytes {
            throw .unreadable("\(name) stands there twice, and differs")
        }
    }

    private mutating func resolveAbsolutes() throws(Malformation) {
        guard !absolutes.isEmpty, let own = values.number(.time) else { return }
        for (value, time) in absolutes {
            let (seconds, overflow) = time.subtractingReportingOverflow(own)
            guard !overflow, seconds >= 0 else { throw .unreadable("\(value.rawValue) ends before the message's time") }
            try set(value, String(seconds))
        }
        absolutes = []
    }

    mutating func set(_ value: FieldLayout.Value, _ text: String?) throws(Malformation) {
        guard let text else { return }
        if let known = values[value], known != text, value != .counter, value != .time {
            throw .unreadable("\(value.rawValue) stands there twice, and differs")
        }
        values[value] = text
    }
}

extension FieldLayout {
    fileprivate var isConstant: Bool { if case .constant = content { true } else { false } }

    /// Whether a message without it is another one.
    fileprivate var isRequired: Bool {
        switch content {
        case .constant: condition == nil
        case .records(let records): records.isAlways
        default: false
        }
    }

    /// The most digits of a length.
    static let longestCount = 10

    var escape: Escape? {
        switch content {
        case .list(let list): list.escape
        case .pairs(let pairs): pairs.escape
        case .enclosed(let enclosed): enclosed.escape
        default: nil
        }
    }
}

extension ArraySlice<FieldLayout> {
    /// What fields take at least whose sizes are always the same.
    var certainSize: Int { reduce(0) { $0 + ($1.condition == nil ? $1.fixedSize ?? 0 : 0) } }
}

extension GeneralMessage {
    /// The contents of what encloses them: no padding, no report.
    init(inside outer: GeneralMessage, fields: MessageLayout) {
        self.init(unchecked: fields, checksums: outer.checksums)
    }
}

/// Reads a JSON object as a device does: the text of each value as it stands, for its exact digits.
/// Source: RFC 8259.
package struct JSONScanner {
    package indirect enum Member {
        /// What stood in a string, or a number or truth value as it was written.
        case text([UInt8])
        case object([String: Member])
        case null
    }

    private let bytes: [UInt8]
    private var cursor: Int
    private let end: Int

    package init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        cursor = range.lowerBound
        end = range.upperBound
    }

    package mutating func scanWhole() throws(Malformation) -> [String: Member] {
        let members = try scanObject(depth: 0)
        skipSpace()
        guard cursor == end else { throw .unreadable("something stands behind the JSON object") }
        return members
    }

    private mutating func scanObject(depth: Int) throws(Malformation) -> [String: Member] {
        guard depth < 8 else { throw .unreadable("JSON nested too deeply") }
        guard take(UInt8(ascii: "{")) else { throw .unknownCommand }
        var members: [String: Member] = [:]
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            let key = String(decoding: try scanString(), as: UTF8.self)
            guard take(UInt8(ascii: ":")) else { throw .unreadable("a colon is missing in JSON") }
            guard members.updateValue(try scanValue(depth: depth), forKey: key) == nil else {
                throw .unreadable("\"\(key.prefix(40))\" stands there twice")
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw .unreadable("a JSON object does not end") }
        return members
    }

    private mutating func scanValue(depth: Int) throws(Malformation) -> Member {
        skipSpace()
        guard cursor < end else { throw .unreadable("JSON ends in the middle") }
        switch bytes[cursor] {
        case UInt8(ascii: "{"): return .object(try scanObject(depth: depth + 1))
        case UInt8(ascii: "\""): return .text(try scanString())
        default:
            let start = cursor
            while cursor < end, "+-.0123456789aeflnrstuE".utf8.contains(bytes[cursor]) { cursor += 1 }
            let text = Array(bytes[start..<cursor])
            guard !text.isEmpty else { throw .unreadable("a JSON value is none") }
            return text == Array("null".utf8) ? .null : .text(text)
        }
    }

    private mutating func scanString() throws(Malformation) -> [UInt8] {
        guard take(UInt8(ascii: "\"")) else { throw .unreadable("a JSON string is missing") }
        var result: [UInt8] = []
        while cursor < end {
            let byte = bytes[cursor]
            cursor += 1
            switch byte {
            case UInt8(ascii: "\""): return result
            case UInt8(ascii: "\\"):
                guard cursor < end else { break }
                let kind = bytes[cursor]
                cursor += 1
                switch kind {
                case UInt8(ascii: "n"): result.append(0x0A)
                case UInt8(ascii: "r"): result.append(0x0D)
                case UInt8(ascii: "t"): result.append(0x09)
                case UInt8(ascii: "b"): result.append(0x08)
                case UInt8(ascii: "f"): result.append(0x0C)
                case UInt8(ascii: "u"):
                    guard cursor + 4 <= end,
                        let code = UInt32(String(decoding: bytes[cursor..<cursor + 4], as: UTF8.self), radix: 16),
                        let scalar = Unicode.Scalar(code)
                    else { throw .unreadable("a JSON string has a bad \\u") }
                    cursor += 4
                    result += Array(String(Character(scalar)).utf8)
                default: result.append(kind)
                }
            default: result.append(byte)
            }
        }
        throw .unreadable("a JSON string does not end")
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard cursor < end, bytes[cursor] == byte else { return false }
        cursor += 1
        return true
    }

    private mutating func skipSpace() {
        while cursor < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[cursor]) { cursor += 1 }
    }
}

extension MessageReader {
    /// What a checksum covers, and what should stand there; nil where the message is too short.
    func expectation(_ checksum: ChecksumField, at range: Range<Int>) -> (span: Range<Int>, value: UInt64)? {
        guard let span = try? resolve(checksum.over, range) else { return nil }
        return (span, checksum.value(message.checksum(checksum.algorithm), of: bytes, over: span, at: range))
    }
}
