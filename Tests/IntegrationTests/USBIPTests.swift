import Glibc
import TestSupport
import Testing

@Suite("The usbip transport", .timeLimit(.minutes(10)))
struct USBIPTests {
    /// Serves devices to USB/IP clients of this machine; `body` gets `HOST:PORT` as well.
    private func serve(
        in folder: Folder, _ options: String..., body: @Sendable (Serving, String) async throws -> Void
    ) async throws {
        let address = "127.0.0.1:\(try Serving.freePort())"
        try await Serving.startWell("usbip", in: folder, ["--listen", address] + options) { device in
            try await body(device, address)
        }
    }

    private func client(_ program: String, _ arguments: String...) async throws -> Finished {
        try await Program.run(
            Program.tool("pyusb-usbip-backend/bin/python"), ["\(HIDAPIProgram.folder)/\(program)"] + arguments)
    }

    private static let requests = "\(Program.repository)/Tests/USBDeviceTests/requests.json"

    @Test("pyusb's USB/IP client gets the answers of chapter 9 and of the HID class, and pays")
    func requests() async throws {
        let folder = try Folder()
        let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY", "--order", "A1").lines[0]
        let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
        try await serve(in: folder) { device, address in
            let ran = try await client("usbip_requests.py", address, Self.requests, pay, pay)
            #expect(ran.lines.first?.hasSuffix("requests, 0 wrong") == true, "\(ran)")
            #expect(Array(ran.lines.dropFirst()) == [reply, reply], "\(ran)")
            try await eventually("detached") { try device.hasJournalled("detached") }
            let kinds = try device.journalledKinds().filter { $0 != "reportMalformed" }
            #expect(
                kinds == [
                    "attached", "payReceived", "linkReady", "replySent", "payReceived", "linkReplaced", "linkReady",
                    "replySent", "linkLost", "detached",
                ])
            // The next one may have it.
            #expect(try await client("usbip_requests.py", address, Self.requests).status == 0)
        }
    }

    @Test("hostile clients are turned away, and the device serves on")
    func hostile() async throws {
        let folder = try Folder()
        let seed = UInt64.random(in: 0...UInt64(UInt32.max))
        try await serve(in: folder) { device, address in
            let ran = try await client(
                "usbip_hostile.py", address, "\(seed)", "\(rounds(100, soak: 5000))")
            #expect(ran.lines == ["10 turned away, 100 silent"], "seed \(seed): \(ran)")
            let served = try await client("usbip_requests.py", address, Self.requests)
            #expect(served.lines.first?.hasSuffix(" 0 wrong") == true, "seed \(seed): \(served)")
        }
    }

    @Test("a client loses the device with its cable, and finds it again; several devices are told apart")
    func unplug() async throws {
        let folder = try Folder()
        try await serve(in: folder, "--devices", "3") { device, address in
            let pulled = try await Program.bluetap("unplug", environment: device.environment)
            #expect(pulled.status == 0, "\(pulled)")
            let listed = try await client("usbip_list.py", address)
            #expect(listed.lines == ["1-2 1209:0001 speed 2", "1-3 1209:0001 speed 2"], "\(listed)")
            _ = try await Program.bluetap("plug", environment: device.environment)
            let busy = try await client("usbip_list.py", address, "1-1", "1-1", "1-4", "1-3")
            #expect(
                busy.lines == [
                    "1-1 1209:0001 speed 2", "1-2 1209:0001 speed 2", "1-3 1209:0001 speed 2", "import 1-1: 0",
                    "import 1-1: 2", "import 1-4: 4", "import 1-3: 0",
                ], "\(busy)")
        }
    }

    @Test("what is in the way is one line with the reason")
    func obstacles() async throws {
        let folder = try Folder()
        try await serve(in: folder) { _, address in
            let second = try await Program.bluetap(
                "serve", "--transport", "usbip", "--listen", address, "--control", "unix:\(folder.file("c2"))")
            #expect(second.status == 1 && second.errors.contains("give another --listen HOST:PORT"), "\(second)")
            #expect(second.errors.split(separator: "\n").count == 1, "\(second)")
        }
    }
}
