internal import Glibc
internal import HID

/// A picture of the devices as Linux would show them as hidraw devices: the part of /dev, /sys and /run/udev that has them.
///
/// The hidraw seam, preloaded into a program, answers from it what the program asks of those places. A device node is a link
/// to the device's socket. Sources: the kernel's Documentation/ABI/testing/sysfs-driver-hid, -sysfs-bus-usb and hidraw.rst;
/// libudev's database in /run/udev/data.
struct HIDRawPicture: Sendable {
    /// Of /dev/hidraw*; as in the seam's `seam_internal.h`.
    static let major = 384

    /// The folder, without a slash at its end.
    let root: String
    /// Of /dev/hidraw*, from 0.
    let number: Int
    let socket: String
    let description: HIDDescription

    private enum Entry {
        case file([UInt8])
        case link(String)
    }

    /// The device is plugged in. What cannot be written is not seen: the seam is one of several ways to the device.
    func show() {
        for (path, entry) in device + signposts { write(entry, to: "\(root)/\(path)") }
    }

    /// The cable is pulled.
    func hide() {
        for (path, _) in signposts.reversed() { unlink("\(root)/\(path)") }
        for (path, _) in device.reversed() { unlink("\(root)/\(path)") }
    }

    // MARK: What stands where

    private var bus: Int { number + 1 }
    private var usb: String { "sys/devices/bluetap/usb\(bus)/\(bus)-1" }
    private var interface: String { "\(usb)/\(bus)-1:1.0" }
    private var hidName: String {
        "0003:\(hexadecimal(description.vendorID)):\(hexadecimal(description.productID)).\(hexadecimal(UInt16(bus)))"
    }
    private var hid: String { "\(interface)/\(hidName)" }
    private var node: String { "\(hid)/hidraw/hidraw\(number)" }

    /// The device's own directories: USB device, interface, HID device, node.
    private var device: [(String, Entry)] {
        let (vendor, product) = (hexadecimal(description.vendorID), hexadecimal(description.productID))
        let name = [description.manufacturer, description.product].filter { !$0.isEmpty }.joined(separator: " ")
        let usbProduct =
            "\(short(description.vendorID))/\(short(description.productID))/\(short(description.release))"
        let texts = [
            ("manufacturer", description.manufacturer), ("product", description.product),
            ("serial", description.serialNumber),
        ].filter { !$0.1.isEmpty }
        return [
            ("\(usb)/uevent", text("DEVTYPE=usb_device", "DRIVER=usb", "PRODUCT=\(usbProduct)", "TYPE=0/0/0")),
            ("\(usb)/idVendor", text(vendor.lowercased())), ("\(usb)/idProduct", text(product.lowercased())),
            ("\(usb)/bcdDevice", text(hexadecimal(description.release).lowercased())),
            ("\(usb)/busnum", text("\(bus)")), ("\(usb)/devnum", text("2")), ("\(usb)/speed", text("12")),
            ("\(usb)/bNumInterfaces", text(" 1")), ("\(usb)/bDeviceClass", text("00")),
            ("\(usb)/subsystem", .link("../../../../bus/usb")),
        ]
            + texts.map { ("\(usb)/\($0.0)", text($0.1)) }
            + [
                (
                    "\(interface)/uevent",
                    text("DEVTYPE=usb_interface", "DRIVER=usbhid", "PRODUCT=\(usbProduct)", "INTERFACE=3/0/0")
                ),
                ("\(interface)/bInterfaceNumber", text("00")), ("\(interface)/bInterfaceClass", text("03")),
                ("\(interface)/bInterfaceSubClass", text("00")), ("\(interface)/bInterfaceProtocol", text("00")),
                ("\(interface)/subsystem", .link("../../../../../bus/usb")),
                (
                    "\(hid)/uevent",
                    text(
                        "DRIVER=hid-generic", "HID_ID=0003:0000\(vendor):0000\(product)", "HID_NAME=\(name)",
                        "HID_PHYS=usb-bluetap-\(bus)/input0", "HID_UNIQ=\(description.serialNumber)",
                        "MODALIAS=hid:b0003g0001v0000\(vendor)p0000\(product)")
                ),
                ("\(hid)/report_descriptor", .file(description.reportDescriptor)),
                ("\(hid)/subsystem", .link("../../../../../../bus/hid")),
                (
                    "\(node)/uevent",
                    text("MAJOR=\(Self.major)", "MINOR=\(number)", "DEVNAME=hidraw\(number)")
                ),
                ("\(node)/dev", text("\(Self.major):\(number)")),
                ("\(node)/device", .link("../../../\(hidName)")),
                ("\(node)/subsystem", .link("../../../../../../../../class/hidraw")),
            ]
    }

    /// What leads to the device: the last of them is what programs look for first.
    private var signposts: [(String, Entry)] {
        [
            ("run/udev/data/c\(Self.major):\(number)", text("I:1", "G:uaccess")),
            ("sys/bus/usb/devices/\(bus)-1", .link("../../../devices/bluetap/usb\(bus)/\(bus)-1")),
            ("sys/bus/hid/devices/\(hidName)", .link("../../../\(inSys(hid))")),
            ("sys/dev/char/\(Self.major):\(number)", .link("../../\(inSys(node))")),
            ("dev/hidraw\(number)", .link(socket)),
            ("sys/class/hidraw/hidraw\(number)", .link("../../\(inSys(node))")),
        ]
    }

    private func inSys(_ path: String) -> Substring { path.dropFirst("sys/".count) }

    // MARK: Files

    private func text(_ lines: String...) -> Entry { .file(Array((lines.joined(separator: "\n") + "\n").utf8)) }

    private func write(_ entry: Entry, to path: String) {
        Self.makeFolders(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        unlink(path)
        switch entry {
        case .link(let target): symlink(target, path)
        case .file(let bytes):
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { return }
            _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            close(file)
        }
    }

    private static func makeFolders(_ path: String) {
        if mkdir(path, 0o700) == 0 || errno != ENOENT { return }
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        makeFolders(String(path[..<slash]))
        mkdir(path, 0o700)
    }

    private func hexadecimal(_ value: UInt16) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    private func short(_ value: UInt16) -> String { String(value, radix: 16) }
}
