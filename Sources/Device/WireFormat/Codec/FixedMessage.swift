internal import BlueTap

/// A layout of the simple kind, fields of fixed sizes that need no rewriting, put in the order in which they are worked
/// off: the quick way. ``GeneralMessage`` reads and writes all layouts.
final class FixedMessage: Sendable {
    struct Constant: Sendable {
        var at: Int
        var bytes: [UInt8]

        var placedBytes: [(at: Int, byte: UInt8)] { bytes.enumerated().map { (at + $0.offset, $0.element) } }
    }
    struct Text: Sendable {
        var at: Int
        var size: Int
        var value: FieldLayout.Value
        var pad: UInt8
    }
    struct Integer: Sendable {
        var at: Int
        var size: Int
        var value: FieldLayout.Value
        var format: IntegerFormat
    }
    /// A field that carries a value of the command's, or its number.
    enum Carrier: Sendable {
        case text(Text)
        case integer(Integer)

        var at: Int {
            switch self {
            case .text(let text): text.at
            case .integer(let integer): integer.at
            }
        }

        var value: FieldLayout.Value {
            switch self {
            case .text(let text): text.value
            case .integer(let integer): integer.value
            }
        }
    }
    struct Result: Sendable {
        var at: Int
        var size: Int
        var format: IntegerFormat
        /// In the order of the codes' cases: quicker than a dictionary, which hashes their names.
        var numbers: [(code: ResultCode, number: UInt64)]
        var codes: [Int64: ResultCode]
    }
    struct Integrity: Sendable {
        var at: Int
        var over: Range<Int>
        var order: IntegerFormat.ByteOrder
        var checksum: Checksum
    }

    let size: Int
    /// Like the checksums in the order in which they stand, in which the general way writes: of two that cannot be written
    /// the first is named, and a checksum may cover another.
    let carriers: [Carrier]
    /// The field of the number by which the host tells replies apart.
    let sequence: Integer?
    let result: Result?
    let checksums: [Integrity]
    let constants: [Constant]
    let fills: [Range<Int>]
    /// All bytes of the constants.
    private let constantBytes: [(at: Int, byte: UInt8)]
    /// The message with constants and fillings in place, empty texts, and all else zero.
    let blank: [UInt8]

    init(_ layout: MessageLayout, size: Int, path: [ProfileError.PathStep]) throws(ProfileError) {
        var parts = Parts(size: size)
        var owner = [Int?](repeating: nil, count: size)
        var end = 0
        for (index, field) in layout.enumerated() {
            let path = path + [.index(index)]
            let place = field.at ?? end
            let length = field.fixedSize ?? 0
            guard length > 0, place >= 0, length <= size, place <= size - length else {
                throw ProfileError(
                    at: path, "a field of \(length) bytes at \(place) does not fit in a report of \(size) bytes")
            }
            for offset in place..<place + length {
                if let other = owner[offset] {
                    throw ProfileError(at: path, "byte \(offset) belongs to field \(other) of this list already")
                }
                owner[offset] = index
            }
            end = place + length
            try parts.add(field.content, at: place, size: length, path: path)
        }
        if let free = owner.firstIndex(where: { $0 == nil }) {
            throw ProfileError(at: path, "no field tells of byte \(free): use `fill` for bytes without meaning")
        }
        self.size = size
        carriers = parts.carriers.sorted { $0.at < $1.at }
        sequence =
            carriers.lazy.compactMap { carrier in
                if case .integer(let integer) = carrier, integer.value == .sequence { integer } else { nil }
            }.first
        result = parts.result
        checksums = parts.checksums.sorted { $0.at < $1.at }
        constants = parts.constants
        fills = parts.fills
        constantBytes = constants.flatMap(\.placedBytes)
        blank = parts.blank
    }

    /// Whether the quick way is enough for a layout: in what the device says it knows sequence number and result alone, and
    /// it does not compare fields that say the same.
    static func canHold(_ layout: MessageLayout, _ direction: Direction) -> Bool {
        let values = layout.flatMap(\.values)
        guard Set(values).count == values.count else { return false }
        return layout.allSatisfy { field in
            guard field.fixedSize != nil, field.condition == nil else { return false }
            switch field.content {
            case .constant, .fill: return true
            case .text(let value, let format):
                return direction == .output && !value.isNumber && value != .result && !value.isOfFraming
                    && format.characters == .utf8
                    && format.alignment == .left && format.isPlain
            case .integer(let value, let format):
                return (value == .sequence || direction == .output && value == .expiryTime) && format.isPlain
            case .result(let numbers, let format):
                return direction == .input && format.isPlain && numbers.count == ResultCode.allCases.count
            case .checksum(let checksum):
                return checksum.format.isPlain && checksum.isPlain && checksum.over.fixedRange != nil
            default: return false
            }
        }
    }

