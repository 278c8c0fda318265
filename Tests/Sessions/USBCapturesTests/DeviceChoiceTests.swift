import Testing
import USBCaptures

private func getDescriptor(_ type: UInt8, _ index: UInt8 = 0) -> [UInt8] { [0x80, 6, index, type, 0, 0, 0xFF, 0] }

private func deviceDescriptor(product: UInt16 = 1) -> [UInt8] {
    hex("1201 0002 00 00 00 40 0912") + bytes(product) + hex("0201 00 00 00 01")
}

/// A vendor's interface 0 with a report descriptor of 10 bytes, and a keyboard's with one of 12.
private let twoInterfaces = hex(
    """
    0902 3b00 02 01 00 a0 32
    0904 00 00 01 03 00 01 00
    0921 1101 00 01 22 0a00
    0705 81 03 4000 04
    0904 01 00 01 03 01 01 00
    0921 1101 00 01 22 0c00
    0705 82 03 0800 04
    """)
private let vendorReports = hex("0600ff 0901 a101 9501 c0")
private let keyboardReports = hex("0501 0906 a101 7508 9501 c0 c0")

@Suite("Which device, which interface")
struct DeviceChoiceTests {
    @Test(
        "report descriptors that are all asked for at interface 0 are told apart by their lengths",
        arguments: [false, true]
    )
    func windowsDescriptors(isKeyboardFirst: Bool) throws {
        var builder = CaptureBuilder()
        builder.usbmonControl(getDescriptor(2), answer: twoInterfaces)
        for answer in isKeyboardFirst ? [keyboardReports, vendorReports] : [vendorReports, keyboardReports] {
            builder.usbmonControl(hex("81 06 0022 0000 4a00"), answer: answer)
        }
        builder.usbmon("C", [1])
        let device = try #require(try USBCapture(builder.pcap).devices.first)
        #expect(device.interfaces.map(\.reportDescriptor) == [vendorReports, keyboardReports])
        #expect(device.interfaces.map(\.purpose) == [.vendorDefined, .inputDevice])
    }

    @Test(
        "the boot protocol means a keyboard or mouse with subclass 1 alone",
        arguments: [
            (1, 1, HIDInterface.Purpose.inputDevice), (1, 2, .inputDevice), (0, 1, .unknown), (0, 2, .unknown),
            (1, 0, .unknown),
        ] as [(UInt8, UInt8, HIDInterface.Purpose)])
    func bootProtocol(subclass: UInt8, code: UInt8, purpose: HIDInterface.Purpose) {
        var interface = HIDInterface(number: 0)
        interface.subclass = subclass
        interface.protocolCode = code
        #expect(interface.purpose == purpose)
    }

    @Test(
        "what a report descriptor is for is said by its application collections",
        arguments: [
            ("0600ff 0901 a101 0501 0906 a102 c0 c0", HIDInterface.Purpose.vendorDefined),
            ("0501 0906 a101 0600ff 0901 9102 c0", .inputDevice),
            ("0501 0902 a101 c0 0600ff 0901 a101 c0", .vendorDefined),
            ("050c 0901 a101 c0 050d 0902 a101 c0", .inputDevice), ("058c 0902 a101 c0", .unknown), ("", .unknown),
            // A usage of four bytes brings its page; a long item is skipped; a page is pushed and popped
            ("0b 0100 00ff a101 c0", .vendorDefined), ("fe 02 01 a1a1 0501 0906 a101 c0", .inputDevice),
            ("0501 a4 0600ff b4 0906 a101 c0", .inputDevice), ("fe", .unknown), ("06", .unknown),
        ])
    func purposes(descriptor: String, purpose: HIDInterface.Purpose) {
        var interface = HIDInterface(number: 0)
        interface.reportDescriptor = hex(descriptor)
        #expect(interface.purpose == purpose)
    }

    // MARK: Addresses that are given out again

    private func windows(
        _ builder: inout CaptureBuilder, product: UInt16 = 1, isConfigured: Bool = true, report: UInt8
    ) {
        builder.usbpcap(isCompletion: false, type: 2, endpoint: 0x80, stage: 0, getDescriptor(1))
        builder.usbpcap(isCompletion: true, type: 2, endpoint: 0x80, stage: 3, deviceDescriptor(product: product))
        if isConfigured {
            builder.usbpcap(isCompletion: false, type: 2, endpoint: 0, stage: 0, hex("00 09 0100 0000 0000"))
            builder.usbpcap(isCompletion: true, type: 2, endpoint: 0, stage: 3)
        }
        builder.usbpcap(irp: 7, isCompletion: false, endpoint: 1, [report])
        builder.usbpcap(irp: 7, isCompletion: true, endpoint: 1)
    }

