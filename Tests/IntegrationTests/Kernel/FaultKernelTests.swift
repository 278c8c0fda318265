import TestSupport
import Testing

extension KernelTests {
    /// Faults as this machine's own host sees them.
    @Suite("Faults on a real bus")
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

        @Test("the cable is pulled in a command, and put back", arguments: [("gadget", "during"), ("uhid", "before")])
        func unplug(_ transport: String, _ moment: String) async throws {
            try await serve(transport) { device in
                try device.ask("POST", "/v1/faults", #"{"name":"unplug","on":"pay","moment":"\#(moment)"}"#)
                let lost = try await Program.run(
                    Program.bluetap, ["pay", "--method", "TRUEMONEY"], environment: device.environment)
                #expect(lost.status == 1 && lost.lines == ["DEVICE_DISCONNECTED"], "\(lost)")
                try await eventually("no hidraw node") { Guest.hidrawNodes.isEmpty }
                #expect(try device.state() == "detached")
                try device.ask("POST", "/v1/plug")
                try await eventually("attached") { try device.hasJournalled("attached", times: 2) }
                try await Guest.hostSeesDevice()
                try await device.pay()
            }
        }

        @Test("a reply that went out before the cable was pulled is the host's", arguments: ["gadget", "uhid"])
        func unplugAfter(_ transport: String) async throws {
            try await serve(transport) { device in
                try device.ask("POST", "/v1/faults", #"{"name":"unplug","on":"pay","moment":"after","replug":1}"#)
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
                    try device.ask("POST", "/v1/reset")
                    try await eventually("attached") { try device.hasJournalled("attached", times: round + 1) }
                    try await Guest.hostSeesDevice()
                    try await device.pay()
                }
            }
        }

        @Test("replies that are wrong reach the host as they are", arguments: ["gadget", "uhid"])
        func replies(_ transport: String) async throws {
            try await serve(transport) { device in
                let (pay, next) = (ReferenceReports.pay(), ReferenceReports.pay(sequence: 2))
                let (reply, nextReply) = (ReferenceReports.reply(to: pay), ReferenceReports.reply(to: next))
                let busy = ReferenceReports.reply(to: pay, result: ReferenceReports.processFail)
                // Replies come in order: where the next one comes, the first does not.
                let lost = (steps: ["send:00\(pay)", "write:00\(next)"], answers: ["sent", nextReply])
                let stories: [(String, (steps: [String], answers: [String]))] = [
                    // Linux drops a report that is shorter than the descriptor says; other hosts hand it on.
                    (#""reply-truncated","bytes":4"#, lost), (#""reply-dropped""#, lost),
                    (#""busy""#, (["write:00\(pay)"], [busy])),
                    (#""reply-delayed","delay":0.5"#, (["write:00\(pay)"], [reply])),
                ]
                for (fault, story) in stories {
                    try device.ask("POST", "/v1/faults", "{\"name\":\(fault)}")
                    let ran = try await Program.run(
                        HIDAPIProgram.debianPython,
                        ["\(HIDAPIProgram.folder)/raw_reports.py", Guest.hidrawNodes[0]] + story.steps)
                    #expect(ran.lines == story.answers, "\(fault) \(ran)")
                }
            }
        }

        @Test(
            "what a transport cannot show is refused", arguments: [("gadget", "reply-padded"), ("uhid", "slow-reader")])
        func refused(_ transport: String, _ other: String) async throws {
            try await serve(transport) { device in
                for fault in ["stall", other] {
                    let refused = try device.ask("POST", "/v1/faults", #"{"name":"\#(fault)"}"#, refused: true)
                    #expect(refused.contains("this transport cannot show the fault \(fault)"), "\(refused)")
                }
            }
        }

        @Test("a gadget that is slow to read leaves the report with the host, and answers it later")
        func slowReader() async throws {
            try await serve("gadget") { device in
                try device.ask("POST", "/v1/faults", #"{"name":"slow-reader","delay":1}"#)
                let pay = ReferenceReports.pay()
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/raw_reports.py", Guest.hidrawNodes[0], "write:00\(pay)"])
                #expect(ran.lines.first?.hasPrefix("b781") == true, "\(ran)")
            }
        }
    }
}
