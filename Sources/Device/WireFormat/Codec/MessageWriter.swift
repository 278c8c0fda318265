internal import BlueTap

/// Writes one message by its layout.
package struct MessageWriter {
    let message: GeneralMessage
    let values: FieldValues
    /// The command that is answered.
    let command: [UInt8]
    var bytes: [UInt8] = []
    private var pending: [(field: FieldLayout, range: Range<Int>)] = []

    package init(_ message: GeneralMessage, values: FieldValues, answering command: [UInt8] = []) {
        self.message = message
        self.values = values
        self.command = command
    }

    package mutating func write() throws(EncodingError) -> [UInt8] {
        for (index, field) in message.fields.enumerated() {
            try write(field)
            guard case .padded(let pad) = field.extent else { continue }
            let end = message.size - message.fields[(index + 1)...].certainSize
            guard bytes.count <= end else { throw .tooLong(bytes.count) }
            bytes += [UInt8](repeating: pad, count: end - bytes.count)
        }
        for (field, range) in pending { try finish(field, range) }
        return bytes
    }

    // MARK: What depends on the rest

    private mutating func finish(_ field: FieldLayout, _ range: Range<Int>) throws(EncodingError) {
        switch field.content {
        case .length(let length):
            let span = try resolve(length.over, range)
            guard let written = length.format.bytes(Int64(span.count) + length.format.plus, size: range.count) else {
                throw .tooLong(span.count)
            }
            bytes.replaceSubrange(range, with: written)
        case .checksum(let checksum):
            let span = try resolve(checksum.over, range)
            let value = checksum.value(message.checksum(checksum.algorithm), of: bytes, over: span, at: range)
            guard let written = checksum.format.bytes(Int64(value), size: range.count) else {
                preconditionFailure("a checksum that does not fit in its field")
            }
            bytes.replaceSubrange(range, with: written)
        default: break
        }
    }

    private func resolve(_ span: PlaceRange, _ field: Range<Int>) throws(EncodingError) -> Range<Int> {
        func offset(_ place: Place) -> Int {
            switch place.base {
            case .start: place.offset
            case .end: bytes.count + place.offset
            case .here: field.lowerBound + place.offset
            case .after: field.upperBound + place.offset
            }
        }
        let from = offset(span.from)
        let to = offset(span.to)
        guard from >= 0, from <= to, to <= bytes.count else { throw .tooShort }
        return from..<to
    }

    // MARK: Fields

    private mutating func write(_ field: FieldLayout) throws(EncodingError) {
        if let condition = field.condition, values[condition] == nil { return }
        switch field.extent {
        case .fixed(let size):
            try write(field, size: size)
        case .boundary(let multiple, let from):
            let over = (bytes.count - from) % multiple
            try write(field, size: over > 0 ? multiple - over : -over)
        case .counted(let until, let format):
            let start = bytes.count
            try write(field, size: nil)
            guard let digits = format.bytes(Int64(bytes.count - start) + format.plus, size: nil) else {
                throw .tooLong(bytes.count - start)
            }
            bytes.insert(contentsOf: digits + until, at: start)
        case .rest, .padded, .own: try write(field, size: nil)
        case .upTo(let place):
            let end = place.base == .start ? place.offset : message.size + place.offset
            guard end >= bytes.count else { throw .tooLong(bytes.count) }
            try write(field, size: end - bytes.count)
        case .terminated(let end):
            let start = bytes.count
            try write(field, size: nil)
            if bytes.firstPlace(of: end, from: start, to: bytes.count, escape: field.escape) != nil {
                throw .containsSeparator(field: field.values.first)
            }
            bytes += end
        case .prefixed(let size, let format):
            if let absent = format.absent, !isGiven(field) {
                bytes += format.bytes(absent, size: size) ?? []
                return
            }
            let place = bytes.count..<bytes.count + size
            bytes += [UInt8](repeating: 0, count: size)
            try write(field, size: nil)
            guard let written = format.bytes(Int64(bytes.count - place.upperBound) + format.plus, size: size) else {
                throw .tooLong(bytes.count - place.upperBound)
            }
            bytes.replaceSubrange(place, with: written)
        }
    }

    private mutating func write(_ field: FieldLayout, size: Int?) throws(EncodingError) {
        switch field.content {
        case .fill(let byte):
            if let size { bytes += [UInt8](repeating: byte, count: size) }
        case .length, .checksum:
            pending.append((field, bytes.count..<bytes.count + (size ?? 0)))
            bytes += [UInt8](repeating: 0, count: size ?? 0)
        case .echo(let range):
            bytes += (0..<range.count).map {
                command.indices.contains(range.lowerBound + $0) ? command[range.lowerBound + $0] : 0
            }
        case .presence(let presence): bytes += presence.written { values[$0] != nil }
        case .records(let records): try write(records)
        case .list(let list):
            let special = Set(list.separator.bytes + (field.terminator ?? []))
            for (index, item) in list.items.enumerated() {
                if index > 0 { bytes += list.separator.bytes }
                try writePart(item, escape: list.escape, special: special)
            }
            if list.isClosed { bytes += list.separator.bytes }
        case .pairs(let pairs):
            let special = Set(pairs.separator.bytes + pairs.assignment.bytes + (field.terminator ?? []))
            var isFirst = true
            for item in pairs.items where isGiven(item.field) {
                if !isFirst { bytes += pairs.separator.bytes }
                isFirst = false
                bytes += pairs.escape?.escaped(item.key.bytes, special: special) ?? item.key.bytes
                bytes += pairs.assignment.bytes
                try writePart(item.field, escape: pairs.escape, special: special)
            }
            if pairs.isClosed { bytes += pairs.separator.bytes }
        case .object(let object): try write(object)
        case .document(let document): try write(document)
        case .enclosed(let enclosed):
            var inner = MessageWriter(
                GeneralMessage(inside: message, fields: enclosed.fields), values: values, answering: command)
            let contents = try inner.write()
            let special = Set(enclosed.start.bytes + enclosed.end.bytes)
            if enclosed.escape == nil, contents.contains(where: special.contains) {
                throw .containsSeparator(field: nil)
            }
            bytes += enclosed.start.bytes
            bytes += enclosed.escape?.escaped(contents, special: special) ?? contents
            bytes += enclosed.end.bytes
        default: bytes += try single(field, size: size) ?? []
        }
    }

    func isGiven(_ field: FieldLayout) -> Bool {
        if let condition = field.condition, values[condition] == nil { return false }
        return switch field.content {
        case .text(let value, let format): values[value] != nil || format.standard != nil
        case .enumeration(let value, _): values[value] != nil
        case .integer(let value, let format):
            values[value] != nil || format.absent != nil || format.blank != nil || format.standard != nil
        case .opaque(let name): values.opaques[name] != nil
        case .object(let object): object.isAlways || object.items.contains { isGiven($0.field) }
        // What is always the same says nothing of records that may be left out.
        case .records(let records):
            records.isAlways
                || records.items.contains { item in
                    if case .constant = item.field.content { false } else { isGiven(item.field) }
                }
        default: true
        }
    }

    private mutating func writePart(
        _ field: FieldLayout, escape: Escape?, special: Set<UInt8>
    ) throws(EncodingError) {
        let part = try single(field, size: field.fixedSize) ?? []
        if escape == nil, part.contains(where: special.contains) {
            throw .containsSeparator(field: field.values.first)
        }
        bytes += escape?.escaped(part, special: special) ?? part
    }

    private mutating func write(_ records: RecordsLayout) throws(EncodingError) {
        for item in records.items where isGiven(item.field) {
            let start = bytes.count
            bytes += item.key.bytes
            if let lengths = records.berLengths {
                let value = bytes.count
                try write(item.field)
                guard let length = lengths.bytes(bytes.count - value) else { throw .tooLong(bytes.count - value) }
                bytes.insert(contentsOf: length, at: value)
                continue
            }
            let place = bytes.count..<bytes.count + records.lengthSize
            bytes += [UInt8](repeating: 0, count: records.lengthSize)
            try write(item.field)
            let count = bytes.count - (records.countsAll ? start : place.upperBound)
            guard let length = IntegerFormat(order: records.order).bytes(Int64(count), size: records.lengthSize) else {
                throw .tooLong(count)
            }
            bytes.replaceSubrange(place, with: length)
        }
    }

    private mutating func write(_ object: ObjectLayout) throws(EncodingError) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for item in object.items where isGiven(item.field) {
            if !isFirst { bytes += Array((object.isSpaced ? ", " : ",").utf8) }
            isFirst = false
            writeQuoted(item.key.bytes)
            bytes += Array((object.isSpaced ? ": " : ":").utf8)
            if case .object(let inner) = item.field.content {
                try write(inner)
            } else {
                let text = try single(item.field, size: item.field.fixedSize) ?? []
                if object.bare.contains(item.name) { bytes += text } else { writeQuoted(text) }
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func writeQuoted(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = HexBytes([byte]).description
                bytes += Array("\\u00\(digits)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    // MARK: Single values

    /// The bytes of a value; nil where it was not given and its place stays empty.
    func single(_ field: FieldLayout, size: Int?) throws(EncodingError) -> [UInt8]? {
        switch field.content {
        case .constant(let bytes), .unknown(let bytes): return bytes
        case .fill(let byte): return [UInt8](repeating: byte, count: size ?? 0)
        case .text(let value, let format):
            let text = (values[value] ?? format.standard).map(format.encoded)
            guard let size else {
                if text?.isEmpty == true { throw .looksLikePadding(field: value) }
                return text
            }
            if let text {
                guard text.count <= size else {
                    throw .doesNotFit(field: value, value: values[value] ?? "", limit: "\(size) bytes")
                }
                if format.looksLikePadding(text, size: size) { throw .looksLikePadding(field: value) }
            }
            return format.bytes(text ?? [], size: size)
        case .integer(let value, let format):
            guard var text = values[value] else {
                if let standard = format.standard { return format.bytes(standard, size: size) }
                if let absent = format.absent { return format.bytes(absent, size: size) }
                if let blank = format.blank { return format.blanks(blank, size: size ?? 0) }
                if size == nil { return nil }
                throw .required(field: value)
            }
            if format.isAbsolute {
                guard let time = values.number(.time), let seconds = Int64(text) else { throw .required(field: .time) }
                text = String(time &+ seconds)
            }
            guard let number = format.number(of: text), number != format.absent,
                let bytes = format.bytes(number, size: size), !format.isBlank(bytes)
            else { throw .doesNotFit(field: value, value: text, limit: format.limit(size)) }
            return bytes
        case .enumeration(let value, let table):
            guard let text = values[value] else {
                if size == nil { return nil }
                throw .required(field: value)
            }
            guard let bytes = table[text]?.bytes else {
                throw .doesNotFit(field: value, value: text, limit: "the values that the profile knows")
            }
            return bytes
        case .result(let numbers, let format):
            guard let code = values[.result].flatMap(ResultCode.init), let number = numbers[code],
                let bytes = format.bytes(Int64(number), size: size)
            else {
                throw .doesNotFit(
                    field: .result, value: values[.result] ?? "", limit: "the codes that the profile knows")
            }
            return bytes
        case .bits(let bits, let order):
            var number: UInt64 = 0
            for bit in bits {
                number = number << UInt64(bit.count) | (try self.bits(bit))
            }
            return IntegerFormat(order: order).raw(number, size: size ?? 1)
        case .opaque(let name):
            // What came before any command repeats nothing.
            guard let bytes = values.opaques[name] else { return size.map { [UInt8](repeating: 0, count: $0) } }
            guard size == nil || size == bytes.count else { throw .opaqueDoesNotFit(name: name, size: size ?? 0) }
            return bytes
        case .length, .checksum, .echo, .presence, .records, .list, .pairs, .object, .document, .enclosed:
            preconditionFailure("a field that is no single value")
        }
    }

    private func bits(_ bit: BitField) throws(EncodingError) -> UInt64 {
        switch bit.content {
        case .constant(let number), .fill(let number): return number
        case .integer(let value):
            guard let text = values[value] else { throw .required(field: value) }
            guard let number = UInt64(text), number >> UInt64(bit.count) == 0 else {
                throw .doesNotFit(field: value, value: text, limit: "\(bit.count) bits")
            }
            return number
        case .number(let value, let format):
            guard let number = values[value].map(format.number(of:)) ?? format.standard ?? format.absent else {
                throw .required(field: value)
            }
            guard number >= 0, UInt64(number) >> UInt64(bit.count) == 0,
                values[value] == nil || number != format.absent
            else { throw .doesNotFit(field: value, value: values[value] ?? "", limit: "\(bit.count) bits") }
            return UInt64(number)
        case .enumeration(let value, let table):
            guard let text = values[value] else { throw .required(field: value) }
            guard let number = table[text] else {
                throw .doesNotFit(field: value, value: text, limit: "the values that the profile knows")
            }
            return number
        }
    }
}

extension FieldLayout {
    fileprivate var terminator: [UInt8]? { if case .terminated(let bytes) = extent { bytes } else { nil } }
}

extension IntegerFormat {
    fileprivate func limit(_ size: Int?) -> String {
        let name =
            switch form {
            case .binary: "bytes"
            case .bcd: "bytes of BCD"
            case .decimal: "digits"
            case .float: "bytes of floating point"
            case .packed: "bytes of packed digits"
            case .hexadecimal: "hexadecimal digits"
            case .zoned: "EBCDIC digits"
            case .varint: "bytes of seven bits each"
            }
        let count = size.map { form.isText ? $0 / characters.width : $0 }
        return (count.map { "\($0) \(name)" } ?? name) + (decimals.map { " with \($0) decimals" } ?? "")
    }

    /// The lowest bytes of a number.
    fileprivate func raw(_ number: UInt64, size: Int) -> [UInt8] {
        let little = (0..<size).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
        return order == .little ? little : little.reversed()
    }
}
