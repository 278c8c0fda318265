/// What the application collections of a HID report descriptor are for.
/// Source: HID 1.11, section 6.2.2; HID Usage Tables 1.5, sections 3 and 4.
struct TopLevelUsages {
    struct Usage: Hashable {
        let page: UInt16
        let id: UInt16
    }

    private(set) var all: [Usage] = []

    /// Reads a descriptor's bytes as far as they make items.
    init(_ bytes: [UInt8]) {
        var offset = 0
        var page: UInt16 = 0
        var pushed: [UInt16] = []
        var usage: Usage?
        var depth = 0
        while offset < bytes.count {
            let prefix = bytes[offset]
            if prefix == 0xFE {
                guard offset + 1 < bytes.count else { return }
                offset += 3 + Int(bytes[offset + 1])
                continue
            }
            let length = [0, 1, 2, 4][Int(prefix & 3)]
            let data = bytes[min(offset + 1, bytes.count)..<min(offset + 1 + length, bytes.count)]
            let value = data.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            offset += 1 + length
            switch prefix & 0xFC {
            case 0x04: page = UInt16(truncatingIfNeeded: value)
            case 0x08:
                // Of several the first names the collection; four bytes have a page of their own.
                let own = length == 4 ? UInt16(value >> 16) : page
                usage = usage ?? Usage(page: own, id: UInt16(truncatingIfNeeded: value))
            case 0xA4: pushed.append(page)
            case 0xB4: page = pushed.popLast() ?? page
            case 0xA0:
                if depth == 0, all.count < 256 { all.append(usage ?? Usage(page: page, id: 0)) }
                depth += 1
                usage = nil
            case 0xC0:
                depth = max(0, depth - 1)
                usage = nil
            case 0x80, 0x90, 0xB0: usage = nil
            default: break
            }
        }
    }
}

extension HIDInterface {
    /// What an interface is for.
    public enum Purpose: Int, Comparable, Sendable {
        /// A vendor's own reports.
        case vendorDefined
        case unknown
        /// A keyboard, mouse or the like, to which hosts send no more than what its lamps show.
        case inputDevice

        public static func < (left: Purpose, right: Purpose) -> Bool { left.rawValue < right.rawValue }
    }

    /// As the report descriptor says; without it as the boot protocol says, which means something with subclass 1 alone.
    public var purpose: Purpose {
        if let reportDescriptor {
            let usages = TopLevelUsages(reportDescriptor).all
            if usages.contains(where: { $0.page >= 0xFF00 }) { return .vendorDefined }
            if !usages.isEmpty { return usages.allSatisfy(\.isOfInputDevice) ? .inputDevice : .unknown }
        }
        return subclass == 1 && (protocolCode == 1 || protocolCode == 2) ? .inputDevice : .unknown
    }
}

extension TopLevelUsages.Usage {
    /// Of the pages generic desktop (mouse, joystick, keyboard and the like, system controls), consumer, digitizers.
    fileprivate var isOfInputDevice: Bool {
        switch page {
        case 0x01: (0x01...0x08).contains(id) || (0x80...0x8F).contains(id)
        case 0x0C, 0x0D: true
        default: false
        }
    }
}
