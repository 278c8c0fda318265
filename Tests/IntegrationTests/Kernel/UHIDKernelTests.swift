import Foundation
import Glibc
import TestSupport
import Testing

extension KernelTests {
    @Suite("The uhid transport")
    struct UHID {
        @discardableResult
        private func serve(
            _ options: String..., endingWith status: Int = 0, _ body: @Sendable (Serving) async throws -> Void
        ) async throws -> Finished {
            // Ready means that a program can open it: nothing is waited for.
            try await Serving.startWell("uhid", in: Folder(), options, endingWith: status, body: body)
        }

        private func steps(_ steps: String..., node: String = "/dev/hidraw0") async throws -> [String] {
            let ran = try await Program.run(
                HIDAPIProgram.debianPython, ["\(HIDAPIProgram.folder)/raw_reports.py", node] + steps)
            #expect(ran.status == 0, "\(ran)")
            return ran.lines
        }

        private func exchange(sequence: UInt16 = 9) -> (pay: String, reply: String) {
            let pay = ReferenceReports.pay(sequence: sequence)
            return (pay, ReferenceReports.reply(to: pay))
        }

        @Test("the kernel has the profile's identity and report descriptor")
        func identity() async throws {
            let ended = try await serve { _ in
                let device = "/sys/class/hidraw/hidraw0/device"
                let properties = Guest.read("\(device)/uevent") ?? ""
                for line in ["HID_ID=0003:00001209:00000001", "HID_NAME=bluetap BlueTap emulator", "HID_UNIQ=000001"] {
                    #expect(properties.contains(line), "\(properties)")
                }
                let profile = try members(try await Program.bluetap("profile", "show", "reference", "--json").output)
                let hid = try #require(profile["hid"] as? [String: any Sendable])
                let expected = try #require(hid["reportDescriptor"] as? String).filter { !$0.isWhitespace }.lowercased()
                let decoded = try await Program.run(
                    try Program.tool("hid-tools/bin/hid-decode"), ["\(device)/report_descriptor"])
                let line = try #require(decoded.lines.first { $0.hasPrefix("R: ") }, "\(decoded)")
                #expect(line.split(separator: " ").dropFirst(2).joined() == expected)
            }
            #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
            #expect(Guest.hidrawNodes.isEmpty)
        }

        @Test("the kernel takes the report descriptors that profiles may have, and refuses those that they may not")
        func descriptors() async throws {
            let program = "\(HIDAPIProgram.folder)/uhid_descriptors.py"
            let asked = try await Program.run(
                HIDAPIProgram.debianPython, [program] + DescriptorSample.all.map(\.hexadecimal))
            #expect(asked.lines == DescriptorSample.all.map { $0.problem == nil ? "taken" : "refused" }, "\(asked)")
        }

        @Test("every client that uses hidraw pays and gets the reply, to the byte")
        func clients() async throws {
            try await serve { device in
                // hidapi has manufacturer, release and interface number from the USB device, and this is none.
                for client in HIDAPIClient.forHIDRaw {
                    try await client.payOnKernel("1209:0001 0000", "|bluetap BlueTap emulator|000001")
                }
                #expect(
                    try device.settled().journalledKinds().count { $0 == "replySent" } == HIDAPIClient.forHIDRaw.count)
            }
        }

        @Test("its capture replays to it again; KernelCaptureTests looks at the file")
        func capture() async throws {
            let capture = try KernelCaptures.File.uhid.path
            try await serve("--capture", capture) { device in
                for order in ["A1", "A2"] { try await device.pay("--order", order) }
            }
            try await serve { device in
                let live = try await Program.bluetap(
                    "replay", "--live", "--pace", "10x", capture, environment: device.environment)
                #expect(live.lines == ["2 reports of the host, 2 answers: no difference"], "\(live)")
                #expect(try device.journalledCount("payReceived") == 2)
            }
        }

