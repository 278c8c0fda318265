import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

// How the gadget comes and goes.
extension KernelTests.Gadget {
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
                    let pay = ReferenceReports.pay()
                    let ran = try await Program.run(
                        HIDAPIProgram.debianPython,
                        ["\(HIDAPIProgram.folder)/raw_reports.py", node, "write:00\(pay)"])
                    #expect(ran.lines.first?.hasPrefix("b781") == true, "\(ran)")
                    #expect(try device.hasJournalled("payReceived"))
                }
                for device in [first, second] {
                    #expect(
                        try device.settled().journalledKinds() == ["attached", "payReceived", "linkReady", "replySent"])
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
}
