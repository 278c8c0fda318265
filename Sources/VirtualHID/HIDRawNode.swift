internal import Glibc

/// The `/dev/hidraw*` nodes by which programs of this machine open HID devices.
public enum HIDRawNode {
    /// The node of a device of which the kernel says `value` under `key`, as in "HID_PHYS" and "HID_UNIQ"; nil while there
    /// is none. Source: `uevent` of the device in /sys/bus/hid/devices.
    public static func find(_ key: String, _ value: String) -> String? {
        let devices = "/sys/bus/hid/devices"
        for device in directoryEntries(devices) {
            guard let properties = fileContents("\(devices)/\(device)/uevent"),
                properties.split(separator: "\n").contains("\(key)=\(value)"[...]),
                let name = directoryEntries("\(devices)/\(device)/hidraw").first
            else { continue }
            let node = "/dev/\(name)"
            return access(node, F_OK) == 0 ? node : nil
        }
        return nil
    }
}
