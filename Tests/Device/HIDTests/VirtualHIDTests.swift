import BlueTap
import Glibc
import HID
import LinuxIO
import SystemPackage
import TestSupport
import Testing

@Suite("A HID device on any bus")
struct VirtualHIDTests {
    @Test("a report descriptor that Linux does not take is refused, with its item", arguments: DescriptorSample.all)
    func check(sample: DescriptorSample) {
        var problem: String?
        do throws(ReportDescriptorError) { try ReportDescriptor.check(sample.bytes) } catch { problem = "\(error)" }
        #expect(problem == sample.problem)
    }

    @Test(
        "reports are numbered where the descriptor has a Report ID item",
        arguments: [
            ([0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x95, 0x40, 0x09, 0x03, 0x91, 0x02, 0xC0], false),
            ([0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x85, 0x01, 0x95, 0x3F, 0x91, 0x02, 0xC0], true),
            // 85 as data of another item, and inside a long item.
            ([0x09, 0x85, 0xA1, 0x01, 0xC0], false), ([0xFE, 0x02, 0x10, 0x85, 0x01, 0xC0], false),
            // Cut off in the middle of an item.
            ([0x06, 0x00], false), ([0xFE], false), ([], false),
        ] as [([UInt8], Bool)])
    func numbered(descriptor: [UInt8], isNumbered: Bool) {
        #expect(ReportDescriptor(descriptor).hasReportIDs == isNumbered)
    }

    @Test("a report's size is what the descriptor's items add up to, with the report ID where there is one")
    func reportSizes() {
        let plain = ReportDescriptor([
            0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01,
            0x75, 0x08, 0x95, 0x40, 0x09, 0x02, 0x81, 0x02,  // input: 64 times 8 bits
            0x95, 0x20, 0x09, 0x03, 0x91, 0x02, 0xC0,  // output: 32 times 8 bits
        ])
        #expect(plain.size(of: .input) == 64 && plain.size(of: .output) == 32 && plain.size(of: .feature) == nil)
        #expect(plain.largestSize(of: .input, .output) == 64 && plain.largestSize(of: .feature) == 0)

        let numbered = ReportDescriptor([
            0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x75, 0x08,
            0x85, 0x01, 0x95, 0x07, 0x09, 0x02, 0x81, 0x02,  // input 1: 7 bytes
            0xA4, 0x85, 0x02, 0x96, 0x00, 0x04, 0x09, 0x03, 0x91, 0x02, 0xB4,  // output 2, between push and pop: 1,024
            0x75, 0x01, 0x95, 0x09, 0x09, 0x04, 0xB1, 0x02, 0xC0,  // feature 1: 9 bits
        ])
        #expect(numbered.size(of: .input, id: 1) == 8 && numbered.size(of: .output, id: 2) == 1025)
        #expect(numbered.size(of: .feature, id: 1) == 3 && numbered.size(of: .output, id: 1) == nil)
    }

    @Test("no descriptor is too wild to be read, and what is read of it is what its items say, seed by seed")
    func wildDescriptors() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let types: [ReportDescriptor.ReportType] = [.input, .output, .feature]
        // Items that matter, of sizes 0 to 4; the others are any byte.
        let telling: [UInt8] = [0x74, 0x94, 0x84, 0xA4, 0xB4, 0x80, 0x90, 0xB0]
        var found = 0
        for round in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &generator) {
                if Bool.random(using: &generator) {
                    let prefix = telling.randomElement(using: &generator) ?? 0
                    bytes += [
                        prefix | UInt8.random(in: 0...3, using: &generator), .random(in: 0...64, using: &generator),
                    ]
                } else {
                    bytes.append(.random(in: 0...255, using: &generator))
                }
            }
            let descriptor = ReportDescriptor(bytes)
            let expected = Self.plainReading(bytes)
            for (type, largest) in zip(types, expected) {
                #expect(descriptor.largestSize(of: type) == largest, "seed \(seed), round \(round): \(bytes)")
                if largest > 0 { found += 1 }
            }
        }
        #expect(found > 1000, "seed \(seed)")
    }

    /// The largest input, output and feature report, told once more in the plainest way: by the table of HID 1.11, section
    /// 6.2.2.2, item by item.
    private static func plainReading(_ bytes: [UInt8]) -> [Int] {
        var rest = bytes[...]
        var state = (size: 0, count: 0, id: 0)
        var stack: [(size: Int, count: Int, id: Int)] = []
        var bits: [[Int: Int]] = [[:], [:], [:]]
        var isNumbered = false
        while let prefix = rest.popFirst() {
            if prefix == 0b1111_1110 {
                guard let length = rest.popFirst() else { break }
                rest = rest.dropFirst(1 + Int(length))
                continue
            }
            let length = prefix & 0b11 == 3 ? 4 : Int(prefix & 0b11)
            var value = 0
            for (place, byte) in rest.prefix(length).enumerated() { value += Int(byte) << (8 * place) }
            value = min(value, 65_535)
            rest = rest.dropFirst(length)
            let (tag, type) = (prefix >> 4, prefix >> 2 & 0b11)
            switch (type, tag) {
            case (0, 0b1000), (0, 0b1001), (0, 0b1011):
                let kind = [0b1000: 0, 0b1001: 1, 0b1011: 2][Int(tag)] ?? 0
                bits[kind][state.id, default: 0] += state.size * state.count
            case (1, 0b0111): state.size = value
            case (1, 0b1000): (state.id, isNumbered) = (value & 0xFF, true)
            case (1, 0b1001): state.count = value
            case (1, 0b1010): stack.append(state)
            case (1, 0b1011): state = stack.popLast() ?? state
            default: break
            }
        }
        return bits.map { $0.values.map { ($0 + 7) / 8 + (isNumbered ? 1 : 0) }.max() ?? 0 }
    }

    @Test("a descriptor is closed when its owner lets go of it, as its other end sees")
    func ownedDescriptor() throws {
        // Seen from the other end: the number itself may be another test's by then.
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        do { _ = OwnedDescriptor(.init(rawValue: ends[0])) }
        var byte: UInt8 = 0
        #expect(recv(ends[1], &byte, 1, CInt(MSG_DONTWAIT)) == 0)
    }

    @Test("a system call that failed is thrown as its errno")
    func failedCall() {
        #expect(throws: Errno.notDirectory) {
            errno = ENOTDIR
            _ = try OwnedDescriptor(orThrow: -1)
        }
    }

    @Test("a socket path that is empty or too long is refused before anything is made")
    func longPath() {
        #expect(throws: LinuxIOError.self) { try UnixSocketPath("") }
        #expect(throws: LinuxIOError.self) { try UnixSocketPath(String(repeating: "x", count: 108)) }
        #expect(throws: Never.self) { try UnixSocketPath(String(repeating: "x", count: 107)) }
    }

    @Test("a place is cleared of a stale socket only: not of a live one, nor of another file")
    func clearing() throws {
        let path = "/tmp/bt-place-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let place = try UnixSocketPath(path)
        try place.clear(for: .stream)
        do {
            let listener = try place.listen(.stream, backlog: 1)
            #expect(throws: LinuxIOError.self) { try place.clear(for: .stream) }
            _ = consume listener
        }
        try place.clear(for: .stream)
        #expect(access(path, F_OK) == -1)
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: LinuxIOError.self) { try place.clear(for: .stream) }
        #expect(access(path, F_OK) == 0)
    }
}
