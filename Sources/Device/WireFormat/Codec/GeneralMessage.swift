internal import BlueTap

/// A layout of any kind, checked. ``MessageReader`` and ``MessageWriter`` work through it field by field.
package struct GeneralMessage: Sendable {
    /// In the order in which they stand.
    let fields: MessageLayout
    /// The report's size, for messages that fill it.
    let size: Int
    /// What stands behind a message that is shorter than its report.
    let padding: UInt8?
    /// Whether only the padding behind it tells where the message ends.
    let isTrimmed: Bool
    let checksums: [ChecksumAlgorithm: Checksum]

    package init(
        _ layout: MessageLayout, size: Int, padding: UInt8?, isFraming: Bool = false, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        var check = LayoutCheck(isFraming: isFraming)
        fields = try check.ordered(layout, path: path).map { $0.mapped { $0.wrapSequence() } }
        self.size = size
        self.padding = padding
        isTrimmed =
            padding != nil && fields.contains { $0.extent == .rest && !$0.knowsItsEnd }
            && !fields.contains {
                if case .length(let length) = $0.content { length.over.to.base == .end } else { false }
            }
        checksums = Dictionary(
            check.algorithms.map { ($0, Checksum($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Fields that are known to be good.
    init(unchecked fields: MessageLayout, checksums: [ChecksumAlgorithm: Checksum]) {
        self.fields = fields
        size = 0
        padding = nil
        isTrimmed = false
        self.checksums = checksums
    }

    /// The size where all messages have the same.
    var fixedSize: Int? {
        fields.reduce(0) { sum, field in
            guard let sum, let size = field.fixedSize, field.condition == nil else { return nil }
            return sum + size
        }
    }

    func checksum(_ algorithm: ChecksumAlgorithm) -> Checksum {
        guard let checksum = checksums[algorithm] else { preconditionFailure("a checksum that was not prepared") }
        return checksum
    }
}

extension MessageLayout {
    /// The field with the sequence number, wherever it stands.
    package var sequenceField: FieldLayout? {
        var found: FieldLayout?
        for field in self {
            field.visit { field in
                if case .integer(.sequence, _) = field.content { found = found ?? field }
            }
        }
        return found
    }
}

extension FieldLayout {
    package static let unknownName = "unknown"

    /// What people call it.
    var name: String {
        switch content {
        case .constant: "constant"
        case .fill: "padding"
        case .unknown: Self.unknownName
        case .length: "length"
        case .presence: "presence"
        case .checksum: "checksum"
        case .echo: "echo"
        case .opaque(let name): name
        default: values.map(\.rawValue).joined(separator: "/")
        }
    }

    /// Whether bytes behind its contents are not taken for them.
    var knowsItsEnd: Bool { if case .records(let records) = content { records.hasBERTags } else { false } }

    /// Every field in it, itself first.
    package func visit(_ body: (FieldLayout) -> Void) {
        body(self)
        switch content {
        case .records(let records): for item in records.items { item.field.visit(body) }
        case .list(let list): for item in list.items { item.visit(body) }
        case .pairs(let pairs): for item in pairs.items { item.field.visit(body) }
        case .object(let object): for item in object.items { item.field.visit(body) }
        case .document(let document): for member in document.members { member.field.visit(body) }
        case .enclosed(let enclosed): for field in enclosed.fields { field.visit(body) }
        default: break
        }
    }

    /// The field with those in it changed, and then itself.
    package func mapped(_ change: (inout FieldLayout) -> Void) -> FieldLayout {
        func keyed(_ items: [KeyedField]) -> [KeyedField] {
            items.map { KeyedField(key: $0.key, field: $0.field.mapped(change)) }
        }
        var field = self
        switch content {
        case .records(var records):
            records.items = keyed(records.items)
            field.content = .records(records)
        case .list(var list):
            list.items = list.items.map { $0.mapped(change) }
            field.content = .list(list)
        case .pairs(var pairs):
            pairs.items = keyed(pairs.items)
            field.content = .pairs(pairs)
        case .object(var object):
            object.items = keyed(object.items)
            field.content = .object(object)
        case .document(let document):
            field.content = .document(
                document.with(
                    document.members.map { member in
                        var member = member
                        member.field = member.field.mapped(change)
                        return member
                    }))
        case .enclosed(var enclosed):
            enclosed.fields = enclosed.fields.map { $0.mapped(change) }
            field.content = .enclosed(enclosed)
        default: break
        }
        change(&field)
        return field
    }

    /// The values that it carries, those of the fields in it as well.
    package var values: [Value] {
        var found: [Value] = []
        visit { field in
            switch field.content {
            case .text(let value, _), .integer(let value, _), .enumeration(let value, _): found.append(value)
            case .result: found.append(.result)
            case .bits(let bits, _):
                for bit in bits {
                    switch bit.content {
                    case .integer(let value), .number(let value, _), .enumeration(let value, _): found.append(value)
                    case .constant, .fill: break
                    }
                }
            default: break
            }
        }
        return found
    }
}

/// Finds what in a layout cannot be.
private struct LayoutCheck {
    let isFraming: Bool
    var algorithms: [ChecksumAlgorithm] = []
    private var depth = 0

    init(isFraming: Bool) {
        self.isFraming = isFraming
    }

    mutating func ordered(_ layout: MessageLayout, path: [ProfileError.PathStep]) throws(ProfileError) -> MessageLayout
    {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 8 else { throw ProfileError(at: path, "nested too deeply: more than 8 levels") }
        for (index, field) in layout.enumerated() { try check(field, path: path + [.index(index)]) }
        // Where every place is known, fields may stand in the file in any order.
        var indices = Array(layout.indices)
        if layout.allSatisfy({ $0.at != nil && $0.fixedSize != nil }) {
            indices.sort { (layout[$0].at ?? 0) < (layout[$1].at ?? 0) }
        }
        var end: Int? = 0
        for (position, index) in indices.enumerated() {
            let field = layout[index]
            let path = path + [.index(index)]
            if let at = field.at {
                guard let place = end else {
                    throw ProfileError(
                        at: path + [.key("at")], "the field before has no fixed end: use `fill` with `to: \(at)`")
                }
                if at < place { throw ProfileError(at: path, "byte \(at) belongs to the field before already") }
                if at > place {
                    throw ProfileError(
                        at: path, "no field tells of byte \(place): use `fill` for bytes without meaning")
                }
            }
            switch field.extent {
            case _ where field.condition != nil: end = nil
            case .fixed(let size): end = end.map { $0 + size }
            case .upTo(let place) where place.base == .start: end = place.offset
            case .rest, .padded:
                for later in indices[(position + 1)...]
                where layout[later].fixedSize == nil || layout[later].condition != nil {
                    throw ProfileError(
                        at: path.dropLast() + [.index(later)], "nothing of variable size can stand behind `rest`")
                }
                end = nil
            case .prefixed, .counted, .boundary, .terminated, .upTo, .own: end = nil
            }
        }
        return indices.map { layout[$0] }
    }

    private mutating func check(_ field: FieldLayout, path: [ProfileError.PathStep]) throws(ProfileError) {
        try checkExtent(of: field, path: path)
        switch field.content {
        case .constant(let bytes), .unknown(let bytes):
            guard field.fixedSize == bytes.count else {
                throw ProfileError(
                    at: path,
                    "the constant has \(bytes.count) bytes, the field \(field.fixedSize.map(String.init) ?? "any")")
            }
        case .fill: break
        case .text(let value, let format): try check(value, format, of: field, path: path)
        case .integer(let value, let format): try check(value, format, of: field, path: path)
        case .enumeration(let value, let table): try check(value, table, of: field, path: path)
        case .result(let numbers, let format): try check(numbers, format, of: field, path: path)
        case .length(let length):
            guard field.fixedSize != nil else {
                throw ProfileError(at: path + [.key("size")], "a length needs a size")
            }
            try check(length.format, size: field.fixedSize, path: path)
        case .checksum(let checksum):
            try check(checksum, of: field, path: path)
            algorithms.append(checksum.algorithm)
        case .bits(let bits, _): try check(bits, of: field, path: path)
        case .presence(let presence): try check(presence, of: field, path: path + [.key("presence")])
        case .echo(let range):
            guard range.lowerBound >= 0, field.fixedSize == range.count else {
                throw ProfileError(
                    at: path + [.key("echo")], "\(range.count) bytes do not fill a field of \(field.fixedSize ?? 0)")
            }
        case .opaque(let name):
            guard !name.isEmpty, name.utf8.count <= 32 else {
                throw ProfileError(at: path + [.key("opaque")], "a name has 1 to 32 characters")
            }
        case .records, .list, .pairs, .object, .document, .enclosed: try checkParts(of: field.content, path: path)
        }
    }

    private func checkExtent(of field: FieldLayout, path: [ProfileError.PathStep]) throws(ProfileError) {
        switch field.extent {
        case .fixed(let size):
            guard (1...65_536).contains(size) else {
                throw ProfileError(at: path + [.key("size")], "a field has 1 to 65536 bytes, not \(size)")
            }
        case .prefixed(let size, let format): try check(format, size: size, path: path + [.key("prefix")])
        case .counted(let until, let format):
            guard !until.isEmpty, format.form == .decimal || format.form == .hexadecimal else {
                throw ProfileError(at: path + [.key("prefix")], "digits that end before some bytes are text")
            }
        case .boundary(let multiple, let from):
            guard (2...64).contains(multiple), (0...65_536).contains(from) else {
                throw ProfileError(at: path + [.key("boundary")], "a multiple of 2 to 64, from an offset on")
            }
            guard case .fill = field.content else {
                throw ProfileError(at: path + [.key("boundary")], "only `fill` goes to a boundary")
            }
        case .terminated(let bytes):
            if bytes.isEmpty { throw ProfileError(at: path + [.key("until")], "there is nothing to end at") }
        case .upTo(let place):
            guard place.base == .start || place.base == .end else {
                throw ProfileError(at: path + [.key("to")], "counts from the message's start or end")
            }
        case .own:
            guard case .document(let document) = field.content, document.notation != .protobuf else {
                throw ProfileError(at: path + [.key("own")], "only a document that tells its end ends where it says")
            }
        case .rest, .padded: break
        }
    }

    private mutating func check(_ document: DocumentLayout, path: [ProfileError.PathStep]) throws(ProfileError) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 8 else { throw ProfileError(at: path, "nested too deeply: more than 8 levels") }
        guard document.members.count <= 64 else { throw ProfileError(at: path, "a document has 64 members at most") }
        if let problem = document.problem { throw ProfileError(at: path, problem) }
        for (index, member) in document.members.enumerated() {
            let path = path + [.key("items"), .index(index)]
            if let problem = member.problem(in: document) { throw ProfileError(at: path, problem) }
            if case .document(let inner) = member.field.content {
                try check(inner, path: path + [.key("document")])
            } else {
                try checkPart(member.field, path: path)
            }
        }
    }

    private mutating func checkParts(
        of content: FieldLayout.Content, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        switch content {
        case .records(let records):
            guard (1...4).contains(records.tagSize), (1...4).contains(records.lengthSize) else {
                throw ProfileError(at: path + [.key("records")], "tags and lengths have 1 to 4 bytes")
            }
            try check(
                records.items, isTag: records.isTag, path: path + [.key("records"), .key("items")])
        case .list(let list):
            guard !list.separator.bytes.isEmpty else {
                throw ProfileError(at: path + [.key("list"), .key("separator")], "is empty")
            }
            for (index, item) in list.items.enumerated() {
                try checkPart(item, path: path + [.key("list"), .key("items"), .index(index)])
            }
        case .pairs(let pairs):
            try check(pairs.items, isTag: nil, path: path + [.key("pairs"), .key("items")])
        case .object(let object):
            try check(object.items, isTag: nil, path: path + [.key("object"), .key("items")])
        case .document(let document): try check(document, path: path + [.key("document")])
        case .enclosed(let enclosed):
            guard enclosed.start.bytes.count == 1, enclosed.end.bytes.count == 1 else {
                throw ProfileError(at: path + [.key("enclosed")], "begins and ends with one byte")
            }
            _ = try ordered(enclosed.fields, path: path + [.key("enclosed"), .key("fields")])
        default: break
        }
    }

    private func check(
        _ presence: PresenceField, of field: FieldLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard (1...16).contains(presence.base.bytes.count), field.fixedSize == presence.size,
            presence.format.form == .binary || presence.format.form == .hexadecimal
        else { throw ProfileError(at: path, "1 to 16 bytes, as many as the field has, binary or hexadecimal") }
        for (bit, value) in presence.bits {
            guard (1...8 * presence.base.bytes.count).contains(bit) else {
                throw ProfileError(at: path + [.key("bits"), .key(String(bit))], "there is no such bit")
            }
            guard presence.base.bytes[(bit - 1) / 8] & (0x80 >> UInt8((bit - 1) % 8)) == 0 else {
                throw ProfileError(at: path + [.key("bits"), .key(String(bit))], "is always set")
            }
            try check(value, path: path)
        }
    }

    private func check(
        _ value: FieldLayout.Value, _ format: TextFormat, of field: FieldLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard !value.isNumber else {
            throw ProfileError(at: path + [.key("text")], "\(value.rawValue) is a number: use `integer`")
        }
        try check(value, path: path)
        if let size = field.fixedSize, !size.isMultiple(of: format.characters.width) {
            throw ProfileError(at: path + [.key("size")], "UTF-16 has an even number of bytes, not \(size)")
        }
    }

    private func check(
        _ value: FieldLayout.Value, _ format: IntegerFormat, of field: FieldLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard value.isNumber || value == .amount || value == .orderID else {
            throw ProfileError(at: path + [.key("integer")], "\(value.rawValue) is text: use `text`")
        }
        try check(value, path: path)
        try check(format, size: field.fixedSize, path: path)
        if let standard = format.standard, format.bytes(standard, size: field.fixedSize) == nil {
            throw ProfileError(
                at: path + [.key("default")], "\(standard) does not fit in \(field.fixedSize ?? 0) bytes")
        }
        if let absent = format.absent, format.bytes(absent, size: field.fixedSize) == nil {
            throw ProfileError(
                at: path + [.key("absent")], "\(absent) does not fit in \(field.fixedSize ?? 0) bytes")
        }
        try check(format.notation, of: value, format, size: field.fixedSize, path: path)
        if let decimals = format.decimals, !(0...9).contains(decimals) {
            throw ProfileError(at: path + [.key("decimals")], "0 to 9, not \(decimals)")
        }
    }

    private func check(
        _ value: FieldLayout.Value, _ table: [String: HexBytes], of field: FieldLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        try check(value, path: path)
        guard !table.isEmpty else { throw ProfileError(at: path + [.key("values")], "there are none") }
        // Of a result it may be told only whether it is good.
        guard Set(table.values).count == table.count || value == .result && Set(table.values).count == 2 else {
            throw ProfileError(at: path + [.key("values")], "two values have the same bytes")
        }
        if let size = field.fixedSize, let other = table.first(where: { $0.value.bytes.count != size }) {
            throw ProfileError(
                at: path + [.key("values"), .key(other.key)],
                "has \(other.value.bytes.count) bytes, the field \(size)")
        }
    }

    private func check(
        _ numbers: [ResultCode: UInt64], _ format: IntegerFormat, of field: FieldLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard !numbers.isEmpty else { throw ProfileError(at: path + [.key("result")], "there are no codes") }
        try check(format, size: field.fixedSize, path: path)
        for (code, number) in numbers.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard number <= Int64.max, format.bytes(Int64(number), size: field.fixedSize) != nil else {
                throw ProfileError(
                    at: path + [.key("result"), .key(code.rawValue)],
                    "\(number) does not fit in \(field.fixedSize ?? 0) bytes")
            }
        }
        guard Set(numbers.values).count == numbers.count else {
            throw ProfileError(at: path + [.key("result")], "two result codes have the same number")
        }
    }

    private func check(
        _ bits: [BitField], of field: FieldLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard let size = field.fixedSize, (1...8).contains(size) else {
            throw ProfileError(at: path + [.key("size")], "bits stand in 1 to 8 bytes")
        }
        for (index, bit) in bits.enumerated() {
            let path = path + [.key("bits"), .index(index)]
            guard (1...63).contains(bit.count) else { throw ProfileError(at: path, "a count is 1 to 63") }
            let largest = UInt64(1) << UInt64(bit.count) - 1
            switch bit.content {
            case .constant(let number), .fill(let number):
                if number > largest { throw ProfileError(at: path, "\(number) does not fit in \(bit.count) bits") }
            case .integer(let value): try check(value, path: path)
            case .number(let value, let format):
                try check(value, path: path)
                guard format.isBits, value.isNumber || value == .amount,
                    [format.absent, format.standard].allSatisfy({ $0.map { $0 >= 0 && UInt64($0) <= largest } ?? true })
                else { throw ProfileError(at: path, "of numbers in bits only decimals, absent and default are known") }
            case .enumeration(let value, let table):
                try check(value, path: path)
                if let other = table.first(where: { $0.value > largest }) {
                    throw ProfileError(at: path, "\(other.key) does not fit in \(bit.count) bits")
                }
            }
        }
        let sum = bits.reduce(0) { $0 + $1.count }
        guard sum == 8 * size else {
            throw ProfileError(at: path + [.key("bits")], "they are \(sum), the field has \(8 * size)")
        }
    }

    private func check(_ value: FieldLayout.Value, path: [ProfileError.PathStep]) throws(ProfileError) {
        if value.isOfFraming && !isFraming {
            throw ProfileError(at: path, "\(value.rawValue) belongs in the header of `framing`")
        }
    }

    private func check(_ algorithm: ChecksumAlgorithm, path: [ProfileError.PathStep]) throws(ProfileError) {
        switch algorithm {
        case .crc(let parameters):
            guard (8...32).contains(parameters.width),
                parameters.width == 32
                    || max(parameters.polynomial, parameters.initial, parameters.xorOut) >> UInt32(parameters.width)
                        == 0
            else {
                throw ProfileError(at: path + [.key("crc")], "a width of 8 to 32 bits, and numbers that fit in it")
            }
        case .words(let parameters):
            guard parameters.isGood else {
                throw ProfileError(
                    at: path + [.key("sum")], "1 to 4 bytes of words of 1, 2 or 4, and numbers that fit in it")
            }
        case .fletcher(let parameters):
            guard parameters.isGood else {
                throw ProfileError(
                    at: path + [.key("fletcher")], "2 or 4 bytes of words of 1 or 2, and numbers that fit in it")
            }
        case .sum, .xor: break
        }
    }

    private func check(_ checksum: ChecksumField, of field: FieldLayout, path: [ProfileError.PathStep])
        throws(ProfileError)
    {
        try check(checksum.algorithm, path: path)
        let size = field.fixedSize ?? 0
        let needed = checksum.algorithm.size * (checksum.format.form == .hexadecimal ? 2 : 1)
        guard checksum.format.form == .binary || checksum.format.form.isText else {
            throw ProfileError(at: path + [.key("as")], "a checksum is binary, hexadecimal or decimal")
        }
        // What has a modulus of its own needs no more digits than that.
        let largest = checksum.algorithm.largest
        guard
            size == needed && checksum.format.form != .decimal
                || checksum.format.form.isText && largest <= Int64.max
                    && checksum.format.bytes(Int64(largest), size: size) != nil
        else {
            throw ProfileError(
                at: path + [.key("size")],
                "\(checksum.algorithm.name ?? "the checksum") has \(needed) bytes, the field \(size)")
        }
        guard !checksum.format.isSigned, checksum.format.characters == .utf8 else {
            throw ProfileError(at: path, "a checksum has no sign, and its digits are ASCII")
        }
        if let over = checksum.over.fixedRange, let at = field.at, checksum.own == nil, over.overlaps(at..<at + size) {
            throw ProfileError(at: path + [.key("over")], "the span covers the checksum itself")
        }
    }

    private func check(
        _ notation: TimeNotation, of value: FieldLayout.Value, _ format: IntegerFormat, size: Int?,
        path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard (notation == .seconds ? 0...0 : -840...840).contains(format.utcOffset) else {
            throw ProfileError(at: path + [.key("utcOffset")], "up to 840 minutes, and of dates only")
        }
        guard let count = notation.digitCount else { return }
        guard value == .time || format.isAbsolute else {
            throw ProfileError(at: path + [.key("notation")], "\(value.rawValue) is no time")
        }
        guard format.decimals == nil, format.plus == 0, format.factor == 1, format.divisor == 1 else {
            throw ProfileError(at: path + [.key("notation")], "a date has neither decimals nor plus")
        }
        guard format.bytes(Int64(String(repeating: "9", count: count)) ?? .max, size: size) != nil else {
            throw ProfileError(
                at: path + [.key("size")], "a date of \(count) digits does not fit in \(size ?? 0) bytes")
        }
    }

    private func check(_ format: IntegerFormat, size: Int?, path: [ProfileError.PathStep]) throws(ProfileError) {
        let largest =
            switch format.form {
            case .binary, .float: 8
            case .bcd, .packed, .varint: 9
            case .zoned: 18
            case .decimal, .hexadecimal: 64
            }
        guard format.factor > 0, format.divisor > 0 else {
            throw ProfileError(at: path, "`times` and `per` are above zero")
        }
        if format.characters != .utf8, !format.form.isText {
            throw ProfileError(
                at: path + [.key("characters")], "only digits are characters: `as: decimal` or `as: hexadecimal`")
        }
        guard let size else {
            if format.form == .binary || format.form == .float {
                throw ProfileError(at: path, "a binary number needs a size")
            }
            return
        }
        guard (1...largest).contains(size) else {
            throw ProfileError(at: path + [.key("size")], "an integer has 1 to \(largest) bytes, not \(size)")
        }
        if format.form == .float, size != 4, size != 8 {
            throw ProfileError(at: path + [.key("size")], "floating point has 4 or 8 bytes, not \(size)")
        }
        if !size.isMultiple(of: format.characters.width) {
            throw ProfileError(at: path + [.key("size")], "UTF-16 has an even number of bytes, not \(size)")
        }
    }

    private mutating func check(
        _ items: [KeyedField], isTag: (([UInt8]) -> Bool)?, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard !items.isEmpty else { throw ProfileError(at: path, "there are none") }
        depth += 1
        defer { depth -= 1 }
        guard depth <= 8 else { throw ProfileError(at: path, "nested too deeply: more than 8 levels") }
        guard Set(items.map(\.key)).count == items.count else {
            throw ProfileError(at: path, "two of them have the same key")
        }
        for (index, item) in items.enumerated() {
            let path = path + [.index(index)]
            if let isTag, !isTag(item.key.bytes) {
                throw ProfileError(at: path + [.key("tag")], "is no tag of these records: another size")
            }
            if isTag != nil || { if case .object = item.field.content { true } else { false } }() {
                try check(item.field, path: path)
            } else {
                try checkPart(item.field, path: path)
            }
        }
    }

    /// A part of text: what may be rewritten by escapes has no place to count from.
    private mutating func checkPart(_ field: FieldLayout, path: [ProfileError.PathStep]) throws(ProfileError) {
        switch field.content {
        case .constant, .text, .integer, .enumeration, .result, .fill, .unknown, .opaque: try check(field, path: path)
        default: throw ProfileError(at: path, "only a single value can stand here")
        }
    }
}
