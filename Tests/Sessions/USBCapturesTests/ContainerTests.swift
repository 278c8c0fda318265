import Testing
import USBCaptures

/// An input report, 01 02 03, of device 1.5 as usbmon has it, with the 48-byte header.
private let littleUsbmon = """
    efcdab8967452301      # URB
    43 01 81 05 0100      # completion, interrupt, endpoint 0x81, device 5, bus 1
    2d 00                 # no setup, data
    0000000000000000 00000000 00000000 # time, status 0
    03000000 03000000     # 3 bytes, 3 captured
    0000000000000000
    010203
    """

/// The same of a big-endian host, with the 64-byte header.
private let bigUsbmonMmapped = """
    0123456789abcdef
    43 01 81 05 0001
    2d 00
    0000000000000000 00000000 00000000
    00000003 00000003
    0000000000000000
    00000004 00000000 00000000 00000000 # interval, start frame, flags, descriptors
    010203
    """

/// The same of USBPcap.
private let usbpcap = """
    1b00                  # header of 27 bytes
    efcdab8967452301      # IRP
    00000000 0900 01      # status, function, from the device
    0100 0500 81 01       # bus 1, device 5, endpoint 0x81, interrupt
    03000000
    010203
    """

@Suite("Containers")
struct ContainerTests {
    @Test(
        "a packet is read from every container and of every link type",
        arguments: [
            // pcap, little-endian
            "d4c3b2a1 0200 0400 00000000 00000000 00000400 bd000000 \n 00000000 00000000 33000000 33000000 \n"
                + littleUsbmon,
            // pcap, big-endian
            "a1b2c3d4 0002 0004 00000000 00000000 00040000 000000dc \n 00000000 00000000 00000043 00000043 \n"
                + bigUsbmonMmapped,
            // pcap, big-endian; USBPcap is little-endian still
            "a1b2c3d4 0002 0004 00000000 00000000 00040000 000000f9 \n 00000000 00000000 0000001e 0000001e \n"
                + usbpcap,
            // pcapng, little-endian: section, interface, enhanced packet
            """
            0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
            01000000 14000000 bd00 0000 00000400 14000000
            06000000 54000000 00000000 00000000 00000000 33000000 33000000
            """ + "\n" + littleUsbmon + "\n 00 54000000",
            // pcapng, big-endian, with an unknown block and an obsolete packet block
            """
            0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
            00000001 00000014 00dc 0000 00040000 00000014
            0000abcd 00000010 01020304 00000010
            00000002 00000064 0000 0000 00000000 00000000 00000043 00000043
            """ + "\n" + bigUsbmonMmapped + "\n 00 00000064",
            // pcapng, little-endian, with a simple packet block
            """
            0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
            01000000 14000000 f900 0000 00000000 14000000
            03000000 30000000 1e000000
            """ + "\n" + usbpcap + "\n 0000 30000000",
        ])
    func formats(file: String) throws {
        let capture = try USBCapture(hex(file))
        let device = try #require(capture.devices.first)
        #expect(device.bus == 1 && device.address == 5 && device.deviceDescriptor == nil && device.interfaces.isEmpty)
        let report = try #require(device.transfers.first)
        #expect(report.bytes == [1, 2, 3] && report.reportType == .input && report.route == .interrupt)
        #expect(report.endpoint == 0x81 && report.packet == 1 && report.time == .zero && report.reportID == nil)
        #expect(!report.isFromHost)
        #expect(capture.devices.count == 1 && device.transfers.count == 1 && capture.warnings.isEmpty)
    }

    @Test(
        "times follow from the file's resolution",
        arguments: [
            ("d4c3b2a1", Duration.microseconds(1_500_000)), ("4d3cb2a1", .nanoseconds(1_000_500_000)),
        ])
    func pcapTimes(magic: String, time: Duration) throws {
        let file = """
            \(magic) 0200 0400 00000000 00000000 00000400 bd000000
            0a000000 00000000 33000000 33000000
            \(littleUsbmon)
            0b000000 20a10700 33000000 33000000
            \(littleUsbmon)
            """
        let reports = try #require(try USBCapture(hex(file)).devices.first).transfers
        #expect(reports.map(\.time) == [.zero, time] && reports.map(\.packet) == [1, 2])
    }

    @Test(
        "pcapng's times follow from the interface's resolution",
        arguments: [
            // No option: microseconds
            ("", Duration.microseconds(2048)), ("0900 0100 06000000", .microseconds(2048)),
            ("0200 0300 61626300 0900 0100 09000000 0000 0000", .nanoseconds(2048)),
            ("0900 0100 03000000", .milliseconds(2048)), ("0900 0100 8a000000", .seconds(2)),
            ("0900 0100 00000000", .seconds(2048)), ("0900 0100 7f000000", .zero), ("0900 0100 ff000000", .zero),
            // The end of the options comes first
            ("0000 0000 0900 0100 03000000", .microseconds(2048)),
        ])
    func pcapngTimes(options: String, time: Duration) throws {
        let length = bytes(UInt32(20 + hex(options).count)).hexText
        let file = """
            0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
            01000000 \(length) bd00 0000 00000400 \(options) \(length)
            06000000 54000000 00000000 00000000 00100000 33000000 33000000
            \(littleUsbmon)
            00 54000000
            06000000 54000000 00000000 00000000 00180000 33000000 33000000
            \(littleUsbmon)
            00 54000000
            """
        #expect(try USBCapture(hex(file)).devices.first?.transfers.map(\.time) == [.zero, time])
    }

