internal import BlueTap
internal import WireFormat

/// A way in which messages can be built, between a header and a trailer of fixed fields.
enum Structure: Hashable, Sendable {
    /// Fields at fixed places only.
    case fixed
    case records(tagSize: Int, lengthSize: Int, order: IntegerFormat.ByteOrder, countsAll: Bool)
    /// The same with lengths that say their own size; nil: tags do as well.
    case berRecords(tagSize: Int?)
    case list(separator: [UInt8], escape: Escape?, isClosed: Bool)
    case pairs(separator: [UInt8], assignment: [UInt8], escape: Escape?, isClosed: Bool)
    case object
    case document(Notation)
    /// Values behind their lengths.
    case strings(lengthSize: Int, order: IntegerFormat.ByteOrder)
    /// Items one behind the other, which need not begin at the same place in every message.
    case sequence

    /// All that are tried.
    static let candidates: [Structure] = {
        var all: [Structure] = [.object] + Notation.allCases.map { .document($0) }
        for tagSize in [1, 2] {
            for lengthSize in [1, 2] {
                for order in lengthSize == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                    for countsAll in [false, true] {
                        all.append(
                            .records(tagSize: tagSize, lengthSize: lengthSize, order: order, countsAll: countsAll))
                    }
                }
            }
        }
        all += [nil, 1, 2].map { .berRecords(tagSize: $0) }
        let separators = ["&", ";", ",", "|", "\n", "\r\n", " ", "\u{1E}", "\u{1F}", "\u{1D}", "\u{1C}", "\t"].map {
            Array($0.utf8)
        }
        for separator in separators {
            for assignment in ["=", ":"] {
                for escape in [nil, Escape(.percent), Escape(.form), Escape(.before, byte: 0x5C)] as [Escape?] {
                    for isClosed in [false, true] {
                        all.append(
                            .pairs(
                                separator: separator, assignment: Array(assignment.utf8), escape: escape,
                                isClosed: isClosed))
                    }
                }
            }
        }
        for separator in separators + ["^", "#", "*", "~", "/", ":", "\0"].map({ Array($0.utf8) }) {
            for escape in [
                nil, Escape(.before, byte: 0x5C), Escape(.percent), Escape(.before, byte: 0x1B),
                Escape(.before, byte: 0x10),
            ] as [Escape?] {
                for isClosed in [false, true] {
                    all.append(.list(separator: separator, escape: escape, isClosed: isClosed))
                }
            }
        }
        for lengthSize in [1, 2] {
            for order in lengthSize == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                all.append(.strings(lengthSize: lengthSize, order: order))
            }
        }
        all.append(.sequence)
        return all
    }()

    /// "records with 1-byte tags and 2-byte lengths"
    var name: String {
        switch self {
        case .fixed: return "fields at fixed places"
        case .records(let tagSize, let lengthSize, _, _):
            return "records with \(tagSize)-byte tags and \(lengthSize)-byte lengths"
        case .berRecords(let tagSize):
            return "records with \(tagSize.map { "\($0)-byte tags and BER" } ?? "BER tags and") lengths"
        case .sequence: return "items one behind the other"
        case .list(let separator, let escape, _):
            return "fields between \(Self.quoted(separator))"
                + (escape.map { ", escaped with \(Self.quoted([$0.byte]))" } ?? "")
        case .pairs(let separator, let assignment, let escape, _):
            return "keys and values with \(Self.quoted(assignment)) and \(Self.quoted(separator))"
                + (escape.map { ", escaped with \(Self.quoted([$0.byte]))" } ?? "")
        case .object: return "JSON"
        case .document(let notation): return notation.title
        case .strings(let lengthSize, _): return "values behind \(lengthSize)-byte lengths"
        }
    }

    /// What stands between values and is not escaped, as far as the messages show.
    var bareSeparator: String? {
        switch self {
        case .list(let separator, nil, _), .pairs(let separator, _, nil, _): Self.quoted(separator)
        default: nil
        }
    }

    /// In quotes where it is text, else in hexadecimal.
    private static func quoted(_ bytes: [UInt8]) -> String {
        bytes.allSatisfy { (0x21...0x7E).contains($0) }
            ? "\"\(String(decoding: bytes, as: UTF8.self))\"" : HexBytes(bytes).description
    }

    /// Whether nothing but separators in text speaks for it.
    var isOfText: Bool {
        switch self {
        case .list, .pairs: true
        default: false
        }
    }

    /// Whether what stands there only with a value can be said to.
    var isKeyed: Bool {
        switch self {
        case .records, .berRecords: true
        default: false
        }
    }

    /// Whether values are told apart by their places alone.
    var isPositional: Bool {
        switch self {
        case .list, .strings: true
        default: false
        }
    }

    /// What stands in a body: by key, or by place where things have none; nil where the body is not built so.
    func parts(of bytes: ArraySlice<UInt8>) -> [(key: [UInt8], value: [UInt8])]? {
        switch self {
        case .fixed, .sequence: return bytes.isEmpty ? [] : nil
        // Documents are taken apart as trees.
        case .document: return nil
        case .berRecords(let tagSize): return BERParts([bytes], tagSize: tagSize)?.bodies.first
        case .records(let tagSize, let lengthSize, let order, let countsAll):
            var parts: [([UInt8], [UInt8])] = []
            var cursor = bytes.startIndex
            let header = tagSize + lengthSize
            while cursor < bytes.endIndex {
                guard cursor + header <= bytes.endIndex, parts.count < SearchLimit.parts else { return nil }
                let tag = Array(bytes[cursor..<cursor + tagSize])
                let length = Array(bytes[cursor + tagSize..<cursor + header])
                let count =
                    Int(length.unsignedInteger(at: 0, size: lengthSize, order: order)) - (countsAll ? header : 0)
                guard count >= 0, cursor + header + count <= bytes.endIndex, !parts.contains(where: { $0.0 == tag })
                else {
                    return nil
                }
                parts.append((tag, Array(bytes[cursor + header..<cursor + header + count])))
                cursor += header + count
            }
            return parts
        case .list(let separator, let escape, let isClosed):
            guard let pieces = split(bytes, separator, escape, isClosed), pieces.count > 1 else { return nil }
            var parts: [([UInt8], [UInt8])] = []
            for (index, piece) in pieces.enumerated() {
                guard let value = escape.map({ $0.unescaped(piece) }) ?? Array(piece) else { return nil }
                parts.append(([UInt8(truncatingIfNeeded: index)], value))
            }
            return parts
        case .pairs(let separator, let assignment, let escape, let isClosed):
            if bytes.isEmpty { return [] }
            guard let pieces = split(bytes, separator, escape, isClosed) else { return nil }
            var parts: [([UInt8], [UInt8])] = []
            for piece in pieces {
                guard
                    let place = bytes.firstPlace(
                        of: assignment, from: piece.startIndex, to: piece.endIndex, escape: escape),
                    place > piece.startIndex
                else { return nil }
                let key = piece[..<place]
                let value = piece[(place + assignment.count)...]
                guard let key = escape.map({ $0.unescaped(key) }) ?? Array(key),
                    let value = escape.map({ $0.unescaped(value) }) ?? Array(value),
                    key.allSatisfy({ (0x21...0x7E).contains($0) }), !parts.contains(where: { $0.0 == key })
                else { return nil }
                parts.append((key, value))
            }
            return parts
        case .object:
            let all = Array(bytes)
            guard all.first == UInt8(ascii: "{"), all.last == UInt8(ascii: "}") else { return nil }
            var scanner = JSONScanner(all, in: 0..<all.count)
            guard let members = try? scanner.scanWhole() else { return nil }
            return Self.flatten(members, path: [])
        case .strings(let lengthSize, let order):
            var parts: [([UInt8], [UInt8])] = []
            var cursor = bytes.startIndex
            while cursor < bytes.endIndex {
                guard cursor + lengthSize <= bytes.endIndex, parts.count < SearchLimit.parts else { return nil }
                let length = Array(bytes[cursor..<cursor + lengthSize])
                let count = Int(length.unsignedInteger(at: 0, size: lengthSize, order: order))
                cursor += lengthSize
                guard cursor + count <= bytes.endIndex else { return nil }
                parts.append(([UInt8(parts.count)], Array(bytes[cursor..<cursor + count])))
                cursor += count
            }
            return parts.isEmpty ? nil : parts
        }
    }

    private static func key(_ path: [String]) -> [UInt8] { Array(path.joined(separator: "\u{0}").utf8) }

    private static func flatten(_ members: [String: JSONScanner.Member], path: [String]) -> [(
        key: [UInt8], value: [UInt8]
    )] {
        members.flatMap { name, member -> [(key: [UInt8], value: [UInt8])] in
            switch member {
            case .text(let text): [(key(path + [name]), text)]
            case .object(let inner):
                // An object stands there without members as well: that is told by a member without a name.
                [(key(path + [name, ""]), [])] + flatten(inner, path: path + [name])
            case .null: []
            }
        }
    }

    private func split(
        _ bytes: ArraySlice<UInt8>, _ separator: [UInt8], _ escape: Escape?, _ isClosed: Bool
    ) -> [ArraySlice<UInt8>]? {
        guard !bytes.isEmpty else { return nil }
        var pieces: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while let place = bytes.firstPlace(of: separator, from: start, to: bytes.endIndex, escape: escape) {
            guard pieces.count < SearchLimit.parts else { return nil }
            pieces.append(bytes[start..<place])
            start = place + separator.count
        }
        if isClosed {
            guard start == bytes.endIndex else { return nil }
        } else {
            pieces.append(bytes[start...])
        }
        return pieces
    }
}

/// Where a message ends, and what stands before and behind its body.
struct Frame: Hashable, Sendable {
    enum Ending: Hashable, Sendable {
        /// With its report.
        case whole
        /// Where padding begins.
        case padding(UInt8)
        /// Where a number in the header says: so many bytes behind it, and so many more.
        case counted(column: Int, size: Int, order: IntegerFormat.ByteOrder, plus: Int)
        /// The trailer ends the report; padding stands before it.
        case anchored(UInt8)
    }

    var header: Int
    var trailer: Int
    var ending: Ending
}
