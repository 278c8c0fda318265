internal import BlueTap

/// Devices and the clock that they share.
public final class Emulator: Sendable {
    public let clock: EmulatorClock
    /// Never empty.
    public let devices: [EmulatedDevice]

    public init(devices: [EmulatedDevice], clock: EmulatorClock) {
        precondition(!devices.isEmpty)
        self.devices = devices
        self.clock = clock
    }

    // MARK: Time

    /// Advances time, and returns when everything due on the way has happened, each thing at its own instant.
    public func advance(by duration: Duration) {
        let end = clock.now + duration
        while let due = nextDue, due <= end {
            clock.advance(to: due)
            settle()
        }
        clock.advance(to: end)
    }

    private var nextDue: Instant? { devices.compactMap(\.nextDue).min() }

    private func settle() {
        for device in devices { device.settle() }
    }

    /// Lets things happen at their time while the clock runs, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let seen = clock.scheduleChanges.value
            settle()
            await withDiscardingTaskGroup { group in
                if let delay = nextDue.flatMap(clock.realTime(until:)) {
                    group.addTask { [clock] in
                        if (try? await Task.sleep(for: delay)) != nil { clock.scheduleChanges.announceNext() }
                    }
                }
                await clock.scheduleChanges.wait(past: seen)
                group.cancelAll()
            }
        }
    }
}
