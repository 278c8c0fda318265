/// Fields around what is inside, checked.
struct CompiledWrapping: Sendable {
    private let head: MessageLayout
    private let tail: MessageLayout
    private let checksums: [ChecksumAlgorithm: Checksum]
    private let headSize: Int
    private let tailSize: Int
    /// Tells where what is inside ends.
    private let ending: (@Sendable ([UInt8], Int) -> Int?)?
    /// Whether a length of the head says where all ends.
    private let tellsEnd: Bool
    private let padding: UInt8?

    init(
        _ layer: WrappedLayer, around ending: (@Sendable ([UInt8], Int) -> Int?)?, padding: UInt8?,
        path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        var checksums: [ChecksumAlgorithm: Checksum] = [:]
        func compile(_ layout: MessageLayout, _ key: String) throws(ProfileError) -> (MessageLayout, Int) {
            let message = try GeneralMessage(layout, size: 0, padding: nil, path: path + [.key(key)])
            guard let size = message.fixedSize else {
                throw ProfileError(at: path + [.key(key)], "all fields of a layer have a size")
            }
            guard layout.allSatisfy(\.isOfArmour) else {
                throw ProfileError(
                    at: path + [.key(key)], "a layer has constants, padding, lengths and checksums, and nothing else")
            }
            checksums.merge(message.checksums) { first, _ in first }
            return (message.fields, size)
        }
        (head, headSize) = try compile(layer.head, "head")
        (tail, tailSize) = try compile(layer.tail, "tail")
        self.checksums = checksums
        self.ending = ending
        self.padding = padding
        tellsEnd = layer.head.contains { field in
            if case .length(let length) = field.content { length.over.to.base == .end } else { false }
        }
    }

    /// Padding behind the message is inside where nothing else says where that ends.
    var innerPadding: UInt8? { ending == nil && !tellsEnd && tail.isEmpty ? padding : nil }

    private func message(_ inside: ArraySlice<UInt8>) -> GeneralMessage {
        let body = FieldLayout(extent: .rest, content: .unknown(Array(inside)))
        return GeneralMessage(unchecked: head + [body] + tail, checksums: checksums)
    }

    private func read(_ bytes: [UInt8]) throws(Malformation) -> Range<Int> {
        guard bytes.count >= headSize + tailSize else {
            throw .unreadable("the message of \(bytes.count) bytes is too short")
        }
        var reader = MessageReader(message([]), bytes: bytes, keepsPlaces: true)
        try reader.read()
        return headSize..<bytes.count - tailSize
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        guard bytes.count >= headSize + tailSize else {
            throw .unreadable("the message of \(bytes.count) bytes is too short")
        }
        if tellsEnd, let padding {
            let end = try end(told: bytes)
            try bytes.checkPadding(from: end, padding)
            let whole = Array(bytes[..<end])
            return Array(bytes[try read(whole)])
        }
        if let ending, padding != nil {
            guard let end = ending(bytes, headSize).map({ $0 + tailSize }), end <= bytes.count else {
                throw .unreadable("what is inside a layer does not end")
            }
            try bytes.checkPadding(from: end, padding)
            return Array(bytes[try read(Array(bytes[..<end]))])
        }
        guard let padding, !tail.isEmpty else { return Array(bytes[try read(bytes)]) }
        // A checksum may end like the padding: the first end is taken at which it is right.
        let first = max(bytes.end(before: padding), headSize + tailSize)
        var complaint: Malformation?
        for end in first...min(bytes.count, first + tailSize) {
            do throws(Malformation) {
                return Array(bytes[try read(Array(bytes[..<end]))])
            } catch {
                complaint = complaint ?? error
            }
        }
        throw complaint ?? .unknownCommand
    }

    /// Where a length of the head says that all ends.
    private func end(told bytes: [UInt8]) throws(Malformation) -> Int {
        var cursor = 0
        for field in head {
            let range = cursor..<cursor + (field.fixedSize ?? 0)
            cursor = range.upperBound
            guard case .length(let length) = field.content, length.over.to.base == .end else { continue }
            guard let number = length.format.number(bytes[range]) else { throw .unreadable("a length is no number") }
            let from: Int =
                switch length.over.from.base {
                case .start: length.over.from.offset
                case .here: range.lowerBound + length.over.from.offset
                case .after: range.upperBound + length.over.from.offset
                case .end: 0
                }
            let (count, overflow) = number.subtractingReportingOverflow(length.format.plus)
            guard !overflow, count >= 0, count <= Int64(bytes.count) else {
                throw .unreadable("the length says \(number) bytes, which the message has not")
            }
            let end = from + Int(count) - length.over.to.offset
            guard end >= headSize + tailSize, end <= bytes.count else {
                throw .unreadable("the length says \(number) bytes, which the message has not")
            }
            return end
        }
        throw .unreadable("no length in the head says where the message ends")
    }

    func close(_ bytes: [UInt8]) throws(EncodingError) -> [UInt8] {
        var writer = MessageWriter(message(bytes[...]), values: FieldValues())
        return try writer.write()
    }
}

extension FieldLayout {
    /// Whether a layer can have it: it says nothing of a command.
    fileprivate var isOfArmour: Bool {
        switch content {
        case .constant, .fill, .length, .checksum: true
        default: false
        }
    }
}
