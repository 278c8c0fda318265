import Testing
import USBCaptures

/// GET_DESCRIPTOR for a type and index, 255 bytes.
private func getDescriptor(_ type: UInt8, _ index: UInt8 = 0) -> [UInt8] { [0x80, 6, index, type, 0, 0, 0xFF, 0] }

private let deviceDescriptor = hex("1201 0002 00 00 00 40 34127856 0201 01 02 03 01")

/// Interface 0 of class HID, with a report descriptor of 4 bytes and endpoints 0x81 and 0x02; interface 1 of class
/// communications, with endpoint 0x83.
private let configuration = hex(
    """
    0902 3900 02 01 00 a0 32
    0904 00 00 02 03 01 02 00
    0921 1101 00 01 22 0400
    0705 81 03 4000 04
    0705 02 03 2010 08
    0904 01 00 01 02 02 00 00
    0705 83 03 0800 10
    """)

private func capture(_ build: (inout CaptureBuilder) -> Void) throws -> USBCapture {
    var builder = CaptureBuilder()
    build(&builder)
    return try USBCapture(builder.pcap)
}

@Suite("Conversations")
struct ConversationTests {
    @Test(
        "an interrupt OUT counts once, unless it failed",
        arguments: [
            (nil, Int32(0), 1), ("C", 0, 1), ("C", -32, 0), ("C", -2, 0), ("E", -19, 0),
        ] as [(Character?, Int32, Int)])
    func interruptOut(completion: Character?, status: Int32, count: Int) throws {
        let capture = try capture {
            $0.usbmon("S", id: 7, endpoint: 2, [1, 2])
            if let completion { $0.usbmon(completion, id: 7, endpoint: 2, status: status, length: 2) }
            $0.usbmon("C", [9])
        }
        let device = try #require(capture.devices.first)
        #expect(device.transfers.count == 1 + count)
        #expect(device.transfers.filter(\.isFromHost).map(\.bytes) == [[UInt8]](repeating: [1, 2], count: count))
        #expect(device.transfers.filter(\.isFromHost).allSatisfy { $0.endpoint == 2 && $0.packet == 1 })
    }

    @Test("a transfer whose completion is missing is not taken for the next one with its ID")
    func reusedID() throws {
        let capture = try capture {
            $0.usbmon("S", id: 7, endpoint: 2, [1])
            $0.usbmon("S", id: 7, endpoint: 2, [2])
            $0.usbmon("C", id: 7, endpoint: 2, status: -32)
            $0.usbmon("C", id: 7, endpoint: 2, status: -32)
            $0.usbmon("S", id: 8, endpoint: 2, [3])
            $0.usbmon("S", id: 8, endpoint: 0x81, length: 64)
            $0.usbmon("C", id: 8, endpoint: 0x81, status: -2)
            $0.usbmon("S", id: 9, endpoint: 2, [4])
            $0.usbmon("S", id: 9, endpoint: 2)
            $0.usbmon("C", id: 9, endpoint: 2, status: -32)
            $0.usbmon("S", id: 77, endpoint: 2, [5])
            $0.usbmonControl(hex("21 0a 0000 0000 0000"), status: -32)
        }
        #expect(capture.devices.first?.transfers.map(\.bytes) == [[1], [3], [4], [5]])
    }

    @Test("an interrupt IN counts where it completed, unless it failed or brought nothing")
    func interruptIn() throws {
        let capture = try capture {
            $0.usbmon("S", length: 64)
            $0.usbmon("C", [1])
            $0.usbmon("C", status: -32, [2])
            $0.usbmon("C", [])
            // More than was transferred
            $0.usbmon("C", [3, 4, 5], length: 2)
        }
        #expect(capture.devices.first?.transfers.map(\.packet) == [2, 5])
        #expect(capture.devices.first?.transfers.last?.bytes == [3, 4])
        #expect(capture.devices.first?.transfers.first?.time == .milliseconds(1))
        #expect(capture.warnings.isEmpty)
    }

