/// A device that a session is played to, from its host's side.
public protocol ReplayTarget: AnyObject {
    /// How long it has been played to, in the session's time.
    var elapsed: Duration { get }
    /// Lets time pass until then.
    func pass(until time: Duration) async throws
    /// Sends an output report, or sets a feature report; whether the device took it.
    func send(_ report: [UInt8], isFeature: Bool) throws -> Bool
    /// The next input report that has come; nil: there is none.
    func inputReport() throws -> [UInt8]?
    /// Waits for the next input report; nil: none came.
    ///
    /// - Parameters:
    ///   - due: when it shall be there, in the session's time; how much later it may come is the target's to know.
    ///   - next: when the next thing happens, beyond which virtual time does not go for it.
    func awaitInputReport(due: Duration, next: Duration) async throws -> [UInt8]?
    /// The feature report of this ID; nil where the device has none to give.
    func featureReport(id: UInt8) throws -> [UInt8]?
    /// The recorded host lost its device.
    func detached() throws
    /// The recorded host found it again.
    func attached() async throws
}
