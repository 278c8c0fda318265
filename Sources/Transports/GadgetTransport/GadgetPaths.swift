/// Where the kernel shows what a gadget needs. Tests name places of their own.
public struct GadgetPaths: Hashable, Sendable {
    /// Where configfs is mounted.
    public var configFS = "/sys/kernel/config"
    /// One directory for each USB device controller (UDC).
    public var controllers = "/sys/class/udc"
    /// Character devices by "major:minor".
    public var characterDevices = "/sys/dev/char"

    public init() {}

    var gadgets: String { "\(configFS)/usb_gadget" }
}