        @Test("a report may come with the report ID 0 before it, or without")
        func lengths() async throws {
            let (pay, reply) = exchange()
            try await serve { device in
                // Answers come in order: those to the short ones would come before the last.
                let (next, nextReply) = exchange(sequence: 10)
                let answers = try await steps(
                    "write:00\(pay)", "write:\(pay)", "send:00\(pay.dropLast(2))", "send:0000", "write:00\(next)")
                #expect(answers == [reply, reply, "sent", "sent", nextReply])
                let reports = try device.settled().journalled().filter { $0["kind"] as? String == "payReceived" }
                    .map { $0["report"] as? String }
                #expect(reports == [pay, pay, next])
                // 64 bytes are taken as they are, so that a report that begins with 0 keeps its beginning.
                #expect(
                    try device.journalled().filter { $0["kind"] as? String == "reportMalformed" }
                        .map { $0["report"] as? String } == ["00\(pay.dropLast(2))", "00"])
            }
        }

        @Test("GET_REPORT and SET_REPORT are answered at once")
        func controlRequests() async throws {
            let (pay, reply) = exchange()
            try await serve { _ in
                let zeros = String(repeating: "00", count: 65)
                let answers = try await steps(
                    "input:0", "output:00\(pay)", "input:0", "feature:0", "set:00\(pay)", "input:7", "write:00\(pay)")
                #expect(answers == [zeros, reply, "00\(reply)", "EIO", "EIO", "EIO", reply])
            }
        }

        @Test("what a program meets at a node is what the hidraw seam gives")
        func semantics() async throws {
            try await serve { device in
                let program = HIDRawSeamTests.semanticsProgram()
                let ran = try await Program.run(
                    program[0], Array(program.dropFirst()), environment: device.environment)
                #expect(ran.status == 0 && ran.lines == HIDRawSeamTests.semantics, "\(ran)")
            }
        }

        @Test("a reply that no program waits for any more surprises none later")
        func nobodyReads() async throws {
            let (pay, _) = exchange()
            try await serve { device in
                // A device that hangs for a moment: the program is gone when it answers.
                device.send(SIGSTOP)
                #expect(try await steps("send:00\(pay)") == ["sent"])
                device.send(SIGCONT)
                try await eventually("a reply") { try device.hasJournalled("replySent") }
                let (next, nextReply) = exchange(sequence: 10)
                #expect(try await steps("write:00\(next)") == [nextReply])
            }
        }

        @Test("many commands are answered, each once and in order")
        func orders() async throws {
            let folder = try Folder()
            let program = try await HIDAPIProgram.compileC("orders", in: folder)
            try await serve { device in
                let count = rounds(2_000, soak: 100_000)
                let ran = try await Program.run(program, ["\(count)", "8"])
                #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
                #expect(try device.settled().journalledCount("replySent") == count)
            }
        }

        @Test("taking the device from its driver and giving it back, again and again, leaks nothing")
        func cycles() async throws {
            try await serve { device in
                let count = rounds(20, soak: 1_000)
                let driver = "/sys/bus/hid/drivers/hid-generic"
                func cycle(_ number: Int) async throws {
                    let name = try #require(Guest.names(in: driver).first { $0.hasPrefix("0003:1209:0001") })
                    try Guest.write(name, to: "\(driver)/unbind")
                    try await eventually("detached") { try device.hasJournalled("detached", times: number) }
                    try Guest.write(name, to: "\(driver)/bind")
                    try await eventually("attached") { try device.hasJournalled("attached", times: number + 1) }
                    try await Guest.hostSeesDevice()
                }
                try await cycle(1)
                let before = try device.resources()
                for number in 2...count + 1 { try await cycle(number) }
                let after = try device.resources()
                #expect(after.descriptors == before.descriptors)
                // The two events of a cycle are kept, in less than half a KiB; a leak would be more.
                #expect(after.memory < before.memory + 256 + count / 2, "from \(before) to \(after)")
                try await device.pay()
                // What one host was answered is nothing to the next.
                let name = try #require(Guest.names(in: driver).first { $0.hasPrefix("0003:1209:0001") })
                try Guest.write(name, to: "\(driver)/unbind")
                try Guest.write(name, to: "\(driver)/bind")
                try await Guest.hostSeesDevice()
                #expect(try await steps("input:0") == [String(repeating: "00", count: 65)])
            }
        }

        @Test("a device without a driver can be stopped")
        func stoppedUnbound() async throws {
            try await serve { device in
                let driver = "/sys/bus/hid/drivers/hid-generic"
                let name = try #require(Guest.names(in: driver).first { $0.hasPrefix("0003:1209:0001") })
                try Guest.write(name, to: "\(driver)/unbind")
                try await eventually("detached") { try device.hasJournalled("detached") }
            }
            #expect(Guest.hidrawNodes.isEmpty)
        }

        @Test("after kill -9 the device is gone, and the next start has it again")
        func killed() async throws {
            let killed = try await serve(endingWith: 137) { $0.send(SIGKILL) }
            #expect(killed.status == 137)
            try await eventually("no hidraw node") { Guest.hidrawNodes.isEmpty }
            try await serve { try await $0.pay() }
        }

        @Test("`run --transport uhid` gives the program a device that its own hidapi opens")
        func run() async throws {
            let ran = try await Program.bluetap(
                "run", "--transport", "uhid", "--", Program.bluetap, "pay", "--method", "TRUEMONEY")
            #expect(ran.status == 0 && ran.lines == ["SUCCESS"] && ran.errors.isEmpty, "\(ran)")
        }

        @Test("what is missing is said, and what to do about it")
        func missing() async throws {
            let refused = try await Program.run(
                "setpriv",
                [
                    "--reuid=65534", "--clear-groups", Program.bluetap, "serve", "--transport", "uhid", "--control",
                    "unix:/tmp/missing-uhid.sock",
                ])
            #expect(refused.status == 1)
            #expect(
                refused.errors.hasPrefix("bluetap: /dev/uhid may not be opened by this user: run as root"), "\(refused)"
            )
            let doctor = try await Program.bluetap("doctor", "uhid", "--json")
            #expect(doctor.status == 0 && doctor.output.contains(#""works":true"#), "\(doctor)")
        }
    }
}
