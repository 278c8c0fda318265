import Foundation
import TestSupport
import Testing

@Suite("The usbip transport", .timeLimit(.minutes(10)))
struct USBIPTests {
    /// Serves devices to USB/IP clients of this machine; `body` gets `HOST:PORT` as well.
    @discardableResult
    private func serve(
        in folder: Folder, _ options: String..., complaining: Bool = false,
        body: @Sendable (Serving, String) async throws -> Void
    ) async throws -> Finished {
        let address = "127.0.0.1:\(try Serving.freePort())"
        return try await Serving.startWell(
            "usbip", in: folder, ["--listen", address] + options, complaining: complaining
        ) { device in
            try await body(device, address)
        }
    }

    private func client(_ program: String, _ arguments: String...) async throws -> Finished {
        try await Program.run(
            Program.tool("pyusb-usbip-backend/bin/python"), ["\(HIDAPIProgram.folder)/\(program)"] + arguments)
    }

    private static let requests = "\(Program.repository)/Tests/Transports/USBDeviceTests/requests.json"

    @Test("pyusb's USB/IP client gets the answers of chapter 9 and of the HID class, and pays")
    func requests() async throws {
        let folder = try Folder()
        let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY", "--order", "A1").lines[0]
        let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
        let rows = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: Self.requests))) as? [Any]
        let count = try #require(rows?.count)
        #expect(count > 50)
        try await serve(in: folder) { device, address in
            let ran = try await client("usbip_requests.py", address, Self.requests, pay, pay)
            #expect(ran.lines.first == "\(count) requests, 0 wrong", "\(ran)")
            #expect(Array(ran.lines.dropFirst()) == [reply, reply], "\(ran)")
            try await eventually("detached") { try device.hasJournalled("detached") }
            let kinds = try device.journalledKinds().filter { $0 != "reportMalformed" }
            // Some requests take the configuration back, or reset the port.
            let connections = kinds.prefix { $0 == "attached" || $0 == "detached" }
            #expect(connections.first == "attached" && connections.last == "attached")
            #expect(
                kinds.dropFirst(connections.count) == [
                    "payReceived", "linkReady", "replySent", "payReceived", "linkReplaced", "linkReady",
                    "replySent", "linkLost", "detached",
                ])
            // The next one may have it.
            #expect(try await client("usbip_requests.py", address, Self.requests).status == 0)
        }
    }

    @Test("hostile clients are turned away and complained of, though not without end, and the device serves on")
    func hostile() async throws {
        let folder = try Folder()
        let seed = UInt64.random(in: 0...UInt64(UInt32.max))
        let ended = try await serve(in: folder, complaining: true) { device, address in
            let ran = try await client(
                "usbip_hostile.py", address, "\(seed)", "\(rounds(100, soak: 5000))")
            #expect(ran.lines == ["12 turned away, 100 silent, 2000 at a time"], "seed \(seed): \(ran)")
            let served = try await client("usbip_requests.py", address, Self.requests)
            #expect(served.lines.first?.hasSuffix(" 0 wrong") == true, "seed \(seed): \(served)")
        }
        let complaints = ended.errors.split(separator: "\n")
        #expect(complaints.allSatisfy { $0.hasPrefix("bluetap: a USB/IP client ") }, "seed \(seed): \(ended)")
        for (sort, reason) in [
            ("does not get the device", "device: \"1-1\", reason: 127.0.0.1:"),
            ("does not get the device", "device: \"9-\\u{1B}\", reason: there is none of this bus id)"),
            ("is turned away", "reason: the client speaks version 0x106 of USB/IP, not 0x111)"),
            ("is turned away", "reason: there is no USB/IP operation 0x8001)"),
            ("is turned away", "reason: a transfer of 4294967295 bytes is longer than any of this device)"),
            ("is turned away", "reason: it took no device within 10 s)"), ("is turned away", " connections already)"),
        ] {
            #expect(
                complaints.contains { $0.contains(" \(sort) (") && $0.contains(reason) },
                "seed \(seed): \(reason): \(ended)")
        }
        // Thousands knocked, which is told in a few lines.
        #expect(complaints.count < 500 && ended.errors.contains("leftOut: "), "seed \(seed): \(ended)")
    }

    @Test("transfers that wait, are taken back, reset or halted in the middle, or are too long, end as USB has it")
    func transfers() async throws {
        let folder = try Folder()
        let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY", "--order", "A1").lines[0]
        let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
        try await serve(in: folder) { device, address in
            let ran = try await client("usbip_transfers.py", address, pay, reply)
            #expect(ran.status == 0 && ran.lines.last?.hasSuffix(" answers, 0 wrong") == true, "\(ran)")
            #expect(ran.lines.count == 1 && ran.errors.isEmpty, "\(ran)")
        }
        let kinds = try journalledKinds(in: folder)
        #expect(kinds.count { $0 == "replyDropped" } == 3, "\(kinds)")
    }

    /// The kinds of the events in the journal of a device that has ended.
    private func journalledKinds(in folder: Folder) throws -> [String] {
        try folder.contents(of: "journal").split(separator: "\n").compactMap {
            try members(String($0))["kind"] as? String
        }
    }

    @Test("a device that was slow when its cable was pulled serves its next host; a reply before an unplug arrives")
    func faults() async throws {
        let folder = try Folder()
        let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY", "--order", "A1").lines[0]
        let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
        try await serve(in: folder) { device, address in
            func bluetap(_ arguments: String...) async throws {
                let ran = try await Program.run(Program.bluetap, arguments, environment: device.environment)
                #expect(ran.status == 0, "\(ran)")
            }
            try await bluetap("fault", "add", "slow-reader", "--delay", "60s", "--on", "pay")
            // The first is taken before the device is slow.
            let slow = try await client("usbip_pay.py", address, pay)
            #expect(slow.lines == [reply], "\(slow)")
            try await bluetap("unplug")
            try await bluetap("plug")
            let next = try await client("usbip_pay.py", address, pay, pay)
            #expect(next.lines == [reply, reply], "\(next)")
            try await bluetap("fault", "add", "unplug", "--on", "pay", "--moment", "after", "--replug", "100ms")
            let pulled = try await client("usbip_pay.py", address, pay, pay)
            #expect(pulled.lines == [reply, "the connection has ended"], "\(pulled)")
        }
    }

    @Test("a client loses the device with its cable, and finds it again; several devices are told apart")
    func unplug() async throws {
        let folder = try Folder()
        let ended = try await serve(in: folder, "--devices", "3", complaining: true) { device, address in
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
        let complaints = ended.errors.split(separator: "\n")
        #expect(complaints.count == 2 && complaints.first?.hasSuffix(" has it)") == true, "\(ended)")
        #expect(
            complaints.last?.hasSuffix("device: \"1-4\", reason: there is none of this bus id)") == true, "\(ended)")
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
        for (listen, status, part) in [
            ("192.0.2.1:3240", 1, "Cannot assign requested address: give --listen an address that this machine has"),
            ("no-such-host.invalid:3240", 1, "there is no address of that name: give --listen an address"),
            ("3240", 64, "give HOST:PORT, as 0.0.0.0:3240"), ("0.0.0.0", 64, "give HOST:PORT, as 0.0.0.0:3240"),
        ] {
            let refused = try await Program.bluetap(
                "serve", "--transport", "usbip", "--listen", listen, "--control", "unix:\(folder.file("c3"))")
            #expect(refused.status == status && refused.errors.contains(part), "\(refused)")
            if status == 1 { #expect(refused.errors.split(separator: "\n").count == 1, "\(refused)") }
        }
    }
}
