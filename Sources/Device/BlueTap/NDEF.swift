/// An NDEF message: what an NFC tag holds. Source: NFC Forum, NDEF 1.0.
public struct NDEFMessage: Hashable, Sendable {
    public var records: [NDEFRecord]

    public init(records: [NDEFRecord]) {
        self.records = records
    }

    /// The message's bytes, without a tag's TLV or length around them.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (index, record) in records.enumerated() {
            record.append(to: &bytes, isFirst: index == 0, isLast: index == records.count - 1)
        }
        return bytes
    }
}

/// One record of an NDEF message.
public struct NDEFRecord: Hashable, Sendable {
    /// The low three bits of a record's header.
    public enum TypeNameFormat: UInt8, Sendable {
        case wellKnown = 1
        case external = 4
    }

    public var typeNameFormat: TypeNameFormat
    /// At most 255 bytes.
    public var type: String
    public var payload: [UInt8]

    /// A well-known `U` record. The scheme is abbreviated as the published Tap! tags do it: `https://` is 04.
    /// Source: NFC Forum, URI Record Type Definition 1.0.
    public static func uri(_ uri: String) -> Self {
        let abbreviations: [(code: UInt8, prefix: String)] = [(0x04, "https://"), (0x03, "http://")]
        let match = abbreviations.first { uri.hasPrefix($0.prefix) }
        return Self(
            typeNameFormat: .wellKnown, type: "U",
            payload: [match?.code ?? 0x00] + uri.utf8.dropFirst(match?.prefix.utf8.count ?? 0))
    }

    /// An Android application record: which application shall open the message.
    public static func androidApplication(package: String) -> Self {
        Self(typeNameFormat: .external, type: "android.com:pkg", payload: Array(package.utf8))
    }

    fileprivate func append(to bytes: inout [UInt8], isFirst: Bool, isLast: Bool) {
        let isShort = payload.count < 256
        bytes.append(
            (isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | (isShort ? 0x10 : 0) | typeNameFormat.rawValue)
        bytes.append(UInt8(type.utf8.count))
        if isShort {
            bytes.append(UInt8(payload.count))
        } else {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
        }
        bytes += type.utf8
        bytes += payload
    }
}
