public import HID
public import WireFormat

extension Profile {
    /// What a host learns when it enumerates a device of this profile.
    public var hidDescription: HIDDescription {
        HIDDescription(
            vendorID: usb.vendorID, productID: usb.productID, release: usb.release, manufacturer: usb.manufacturer,
            product: usb.product, serialNumber: usb.serialNumber, reportDescriptor: hid.reportDescriptor.bytes)
    }
}

extension Profile {
    /// Whether the host sets feature reports of the device.
    var takesFeatureReports: Bool {
        hid.outputReport.isFeature
            || exchanges.contains { if case .setFeature = $0.request { true } else { false } }
    }
}
