import Glibc
import TestSupport
import Testing

extension KernelTests {
    /// Linux's own client, vhci-hcd, and Debian's `usbip`.
    @Suite("The usbip transport")
    struct USBIP {
        private static let address = "127.0.0.1"

        @discardableResult
        private func serve(
            _ options: String..., endingWith status: Int = 0, complaining: Bool = false,
            _ body: @Sendable (Serving) async throws -> Void
        ) async throws -> Finished {
            try await Serving.startWell(
                "usbip", in: Folder(), options, endingWith: status, complaining: complaining, body: body)
        }

        private func usbip(_ arguments: String...) async throws -> Finished {
            try await Program.run("/usr/sbin/usbip", arguments)
        }

        private func attach(_ device: Serving) async throws {
            let attached = try await usbip("attach", "-r", Self.address, "-b", "1-1")
            try #require(attached.status == 0, "\(attached)")
            try await Guest.hostSeesDevice()
            try await eventually("attached") { try device.hasJournalled("attached") }
        }

        private func detach() async throws {
            let detached = try await usbip("detach", "-p", "00")
            #expect(detached.status == 0, "\(detached)")
            try await Guest.hostSeesDevice(0)
        }

        @Test("it is listed, attached and enumerated, and every kind of client pays, to the byte")
        func clients() async throws {
            try await serve { device in
                let listed = try await usbip("list", "-r", Self.address)
                #expect(listed.status == 0 && listed.output.contains("1-1:"), "\(listed)")
                #expect(listed.output.contains("(1209:0001)"), "\(listed)")
                try await attach(device)
                for client in HIDAPIClient.forUSB {
                    try await client.payOnKernel("1209:0001 0100", "bluetap|BlueTap emulator|000001")
                    try await Guest.hostSeesDevice()
                }
                let replies = try device.settled().journalledKinds().filter { $0 == "replySent" }
                #expect(replies.count == HIDAPIClient.forUSB.count)
                let described = try await Program.run("lsusb", ["-v", "-d", "1209:0001"])
                let lines = described.lines.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
                for line in ["iSerial 3 000001", "bNumEndpoints 2", "bcdHID 1.11", "wDescriptorLength 27"] {
                    #expect(lines.contains(line), "no \(line) in \(described.output)")
                }
                try await detach()
            }
        }

        @Test("it is captured, as often as it is attached; KernelCaptureTests looks at the file")
        func capture() async throws {
            let capture = try KernelCaptures.File.usbip.path
            try await serve("--capture", capture) { device in
                for order in ["A1", "A2"] {
                    try await attach(device)
                    try await device.pay("--order", order)
                    try await detach()
                }
            }
        }

        @Test("it is detached and attached again, and one that has it keeps others out")
        func again() async throws {
            let ended = try await serve(complaining: true) { device in
                for _ in 0..<rounds(3, soak: 100) {
                    try await attach(device)
                    let second = try await usbip("attach", "-r", Self.address, "-b", "1-1")
                    #expect(second.status != 0)
                    try await device.pay()
                    try await detach()
                }
                try await eventually("detached") {
                    try device.journalledCount("detached") == rounds(3, soak: 100)
                }
            }
            #expect(ended.errors.contains("device: \"1-1\", reason: 127.0.0.1:"), "\(ended)")
        }

        @Test("a session is played to it again as to any other device, over the kernel's own driver")
        func replay() async throws {
            let folder = try Folder()
            let capture = folder.file("usbip.pcapng")
            try await serve("--capture", capture) { device in
                try await attach(device)
                for order in ["A1", "A2"] { try await device.pay("--order", order) }
                try await detach()
            }
            try await serve { device in
                try await attach(device)
                let replayed = try await Program.bluetap(
                    "replay", "--live", "--pace", "10x", capture, environment: device.environment)
                #expect(replayed.lines == ["2 reports of the host, 2 answers: no difference"], "\(replayed)")
                try await detach()
            }
        }

        @Test("an emulator that is killed is gone from its host, and the next one is attached")
        func killed() async throws {
            try await serve(endingWith: 128 + Int(SIGKILL)) { device in
                try await attach(device)
                device.send(SIGKILL)
                try await Guest.hostSeesDevice(0)
            }
            try await serve { device in
                try await attach(device)
                try await device.pay()
                // The cable, pulled by the emulator.
                try device.ask("POST", "/v1/unplug")
                try await Guest.hostSeesDevice(0)
                try device.ask("POST", "/v1/plug")
                try await attach(device)
                try await device.pay()
                try await detach()
            }
        }
    }
}
