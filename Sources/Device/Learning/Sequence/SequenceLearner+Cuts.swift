internal import BlueTap
internal import WireFormat

// Where an item can end that begins at known places.
extension SequenceLearner {
    /// One way to cut an item off.
    struct Cut {
        /// What each message has there; nil where the item is not there.
        var slices: [[UInt8]?]
        /// Where each message goes on.
        var next: [Int]
        /// How the field ends; nil: as what explains it says.
        var extent: FieldLayout.Extent?
        var name = ""
        /// Whether it has not the same size in every message.
        var isLoose = false
        /// Whether it is digits before what is none.
        var isOfDigits = false
    }

    /// All cuts at some places, of some messages.
    func cuts(_ cursors: [Int], _ own: [Int], _ row: Row) -> [Cut] {
        prefixed(cursors, own) + counted(cursors, own) + fixed(cursors, own)
            + digits(cursors, own) + terminated(cursors, own)
            + rest(cursors, own, row.ends)
    }

    private func cut(
        _ cursors: [Int], _ own: [Int], _ extent: FieldLayout.Extent?, _ name: String,
        _ range: (Int) -> (value: Range<Int>, next: Int)?
    ) -> Cut? {
        guard let first = own.first, range(first) != nil else { return nil }
        var slices = [[UInt8]?](repeating: nil, count: specimens.count)
        var next = cursors
        var sizes: Set<Int> = []
        for index in own {
            let bytes = specimens[index].bytes
            guard let (value, behind) = range(index), value.lowerBound <= value.upperBound, behind <= bytes.count else {
                return nil
            }
            slices[index] = Array(bytes[value])
            next[index] = behind
            sizes.insert(behind - cursors[index])
        }
        guard !sizes.isEmpty else { return nil }
        return Cut(slices: slices, next: next, extent: extent, name: name, isLoose: sizes.count > 1)
    }

