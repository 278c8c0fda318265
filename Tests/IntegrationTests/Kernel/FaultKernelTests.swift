import TestSupport
import Testing

extension KernelTests {
    /// Faults as this machine's own host sees them.
    @Suite("Faults on a real bus", .timeLimit(.minutes(10)))
    struct Faults {
        private func serve(_ transport: String, _ body: @Sendable (Serving) async throws -> Void) async throws {
            let folder = try Folder()
            if transport == "gadget" {
                try await Serving.startWell(transport, in: folder, "--udc", Guest.controllers[0]) { device in
                    try await eventually("attached") { try device.hasJournalled("attached") }
                    try await Guest.hostSeesDevice()
                    try await body(device)
                }
            } else {
                try await Serving.startWell(transport, in: folder, body: body)
            }
        }

        private func bluetap(_ device: Serving, _ arguments: String...) async throws -> Finished {
            try await Program.run(Program.bluetap, arguments, environment: device.environment)
        }

        @Test("the cable is pulled in a command, and put back", arguments: [("gadget", "during"), ("uhid", "before")])
        func unplug(_ transport: String, _ moment: String) async throws {
            try await serve(transport) { device in
                let fault = try await bluetap(device, "fault", "add", "unplug", "--on", "pay", "--moment", moment)
                #expect(fault.status == 0, "\(fault)")
                let lost = try await bluetap(device, "pay", "--method", "TRUEMONEY")
                #expect(lost.status == 1 && lost.lines == ["DEVICE_DISCONNECTED"], "\(lost)")
                try await eventually("no hidraw node") { Guest.hidrawNodes.isEmpty }
                #expect(try await bluetap(device, "status").lines.first == "state: detached")
                #expect(try await bluetap(device, "plug").status == 0)
                try await eventually("attached") { try device.hasJournalled("attached", times: 2) }
                try await Guest.hostSeesDevice()
                try await device.pay()
            }
        }

        @Test("a reply that went out before the cable was pulled is the host's", arguments: ["gadget", "uhid"])
        func unplugAfter(_ transport: String) async throws {
            try await serve(transport) { device in
                _ = try await bluetap(
                    device, "fault", "add", "unplug", "--on", "pay", "--moment", "after", "--replug", "1s")
                try await device.pay()
                try await eventually("attached") { try device.hasJournalled("attached", times: 2) }
                try await Guest.hostSeesDevice()
                try await device.pay()
            }
        }

        @Test("a reset is seen as a device that went and came", arguments: ["gadget", "uhid"])
        func reset(_ transport: String) async throws {
            try await serve(transport) { device in
                for round in 1...rounds(1, soak: 10) {
                    #expect(try await bluetap(device, "reset").status == 0)
                    try await eventually("attached") { try device.hasJournalled("attached", times: round + 1) }
                    try await Guest.hostSeesDevice()
                    try await device.pay()
                }
            }
        }

        @Test("replies that are wrong reach the host as they are", arguments: ["gadget", "uhid"])
        func replies(_ transport: String) async throws {
            try await serve(transport) { device in
                let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY").lines[0]
                let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
                let busy = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "PROCESS_FAIL").lines[
                    0]
                let stories: [([String], String)] = [
                    // Linux drops a report that is shorter than the descriptor says; other hosts hand it on.
                    (["reply-truncated", "--bytes", "4"], "silence"), (["reply-dropped"], "silence"),
                    (["busy"], busy), (["reply-delayed", "--delay", "500ms"], reply),
                ]
                for (fault, answer) in stories {
                    let set = try await Program.run(
                        Program.bluetap, ["fault", "add"] + fault, environment: device.environment)
                    #expect(set.status == 0, "\(set)")
                    let ran = try await Program.run(
                        HIDAPIProgram.debianPython,
                        ["\(HIDAPIProgram.folder)/raw_reports.py", Guest.hidrawNodes[0], "write:00\(pay)"])
                    #expect(ran.lines == [answer], "\(fault) \(ran)")
                }
            }
        }

        @Test(
            "what a transport cannot show is refused", arguments: [("gadget", "reply-padded"), ("uhid", "slow-reader")])
        func refused(_ transport: String, _ other: String) async throws {
            try await serve(transport) { device in
                for fault in ["stall", other] {
                    let refused = try await bluetap(device, "fault", "add", fault)
                    #expect(
                        refused.status == 1 && refused.errors.contains("this transport cannot show the fault \(fault)"),
                        "\(refused)")
                }
            }
        }

        @Test("a gadget that is slow to read leaves the report with the host, and answers it later")
        func slowReader() async throws {
            try await serve("gadget") { device in
                _ = try await bluetap(device, "fault", "add", "slow-reader", "--delay", "1s")
                let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY").lines[0]
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/raw_reports.py", Guest.hidrawNodes[0], "write:00\(pay)"])
                #expect(ran.lines.first?.hasPrefix("b781") == true, "\(ran)")
            }
        }
    }
}
