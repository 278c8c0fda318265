internal import BlueTap

// What people are told of a field.
extension FieldLayout {
    /// How deep in a message it stands.
    var layer: Explanation.Layer {
        switch content {
        case .constant, .length, .checksum, .echo: return .envelope
        case .integer(let value, _):
            return value == .sequence || value == .counter || value == .time ? .envelope : .body
        default: return .body
        }
    }

    /// What it carries, as text: what the whole message says, else what its bytes do; nil where that is nothing.
    func valueText(_ bytes: [UInt8], _ known: FieldValues) -> String? {
        switch content {
        case .constant(let bytes):
            return bytes.isPrintable ? "\"\(String(decoding: bytes, as: UTF8.self))\"" : nil
        case .length(let length): return length.format.number(bytes).map { String($0) }
        case .fill, .unknown, .checksum, .echo: return nil
        default: break
        }
        // The field alone is a message as well.
        var alone = self
        alone.at = nil
        alone.extent = fixedSize == nil ? .rest : extent
        var reader = MessageReader(GeneralMessage(unchecked: [alone], checksums: [:]), bytes: bytes)
        let own = (try? reader.read()) == nil ? FieldValues() : reader.values
        let texts = values.compactMap { own[$0] ?? known[$0] }
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    /// Why bytes are taken for it.
    var reason: String {
        let size =
            switch extent {
            case .prefixed: ", behind its size"
            case .terminated(let bytes): ", up to \(HexBytes(bytes))"
            case .rest, .padded: ", as long as the message has room"
            default: ""
            }
        return contentReason + (isSingle ? size : "") + (unsure.map { "; not sure: \($0)" } ?? "")
    }

    private var isSingle: Bool {
        switch content {
        case .text, .integer, .enumeration: true
        default: false
        }
    }

    private var contentReason: String {
        switch content {
        case .constant(let bytes): return "always \(HexBytes(bytes))"
        case .fill(let byte): return "means nothing; written as \(HexBytes([byte]))"
        case .unknown: return "nobody knows what it means"
        case .text(_, let format):
            return "text" + (fixedSize == nil ? "" : ", padded with \(HexBytes([format.pad]))")
        case .integer(_, let format): return format.reason(size: fixedSize)
        case .enumeration: return "other bytes for each value"
        case .result: return "other numbers for each result"
        case .length(let length):
            return "counts the bytes from \(length.over.from) to \(length.over.to)"
        case .checksum(let checksum):
            return
                "\(checksum.algorithm.name ?? "a crc of the profile") of the bytes from \(checksum.over.from) to \(checksum.over.to)"
        case .bits: return "bits"
        case .echo(let range):
            return "repeats bytes \(range.lowerBound) to \(range.upperBound - 1) of the command"
        case .records: return "tag, length, value"
        case .list(let list): return "fields between \(HexBytes(list.separator.bytes))"
        case .pairs(let pairs):
            return
                "keys and values, with \(HexBytes(pairs.assignment.bytes)) between and \(HexBytes(pairs.separator.bytes)) behind"
        case .object: return "a JSON object"
        case .enclosed(let enclosed): return "stands between \(enclosed.start) and \(enclosed.end)"
        default: return "as the profile has it"
        }
    }

    /// What holds the fields in it together.
    var structureName: String {
        switch content {
        case .records: "tag and length"
        case .list: "separator"
        case .pairs: "key"
        default: "structure"
        }
    }
}

extension IntegerFormat {
    fileprivate func reason(size: Int?) -> String {
        let kind: String
        switch form {
        case .binary where size == 1: kind = "a number"
        case .binary: kind = "a \(order.rawValue)-endian number"
        default: kind = "a number as \(form.rawValue)"
        }
        return kind + (decimals.map { " of units with \($0) decimals" } ?? "")
            + (absent.map { ", \($0) if not given" } ?? "")
    }
}

extension [UInt8] {
    /// Whether people can read it.
    fileprivate var isPrintable: Bool { count > 1 && allSatisfy { (0x20...0x7E).contains($0) } }
}
