/// What a HID report descriptor says of the reports' sizes and IDs.
/// Source: HID 1.11, sections 5.2 to 6.2.2.
public struct ReportDescriptor: Hashable, Sendable {
    /// The main items that make reports. Source: HID 1.11, section 6.2.2.4.
    public enum ReportType: Hashable, Sendable, CaseIterable {
        case input
        case output
        case feature
    }

    private struct Report: Hashable {
        let type: ReportType
        let id: UInt8
    }

    /// Data bits of each report, without the report ID.
    private var bits: [Report: Int] = [:]
    /// Whether reports begin with a report ID: whether there is a Report ID item.
    public private(set) var hasReportIDs = false

    /// Reads a descriptor's bytes as far as they make items; what a host would refuse is not refused here.
    public init(_ bytes: [UInt8]) {
        var offset = 0
        var size = 0
        var count = 0
        var id: UInt8 = 0
        var pushed: [(size: Int, count: Int, id: UInt8)] = []
        while offset < bytes.count {
            let prefix = bytes[offset]
            if prefix == 0xFE {
                // A long item: its size stands in the next byte.
                guard offset + 1 < bytes.count else { return }
                offset += 3 + Int(bytes[offset + 1])
                continue
            }
            let length = [0, 1, 2, 4][Int(prefix & 3)]
            let data = bytes[min(offset + 1, bytes.count)..<min(offset + 1 + length, bytes.count)]
            // Enough for every size that a kernel accepts; larger ones must not overflow.
            let value = min(data.reversed().reduce(0) { $0 << 8 | Int($1) }, 0xFFFF)
            offset += 1 + length
            switch prefix & 0xFC {
            case 0x74: size = value
            case 0x94: count = value
            case 0x84:
                hasReportIDs = true
                id = UInt8(truncatingIfNeeded: value)
            case 0xA4: pushed.append((size, count, id))
            case 0xB4: if let last = pushed.popLast() { (size, count, id) = last }
            case 0x80: bits[Report(type: .input, id: id), default: 0] += size * count
            case 0x90: bits[Report(type: .output, id: id), default: 0] += size * count
            case 0xB0: bits[Report(type: .feature, id: id), default: 0] += size * count
            default: break
            }
        }
    }

    /// The size in bytes of a report as it is on the wire, with its report ID where reports have one; nil where there is
    /// no such report.
    public func size(of type: ReportType, id: UInt8 = 0) -> Int? {
        bits[Report(type: type, id: id)].map { ($0 + 7) / 8 + (hasReportIDs ? 1 : 0) }
    }

    /// The sizes in bytes of all reports of a type, with their report IDs.
    public func sizes(of type: ReportType) -> Set<Int> {
        Set(bits.keys.filter { $0.type == type }.compactMap { size(of: $0.type, id: $0.id) })
    }

    /// The size in bytes of the largest report of these types, with its report ID; 0 where there are none.
    public func largestSize(of types: ReportType...) -> Int {
        bits.keys.filter { types.contains($0.type) }.compactMap { size(of: $0.type, id: $0.id) }.max() ?? 0
    }
}