    @Test(
        "SET_REPORT and GET_REPORT tell type, ID and interface",
        arguments: [
            ("21 09 0302 0400 0200", HIDTransfer.ReportType.output, HIDTransfer.Route.setReport, 3, 4),
            ("21 09 0003 0000 0200", .feature, .setReport, 0, 0), ("21 09 0001 0000 0200", .input, .setReport, 0, 0),
            ("a1 01 0501 0100 0200", .input, .getReport, 5, 1), ("a1 01 0503 0100 0200", .feature, .getReport, 5, 1),
        ] as [(String, HIDTransfer.ReportType, HIDTransfer.Route, UInt8, UInt8)])
    func reportRequests(
        setup: String, type: HIDTransfer.ReportType, route: HIDTransfer.Route, id: UInt8, interface: UInt8
    ) throws {
        let setup = hex(setup)
        let data: [UInt8] = [0xAB, 0xCD]
        let isOut = route == .setReport
        let capture = try capture {
            $0.usbmonControl(setup, out: isOut ? data : [], answer: isOut ? [] : data)
            $0.usbmonControl(setup, out: isOut ? data : [], answer: isOut ? [] : data, status: -32)
        }
        let report = try #require(capture.devices.first?.transfers.first)
        #expect(capture.devices.first?.transfers.count == 1)
        #expect(report.reportType == type && report.route == route && report.bytes == data)
        #expect(report.reportID == id && report.interface == interface && report.endpoint == 0)
        #expect(report.isFromHost == isOut && report.packet == (isOut ? 1 : 2))
    }

    @Test("other control requests, bulk and isochronous transfers are no reports")
    func others() throws {
        let capture = try capture {
            $0.usbmonControl(hex("21 0a 0000 0000 0000"))
            $0.usbmonControl(hex("21 09 0004 0000 0200"), out: [1, 2])
            $0.usbmonControl(hex("40 09 0002 0000 0200"), out: [1, 2])
            $0.usbmon("C", type: 3, [1])
            $0.usbmon("C", type: 0, [1])
            $0.usbmon("C", type: 9, [1])
        }
        #expect(capture.devices.isEmpty)
        #expect(capture.warnings == ["no HID device in 9 USB packets: capture the bus that the device is on"])
    }

    @Test("USBPcap pairs by IRP, in the packets of version 1.5 and in those before it", arguments: [false, true])
    func usbpcapStages(isOld: Bool) throws {
        let setReport = hex("21 09 0002 0000 0300")
        let getReport = hex("a1 01 0103 0000 0200")
        var builder = CaptureBuilder(linkType: 249)
        for status: UInt32 in [0, 0xC000_0004] {
            if isOld {
                builder.usbpcap(isCompletion: false, type: 2, endpoint: 0, stage: 0, setReport)
                builder.usbpcap(isCompletion: false, type: 2, endpoint: 0, stage: 1, [1, 2, 3])
                builder.usbpcap(isCompletion: true, type: 2, endpoint: 0, status: status, stage: 2)
                builder.usbpcap(isCompletion: false, type: 2, endpoint: 0x80, stage: 0, getReport)
                builder.usbpcap(isCompletion: true, type: 2, endpoint: 0x80, status: status, stage: 1, [1, 5])
                builder.usbpcap(isCompletion: true, type: 2, endpoint: 0x80, status: status, stage: 2)
                builder.usbpcap(isCompletion: false, endpoint: 2, [4])
            } else {
                builder.usbpcap(isCompletion: false, type: 2, endpoint: 0, stage: 0, setReport + [1, 2, 3])
                builder.usbpcap(isCompletion: true, type: 2, endpoint: 0, status: status, stage: 3)
                builder.usbpcap(isCompletion: false, type: 2, endpoint: 0x80, stage: 0, getReport)
                builder.usbpcap(isCompletion: true, type: 2, endpoint: 0x80, status: status, stage: 3, [1, 5])
                builder.usbpcap(isCompletion: false, endpoint: 2, [4])
                builder.usbpcap(isCompletion: true, endpoint: 2, status: status)
            }
        }
        let reports = try #require(try USBCapture(builder.pcap).devices.first).transfers
        // Old versions tell nothing of how an interrupt OUT ended.
        #expect(reports.map(\.bytes) == [[1, 2, 3], [1, 5], [4]] + (isOld ? [[4]] : []))
        #expect(reports.map(\.reportID).prefix(3) == [0, 1, nil])
    }