    @Test("a file may have several sections and interfaces, some of them of no USB")
    func sections() throws {
        let file = """
            0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
            01000000 14000000 0100 0000 00000400 14000000
            01000000 14000000 bd00 0000 00000400 14000000
            06000000 24000000 00000000 00000000 00000000 04000000 04000000 deadbeef 24000000
            06000000 54000000 01000000 00000000 00000000 33000000 33000000
            \(littleUsbmon)
            00 54000000
            0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
            00000001 00000014 00dc 0000 00040000 00000014
            00000006 00000064 00000000 00000000 00000000 00000043 00000043
            \(bigUsbmonMmapped)
            00 00000064
            """
        let capture = try USBCapture(hex(file))
        #expect(capture.devices.first?.transfers.map(\.packet) == [2, 3] && capture.warnings.isEmpty)
    }

    @Test(
        "what is no capture of USB is an error that says what to do",
        arguments: [
            ("", "the file is empty: was the capture stopped before it was written?"),
            (
                "68656c6c6f",
                "the file is neither pcap nor pcapng: save the capture as one of these, as Wireshark does"
            ),
            ("1f8b0800", "the packed file is broken after 0 unpacked bytes (it ends too early)"),
            (
                "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000",
                "the file has link type 1 (Ethernet): captures of usbmon (189, 220), USBPcap (249) and macOS (266) are read"
            ),
            (
                "d4c3b2a1 0200 0400 00000000 00000000 00000400 93000000",
                "the file has link type 147: captures of usbmon (189, 220), USBPcap (249) and macOS (266) are read"
            ),
            ("d4c3b2a1 0200 0400", "the file has 8 of the 24 bytes of a pcap header: copy it again"),
            (
                "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000",
                "the file has no interface: captures of usbmon (189, 220), USBPcap (249) and macOS (266) are read"
            ),
            ("0a0d0d0a 1c000000 01020304", "at offset 0: the section's byte-order magic is missing"),
            (
                "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1d000000",
                "at offset 0: the block's two lengths, 28 and 29, differ"
            ),
            (
                "0a0d0d0a 08000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000",
                "at offset 0: a block's length, 8, is not 12 or a larger multiple of 4"
            ),
            ("0a0d0d0a fcffffff 4d3c2b1a", "at offset 0: the block has 4294967292 bytes and the file 12"),
        ])
    func errors(file: String, message: String) {
        let error = #expect(throws: USBCaptureError.self) { try USBCapture(hex(file)) }
        #expect(error?.description == message)
    }

    @Test(
        "a pcapng file that breaks counts up to there",
        arguments: [
            // A packet of interface 7
            (
                "06000000 20000000 07000000 00000000 00000000 00000000 00000000 20000000",
                "packet 2, at offset 132: the packet is of interface 7, and the section describes 1"
            ),
            // A packet larger than its block
            (
                "06000000 20000000 00000000 00000000 00000000 01000000 01000000 20000000",
                "packet 2, at offset 132: the packet has more bytes than its block has room for"
            ),
            ("06000000 00010000 00000000", "at offset 132: the block has 256 bytes and the file 12"),
            ("060000", "at offset 132: the file ends within a block's header"),
            ("01000000 10000000 bd000000 10000000", "at offset 132: an interface's description has 4 bytes of 8"),
        ])
    func damagedPcapng(rest: String, warning: String) throws {
        let file = """
            0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
            01000000 14000000 bd00 0000 00000400 14000000
            06000000 54000000 00000000 00000000 00000000 33000000 33000000
            \(littleUsbmon)
            00 54000000
            \(rest)
            """
        let capture = try USBCapture(hex(file))
        #expect(capture.devices.first?.transfers.count == 1)
        #expect(capture.warnings == ["\(warning): only what comes before it was read"])
    }

    @Test("a pcap file cut off anywhere counts up to there, and says so")
    func cutOff() throws {
        var builder = CaptureBuilder()
        for report in 0..<3 { builder.usbmon("C", [UInt8(report), 0xFF]) }
        let file = builder.pcap
        // 24 bytes of header, and thrice 66.
        for size in 24..<file.count {
            let capture = try USBCapture(Array(file.prefix(size)))
            let (whole, rest) = (size - 24).quotientAndRemainder(dividingBy: 66)
            #expect(capture.devices.first?.transfers.count ?? 0 == whole)
            let place = "packet \(whole + 1), at offset \(24 + 66 * whole): the "
            #expect(capture.warnings.contains { $0.hasPrefix(place) } == (rest != 0))
        }
    }
}

extension [UInt8] {
    var hexText: String { map { String(0x100 + Int($0), radix: 16).dropFirst() }.joined() }
}
