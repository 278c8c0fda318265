import Foundation
import TestSupport
import Testing

extension KernelTests {
    @Suite("The gadget transport")
    struct Gadget {
        static let udc = Guest.controllers[0]
        static let ours = "bluetap-\(udc)"

        /// A gadget that is served at the first controller, once its host has configured it.
        @discardableResult
        func serve(
            in folder: Folder? = nil, at controller: String = udc, _ options: [String] = [],
            endingWith status: Int = 0, _ body: @Sendable (Serving) async throws -> Void
        ) async throws -> Finished {
            let folder = try folder ?? Folder()
            let hosts = Guest.hidrawNodes.count
            return try await Serving.startWell(
                "gadget", in: folder, ["--udc", controller] + options, endingWith: status
            ) { device in
                try await eventually("attached") { try device.hasJournalled("attached") }
                try await Guest.hostSeesDevice(hosts + 1)
                try await body(device)
            }
        }

        @Test("lsusb shows the identity, one HID interface and two interrupt endpoints")
        func enumeration() async throws {
            let ended = try await serve { _ in
                let listed = try await Program.run("lsusb", ["-v", "-d", "1209:0001"])
                let lines = listed.lines.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
                for line in [
                    "idVendor 0x1209 Generic", "idProduct 0x0001 pid.codes Test PID", "bcdDevice 1.00",
                    "iManufacturer 1 bluetap", "iProduct 2 BlueTap emulator", "iSerial 3 000001",
                    "bNumConfigurations 1", "bNumInterfaces 1", "bmAttributes 0x80", "MaxPower 100mA",
                    "bNumEndpoints 2",
                    "bInterfaceClass 3 Human Interface Device", "bInterfaceSubClass 0", "bInterfaceProtocol 0",
                    "bcdHID 1.01", "wDescriptorLength 27", "bEndpointAddress 0x81 EP 1 IN",
                ] {
                    #expect(lines.contains { $0.hasPrefix(line) }, "no \"\(line)\" in \(listed.output)")
                }
                #expect(lines.filter { $0 == "Transfer Type Interrupt" }.count == 2)
                #expect(lines.filter { $0.hasPrefix("bEndpointAddress") && $0.hasSuffix(" OUT") }.count == 1)
            }
            #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        }

        @Test("the report descriptor read back from the device is the profile's")
        func reportDescriptor() async throws {
            try await serve { _ in
                let profile = try members(try await Program.bluetap("profile", "show", "reference", "--json").output)
                let hid = try #require(profile["hid"] as? [String: any Sendable])
                let expected = try #require(hid["reportDescriptor"] as? String).filter { !$0.isWhitespace }.lowercased()

                let dumped = try await Program.run("usbhid-dump", ["-m", "1209:0001", "-e", "descriptor"])
                let bytes = dumped.lines.dropFirst().joined().filter { !$0.isWhitespace }.lowercased()
                #expect(bytes == expected, "\(dumped)")

                let decoded = try await Program.run(
                    try Program.tool("hid-tools/bin/hid-decode"), ["/sys/class/hidraw/hidraw0/device/report_descriptor"]
                )
                // The last line has the descriptor as it was read: R: LENGTH BYTES.
                let line = try #require(decoded.lines.first { $0.hasPrefix("R: ") }, "\(decoded)")
                let parts = line.split(separator: " ")
                #expect(parts[1] == "\(expected.count / 2)" && parts.dropFirst(2).joined() == expected)
            }
        }

        @Test("every kind of client pays and gets the reply, to the byte")
        func clients() async throws {
            try await serve { device in
                for client in HIDAPIClient.forUSB {
                    try await client.payOnKernel("1209:0001 0100", "bluetap|BlueTap emulator|000001")
                    // libusb takes the device from the kernel's driver and gives it back.
                    try await Guest.hostSeesDevice()
                }
                let kinds = try device.settled().journalledKinds()
                for kind in ["payReceived", "linkReady", "replySent"] {
                    #expect(kinds.filter { $0 == kind }.count == HIDAPIClient.forUSB.count, "\(kinds)")
                }
            }
        }

        @Test("bad reports are journalled and answered by silence, and the next good one is served")
        func badReports() async throws {
            try await serve { device in
                let cancel = ReferenceReports.cancel(order: "A1", sequence: 7)
                let reply = ReferenceReports.reply(to: cancel)
                let broken = "00" + cancel.dropLast(2) + (cancel.hasSuffix("00") ? "01" : "00")
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    [
                        "\(HIDAPIProgram.folder)/raw_reports.py", "/dev/hidraw0", "send:\(broken)",
                        "send:00" + String(cancel.prefix(40)), "send:00" + String(repeating: "ff", count: 64),
                        "write:00\(cancel)",
                    ])
                // Answers come in order: those to the bad ones would come before the good one's.
                #expect(ran.lines == ["sent", "sent", "sent", reply], "\(ran)")
                #expect(
                    try device.settled().journalledKinds() == [
                        "attached", "reportMalformed", "reportMalformed", "reportMalformed", "cancelReceived",
                        "replySent",
                    ])
                let short = try device.journalled()[2]
                #expect(short["report"] as? String == String(cancel.prefix(40)))
            }
        }

