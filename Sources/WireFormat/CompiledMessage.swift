internal import BlueTap

/// One message's layout, checked and put in the order in which it is worked off.
struct CompiledMessage: Sendable {
    struct Constant: Sendable {
        var at: Int
        var bytes: [UInt8]

        var placedBytes: [(Int, UInt8)] { bytes.enumerated().map { (at + $0.offset, $0.element) } }
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
    struct Result: Sendable {
        var at: Int
        var size: Int
        var order: IntegerFormat.ByteOrder
        /// In the order of the codes' cases: quicker than a dictionary, which hashes their names.
        var numbers: [(code: ResultCode, number: UInt64)]
        var codes: [UInt64: ResultCode]
    }
    struct Integrity: Sendable {
        var at: Int
        var field: ChecksumField
        var checksum: Checksum
    }

    let size: Int
    private(set) var constants: [Constant] = []
    private(set) var texts: [Text] = []
    private(set) var integers: [Integer] = []
    private(set) var results: [Result] = []
    private(set) var checksums: [Integrity] = []
    /// The message with constants and fillings in place and all else zero.
    private(set) var blank: [UInt8]

    init(_ layout: MessageLayout, size: Int, path: [ProfileError.PathStep]) throws(ProfileError) {
        self.size = size
        blank = [UInt8](repeating: 0, count: size)
        var owner = [Int?](repeating: nil, count: size)
        for (index, field) in layout.enumerated() {
            let path = path + [.index(index)]
            guard field.size > 0, field.at >= 0, field.size <= size, field.at <= size - field.size else {
                throw ProfileError(
                    at: path,
                    "a field of \(field.size) bytes at \(field.at) does not fit in a report of \(size) bytes")
            }
            for offset in field.at..<field.at + field.size {
                if let other = owner[offset] {
                    throw ProfileError(at: path, "byte \(offset) belongs to field \(other) of this list already")
                }
                owner[offset] = index
            }
            try add(field, path: path)
        }
        if let free = owner.firstIndex(where: { $0 == nil }) {
            throw ProfileError(at: path, "no field tells of byte \(free): use `fill` for bytes without meaning")
        }
    }

