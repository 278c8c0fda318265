/// The device's end of the cable: what it can do to its own connection, beside sending input reports.
///
/// Calls come from any thread, also from inside a ``HIDFunction``'s methods: none blocks, and none calls the function back
/// before it returns.
public protocol Cable: HostPort {
    /// What hosts can be shown over this transport.
    var abilities: CableAbilities { get }
    /// Hosts lose the device; reports that they sent and that were not handed over are lost.
    func unplug()
    /// Hosts can find the device again. True: from now on; false: ``HIDFunction/hostAttached()`` tells when.
    func plug() -> Bool
    /// The endpoint for output reports halts for everyone who has the device open.
    func stall()
    /// Whether the device takes output reports; it does from the start.
    func setReading(_ isReading: Bool)
}

/// What a transport can show a host.
public struct CableAbilities: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The cable can be pulled and put back.
    public static let unplug = CableAbilities(rawValue: 1)
    public static let stall = CableAbilities(rawValue: 2)
    /// Output reports can be left with the host.
    public static let slowReader = CableAbilities(rawValue: 4)
    /// Input reports may be longer than the report descriptor says.
    public static let longReports = CableAbilities(rawValue: 8)
}
