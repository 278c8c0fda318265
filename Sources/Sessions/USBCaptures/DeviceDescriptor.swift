/// idVendor and idProduct.
public struct USBIdentifier: Hashable, Sendable {
    public var vendorID: UInt16
    public var productID: UInt16

    public init(vendorID: UInt16, productID: UInt16) {
        self.vendorID = vendorID
        self.productID = productID
    }
}

/// What a device says of itself. Source: USB 2.0, section 9.6.1.
public struct DeviceDescriptor: Hashable, Sendable {
    /// bcdUSB.
    public var usbVersion: UInt16
    /// bDeviceClass; 0 where each interface has its own.
    public var deviceClass: UInt8
    public var vendorID: UInt16
    public var productID: UInt16
    /// bcdDevice.
    public var release: UInt16
    /// Nil, as the following, where the device has none or the host did not read it during the capture.
    public var manufacturer: String?
    public var product: String?
    public var serialNumber: String?
}
