internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Emulator
internal import HID
internal import POSClient
internal import Replay
internal import WireFormat

/// A device that this machine's hidapi finds, over whatever transport: a loopback one, or a real one.
final class HIDTarget: ReplayTarget {
    /// How the session's time passes.
    enum Pace {
        /// So many times as fast as it was recorded.
        case real(speed: Double)
        /// The device's clock is advanced.
        case virtual(ControlClient)
    }

    private let profile: Profile
    private let pace: Pace
    /// How long an answer is waited for.
    private let timeout: Duration
    private let hasReportIDs: Bool
    private var device: HIDDevice?
    private let start = ContinuousClock.now
    private var position = Duration.zero

    /// How long a device that was unplugged is looked for.
    private static let longestAbsence = Duration.seconds(30)

    init(profile: Profile, pace: Pace, timeout: Duration) throws {
        self.profile = profile
        self.pace = pace
        self.timeout = timeout
        hasReportIDs = ReportDescriptor(profile.hid.reportDescriptor.bytes).hasReportIDs
        device = try HIDDevice(vendorID: profile.usb.vendorID, productID: profile.usb.productID)
    }

    var elapsed: Duration {
        switch pace {
        case .real(let speed): (ContinuousClock.now - start) * speed
        case .virtual: position
        }
    }

    func pass(until time: Duration) async throws {
        switch pace {
        case .real(let speed):
            let due = start + time / speed
            if due > .now { try await Task.sleep(until: due, clock: .continuous) }
        case .virtual(let client):
            guard time > position else { return }
            _ = try await client.clock(ClockRequest(advance: TextualDuration(time - position)))
            position = time
        }
    }

    func send(_ report: [UInt8], isFeature: Bool) throws -> Bool {
        let numbered = hasReportIDs ? report : [0] + report
        if isFeature {
            try device?.setFeatureReport(numbered)
        } else {
            try device?.write(numbered)
        }
        return true
    }

    func inputReport() throws -> [UInt8]? { try read(timeout: .zero) }

    func awaitInputReport(due: Duration, next: Duration) async throws -> [UInt8]? {
        if let report = try read(timeout: .zero) { return report }
        switch pace {
        case .real(let speed):
            let end = start + due / speed + timeout
            return try read(timeout: max(end - .now, .zero))
        case .virtual:
            try await pass(until: next)
            return try read(timeout: timeout)
        }
    }

    /// Longest report that is read: a device may send more than its report descriptor says.
    private static let mostBytes = 4096

    private func read(timeout: Duration) throws -> [UInt8]? {
        try device?.read(size: Self.mostBytes, timeout: timeout)
    }

    func featureReport(id: UInt8) throws -> [UInt8]? {
        // A device that stalls has none.
        try? device?.featureReport(id: id, size: Self.mostBytes)
    }

    func detached() { device = nil }

    func attached() async throws {
        let end = ContinuousClock.now + Self.longestAbsence
        while device == nil {
            do {
                device = try HIDDevice(vendorID: profile.usb.vendorID, productID: profile.usb.productID)
            } catch {
                guard ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
