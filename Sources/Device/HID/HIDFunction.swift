/// The inside of a HID device, as a transport drives it.
///
/// A report is what crosses the wire: the report ID first where reports are numbered, else the data alone. Calls for one
/// device come one after another. They come on the thread that serves the host, which waits for them: no call may block.
public protocol HIDFunction: Sendable {
    /// The transport is open, and this is the device's end of the cable.
    func connected(to cable: any Cable)
    /// A host sees the device from now on.
    func hostAttached()
    /// No host sees the device any more.
    func hostDetached()
    /// The host sent an output report. Answers go to `host` before this returns, or later.
    func outputReport(_ report: [UInt8], from host: any HostPort)
    /// An input report that waited its turn will not reach the host after all, for this reason. What the kernel or the bus
    /// had taken already, no transport can tell of.
    func inputReportDropped(_ report: [UInt8], reason: String)
    /// What GET_REPORT for a feature report answers; nil stalls.
    func featureReport(id: UInt8) -> [UInt8]?
    /// SET_REPORT for a feature report; false stalls.
    func setFeatureReport(_ report: [UInt8]) -> Bool
    /// What GET_REPORT for an input report answers; nil stalls.
    func inputReport(id: UInt8) -> [UInt8]?
}

/// The way to the host, as the device sees it.
public protocol HostPort: Sendable {
    /// Sends an input report at once, or takes it to be sent when the host has fetched those before it. Never blocks.
    func sendInputReport(_ report: [UInt8]) -> Delivery
}

/// What became of an input report.
public enum Delivery: Hashable, Sendable {
    /// On its way. Should the host go before it has fetched it, ``HIDFunction/inputReportDropped(_:reason:)`` tells.
    case sent
    /// No host will see it, for this reason.
    case dropped(String)
}
