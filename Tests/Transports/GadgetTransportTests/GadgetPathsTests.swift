import Essentials
import Foundation
import HID
import Testing

@testable import GadgetTransport

/// Folders that look like the kernel's, for what cannot be staged on a real one at will. The kernel suite has the real one.
private final class FakeKernel: Sendable {
    let root: String
    let paths: GadgetPaths

    init(controllers: [String] = [], hasGadgets: Bool = true) throws {
        root = NSTemporaryDirectory() + "bluetap-\(UUID().uuidString)"
        var paths = GadgetPaths()
        paths.configFS = "\(root)/config"
        paths.controllers = "\(root)/udc"
        paths.characterDevices = "\(root)/char"
        self.paths = paths
        try make(paths.configFS)
        if hasGadgets { try make("\(paths.configFS)/usb_gadget") }
        for controller in controllers {
            try make("\(paths.controllers)/\(controller)")
            try write("not attached\n", "\(paths.controllers)/\(controller)/state")
            try write("", "\(paths.controllers)/\(controller)/function")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}

@Suite("Where a gadget may be")
struct GadgetPathsTests {
    private func problem(_ body: () throws(TransportError) -> Void) -> String? {
        do throws(TransportError) {
            try body()
            return nil
        } catch {
            return error.description
        }
    }

    @Test("without a controller it says which chapter to read")
    func noController() throws {
        let kernel = try FakeKernel()
        #expect(
            problem { () throws(TransportError) in _ = try USBDeviceController.find(named: nil, paths: kernel.paths) }
                == "no USB device controller: enable dwc2 (gadget/README.md, step 2)")
    }

    @Test("the only controller is found without its name, one of several by its name")
    func controllers() throws {
        let one = try FakeKernel(controllers: ["fe980000.usb"])
        #expect(try USBDeviceController.find(named: nil, paths: one.paths).name == "fe980000.usb")
        let two = try FakeKernel(controllers: ["b", "a"])
        #expect(try USBDeviceController.find(named: "b", paths: two.paths).name == "b")
        #expect(
            problem { () throws(TransportError) in _ = try USBDeviceController.find(named: nil, paths: two.paths) }
                == "this machine has several USB device controllers: choose by --udc one of: a, b")
    }

    @Test("a driver of the old kind that has the controller is named")
    func oldDriver() throws {
        let kernel = try FakeKernel(controllers: ["a"])
        try kernel.write("g_ether\n", "\(kernel.paths.controllers)/a/function")
        let gadget = Gadget(controller: try .find(named: nil, paths: kernel.paths))
        #if Gadget
            #expect(
                problem { () throws(TransportError) in try gadget.check() }
                    == "the USB device controller a is taken by the driver \"g_ether\": unload that (sudo modprobe -r g_ether),"
                    + " or name another by --udc")
        #else
            #expect(problem { () throws(TransportError) in try gadget.check() }?.contains("without libusbgx") == true)
        #endif
    }

    @Test("only gadgets of our name are ours")
    func ours() throws {
        let kernel = try FakeKernel(controllers: ["a"])
        for name in ["bluetap-a", "bluetap-gone", "theirs", "bluetapped"] {
            try kernel.make("\(kernel.paths.configFS)/usb_gadget/\(name)")
        }
        #expect(Gadget.all(paths: kernel.paths).map(\.name) == ["bluetap-a", "bluetap-gone"])
        #expect(Gadget.all(paths: kernel.paths).map(\.isInUse) == [false, false])
    }

    @Test("a controller is locked by one at a time, until that one lets go")
    func lock() throws {
        let kernel = try FakeKernel(controllers: ["a"])
        let controller = try USBDeviceController.find(named: nil, paths: kernel.paths)
        do {
            let lock = try controller.lock()
            #expect(
                problem { () throws(TransportError) in _ = try controller.lock() }?
                    .hasPrefix("the USB device controller a is used by another bluetap") == true)
            _ = consume lock
        }
        #expect(problem { () throws(TransportError) in _ = try controller.lock() } == nil)
    }

    @Test("the device node is found by the numbers that the function has, not by its own number")
    func node() throws {
        let kernel = try FakeKernel(controllers: ["a"])
        let function = "\(kernel.paths.configFS)/usb_gadget/bluetap-a/functions/hid.0"
        try kernel.make(function)
        try kernel.write("237:3\n", "\(function)/dev")
        let gadget = Gadget(controller: try .find(named: nil, paths: kernel.paths))
        #expect(gadget.node == nil)
        try kernel.make("\(kernel.paths.characterDevices)/237:3")
        try kernel.write("MAJOR=237\nMINOR=3\nDEVNAME=hidg3\n", "\(kernel.paths.characterDevices)/237:3/uevent")
        #expect(gadget.node == "/dev/hidg3")
    }
}