    private static let prefixes: [(size: Int, format: IntegerFormat, name: String)] = {
        var all: [(size: Int, format: IntegerFormat, name: String)] = []
        for size in [4, 2, 1, 8, 3] {
            for order in size == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                all.append((size, IntegerFormat(order: order), "behind a length of \(size) bytes"))
            }
        }
        for size in [2, 3, 1, 4] {
            all.append((size, IntegerFormat(form: .decimal), "behind a length of \(size) digits"))
            all.append((size, IntegerFormat(form: .zoned), "behind a length of \(size) EBCDIC digits"))
        }
        for size in [2, 4] {
            all.append((size, IntegerFormat(form: .hexadecimal), "behind a length of \(size) hexadecimal digits"))
            all.append(
                (
                    size, IntegerFormat(form: .hexadecimal, isLowercase: true),
                    "behind a length of \(size) hexadecimal digits"
                ))
        }
        return all
            + [2, 1].map { ($0, IntegerFormat(form: .bcd, order: .big), "behind a length of \($0) bytes of BCD") }
    }()

    /// Behind a length of fixed size.
    private func prefixed(_ cursors: [Int], _ own: [Int]) -> [Cut] {
        var all: [Cut] = []
        for (size, format, name) in Self.prefixes {
            var lengths: [Int: Int64] = [:]
            for index in own {
                let (start, bytes) = (cursors[index], specimens[index].bytes)
                guard start + size <= bytes.count, let length = format.number(Array(bytes[start..<start + size])),
                    length <= Int64(bytes.count - start) || length == format.nothing(size: size)
                else { break }
                lengths[index] = length
            }
            guard lengths.count == own.count else { continue }
            // A length may count itself, and nothing may have a length of its own.
            let nothing = format.nothing(size: size)
            for plus in [0, Int64(size)] {
                var format = format
                format.plus = plus
                if let nothing, lengths.values.contains(nothing) { format.absent = nothing }
                let found = cut(cursors, own, .prefixed(size: size, format: format), name) { index in
                    let start = cursors[index] + size
                    guard let length = lengths[index] else { return nil }
                    if length == format.absent { return (start..<start, start) }
                    guard length >= plus else { return nil }
                    let end = start + Int(length - plus)
                    return (start..<max(start, end), end)
                }
                if let found, found.slices.contains(where: { $0?.isEmpty == false }) { all.append(found) }
            }
        }
        return all
    }

    /// Behind a length of as many digits as it takes.
    private func counted(_ cursors: [Int], _ own: [Int]) -> [Cut] {
        guard let first = own.first else { return [] }
        func digits(_ index: Int) -> ArraySlice<UInt8> {
            specimens[index].bytes[cursors[index]...].prefix(SearchLimit.countDigits).prefix {
                (0x30...0x39).contains($0)
            }
        }
        let end = digits(first).endIndex
        guard end > cursors[first], end < specimens[first].bytes.count else { return [] }
        let until = [specimens[first].bytes[end]]
        let format = IntegerFormat(form: .decimal)
        let found = cut(
            cursors, own, .counted(until: until, format: format),
            "behind digits that say its length"
        ) { index in
            let bytes = specimens[index].bytes
            let number = digits(index)
            guard number.endIndex < bytes.count, bytes[number.endIndex] == until[0],
                number.count == 1 || number.first != 0x30, let count = format.number(Array(number)),
                count <= Int64(bytes.count - number.endIndex - 1)
            else { return nil }
            let start = number.endIndex + 1
            return (start..<start + Int(count), start + Int(count))
        }
        return found.map { [$0] } ?? []
    }

    /// Of the same size in all messages.
    private func fixed(_ cursors: [Int], _ own: [Int]) -> [Cut] {
        SearchLimit.itemSizes.compactMap { size in
            guard
                let found = cut(
                    cursors, own, nil, "",
                    { index in
                        let end = cursors[index] + size
                        return end <= specimens[index].bytes.count ? (cursors[index]..<end, end) : nil
                    })
            else { return nil }
            let present = own.compactMap { found.slices[$0] }
            return present.allSatisfy { $0 == present[0] } && own.count == specimens.count ? nil : found
        }
    }

    /// Digits before the same byte in every message.
    private func digits(_ cursors: [Int], _ own: [Int]) -> [Cut] {
        func end(_ index: Int) -> Int {
            specimens[index].bytes[cursors[index]...].prefix { (0x30...0x39).contains($0) || $0 == 0x2E }.endIndex
        }
        guard let first = own.first, case let place = end(first), place > cursors[first],
            place < specimens[first].bytes.count
        else { return [] }
        let until = specimens[first].bytes[place]
        let found = cut(cursors, own, .terminated([until]), "digits before \(HexBytes([until]))") { index in
            let place = end(index)
            guard place < specimens[index].bytes.count, specimens[index].bytes[place] == until else { return nil }
            return (cursors[index]..<place, place + 1)
        }
        guard var found else { return [] }
        found.isOfDigits = true
        return [found]
    }

    /// Before a byte that stands behind it in every message.
    private func terminated(_ cursors: [Int], _ own: [Int]) -> [Cut] {
        guard let first = own.first else { return [] }
        var ends: [UInt8] = []
        for byte in specimens[first].bytes[cursors[first]...].prefix(SearchLimit.terminatedSize)
        where !byte.isAlphanumeric && byte < 0x80 && !ends.contains(byte) { ends.append(byte) }
        return ends.prefix(SearchLimit.terminators).compactMap { byte in
            cut(cursors, own, .terminated([byte]), "before \(HexBytes([byte]))") { index in
                guard let place = specimens[index].bytes[cursors[index]...].firstIndex(of: byte) else { return nil }
                return (cursors[index]..<place, place + 1)
            }
        }
    }

    /// All up to the message's end, or to what always stands there.
    private func rest(_ cursors: [Int], _ own: [Int], _ ends: [Int]) -> [Cut] {
        guard own.count == specimens.count else { return [] }
        return SearchLimit.restTrailers.compactMap { trailer in
            cut(cursors, own, .rest, "up to the end") { index in
                let end = ends[index] - trailer
                return end >= cursors[index] ? (cursors[index]..<end, end) : nil
            }
        }
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

extension IntegerFormat {
    /// The length that may mean that there is nothing: all bits set.
    fileprivate func nothing(size: Int) -> Int64? {
        form == .binary && size < 8 ? Int64(1) << Int64(8 * size) - 1 : nil
    }
}