    @Test("reports of which the capture has a part are dropped and counted")
    func truncated() throws {
        let capture = try capture {
            $0.usbmon("C", [1])
            $0.usbmon("C", [UInt8](repeating: 1, count: 32), length: 64)
            $0.usbmon("S", device: 6, length: 64)
            $0.usbmon("S", endpoint: 2, device: 6, [1, 2], length: 3)
            $0.usbmon("C", endpoint: 2, device: 6, length: 3)
            $0.usbmon("C", device: 6, [], length: 8)
        }
        #expect(capture.devices.map(\.truncatedReports) == [1, 2])
        #expect(capture.devices.map(\.transfers.count) == [1, 0])
        #expect(
            capture.warnings == [
                "packet 2: 64 bytes of which 32 were captured: capture with a larger snapshot length",
                "packet 4: 3 bytes of which 2 were captured, and so with 1 more of device 1.6: "
                    + "capture with a larger snapshot length",
            ])
    }

    @Test("packets that are too short for their header are counted")
    func malformed() throws {
        var builder = CaptureBuilder()
        builder.usbmon("C", [1])
        builder.usbmon("X", [1])
        builder.usbmon("C", [1])
        builder.linkType = 220
        // The header has 64 bytes there.
        let capture = try USBCapture(builder.pcap)
        #expect(
            capture.warnings == [
                "no HID device in 3 USB packets: capture the bus that the device is on",
                "packet 1: its 49 bytes do not begin with a whole USB header, nor those of 2 more packets: "
                    + "capture with a larger snapshot length",
            ])
    }

    @Test("devices after the 128th are left out")
    func manyDevices() throws {
        let capture = try capture {
            for bus: UInt16 in 1...2 {
                for device: UInt8 in 1...100 { $0.usbmon("C", device: device, bus: bus, [1]) }
            }
        }
        #expect(capture.devices.count == 128)
        #expect(capture.warnings == ["packet 129: there are more than 128 devices: capture fewer"])
    }
}

@Suite("Descriptors")
struct DescriptorTests {
    @Test("a device's descriptors are put together from what the host read")
    func enumeration() throws {
        let capture = try capture {
            $0.usbmonControl(getDescriptor(1), device: 0, answer: deviceDescriptor)
            $0.usbmonControl(getDescriptor(1), answer: Array(deviceDescriptor.prefix(8)))
            $0.usbmonControl(getDescriptor(1), answer: deviceDescriptor)
            $0.usbmonControl(getDescriptor(2), answer: configuration)
            $0.usbmonControl(getDescriptor(2), answer: Array(configuration.prefix(9)))
            $0.usbmonControl(getDescriptor(2), answer: Array(configuration.prefix(18)))
            $0.usbmonControl(getDescriptor(3, 0), answer: hex("0403 0904"))
            $0.usbmonControl(getDescriptor(3, 1), answer: hex("0403 4100"))
            // Filled up with zeros, and a part of it
            $0.usbmonControl(getDescriptor(3, 2), answer: hex("0a03 4200 3cd8 e3df 0000"))
            $0.usbmonControl(getDescriptor(3, 2), answer: hex("0a03"))
            $0.usbmonControl(getDescriptor(3, 3), status: -32)
            $0.usbmonControl(hex("81 06 0022 0000 0400"), answer: [0x05, 0x01, 0xA1, 0xC0])
        }
        let device = try #require(capture.devices.first)
        #expect(capture.devices.count == 1 && capture.warnings.isEmpty && device.transfers.isEmpty)
        let descriptor = try #require(device.deviceDescriptor)
        #expect(descriptor.vendorID == 0x1234 && descriptor.productID == 0x5678 && descriptor.release == 0x0102)
        #expect(descriptor.usbVersion == 0x0200 && descriptor.deviceClass == 0)
        #expect(descriptor.manufacturer == "A" && descriptor.product == "B🏣" && descriptor.serialNumber == nil)
        let interface = try #require(device.interfaces.first)
        #expect(device.interfaces.count == 1 && interface.number == 0)
        #expect(interface.subclass == 1 && interface.protocolCode == 2)
        #expect(interface.reportDescriptorLength == 4 && interface.reportDescriptor == [0x05, 0x01, 0xA1, 0xC0])
        #expect(interface.interruptIn?.address == 0x81 && interface.interruptIn?.maximumPacketSize == 64)
        #expect(interface.interruptIn?.interval == 4)
        // 0x1020: the upper bits are no size.
        #expect(interface.interruptOut?.address == 2 && interface.interruptOut?.maximumPacketSize == 32)
    }

