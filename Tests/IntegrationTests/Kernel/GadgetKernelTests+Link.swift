import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

// What befalls the cable and the host, and the device lives through.
extension KernelTests.Gadget {
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
                #expect(try device.state() == "detached")
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
}
