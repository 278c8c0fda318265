import Testing
import USBCaptures

/// Interface 0 with endpoints 0x81 and 0x01 of 64 bytes, and a report descriptor of 21 bytes.
private let configuration = hex(
    """
    0902 2900 01 01 00 a0 32
    0904 00 00 02 03 00 00 00
    0921 1101 00 01 22 1500
    0705 81 03 4000 04
    0705 01 03 4000 04
    """)
/// Reports of 127 bytes, both ways.
private let reports127 = hex("0600ff 0901 a101 7508 957f 0901 8102 0902 9102 c0 c0")

private func run(_ first: UInt8, _ count: Int) -> [UInt8] { (0..<count).map { first &+ UInt8($0) } }

@Suite("Reports longer than their endpoint's packets")
struct LongReportTests {
    private func device(knowsDescriptors: Bool, _ build: (inout CaptureBuilder) -> Void) throws -> CapturedDevice {
        var builder = CaptureBuilder()
        if knowsDescriptors {
            builder.usbmonControl([0x80, 6, 0, 2, 0, 0, 0xFF, 0], answer: configuration)
            builder.usbmonControl(hex("81 06 0022 0000 1500"), answer: reports127)
        }
        build(&builder)
        return try #require(try USBCapture(builder.pcap).devices.first)
    }

    private func whole(_ device: CapturedDevice) -> [[UInt8]] {
        device.wholeReports(interface: 0, reportDescriptor: reports127).map(\.bytes)
    }

    @Test("full packets and a last one are one report, where the last one is", arguments: [true, false])
    func joined(knowsDescriptors: Bool) throws {
        let device = try device(knowsDescriptors: knowsDescriptors) {
            $0.usbmon("S", id: 9, endpoint: 1, run(7, 127))
            $0.usbmon("C", run(0, 64))
            $0.usbmon("C", run(64, 63))
            for piece in [run(1, 64), run(65, 63)] { $0.usbmon("S", id: 8, endpoint: 1, piece) }
        }
        #expect(whole(device) == [run(7, 127), run(0, 127), run(1, 127)])
        let first = knowsDescriptors ? 5 : 1
        let packets = device.wholeReports(interface: 0, reportDescriptor: reports127).map(\.packet)
        #expect(packets == [first, first + 2, first + 4])
        #expect(device.transfers.count == 5)
    }

    @Test("what is no packet of a longer report stays as it is")
    func apart() throws {
        let device = try device(knowsDescriptors: true) {
            // Short ones, one that is never completed, and more than fits
            $0.usbmon("C", run(0, 10))
            $0.usbmon("C", run(1, 64))
            $0.usbmon("C", run(2, 64))
            $0.usbmon("C", run(3, 64))
        }
        #expect(whole(device) == [run(0, 10), run(1, 64), run(2, 64), run(3, 64)])
    }
}