    @Test("with a configuration, the reports of HID interfaces are kept, and no others")
    func interfaces() throws {
        let capture = try capture {
            $0.usbmon("C", endpoint: 0x81, [1])
            $0.usbmon("C", endpoint: 0x83, [2])
            $0.usbmonControl(getDescriptor(2), answer: configuration)
            $0.usbmonControl(hex("21 09 0002 0000 0100"), out: [3])
            $0.usbmonControl(hex("21 09 0002 0100 0100"), out: [4])
        }
        let device = try #require(capture.devices.first)
        #expect(device.transfers.map(\.bytes) == [[1], [3]] && device.transfers.map(\.interface) == [0, 0])
        #expect(device.reports(interface: 0) == device.transfers && device.reports(interface: 1).isEmpty)
    }

    @Test("without a configuration, the interface of an interrupt endpoint is not known")
    func unknownInterface() throws {
        let capture = try capture {
            $0.usbmon("C", endpoint: 0x81, [1])
            $0.usbmonControl(hex("21 09 0002 0100 0100"), out: [2])
            $0.usbmonControl(hex("81 06 0022 0100 0400"), answer: [0x05, 0x01, 0xA1, 0xC0])
        }
        let device = try #require(capture.devices.first)
        #expect(device.transfers.map(\.interface) == [nil, 1])
        #expect(device.reports(interface: 0).map(\.bytes) == [[1]])
        #expect(device.reports(interface: 1).map(\.bytes) == [[1], [2]])
        #expect(device.interfaces.map(\.number) == [1])
        #expect(device.interfaces.first?.reportDescriptor?.count == 4 && device.interfaces.first?.interruptIn == nil)
    }

    @Test("hubs and devices whose configuration has no HID interface are left out")
    func otherDevices() throws {
        let hub = hex("1201 0002 09 00 01 40 6b1d0200 0306 03 02 01 01")
        let disk = hex("0902 1900 01 01 00 80 32 0904 00 00 01 08 06 50 00 0705 81 03 0002 00")
        let capture = try capture {
            $0.usbmonControl(getDescriptor(1), device: 1, answer: hub)
            $0.usbmon("C", device: 1, [2])
            $0.usbmonControl(getDescriptor(2), device: 2, answer: disk)
            $0.usbmon("C", device: 2, [2])
        }
        #expect(capture.devices.isEmpty)
    }

    @Test("a report descriptor that was read in part is left out, with a warning")
    func partialReportDescriptor() throws {
        let capture = try capture {
            $0.usbmonControl(getDescriptor(2), answer: configuration)
            $0.usbmonControl(hex("81 06 0022 0000 0200"), answer: [0x05, 0x01])
        }
        #expect(capture.devices.first?.interfaces.first?.reportDescriptor == nil)
        #expect(
            capture.warnings == [
                "device 1.5: the host read 2 of the 4 bytes of interface 0's report descriptor: "
                    + "capture while the device is plugged in"
            ])
    }

    @Test("a device that was plugged in again has two entries")
    func replugged() throws {
        let capture = try capture {
            for device: UInt8 in [5, 6] {
                $0.usbmonControl(getDescriptor(1), device: device, answer: deviceDescriptor)
                $0.usbmonControl(getDescriptor(2), device: device, answer: configuration)
                $0.usbmon("C", device: device, [device])
            }
        }
        #expect(capture.devices.map(\.address) == [5, 6])
        #expect(capture.devices.map { $0.transfers.map(\.bytes) } == [[[5]], [[6]]])
        #expect(capture.devices.first?.deviceDescriptor == capture.devices.last?.deviceDescriptor)
    }

    @Test(
        "descriptors that make no sense are read as far as they go",
        arguments: [
            ("0902 ffff 01 01 00 80 32 00", []), ("0902 ffff 01 01 00 80 32 ff04", []),
            ("0902 0000 01 01 00 80 32 0104 0203", []), ("0902 ffff 01 01 00 80 32 0204 0205 0221", []),
            ("0902 ffff 01 01 00 80 32 0904 00 00 00 03 00 00 00 0721 00 00 00 02 22", [0]),
        ] as [(String, [UInt8])])
    func nonsense(configuration: String, interfaces: [UInt8]) throws {
        let capture = try capture {
            $0.usbmonControl(getDescriptor(2), answer: hex(configuration))
            $0.usbmon("C", [1])
        }
        #expect(capture.devices.flatMap { $0.interfaces.map(\.number) } == interfaces)
        #expect(capture.devices.flatMap(\.interfaces).allSatisfy { $0.interruptIn == nil })
    }
}