        @Test("GET_REPORT is answered where the kernel asks the device, by zeros where it does not")
        func getReport() async throws {
            try await serve { device in
                let pay = ReferenceReports.pay()
                let reply = ReferenceReports.reply(to: pay)
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/raw_reports.py", "/dev/hidraw0", "write:00\(pay)", "input:0"])
                let release = try #require(ProcessInfo.processInfo.environment["BLUETAP_GUEST"])
                let version = release.split(separator: ".").prefix(2).compactMap { Int($0) }
                let asksDevice = version[0] > 6 || version[0] == 6 && version[1] >= 12
                let expected = asksDevice ? reply : String(repeating: "00", count: 64)
                #expect(ran.lines == [reply, "00\(expected)"], "\(ran)")
            }
        }

        @Test("commands that come faster than the host fetches the replies are all answered, in order")
        func bursts() async throws {
            let folder = try Folder()
            let program = try await HIDAPIProgram.compileC("orders", in: folder)
            try await serve { device in
                let count = rounds(400, soak: 100_000)
                let ran = try await Program.run(program, ["\(count)", "8"])
                #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
                #expect(try device.settled().journalledCount("payReceived") == count / 2)
                #expect(try device.journalledCount("cancelReceived") == count / 2)
                #expect(try device.journalledCount("replySent") == count)
            }
        }

        @Test("replies that no host fetches are bounded, and are dropped and journalled when the host goes")
        func unfetchedReplies() async throws {
            try await serve { device in
                let pay = ReferenceReports.pay()
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/write_only.py", try #require(Guest.usbDevice(at: Self.udc)), pay, "80"])
                #expect(ran.status == 0, "\(ran)")
                // The 80th command is in the journal before what became of its reply.
                let fates: Set = ["replySent", "replyDropped"]
                try await eventually("the fate of 80 replies") {
                    try device.journalledKinds().count(where: fates.contains) == 80
                }
                let before = try device.journalledKinds()
                // 64 wait. One is with the HID function, and dummy_hcd's FIFO has one or two, as its timer has it.
                let sent = before.count { $0 == "replySent" }
                #expect([66, 67].contains(sent))

                let usb = try #require(Guest.usbDevice(at: Self.udc))
                try Guest.write("0", to: "\(usb)/authorized")
                try await eventually("detached") { try device.hasJournalled("detached") }
                let events = try device.journalled()
                let dropped = events.filter { $0["kind"] as? String == "replyDropped" }
                #expect(dropped.count == 80 - sent + 64)
                #expect(dropped.last?["reason"] as? String == "the host has gone")
                #expect(dropped.last?["command"] as? String == "pay" && dropped.last?["result"] as? String == "SUCCESS")

                // The next host is surprised by none of them.
                try Guest.write("1", to: "\(usb)/authorized")
                try await eventually("attached again") { try device.hasJournalled("attached", times: 2) }
                try await Guest.hostSeesDevice()
                let next = try await Program.run(
                    HIDAPIProgram.debianPython,
                    [
                        "\(HIDAPIProgram.folder)/raw_reports.py", "/dev/hidraw0",
                        "write:00" + ReferenceReports.cancel(sequence: 9),
                    ])
                #expect(next.lines.first?.hasPrefix("b782") == true, "\(next)")
            }
        }
    }
}
