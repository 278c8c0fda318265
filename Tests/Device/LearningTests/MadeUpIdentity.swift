import WireFormat

extension USBIdentity {
    /// For profiles in which nobody looks at it.
    static let madeUp = USBIdentity(
        vendorID: 1, productID: 2, release: 0x100, manufacturer: "m", product: "p", serialNumber: "s")
}
