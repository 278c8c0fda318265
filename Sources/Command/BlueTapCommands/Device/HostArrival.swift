internal import BlueTap
internal import BlueTapHost
internal import Emulator
internal import HID

/// The moment from which a program of this machine can open the device.
struct HostArrival {
    /// How long a host may take.
    private static let patience = Duration.seconds(60)

    let device: EmulatedDevice
    let place: Place

    /// Returns when a host has configured the device and, where this machine is that host, has made the node.
    func wait() async throws {
        guard case .controller(let controller, let serialNumber) = place else { return }
        guard try await happens({ device.status.state != .detached }) else {
            throw CommandError(
                "no host has configured the device at \(controller) in \(Self.patience): connect the cable to the POS")
        }
        // The controller that is its own host: whoever starts CMD here means it to find the device.
        if controller.hasPrefix("dummy_udc") {
            _ = try await happens { HIDRawNode.find("HID_UNIQ", serialNumber)?.isSettled == true }
        }
    }

    private func happens(_ condition: () -> Bool) async throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        while !condition() {
            if clock.now > end { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return true
    }
}