    /// What it is put together from.
    private struct Parts {
        var constants: [Constant] = []
        var fills: [Range<Int>] = []
        var carriers: [Carrier] = []
        var result: Result?
        var checksums: [Integrity] = []
        var blank: [UInt8]

        init(size: Int) {
            blank = [UInt8](repeating: 0, count: size)
        }

        mutating func add(
            _ content: FieldLayout.Content, at: Int, size: Int, path: [ProfileError.PathStep]
        ) throws(ProfileError) {
            switch content {
            case .constant(let bytes):
                blank.replaceSubrange(at..<at + size, with: bytes)
                constants.append(Constant(at: at, bytes: bytes))
            case .fill(let byte):
                for offset in at..<at + size { blank[offset] = byte }
                fills.append(at..<at + size)
            case .text(let value, let format):
                for offset in at..<at + size { blank[offset] = format.pad }
                carriers.append(.text(Text(at: at, size: size, value: value, pad: format.pad)))
            case .integer(let value, let format):
                let format = format.wrapping(value, size: size)
                carriers.append(.integer(Integer(at: at, size: size, value: value, format: format)))
            case .result(let numbers, let format):
                let codes = Dictionary(
                    numbers.map { (Int64(clamping: $0.value), $0.key) }, uniquingKeysWith: { first, _ in first })
                result = Result(
                    at: at, size: size, format: format, numbers: ResultCode.allCases.map { ($0, numbers[$0] ?? 0) },
                    codes: codes)
            case .checksum(let checksum):
                guard let over = checksum.over.fixedRange else { preconditionFailure("a span that is not fixed") }
                guard over.lowerBound >= 0, over.upperBound <= blank.count else {
                    throw ProfileError(
                        at: path + [.key("over")], "the span ends outside the report of \(blank.count) bytes")
                }
                if over.overlaps(at..<at + size) {
                    throw ProfileError(at: path + [.key("over")], "the span covers the checksum itself")
                }
                checksums.append(
                    Integrity(
                        at: at, over: over, order: checksum.format.order, checksum: Checksum(checksum.algorithm)))
            default: preconditionFailure("a field that needs the general way")
            }
        }
    }

    /// Whether some byte is a constant of both messages and differs.
    func isTold(from other: FixedMessage) -> Bool {
        let theirs = Dictionary(uniqueKeysWithValues: other.constantBytes.map { ($0.at, $0.byte) })
        return constantBytes.contains { at, byte in theirs[at].map { $0 != byte } ?? false }
    }

    // MARK: Reading

    func matches(_ bytes: Span<UInt8>) -> Bool {
        constantBytes.allSatisfy { bytes[$0.at] == $0.byte }
    }

    func verify(_ bytes: Span<UInt8>) throws(Malformation) {
        for integrity in checksums {
            let actual = bytes.unsignedInteger(
                at: integrity.at, size: integrity.checksum.algorithm.size, order: integrity.order)
            let expected = integrity.checksum(bytes, over: integrity.over)
            guard actual == expected else { throw .wrongChecksum(actual: actual, expected: expected) }
        }
    }

