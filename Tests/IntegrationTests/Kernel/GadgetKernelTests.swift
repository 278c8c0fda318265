import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

extension KernelTests {
    @Suite("The gadget transport")
    struct Gadget {
        private static let udc = Guest.controllers[0]
        private static let ours = "bluetap-\(udc)"

        /// A gadget that is served at the first controller, once its host has configured it.
        @discardableResult
        private func serve(
            in folder: Folder? = nil, at controller: String = udc, endingWith status: Int = 0,
            _ body: @Sendable (Serving) async throws -> Void
        ) async throws -> Finished {
            let folder = try folder ?? Folder()
            let hosts = Guest.hidrawNodes.count
            return try await Serving.startWell("gadget", in: folder, "--udc", controller, endingWith: status) {
                device in
                try await eventually("attached") { try device.hasJournalled("attached") }
                try await Guest.hostSeesDevice(hosts + 1)
                try await body(device)
            }
        }

        // MARK: What the host sees

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
                let kinds = try device.journalledKinds()
                for kind in ["payReceived", "linkReady", "replySent"] {
                    #expect(kinds.filter { $0 == kind }.count == HIDAPIClient.forUSB.count, "\(kinds)")
                }
            }
        }

        @Test("bad reports are journalled and answered by silence, and the next good one is served")
        func badReports() async throws {
            try await serve { device in
                let cancel = try await Program.bluetap("encode", "cancel", "--order", "A1", "--sequence", "7").lines[0]
                let reply = try await Program.bluetap("encode", "reply", "--to", cancel, "--result", "SUCCESS").lines[0]
                let broken = "00" + cancel.dropLast(2) + (cancel.hasSuffix("00") ? "01" : "00")
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    [
                        "\(HIDAPIProgram.folder)/raw_reports.py", "/dev/hidraw0", "write:\(broken)",
                        "write:00" + String(cancel.prefix(40)), "write:00" + String(repeating: "ff", count: 64),
                        "write:00\(cancel)",
                    ])
                #expect(ran.lines == ["silence", "silence", "silence", reply], "\(ran)")
                #expect(
                    try device.journalledKinds() == [
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
                let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY").lines[0]
                let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
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
                #expect(try device.journalledCount("payReceived") == count / 2)
                #expect(try device.journalledCount("cancelReceived") == count / 2)
                #expect(try device.journalledCount("replySent") == count)
            }
        }

        @Test("replies that no host fetches are bounded, and are dropped and journalled when the host goes")
        func unfetchedReplies() async throws {
            try await serve { device in
                let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY").lines[0]
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/write_only.py", try #require(Guest.usbDevice(at: Self.udc)), pay, "80"])
                #expect(ran.status == 0, "\(ran)")
                try await eventually("80 commands") { try device.hasJournalled("payReceived", times: 80) }
                let before = try device.journalledKinds()
                // One is in dummy_hcd's FIFO and one with the HID function; 64 wait.
                #expect(before.filter { $0 == "replySent" }.count == 66)
                #expect(before.filter { $0 == "replyDropped" }.count == 14)

                let usb = try #require(Guest.usbDevice(at: Self.udc))
                try Guest.write("0", to: "\(usb)/authorized")
                try await eventually("detached") { try device.hasJournalled("detached") }
                let events = try device.journalled()
                let dropped = events.filter { $0["kind"] as? String == "replyDropped" }
                #expect(dropped.count == 14 + 64)
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
                        "write:00" + (try await Program.bluetap("encode", "cancel", "--sequence", "9").lines[0]),
                    ])
                #expect(next.lines.first?.hasPrefix("b782") == true, "\(next)")
            }
        }

        // MARK: The link to the host

        /// What may befall the cable and the host, and what the device is told of it.
        enum Disturbance: String, CaseIterable, CustomTestStringConvertible {
            case unbound = "somebody unbinds the gadget and binds it again"
            case unplugged = "the port is switched off and on"
            case deauthorised = "the host deauthorises the device and authorises it"
            case unconfigured = "the host sets configuration 0, then 1"
            case driverless = "the host's USB driver lets go of the device and takes it again"
            case hubLost = "the host's hub goes and comes back"
            case rebooted = "the host's controller goes and comes back, as in a reboot"
            case suspended = "the host suspends and resumes"
            case controllerLost = "the device controller's own driver is unloaded and loaded again"

            var testDescription: String { rawValue }

            /// Whether the kernel lets a device know before the next host comes.
            var isNoticed: Bool { ![.suspended, .hubLost, .rebooted].contains(self) }

            func away() async throws {
                let device = try #require(Guest.usbDevice(at: udc))
                let hub = Guest.hub(of: udc)
                switch self {
                case .unbound: try Guest.write("\n", to: "\(Guest.gadgets)/\(ours)/UDC")
                case .unplugged: try Guest.write("1", to: "\(hub)/\(interface(of: hub))/\(port(of: hub))/disable")
                case .deauthorised: try Guest.write("0", to: "\(device)/authorized")
                case .unconfigured: try Guest.write("0", to: "\(device)/bConfigurationValue")
                case .driverless: try Guest.write(name(device), to: "/sys/bus/usb/drivers/usb/unbind")
                case .hubLost: try Guest.write(interface(of: hub), to: "/sys/bus/usb/drivers/hub/unbind")
                case .rebooted: try Guest.write("dummy_hcd.0", to: "/sys/bus/platform/drivers/dummy_hcd/unbind")
                case .suspended:
                    try Guest.write("0", to: "\(device)/power/autosuspend_delay_ms")
                    try Guest.write("auto", to: "\(device)/power/control")
                    try await eventually("suspended") {
                        Guest.read("\(device)/power/runtime_status") == "suspended"
                    }
                case .controllerLost:
                    let unloaded = try await Program.run("modprobe", ["--remove", "dummy_hcd"])
                    try #require(unloaded.status == 0, "\(unloaded)")
                }
            }

            func back(_ device: String?, _ hub: String) async throws {
                switch self {
                case .unbound: try Guest.write(udc, to: "\(Guest.gadgets)/\(ours)/UDC")
                case .unplugged: try Guest.write("0", to: "\(hub)/\(interface(of: hub))/\(port(of: hub))/disable")
                case .deauthorised: try Guest.write("1", to: "\(try #require(device))/authorized")
                case .unconfigured: try Guest.write("1", to: "\(try #require(device))/bConfigurationValue")
                case .driverless: try Guest.write(name(try #require(device)), to: "/sys/bus/usb/drivers/usb/bind")
                case .hubLost: try Guest.write(interface(of: hub), to: "/sys/bus/usb/drivers/hub/bind")
                case .rebooted: try Guest.write("dummy_hcd.0", to: "/sys/bus/platform/drivers/dummy_hcd/bind")
                case .suspended: try Guest.write("on", to: "\(try #require(device))/power/control")
                case .controllerLost:
                    let loaded = try await Program.run("modprobe", ["dummy_hcd", "num=2"])
                    try #require(loaded.status == 0, "\(loaded)")
                }
            }

            private func name(_ path: String) -> String { String(path.split(separator: "/").last!) }
            private func interface(of hub: String) -> String { "\(name(hub).dropFirst("usb".count))-0:1.0" }
            private func port(of hub: String) -> String { "\(name(hub))-port1" }
        }

        @Test("the device lives through what may befall the cable, without a restart", arguments: Disturbance.allCases)
        func disturbance(_ disturbance: Disturbance) async throws {
            let ended = try await serve { device in
                try await device.pay("--order", "A1")
                let usb = Guest.usbDevice(at: Self.udc)
                let hub = Guest.hub(of: Self.udc)
                try await disturbance.away()
                if disturbance.isNoticed {
                    try await eventually("detached") { try device.hasJournalled("detached") }
                    let status = try await Program.bluetap("status", "--json", environment: device.environment)
                    #expect(try members(status.output)["state"] as? String == "detached")
                }
                try await disturbance.back(usb, hub)
                if disturbance != .suspended {
                    try await eventually("attached again") { try device.hasJournalled("attached", times: 2) }
                }
                try await Guest.hostSeesDevice()
                try await device.pay("--order", "A2")
                let kinds = try device.journalledKinds().filter { $0 == "attached" || $0 == "detached" }
                #expect(
                    kinds == (disturbance == .suspended ? ["attached"] : ["attached", "detached", "attached"]),
                    "\(kinds)")
            }
            #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
            #expect(!Guest.names(in: Guest.gadgets).contains(Self.ours))
        }

        @Test("a POS that waits for a reply hears of an unbind, and pays again after the rebind")
        func waitingPOS() async throws {
            let folder = try Folder()
            let program = try await HIDAPIProgram.compileC("reconnect", in: folder)
            try await serve { device in
                let ran = try await Subprocess.run(
                    .path(FilePath(program)), environment: [:].subprocessEnvironment, input: .inputWriter,
                    output: .sequence, error: .string(limit: 1 << 20)
                ) { execution in
                    var lines = execution.standardOutput.strings().makeAsyncIterator()
                    _ = try await execution.standardInputWriter.write("\n")
                    #expect(try await lines.next() == "reading")
                    try Guest.write("\n", to: "\(Guest.gadgets)/\(Self.ours)/UDC")
                    #expect(try await lines.next()?.hasPrefix("lost: ") == true)
                    #expect(try await lines.next()?.hasPrefix("gone: ") == true)
                    try Guest.write(Self.udc, to: "\(Guest.gadgets)/\(Self.ours)/UDC")
                    try await Guest.hostSeesDevice()
                    try await eventually("attached again") { try device.hasJournalled("attached", times: 2) }
                    _ = try await execution.standardInputWriter.write("\n")
                    #expect(try await lines.next() == "paid")
                    try await execution.standardInputWriter.finish()
                }
                #expect(ran.terminationStatus == .exited(0), "\(ran.standardError)")
            }
        }

        /// What is done again and again, and what undoes it.
        private struct Cycle: Sendable {
            let controller: String
            let away: @Sendable () throws -> Void
            let back: @Sendable () throws -> Void

            /// Nothing may stay behind from one time to the next.
            func repeated(_ count: Int, on device: Serving) async throws {
                let gadget = "\(Guest.gadgets)/bluetap-\(controller)"
                func once(_ number: Int) async throws {
                    try away()
                    try await eventually("detached") { try device.hasJournalled("detached", times: number) }
                    try back()
                    try await eventually("attached") { try device.hasJournalled("attached", times: number + 1) }
                    try await eventually("a hidraw node") {
                        guard let usb = Guest.usbDevice(at: controller) else { return false }
                        let bus = String(usb.split(separator: "/").last!)
                        return Guest.names(in: "\(usb)/\(bus):1.0").contains { $0.hasPrefix("0003:") }
                    }
                }
                try await once(1)
                let tree = FileManager.default.subpaths(atPath: gadget)?.sorted()
                let before = try device.resources()
                for number in 2...count { try await once(number) }
                let after = try device.resources()
                #expect(after.descriptors == before.descriptors)
                // The two events of a cycle are kept, in less than half a KiB; a leak would be more.
                #expect(after.memory < before.memory + 256 + count / 2, "from \(before) to \(after)")
                #expect(FileManager.default.subpaths(atPath: gadget)?.sorted() == tree)
                #expect(try device.journalledCount("attached") == count + 1)
            }
        }

        @Test("bind and unbind, attach and detach, again and again, leak nothing")
        func cycles() async throws {
            let count = rounds(6, soak: 1_000)
            let (one, two) = (try Folder(), try Folder())
            try await serve(in: one, at: Guest.controllers[0]) { first in
                try await serve(in: two, at: Guest.controllers[1]) { second in
                    let binding = Cycle(controller: Guest.controllers[0]) {
                        try Guest.write("\n", to: "\(Guest.gadgets)/\(Self.ours)/UDC")
                    } back: {
                        try Guest.write(Self.udc, to: "\(Guest.gadgets)/\(Self.ours)/UDC")
                    }
                    let usb = try #require(Guest.usbDevice(at: Guest.controllers[1]))
                    let attaching = Cycle(controller: Guest.controllers[1]) {
                        try Guest.write("0", to: "\(usb)/authorized")
                    } back: {
                        try Guest.write("1", to: "\(usb)/authorized")
                    }
                    async let bound: Void = binding.repeated(count, on: first)
                    async let attached: Void = attaching.repeated(count, on: second)
                    _ = try await (bound, attached)
                }
                try await first.pay()
            }
            #expect(Guest.names(in: Guest.gadgets).isEmpty)
        }

        // MARK: Starting and ending

        @Test("it is down again however it ends", arguments: [SIGTERM, SIGINT, SIGHUP])
        func ends(by signal: CInt) async throws {
            let before = Guest.gadgetTree()
            let ended = try await serve { $0.send(signal) }
            #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
            #expect(Guest.gadgetTree() == before)
        }

        @Test("it is down again when it is ended while it starts", arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
        func endsWhileStarting(by signal: CInt) async throws {
            let before = Guest.gadgetTree()
            let folder = try Folder()
            let ran = try await Subprocess.run(
                .path(FilePath(Program.bluetap)),
                arguments: [
                    "serve", "--transport", "gadget", "--udc", Self.udc, "--control", "unix:\(folder.file("control"))",
                ], environment: [:].subprocessEnvironment, input: .none, output: .discarded,
                error: .string(limit: 1 << 20)
            ) { execution in
                try await eventually("half a gadget") { Guest.gadgetTree() != before }
                kill(execution.processIdentifier.value, signal)
            }
            #expect(ran.terminationStatus == .exited(0), "\(ran)")
            #expect(Guest.gadgetTree() == before)
        }

        @Test("it is down again when it cannot start")
        func cannotStart() async throws {
            let before = Guest.gadgetTree()
            let refused = try await Program.bluetap(
                "serve", "--transport", "gadget", "--udc", Self.udc, "--control", "unix:/nowhere/control.sock")
            #expect(refused.status == 1 && refused.errors.split(separator: "\n").count == 1, "\(refused)")
            #expect(Guest.gadgetTree() == before)
        }

        @Test("after kill -9 the next start clears up and serves")
        func killed() async throws {
            let killed = try await serve(endingWith: 137) { $0.send(SIGKILL) }
            #expect(killed.status == 137)
            #expect(Guest.names(in: Guest.gadgets) == [Self.ours])
            let status = try await Program.bluetap("gadget", "status", "--json")
            #expect(status.output.contains(#""inUse":false"#), "\(status)")
            // The host still sees the device of the dead run, which answers nothing.
            try await Guest.hostSeesDevice()
            let folder = try Folder()
            let next = try await Serving.startWell("gadget", in: folder, "--udc", Self.udc) { device in
                try await eventually("attached") { try device.hasJournalled("attached") }
                try await Guest.hostSeesDevice()
                try await device.pay()
            }
            #expect(next.status == 0 && next.errors.isEmpty, "\(next)")
            #expect(Guest.names(in: Guest.gadgets).isEmpty)
        }

        @Test("`gadget down` clears up what kill -9 left, and leaves configfs as it was found")
        func down() async throws {
            let before = Guest.gadgetTree()
            try await serve(endingWith: 137) { $0.send(SIGKILL) }
            #expect(Guest.gadgetTree() != before)
            let down = try await Program.bluetap("gadget", "down", "--json")
            #expect(down.status == 0 && down.lines == [#"{"removed":["bluetap-dummy_udc.0"]}"#], "\(down)")
            #expect(Guest.gadgetTree() == before)
            let again = try await Program.bluetap("gadget", "down")
            #expect(again.status == 0 && again.lines == ["there is no gadget of bluetap's"])
        }

        @Test("`gadget up` makes a device that the host sees; up again, status and down work on it")
        func upAndDown() async throws {
            let before = Guest.gadgetTree()
            for _ in 0..<2 {
                let up = try await Program.bluetap("gadget", "up", "--udc", Self.udc, "--json")
                #expect(up.status == 0 && up.output.contains(#""node":"/dev/hidg0""#), "\(up)")
                try await Guest.hostSeesDevice()
            }
            let status = try await Program.bluetap("gadget", "status")
            #expect(
                status.lines == ["bluetap-dummy_udc.0: configured, /dev/hidg0, in nobody's use"], "\(status)")
            let down = try await Program.bluetap("gadget", "down")
            #expect(down.status == 0 && down.lines == ["bluetap-dummy_udc.0 is gone from dummy_udc.0"])
            #expect(Guest.gadgetTree() == before)
        }

        @Test("half a gadget, as a run leaves that was killed while it made one, is cleared up")
        func halfMade() async throws {
            let before = Guest.gadgetTree()
            for part in ["", "/strings/0x409", "/functions/hid.0", "/configs/c.1/strings/0x409"] {
                try FileManager.default.createDirectory(
                    atPath: "\(Guest.gadgets)/\(Self.ours)\(part)", withIntermediateDirectories: true)
                let down = try await Program.bluetap("gadget", "down")
                #expect(down.status == 0, "\(part): \(down)")
                #expect(Guest.gadgetTree() == before, "\(part)")
            }
        }

        @Test("two gadgets serve at two controllers, each its own host's")
        func twoGadgets() async throws {
            let (one, two) = (try Folder(), try Folder())
            try await serve(in: one, at: Guest.controllers[0]) { first in
                try await serve(in: two, at: Guest.controllers[1]) { second in
                    for (device, node) in [(first, "/dev/hidraw0"), (second, "/dev/hidraw1")] {
                        let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY").lines[0]
                        let ran = try await Program.run(
                            HIDAPIProgram.debianPython,
                            ["\(HIDAPIProgram.folder)/raw_reports.py", node, "write:00\(pay)"])
                        #expect(ran.lines.first?.hasPrefix("b781") == true, "\(ran)")
                        #expect(try device.hasJournalled("payReceived"))
                    }
                    for device in [first, second] {
                        #expect(
                            try device.journalledKinds() == ["attached", "payReceived", "linkReady", "replySent"])
                    }
                }
                // The other's end is nothing to the first.
                try await Guest.hostSeesDevice()
                try await first.pay()
            }
            #expect(Guest.names(in: Guest.gadgets).isEmpty)
        }

        @Test("two that start and end at the same time are not in each other's way")
        func startTogether() async throws {
            for _ in 0..<rounds(2, soak: 20) {
                async let first: Finished = Program.bluetap("gadget", "up", "--udc", Guest.controllers[0])
                async let second: Finished = Program.bluetap("gadget", "up", "--udc", Guest.controllers[1])
                async let status: Finished = Program.bluetap("gadget", "status", "--json")
                for ran in try await [first, second, status] { #expect(ran.status == 0, "\(ran)") }
                #expect(Guest.names(in: Guest.gadgets) == ["bluetap-dummy_udc.0", "bluetap-dummy_udc.1"])
                async let away: Finished = Program.bluetap("gadget", "down", "--udc", Guest.controllers[0])
                async let gone: Finished = Program.bluetap("gadget", "down", "--udc", Guest.controllers[1])
                for ran in try await [away, gone] { #expect(ran.status == 0, "\(ran)") }
                #expect(Guest.names(in: Guest.gadgets).isEmpty)
            }
        }

        @Test("`down` removes what is left behind beside a gadget that is served, and says that one is")
        func downBesideServed() async throws {
            let up = try await Program.bluetap("gadget", "up", "--udc", Guest.controllers[1])
            #expect(up.status == 0, "\(up)")
            try await eventually("a host") { Guest.usbDevice(at: Guest.controllers[1]) != nil }
            try await eventually("a hidraw node") { Guest.hidrawNodes.count == 1 }
            try await serve { _ in
                let down = try await Program.bluetap("gadget", "down", "--json")
                #expect(down.status == 1 && down.lines == [#"{"removed":["bluetap-dummy_udc.1"]}"#], "\(down)")
                #expect(down.errors.contains("dummy_udc.0 is used by another bluetap"))
            }
        }

        @Test("a gadget that is unbound and bound again at once is served on")
        func quickRebind() async throws {
            try await serve { device in
                for round in 1...3 {
                    try Guest.write("\n", to: "\(Guest.gadgets)/\(Self.ours)/UDC")
                    try Guest.write(Self.udc, to: "\(Guest.gadgets)/\(Self.ours)/UDC")
                    try await eventually("attached") { try device.hasJournalled("attached", times: round + 1) }
                    try await Guest.hostSeesDevice()
                    try await device.pay("--order", "\(round)")
                }
            }
        }

        @Test("`run --transport gadget` starts the program when its hidapi can open the device")
        func run() async throws {
            let ran = try await Program.bluetap(
                "run", "--transport", "gadget", "--udc", Self.udc, "--", Program.bluetap, "pay", "--method", "TRUEMONEY"
            )
            #expect(ran.status == 0 && ran.lines == ["SUCCESS"] && ran.errors.isEmpty, "\(ran)")
            #expect(Guest.names(in: Guest.gadgets).isEmpty)
        }

        // MARK: What is in the way

        /// A gadget of somebody else, with one function, and at a controller if one is given.
        private func foreignGadget(
            _ function: String, at controller: String? = nil, _ body: () async throws -> Void
        ) async throws {
            let gadget = "\(Guest.gadgets)/theirs"
            for part in ["strings/0x409", "configs/c.1/strings/0x409", "functions/\(function)"] {
                try FileManager.default.createDirectory(
                    atPath: "\(gadget)/\(part)", withIntermediateDirectories: true)
            }
            try Guest.write("0x1d6b", to: "\(gadget)/idVendor")
            try FileManager.default.createSymbolicLink(
                atPath: "\(gadget)/configs/c.1/\(function)", withDestinationPath: "\(gadget)/functions/\(function)")
            if let controller { try Guest.write(controller, to: "\(gadget)/UDC") }
            let tree = Guest.gadgetTree()
            do {
                try await body()
            } catch {
                Issue.record(error)
            }
            #expect(Guest.gadgetTree() == tree, "the foreign gadget was touched")
            if controller != nil { try Guest.write("\n", to: "\(gadget)/UDC") }
            for part in [
                "configs/c.1/\(function)", "configs/c.1/strings/0x409", "configs/c.1", "functions/\(function)",
                "strings/0x409", "",
            ] {
                let path = "\(gadget)/\(part)"
                #expect(unlink(path) == 0 || rmdir(path) == 0, "\(path)")
            }
        }

        @Test("a foreign gadget at another controller is left alone")
        func foreignElsewhere() async throws {
            try await foreignGadget("acm.0", at: Guest.controllers[1]) {
                try await serve { try await $0.pay() }
                #expect(Guest.read("\(Guest.gadgets)/theirs/UDC") == Guest.controllers[1])
            }
        }

        @Test("a controller that a foreign gadget has is said to be taken, by whom")
        func foreignHere() async throws {
            try await foreignGadget("acm.0", at: Self.udc) {
                for command in [["serve", "--transport", "gadget"], ["gadget", "up"]] {
                    let refused = try await Program.run(Program.bluetap, command + ["--udc", Self.udc])
                    #expect(refused.status == 1)
                    #expect(
                        refused.errors.hasPrefix(
                            "bluetap: the USB device controller dummy_udc.0 is taken by the gadget \"theirs\": unbind"),
                        "\(refused)")
                }
                let doctor = try await Program.bluetap("doctor", "gadget")
                #expect(doctor.status == 0 && doctor.output.contains("dummy_udc.1"), "\(doctor)")
            }
        }

        @Test("a foreign gadget that libusbgx cannot read is named, and not in the way of `down`")
        func foreignUnreadable() async throws {
            try await serve(endingWith: 137) { $0.send(SIGKILL) }
            try await foreignGadget("uac1.0") {
                let doctor = try await Program.bluetap("doctor", "gadget")
                #expect(doctor.status == 1 && doctor.output.contains("uac1.0"), "\(doctor)")
                let refused = try await Program.bluetap("serve", "--transport", "gadget", "--udc", Guest.controllers[1])
                #expect(refused.status == 1)
                #expect(
                    refused.errors
                        == "bluetap: the gadget \"theirs\" has the function \"uac1.0\", which libusbgx cannot read:"
                        + " remove that gadget while bluetap starts\n", "\(refused)")
            }
            let down = try await Program.bluetap("gadget", "down")
            #expect(down.status == 0 && Guest.names(in: Guest.gadgets).isEmpty, "\(down)")
        }

        @Test("a controller that another bluetap has is said to be in use")
        func inUse() async throws {
            try await serve { device in
                for command in [["serve", "--transport", "gadget"], ["gadget", "up"], ["gadget", "down"]] {
                    let refused = try await Program.run(Program.bluetap, command + ["--udc", Self.udc])
                    #expect(refused.status == 1)
                    #expect(
                        refused.errors.hasPrefix(
                            "bluetap: the USB device controller dummy_udc.0 is used by another bluetap:"), "\(refused)")
                }
                try await device.pay()
            }
        }

        @Test("what is missing is said, and what to do about it")
        func missing() async throws {
            func refused(_ arguments: String..., as user: [String] = []) async throws -> String {
                let command = user + [Program.bluetap, "serve", "--transport", "gadget"] + arguments
                let ran = try await Program.run(
                    command[0], Array(command.dropFirst()) + ["--control", "unix:/tmp/missing.sock"])
                #expect(ran.status == 1, "\(ran)")
                return ran.errors
            }
            #expect(
                try await refused()
                    == "bluetap: this machine has several USB device controllers: choose by --udc one of: dummy_udc.0,"
                    + " dummy_udc.1\n")
            #expect(
                try await refused("--udc", "fe980000.usb")
                    == "bluetap: there is no USB device controller \"fe980000.usb\": choose one of: dummy_udc.0,"
                    + " dummy_udc.1\n")
            let nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
            #expect(
                try await refused("--udc", Self.udc, as: nobody)
                    == "bluetap: USB gadgets may not be made by this user: run as root (sudo)\n")

            _ = try await Program.run("umount", ["/sys/kernel/config"])
            #expect(
                try await refused("--udc", Self.udc)
                    == "bluetap: configfs is not mounted at /sys/kernel/config: sudo modprobe configfs;"
                    + " sudo mount -t configfs none /sys/kernel/config\n")
            _ = try await Program.run("mount", ["-t", "configfs", "none", "/sys/kernel/config"])

            _ = try await Program.run("modprobe", ["--remove", "usb_f_hid", "usb_f_acm", "usb_f_uac1", "libcomposite"])
            #expect(
                try await refused("--udc", Self.udc)
                    == "bluetap: the kernel module libcomposite is not loaded: sudo modprobe libcomposite\n")
            _ = try await Program.run("modprobe", ["libcomposite"])
            // The function's own module comes by itself.
            try await serve { try await $0.pay() }

            _ = try await Program.run("modprobe", ["--remove", "dummy_hcd"])
            #expect(
                try await refused()
                    == "bluetap: no USB device controller: enable dwc2 (gadget/README.md, step 2)\n")
            let doctor = try await Program.bluetap("doctor", "gadget")
            #expect(doctor.status == 1 && doctor.output.contains("enable dwc2"), "\(doctor)")
            _ = try await Program.run("modprobe", ["dummy_hcd", "num=2"])
        }
    }
}
