import Foundation
import Glibc
import Testing

// What is in the way of the gadget, and is said.
extension KernelTests.Gadget {
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
