/// The blocks of a pcapng file of one interface, `LINKTYPE_USB_LINUX_MMAPPED`, with times in nanoseconds.
/// Source: draft-ietf-opsawg-pcapng.
enum PcapngBlocks {
    private enum Option {
        static let end: UInt16 = 0
        static let comment: UInt16 = 1
        static let interfaceName: UInt16 = 2
        /// shb_userappl
        static let application: UInt16 = 4
        /// if_tsresol
        static let timeResolution: UInt16 = 9
    }

    /// Longest comment, in bytes: an option's length has 16 bits.
    private static let longestComment = 4096

    /// What a file begins with: a section header and an interface description.
    static func beginning(application: String) -> [UInt8] {
        var section = LittleEndianBytes()
        section.append(UInt32(0x1A2B_3C4D))
        section.append(UInt16(1))
        section.append(UInt16(0))
        // The section's length is not known.
        section.append(UInt64.max)
        append(Option.application, Array(application.utf8), to: &section)
        append(Option.end, [], to: &section)
        var interface = LittleEndianBytes()
        interface.append(USBLinkType.usbmonMmapped.rawValue)
        interface.append(UInt16(0))
        // No packet is cut.
        interface.append(UInt32(0))
        append(Option.interfaceName, Array("bluetap".utf8), to: &interface)
        append(Option.timeResolution, [9], to: &interface)
        append(Option.end, [], to: &interface)
        return block(0x0A0D_0D0A, section) + block(1, interface)
    }

    /// - Parameter time: in nanoseconds since 1970.
    static func packet(_ bytes: [UInt8], time: Int64, comment: String?) -> [UInt8] {
        var body = LittleEndianBytes(capacity: bytes.count + 96)
        let units = UInt64(max(0, time))
        body.append(UInt32(0))
        body.append(UInt32(units >> 32))
        body.append(UInt32(truncatingIfNeeded: units))
        body.append(UInt32(bytes.count))
        body.append(UInt32(bytes.count))
        body.append(bytes)
        body.align()
        if let comment {
            append(Option.comment, cut(comment), to: &body)
            append(Option.end, [], to: &body)
        }
        return block(6, body)
    }

    /// As many whole characters as a comment may have.
    private static func cut(_ comment: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in comment.unicodeScalars {
            let next = UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            if bytes.count + next.count > longestComment { break }
            bytes += next
        }
        return bytes
    }

    private static func append(_ option: UInt16, _ value: [UInt8], to bytes: inout LittleEndianBytes) {
        bytes.append(option)
        bytes.append(UInt16(value.count))
        bytes.append(value)
        bytes.align()
    }

    private static func block(_ type: UInt32, _ body: LittleEndianBytes) -> [UInt8] {
        var block = LittleEndianBytes(capacity: body.count + 12)
        let length = UInt32(body.count + 12)
        block.append(type)
        block.append(length)
        block.append(body.bytes)
        block.append(length)
        return block.bytes
    }
}
