/// What a host learns of a HID device when it enumerates it.
public struct HIDDescription: Hashable, Sendable {
    public var vendorID: UInt16
    public var productID: UInt16
    /// bcdDevice.
    public var release: UInt16
    public var manufacturer: String
    public var product: String
    public var serialNumber: String
    public var reportDescriptor: [UInt8]

    public init(
        vendorID: UInt16, productID: UInt16, release: UInt16, manufacturer: String, product: String,
        serialNumber: String, reportDescriptor: [UInt8]
    ) {
        self.vendorID = vendorID
        self.productID = productID
        self.release = release
        self.manufacturer = manufacturer
        self.product = product
        self.serialNumber = serialNumber
        self.reportDescriptor = reportDescriptor
    }

    /// Whether reports begin with a report ID: whether the descriptor has a Report ID item.
    /// Source: HID 1.11, section 6.2.2.
    public var hasNumberedReports: Bool {
        var offset = 0
        while offset < reportDescriptor.count {
            let prefix = reportDescriptor[offset]
            if prefix == 0xFE {
                // A long item: its size stands in the next byte.
                guard offset + 1 < reportDescriptor.count else { return false }
                offset += 3 + Int(reportDescriptor[offset + 1])
                continue
            }
            if prefix & 0xFC == 0x84 { return true }
            offset += 1 + [0, 1, 2, 4][Int(prefix & 3)]
        }
        return false
    }
}
