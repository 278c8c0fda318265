/// Reads the pcapng format. Source: draft-ietf-opsawg-pcapng.
struct PcapngReader: PacketReader {
    private enum BlockType {
        static let sectionHeader: UInt32 = 0x0A0D_0D0A
        static let interfaceDescription: UInt32 = 1
        /// Obsolete.
        static let packet: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let enhancedPacket: UInt32 = 6
    }

    private struct Interface {
        let linkType: UInt16
        /// 0 where there is no limit.
        let snapLength: UInt32
        var unitsPerSecond: UInt128 = 1_000_000
        /// Seconds to add to its times.
        var offset: Int64 = 0
    }

    private struct Block {
        let type: UInt32
        let offset: Int
        /// Without the type and both lengths.
        let body: ByteView
    }

    private let bytes: [UInt8]
    private var order = ByteOrder.little
    private var offset = 0
    private var number = 0
    private var clock = PacketClock()
    /// Those of the section.
    private var interfaces: [Interface] = []
    private(set) var linkTypes: Set<UInt16> = []

    static func isPcapng(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]) }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() throws(USBCaptureError) -> CapturedPacket? {
        while let block = try nextBlock() {
            switch block.type {
            case BlockType.sectionHeader: interfaces = []
            case BlockType.interfaceDescription: try describeInterface(block)
            case BlockType.enhancedPacket:
                return try timedPacket(block, interface: block.body.integer(UInt32.self, at: 0))
            case BlockType.packet:
                return try timedPacket(block, interface: block.body.integer(UInt16.self, at: 0).map(UInt32.init))
            case BlockType.simplePacket: return try simplePacket(block)
            default: break
            }
        }
        return nil
    }

    // MARK: Blocks

    private mutating func nextBlock() throws(USBCaptureError) -> Block? {
        guard offset < bytes.count else { return nil }
        let start = offset
        func damaged(_ reason: String) -> USBCaptureError { USBCaptureError(.damaged, offset: start, reason) }
        if bytes[offset...].starts(with: [0x0A, 0x0D, 0x0D, 0x0A]) {
            guard let sectionOrder = sectionOrder(at: offset) else {
                throw damaged("the section's byte-order magic is missing")
            }
            order = sectionOrder
        }
        let rest = ByteView(bytes[offset...], order)
        guard let type = rest.integer(UInt32.self, at: 0), let length = rest.integer(UInt32.self, at: 4) else {
            throw damaged("the file ends within a block's header")
        }
        guard length >= 12, length % 4 == 0 else {
            throw damaged("a block's length, \(length), is not 12 or a larger multiple of 4")
        }
        guard let whole = rest.slice(at: 0, count: Int(length)) else {
            throw damaged("the block has \(length) bytes and the file \(rest.count)")
        }
        let repeated = rest.integer(UInt32.self, at: whole.count - 4) ?? 0
        guard repeated == length else { throw damaged("the block's two lengths, \(length) and \(repeated), differ") }
        offset += whole.count
        return Block(type: type, offset: start, body: ByteView(whole.dropFirst(8).dropLast(4), order))
    }

    private func sectionOrder(at offset: Int) -> ByteOrder? {
        switch ByteView(bytes[offset...], .big).integer(UInt32.self, at: 8) {
        case 0x1A2B_3C4D: .big
        case 0x4D3C_2B1A: .little
        default: nil
        }
    }

    // MARK: Interfaces

    private mutating func describeInterface(_ block: Block) throws(USBCaptureError) {
        guard let linkType = block.body.integer(UInt16.self, at: 0),
            let snapLength = block.body.integer(UInt32.self, at: 4)
        else {
            throw USBCaptureError(
                .damaged, offset: block.offset, "an interface's description has \(block.body.count) bytes of 8")
        }
        linkTypes.insert(linkType)
        var interface = Interface(linkType: linkType, snapLength: snapLength)
        var offset = 8
        while let code = block.body.integer(UInt16.self, at: offset), code != 0,
            let length = block.body.integer(UInt16.self, at: offset + 2)
        {
            if code == Option.resolution, length >= 1, let value = block.body.integer(UInt8.self, at: offset + 4) {
                interface.unitsPerSecond = unitsPerSecond(resolution: value)
            }
            if code == Option.offset, length >= 8, let value = block.body.integer(UInt64.self, at: offset + 4) {
                interface.offset = Int64(bitPattern: value)
            }
            offset += 4 + (Int(length) + 3) / 4 * 4
        }
        interfaces.append(interface)
    }

    private enum Option {
        /// if_tsresol
        static let resolution: UInt16 = 9
        /// if_tsoffset
        static let offset: UInt16 = 14
    }

    /// A negative power of 2 if the upper bit is set, else of 10. A finer one than any clock's makes all times 0.
    private func unitsPerSecond(resolution: UInt8) -> UInt128 {
        let exponent = Int(resolution & 0x7F)
        guard resolution & 0x80 == 0 else { return 1 << UInt128(exponent) }
        guard exponent <= 38 else { return .max }
        return (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    // MARK: Packets

    /// A packet of an enhanced or obsolete packet block, which differ in how they name the interface.
    private mutating func timedPacket(_ block: Block, interface: UInt32?) throws(USBCaptureError) -> CapturedPacket {
        number += 1
        let body = block.body
        guard let interface, let high = body.integer(UInt32.self, at: 4), let low = body.integer(UInt32.self, at: 8),
            let captured = body.integer(UInt32.self, at: 12), let original = body.integer(UInt32.self, at: 16),
            let bytes = body.slice(at: 20, count: Int(captured))
        else { throw tooShort(block) }
        let described = try description(ofInterface: interface, block)
        return CapturedPacket(
            number: number,
            time: clock.time(
                UInt64(high) << 32 | UInt64(low), unitsPerSecond: described.unitsPerSecond, offset: described.offset),
            linkType: described.linkType, order: order, bytes: bytes, interface: interface,
            originalLength: Int(original),
            snapshotLength: Int(described.snapLength))
    }

    private mutating func simplePacket(_ block: Block) throws(USBCaptureError) -> CapturedPacket {
        number += 1
        guard let length = block.body.integer(UInt32.self, at: 0) else { throw tooShort(block) }
        let described = try description(ofInterface: 0, block)
        let captured = described.snapLength == 0 ? length : min(length, described.snapLength)
        return CapturedPacket(
            number: number, time: clock.unknown, linkType: described.linkType, order: order,
            bytes: block.body.available(at: 4, count: Int(captured)), originalLength: Int(length),
            snapshotLength: Int(described.snapLength))
    }

    private func description(ofInterface index: UInt32, _ block: Block) throws(USBCaptureError) -> Interface {
        guard index < interfaces.count else {
            throw USBCaptureError(
                .damaged, packet: number, offset: block.offset,
                "the packet is of interface \(index), and the section describes \(interfaces.count)")
        }
        return interfaces[Int(index)]
    }

    private func tooShort(_ block: Block) -> USBCaptureError {
        USBCaptureError(
            .damaged, packet: number, offset: block.offset, "the packet has more bytes than its block has room for")
    }
}
