/// A report that went over the bus.
public struct HIDTransfer: Hashable, Sendable {
    /// Source: HID 1.11, section 7.2.1.
    public enum ReportType: UInt8, Hashable, Sendable {
        case input = 1
        case output = 2
        case feature = 3
    }

    /// What carried the report.
    public enum Route: Hashable, Sendable {
        /// An interrupt endpoint: input reports to the host, output reports from it.
        case interrupt
        /// The control request SET_REPORT, from the host.
        case setReport
        /// The control request GET_REPORT, to the host.
        case getReport
    }

    public var reportType: ReportType
    public var route: Route
    /// As the control request has it, 0 where the device has no report IDs; nil for an interrupt endpoint, where the
    /// first byte is the ID if the report descriptor has any.
    public var reportID: UInt8?
    /// As on the wire: with the report ID first, if the device has report IDs.
    public var bytes: [UInt8]
    /// Since the first packet of the file.
    public var time: Duration
    /// The packet in the file that has the bytes, from 1.
    public var packet: Int
    /// The endpoint's address, with 0x80 for a device's input; 0 for control requests.
    public var endpoint: UInt8
    /// Nil where an interrupt endpoint is not known from descriptors.
    public var interface: UInt8?
    /// Why the device did not take it; nil for all that count.
    public var failure: TransferStatus?

    public var isFromHost: Bool {
        switch route {
        case .interrupt: reportType == .output
        case .setReport: true
        case .getReport: false
        }
    }
}