    private mutating func add(_ field: FieldLayout, path: [ProfileError.PathStep]) throws(ProfileError) {
        switch field.content {
        case .constant(let bytes):
            guard bytes.count == field.size else {
                throw ProfileError(at: path, "the constant has \(bytes.count) bytes, the field \(field.size)")
            }
            blank.replaceSubrange(field.at..<field.at + field.size, with: bytes)
            constants.append(Constant(at: field.at, bytes: bytes))
        case .fill(let byte):
            for offset in field.at..<field.at + field.size { blank[offset] = byte }
        case .text(let value, let format):
            guard value != .expiryTime, value != .sequence else {
                throw ProfileError(at: path + [.key("text")], "\(value.rawValue) is a number: use `integer`")
            }
            texts.append(Text(at: field.at, size: field.size, value: value, pad: format.pad))
        case .integer(let value, let format):
            guard value == .expiryTime || value == .sequence else {
                throw ProfileError(at: path + [.key("integer")], "\(value.rawValue) is text: use `text`")
            }
            try check(sizeOf: field, path: path)
            if let absent = format.absent, !format.holds(absent, size: field.size) {
                throw ProfileError(at: path + [.key("absent")], "\(absent) does not fit in \(field.size) bytes")
            }
            integers.append(Integer(at: field.at, size: field.size, value: value, format: format))
        case .result(let numbers, let format):
            try check(sizeOf: field, path: path)
            for code in ResultCode.allCases {
                guard let number = numbers[code] else {
                    throw ProfileError(at: path + [.key("result")], "\(code.rawValue) has no number")
                }
                guard field.size == 8 || number >> UInt64(field.size * 8) == 0 else {
                    throw ProfileError(at: path + [.key("result")], "\(number) does not fit in \(field.size) bytes")
                }
            }
            let codes = Dictionary(numbers.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
            guard codes.count == numbers.count else {
                throw ProfileError(at: path + [.key("result")], "two result codes have the same number")
            }
            results.append(
                Result(
                    at: field.at, size: field.size, order: format.order,
                    numbers: ResultCode.allCases.map { ($0, numbers[$0] ?? 0) }, codes: codes))
        case .checksum(let checksum):
            guard checksum.algorithm.size == field.size else {
                throw ProfileError(
                    at: path + [.key("size")],
                    "\(checksum.algorithm.rawValue) has \(checksum.algorithm.size) bytes, the field \(field.size)")
            }
            guard checksum.over.lowerBound >= 0, checksum.over.upperBound <= size else {
                throw ProfileError(at: path + [.key("over")], "the span ends outside the report of \(size) bytes")
            }
            if checksum.over.overlaps(field.at..<field.at + field.size) {
                throw ProfileError(at: path + [.key("over")], "the span covers the checksum itself")
            }
            checksums.append(
                Integrity(at: field.at, field: checksum, checksum: Checksum(checksum.algorithm)))
        }
    }

    private func check(sizeOf field: FieldLayout, path: [ProfileError.PathStep]) throws(ProfileError) {
        guard (1...8).contains(field.size) else {
            throw ProfileError(at: path + [.key("size")], "an integer has 1 to 8 bytes, not \(field.size)")
        }
    }

    func has(_ value: FieldLayout.Value) -> Bool {
        texts.contains { $0.value == value } || integers.contains { $0.value == value }
    }

    /// Size of the sequence number's field, in bytes.
    var sequenceSize: Int? { integers.first { $0.value == .sequence }?.size }

    /// Whether some byte is a constant of both messages and differs.
    func isTold(from other: CompiledMessage) -> Bool {
        let theirs = Dictionary(uniqueKeysWithValues: other.constants.flatMap { $0.placedBytes })
        return constants.flatMap(\.placedBytes).contains { at, byte in theirs[at].map { $0 != byte } ?? false }
    }

    // MARK: Reading

    func matches(_ bytes: Span<UInt8>) -> Bool {
        for constant in constants {
            for (index, byte) in constant.bytes.enumerated() where bytes[constant.at + index] != byte { return false }
        }
        return true
    }

    func verify(_ bytes: Span<UInt8>) throws(Malformation) {
        for integrity in checksums {
            let actual = bytes.unsignedInteger(
                at: integrity.at, size: integrity.field.algorithm.size, order: integrity.field.order)
            let expected = integrity.checksum(bytes, over: integrity.field.over)
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

    func result(in bytes: Span<UInt8>) -> ResultCode? {
        guard let field = results.first else { return nil }
        return field.codes[bytes.unsignedInteger(at: field.at, size: field.size, order: field.order)]
    }

    // MARK: Writing

    func write(_ text: Text, _ value: String?, to bytes: inout [UInt8]) throws(EncodingError) {
        var offset = text.at
        let end = text.at + text.size
        if let value {
            guard value.utf8.count <= text.size else {
                throw .doesNotFit(field: text.value, value: value, limit: "\(text.size) bytes")
            }
            // The device would read less than was given, or nothing.
            guard let last = value.utf8.last, last != text.pad else { throw .looksLikePadding(field: text.value) }
            for byte in value.utf8 {
                bytes[offset] = byte
                offset += 1
            }
        }
        while offset < end {
            bytes[offset] = text.pad
            offset += 1
        }
    }

    func write(_ integer: Integer, _ value: Int64?, to bytes: inout [UInt8]) throws(EncodingError) {
        guard let number = value ?? integer.format.absent else { throw .required(field: integer.value) }
        guard integer.format.holds(number, size: integer.size), value == nil || number != integer.format.absent else {
            throw .doesNotFit(field: integer.value, value: String(number), limit: "\(integer.size) bytes")
        }
        bytes.store(
            UInt64(bitPattern: number), at: integer.at, size: integer.size, order: integer.format.order)
    }

    /// Repeats the sequence number of a command, whose field has the same size.
    func write(sequence: Int64, to bytes: inout [UInt8]) {
        for integer in integers where integer.value == .sequence {
            bytes.store(
                UInt64(bitPattern: sequence), at: integer.at, size: integer.size, order: integer.format.order)
        }
    }

    func write(_ result: ResultCode, to bytes: inout [UInt8]) {
        for field in results {
            let number = field.numbers.first { $0.code == result }?.number ?? 0
            bytes.store(number, at: field.at, size: field.size, order: field.order)
        }
    }

    func seal(_ bytes: inout [UInt8]) {
        for integrity in checksums {
            let value = integrity.checksum(bytes.span, over: integrity.field.over)
            bytes.store(
                value, at: integrity.at, size: integrity.field.algorithm.size, order: integrity.field.order)
        }
    }
}

extension IntegerFormat {
    /// Whether the number can be written in `size` bytes.
    fileprivate func holds(_ number: Int64, size: Int) -> Bool {
        if !isSigned && number < 0 { return false }
        if size == 8 { return true }
        let bits = size * 8
        return isSigned
            ? (-(Int64(1) << (bits - 1))..<(Int64(1) << (bits - 1))).contains(number)
            : number < Int64(1) << bits
    }

    /// What the bits mean. An unsigned number beyond 63 bits is held at the largest.
    fileprivate func number(_ bits: UInt64, size: Int) -> Int64 {
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
    fileprivate mutating func store(_ number: UInt64, at offset: Int, size: Int, order: IntegerFormat.ByteOrder) {
        var bytes = mutableSpan
        for index in 0..<size {
            let place = order == .little ? index : size - 1 - index
            bytes[offset + place] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
        }
    }
}