    func read(_ text: Text, from bytes: Span<UInt8>) -> String? {
        var end = text.at + text.size
        while end > text.at, bytes[end - 1] == text.pad { end -= 1 }
        guard end > text.at else { return nil }
        return bytes.extracting(text.at..<end).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    func read(_ integer: Integer, from bytes: Span<UInt8>) -> Int64? {
        let number = integer.format.number(
            bytes.unsignedInteger(at: integer.at, size: integer.size, order: integer.format.order),
            size: integer.size)
        return number == integer.format.absent ? nil : number
    }

    func read(_ field: Result, from bytes: Span<UInt8>) -> ResultCode? {
        let bits = bytes.unsignedInteger(at: field.at, size: field.size, order: field.format.order)
        return field.codes[field.format.number(bits, size: field.size)]
    }

    /// What a message of the device says; nothing of what it has no field for.
    func read(_ bytes: Span<UInt8>) throws(Malformation) -> (result: ResultCode?, sequence: Int64?) {
        guard bytes.count == size else { throw .wrongSize(actual: bytes.count, expected: size) }
        guard matches(bytes) else { throw .unknownReply }
        try verify(bytes)
        let code = result.flatMap { read($0, from: bytes) }
        guard result == nil || code != nil else { throw .unknownReply }
        return (code, sequence.flatMap { read($0, from: bytes) })
    }

    // MARK: Writing

    /// - Parameter bytes: ``blank``, or what else has padding there.
    func write(_ text: Text, _ value: String?, to bytes: inout [UInt8]) throws(EncodingError) {
        guard var value else { return }
        let (count, last) = value.withUTF8 { utf8 in
            guard utf8.count <= text.size else { return (utf8.count, UInt8?.none) }
            var span = bytes.mutableSpan
            for index in utf8.indices { span[text.at + index] = utf8[index] }
            return (utf8.count, utf8.last)
        }
        guard count <= text.size else {
            throw .doesNotFit(field: text.value, value: value, limit: "\(text.size) bytes")
        }
        // The device would read less than was given, or nothing.
        guard let last, last != text.pad else { throw .looksLikePadding(field: text.value) }
    }

    func write(_ integer: Integer, _ value: Int64?, to bytes: inout [UInt8]) throws(EncodingError) {
        guard let number = value ?? integer.format.absent else { throw .required(field: integer.value) }
        guard integer.format.holds(number, size: integer.size), value == nil || number != integer.format.absent else {
            throw .doesNotFit(field: integer.value, value: String(number), limit: "\(integer.size) bytes")
        }
        bytes.store(
            UInt64(bitPattern: number), at: integer.at, size: integer.size, order: integer.format.order)
    }

    /// A message of the device; nil where the command's number does not go into its field.
    func reply(sequence number: Int64, result code: ResultCode) -> [UInt8]? {
        var report = blank
        if let sequence {
            guard number != sequence.format.absent, sequence.format.holds(number, size: sequence.size) else {
                return nil
            }
            report.store(
                UInt64(bitPattern: number), at: sequence.at, size: sequence.size, order: sequence.format.order)
        }
        if let result {
            let number = result.numbers.first { $0.code == code }?.number ?? 0
            report.store(number, at: result.at, size: result.size, order: result.format.order)
        }
        seal(&report)
        return report
    }

    func seal(_ bytes: inout [UInt8]) {
        for integrity in checksums {
            let value = integrity.checksum(bytes.span, over: integrity.over)
            bytes.store(
                value, at: integrity.at, size: integrity.checksum.algorithm.size, order: integrity.order)
        }
    }
}

extension IntegerFormat {
    /// A binary number as it is.
    var isPlain: Bool {
        form == .binary && blank == nil && decimals == nil && plus == 0 && notation == .seconds && factor == 1
            && divisor == 1 && standard == nil && !isAbsolute
    }

    /// Whether the number can be written in `size` bytes.
    func holds(_ number: Int64, size: Int) -> Bool {
        if !isSigned && number < 0 { return false }
        if size == 8 { return true }
        let bits = size * 8
        return isSigned
            ? (-(Int64(1) << (bits - 1))..<(Int64(1) << (bits - 1))).contains(number)
            : number < Int64(1) << bits
    }

    /// What the bits mean. An unsigned number beyond 63 bits is held at the largest.
    func number(_ bits: UInt64, size: Int) -> Int64 {
        guard isSigned else { return Int64(clamping: bits) }
        let shift = 64 - size * 8
        return Int64(bitPattern: bits << UInt64(shift)) >> Int64(shift)
    }
}

extension Span<UInt8> {
    func unsignedInteger(at offset: Int, size: Int, order: IntegerFormat.ByteOrder) -> UInt64 {
        var number: UInt64 = 0
        switch order {
        case .little: for index in (0..<size).reversed() { number = number << 8 | UInt64(self[offset + index]) }
        case .big: for index in 0..<size { number = number << 8 | UInt64(self[offset + index]) }
        }
        return number
    }
}

extension [UInt8] {
    package func unsignedInteger(at offset: Int, size: Int, order: IntegerFormat.ByteOrder) -> UInt64 {
        span.unsignedInteger(at: offset, size: size, order: order)
    }

    mutating func store(_ number: UInt64, at offset: Int, size: Int, order: IntegerFormat.ByteOrder) {
        var bytes = mutableSpan
        for index in 0..<size {
            let place = order == .little ? index : size - 1 - index
            bytes[offset + place] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
        }
    }
}
