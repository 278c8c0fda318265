internal import CLinuxUAPI
internal import Glibc
internal import LinuxIO

/// A `/dev/hidraw*` node, by which programs of this machine open a HID device.
public struct HIDRawNode: Hashable, Sendable {
    public let path: String

    /// The node of a device of which the kernel says `value` under `key`, as in "HID_PHYS" and "HID_UNIQ"; nil while there
    /// is none. Source: `uevent` of the device in /sys/bus/hid/devices.
    public static func find(_ key: String, _ value: String) -> HIDRawNode? {
        let devices = "/sys/bus/hid/devices"
        for device in directoryEntries(devices) {
            guard let properties = fileContents("\(devices)/\(device)/uevent"),
                properties.split(separator: "\n").contains("\(key)=\(value)"[...]),
                let name = directoryEntries("\(devices)/\(device)/hidraw").first
            else { continue }
            return access("/dev/\(name)", F_OK) == 0 ? HIDRawNode(path: "/dev/\(name)") : nil
        }
        return nil
    }

    /// Whether udev, where it runs, is done with the node: only then has it the permissions that its rules give it.
    public var isSettled: Bool {
        guard access("/run/udev/control", F_OK) == 0,
            let number = fileContents("/sys/class/hidraw/\(path.dropFirst("/dev/".count))/dev")
        else { return true }
        return access("/run/udev/data/c\(number)", F_OK) == 0
    }
}
