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

    /// The reports that the descriptor declares.
    public var reports: ReportDescriptor { ReportDescriptor(reportDescriptor) }
}
