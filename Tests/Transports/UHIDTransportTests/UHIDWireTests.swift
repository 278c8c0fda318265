import BlueTap
import Testing

@testable import HID
@testable import UHIDTransport

@Suite("What crosses /dev/uhid")
struct UHIDWireTests {
    private static let description = HIDDescription(
        vendorID: 0x1209, productID: 0x0001, release: 0x0100, manufacturer: "bluetap", product: "BlueTap emulator",
        serialNumber: "000001", reportDescriptor: [0x06, 0x00, 0xFF, 0xC0])

    /// Of a device whose reports have IDs, or else these sizes in bytes.
    private func event(_ bytes: [UInt8], output: UInt8? = nil, feature: UInt8? = nil) -> UHIDEvent? {
        let sizes = [output.map { [0x75, 8, 0x95, $0, 0x91, 2] }, feature.map { [0x75, 8, 0x95, $0, 0xB1, 2] }]
        let reports = sizes.compactMap(\.self).flatMap(\.self)
        let descriptor = ReportDescriptor(reports.isEmpty ? [0x85, 1] : reports)
        return bytes.withUnsafeBytes { UHIDEvent($0, reports: descriptor) }
    }

    /// An event of the kernel's: its type, what stands at the beginning of its body, and what stands elsewhere.
    private func bytes(_ type: UInt8, _ body: [UInt8] = [], _ others: (offset: Int, bytes: [UInt8])...) -> [UInt8] {
        var event = [UInt8](repeating: 0, count: 4380)
        event[0] = type
        event.replaceSubrange(4..<4 + body.count, with: body)
        for (offset, bytes) in others { event.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        return event
    }

    @Test("an event is 4,380 bytes")
    func size() { #expect(UHIDEvent.size == 4380) }

    @Test("the kernel's events are read")
    func events() {
        #expect(event(bytes(2, [7, 0, 0, 0, 0, 0, 0, 0])) == .start)
        #expect(event(bytes(3)) == .stop)
        #expect(event(bytes(4)) == .open)
        #expect(event(bytes(5)) == .close)
        // Output: 4,096 bytes of data, its size, its type.
        #expect(event(bytes(6, [0x00, 0xB7, 0x01], (4100, [3, 0]), (4102, [1]))) == .output([0x00, 0xB7, 0x01]))
        #expect(event(bytes(6)) == .output([]))
        // GET_REPORT: the request, the report's number, its type.
        #expect(
            event(bytes(9, [0x78, 0x56, 0x34, 0x12, 5, 2])) == .getReport(request: 0x1234_5678, type: .input, number: 5)
        )
        // SET_REPORT: the same, then size and data.
        #expect(
            event(bytes(13, [1, 0, 0, 0, 0, 0, 2, 0, 0xAA, 0xBB]))
                == .setReport(request: 1, type: .feature, report: [0xAA, 0xBB]))
        #expect(event(bytes(9, [1, 0, 0, 0, 0, 9])) == .getReport(request: 1, type: nil, number: 0))
        #expect(event(bytes(99)) == .other(99))
    }

    @Test(
        "the report ID 0 of an unnumbered report is taken off, but not from what has the report's own size",
        arguments: [
            ([0x00, 0xB7, 0x01, 0x02], [0xB7, 0x01, 0x02]), ([0x00, 0xB7, 0x01], [0x00, 0xB7, 0x01]),
            ([0xB7, 0x01, 0x02], [0xB7, 0x01, 0x02]), ([0x00, 0xB7], [0xB7]), ([0xB7], [0xB7]), ([0x00], []), ([], []),
        ] as [([UInt8], [UInt8])])
    func reportID(written: [UInt8], report: [UInt8]) {
        let output = bytes(6, written, (4100, [UInt8(written.count), 0]))
        #expect(event(output, output: 3) == .output(report))
        #expect(event(output) == .output(written))
        // A feature report has a size of its own.
        let feature = bytes(13, [1, 0, 0, 0, 0, 0, UInt8(written.count), 0] + written)
        #expect(event(feature, output: 9, feature: 3) == .setReport(request: 1, type: .feature, report: report))
        #expect(event(feature) == .setReport(request: 1, type: .feature, report: written))
    }