    @Test("on Windows another device descriptor begins another device, and a failed read is where the first one went")
    func windowsAddress() throws {
        var builder = CaptureBuilder(linkType: 249)
        windows(&builder, report: 1)
        builder.usbpcap(irp: 8, isCompletion: true, status: 0xC000_0011)
        windows(&builder, report: 2)
        let devices = try USBCapture(builder.pcap).devices
        #expect(devices.map { $0.transfers.map(\.bytes) } == [[[1]], [[2]]])
        #expect(devices.map(\.gone?.number) == [7, nil] && devices.map(\.address) == [5, 5])
        #expect(devices.map(\.firstPacket.number) == [2, 9])
    }

    @Test("a host that only asks again what a device is, has the same device; one that hears another identity has not")
    func askedAgain() throws {
        var builder = CaptureBuilder(linkType: 249)
        windows(&builder, report: 1)
        windows(&builder, isConfigured: false, report: 2)
        #expect(try USBCapture(builder.pcap).devices.map { $0.transfers.map(\.bytes) } == [[[1], [2]]])
        windows(&builder, product: 2, isConfigured: false, report: 3)
        let devices = try USBCapture(builder.pcap).devices
        #expect(devices.map { $0.transfers.map(\.bytes) } == [[[1], [2]], [[3]]])
        #expect(devices.map(\.usbID?.productID) == [1, 2])
    }

    @Test("on Linux a device that is reset is the same; one that had gone is not", arguments: [-2, -108] as [Int32])
    func linuxReset(status: Int32) throws {
        var builder = CaptureBuilder()
        for report: UInt8 in [1, 2] {
            builder.usbmonControl(getDescriptor(1), answer: deviceDescriptor())
            builder.usbmonControl(hex("00 09 0100 0000 0000"))
            builder.usbmon("C", [report])
            if report == 1 { builder.usbmon("C", status: status) }
        }
        let found = try USBCapture(builder.pcap).devices.map { $0.transfers.map(\.bytes) }
        #expect(found == (status == -2 ? [[[1], [2]]] : [[[1]], [[2]]]))
    }

    // MARK: Transfers that went wrong

    @Test("a write that failed is kept with its status, and a read with what nobody took")
    func failures() throws {
        var builder = CaptureBuilder()
        builder.usbmon("S", id: 7, endpoint: 2, [1, 2])
        builder.usbmon("C", id: 7, endpoint: 2, status: -32)
        builder.usbmon("C", status: -2, [9])
        builder.usbmon("C", status: -108)
        let device = try #require(try USBCapture(builder.pcap).devices.first)
        #expect(device.transfers.isEmpty && device.failedWrites.map(\.bytes) == [[1, 2]])
        #expect(device.failedWrites.first?.failure?.description == "-EPIPE (-32)")
        #expect(device.failedWrites.first?.failure?.isStall == true && device.failedWrites.first?.packet == 1)
        #expect(
            device.abandonedReads.map(\.bytes) == [[9], []] && device.abandonedReads.map(\.packet.number) == [3, 4])
        #expect(device.abandonedReads.map(\.status.isCancelled) == [true, false] && device.gone?.number == 4)
    }

    @Test(
        "statuses are called what each system calls them",
        arguments: [
            (TransferStatus.System.linux, UInt32(bitPattern: -108), "-ESHUTDOWN (-108)"),
            (.linux, UInt32(bitPattern: -5), "status -5"),
            (.windows, 0xC000_0004, "USBD_STATUS_STALL_PID (0xc0000004)"),
            (.windows, 0xC001_0000, "USBD_STATUS_CANCELED (0xc0010000)"),
            (.macOS, 0xE000_404F, "kIOUSBPipeStalled (0xe000404f)"), (.macOS, 1, "status 0x1"),
        ])
    func statuses(system: TransferStatus.System, code: UInt32, text: String) {
        #expect(TransferStatus(system: system, code: code).description == text)
    }
}