    @Test("what is cut off, or says that it is longer than it is, is no event")
    func cutOff() {
        for length in [0, 1, 3] { #expect(event([UInt8](repeating: 2, count: length)) == nil) }
        #expect(event([6, 0, 0, 0, 1, 2, 3]) == nil)
        #expect(event(bytes(6, [], (4100, [0xFF, 0xFF]))) == nil)
        #expect(event([13, 0, 0, 0, 1, 0, 0, 0, 0, 1, 9, 0, 0xAA]) == nil)
    }

    @Test("no bytes trap")
    func wildEvents() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var read: [String: Int] = [:]
        for _ in 0..<3000 {
            // As long as an event is, or cut off, or longer.
            let isWhole = Bool.random(using: &generator)
            let count = isWhole ? 4380 : Int.random(in: 0...4400, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let type = UInt8.random(in: 0...16, using: &generator)
            if bytes.count > 3 { bytes.replaceSubrange(0..<4, with: [type, 0, 0, 0]) }
            // A size that may be true, every other time.
            if isWhole, Bool.random(using: &generator) {
                bytes[4101] = UInt8.random(in: 0...16, using: &generator)
                bytes[11] = UInt8.random(in: 0...16, using: &generator)
            }
            switch event(bytes) {
            case .output(let data)?:
                #expect(bytes[4...].starts(with: data) && data.count == Int(bytes[4100]) | Int(bytes[4101]) << 8)
                read["output", default: 0] += 1
            case .setReport(_, _, let data)?:
                #expect(bytes[12...].starts(with: data) && data.count == Int(bytes[10]) | Int(bytes[11]) << 8)
                read["setReport", default: 0] += 1
            case .getReport?: read["getReport", default: 0] += 1
            case .start?, .stop?, .open?, .close?, .other?: read["others", default: 0] += 1
            case nil: read["nothing", default: 0] += 1
            }
        }
        // Each sort has come.
        for sort in ["output", "setReport", "getReport", "others", "nothing"] {
            #expect(read[sort, default: 0] >= 10, "seed \(seed): \(read)")
        }
    }

    @Test("a device is made with its name, place, serial number, identity and descriptor")
    func create() {
        let request = UHIDRequest.create(Self.description, phys: "bluetap/1")
        #expect(request.count == 4 + 276 + 4)
        #expect(request[0..<4] == [11, 0, 0, 0])
        #expect(String(decoding: request[4..<132].prefix { $0 != 0 }, as: UTF8.self) == "bluetap BlueTap emulator")
        #expect(String(decoding: request[132..<196].prefix { $0 != 0 }, as: UTF8.self) == "bluetap/1")
        #expect(String(decoding: request[196..<260].prefix { $0 != 0 }, as: UTF8.self) == "000001")
        #expect(
            request[260...] == [
                4, 0,  // the descriptor's size
                3, 0,  // BUS_USB
                0x09, 0x12, 0, 0, 0x01, 0, 0, 0, 0x00, 0x01, 0, 0,  // vendor, product, version
                0, 0, 0, 0,  // country
                0x06, 0x00, 0xFF, 0xC0,
            ])
    }

    @Test("text that is too long is cut off between two characters, with a NUL after it")
    func longText() {
        var description = Self.description
        description.manufacturer = ""
        description.product = String(repeating: "é", count: 100)
        description.serialNumber = String(repeating: "7", count: 64)
        let request = UHIDRequest.create(description, phys: "")
        // A space, 63 times two bytes.
        #expect(request[4..<132].firstIndex(of: 0) == 4 + 127)
        #expect(request[196..<260].firstIndex(of: 0) == 196 + 63)
    }

    @Test("reports and answers are as long as they need to be")
    func answers() {
        #expect(UHIDRequest.destroy == [1, 0, 0, 0])
        #expect(UHIDRequest.withInputReport([0xB7, 0x81], Array.init) == [12, 0, 0, 0, 2, 0, 0xB7, 0x81])
        #expect(
            UHIDRequest.getReportReply(to: 0x0102, report: [0, 9]) == [10, 0, 0, 0, 2, 1, 0, 0, 0, 0, 2, 0, 0, 9])
        #expect(UHIDRequest.getReportReply(to: 7, report: nil) == [10, 0, 0, 0, 7, 0, 0, 0, 32, 0, 0, 0])
        #expect(UHIDRequest.setReportReply(to: 7, isAccepted: true) == [14, 0, 0, 0, 7, 0, 0, 0, 0, 0])
        #expect(UHIDRequest.setReportReply(to: 7, isAccepted: false) == [14, 0, 0, 0, 7, 0, 0, 0, 32, 0])
    }
}
