public import BlueTap
internal import HID
internal import Synchronization
internal import WireFormat

// What people and programs do to a device that is not its host.
extension EmulatedDevice {
    /// A command that takes a host's way, with the profile's reports. Returns the events that it caused; the answer is one
    /// of them.
    public func perform(_ command: Command) throws(EmulatorError) -> [Event] {
        let (codec, isAttached) = inside.withLock { ($0.core.codec, $0.core.machine.isAttached) }
        guard isAttached else {
            throw EmulatorError("the device is detached", code: .notAttached, remedy: "plug it in")
        }
        let stamp = Codec.Stamp(sequence: 1, time: clock.now.secondsSince1970)
        let reports: [[UInt8]]
        do throws(EncodingError) {
            reports = try codec.encode(command, stamp: stamp)
        } catch {
            throw EmulatorError(error.description, code: .notEncodable)
        }
        let type: ReportDescriptor.ReportType = profile.hid.outputReport.isFeature ? .feature : .output
        return steer { core, now in
            for report in reports { core.receive(report, as: type, from: Nobody(), at: now) }
        }
    }

    /// Something for people to read beside the events.
    public func note(_ text: String) { update { core, now in core.tell(.note(text), at: now) } }

    // MARK: Cable

    /// Pulls the cable, and puts it back after a while, if so asked.
    @discardableResult
    public func unplug(replug: Duration? = nil) throws(EmulatorError) -> [Event] {
        try checkCable()
        return steer { core, now in core.unplug(replug: replug, at: now) }
    }

    /// Puts the cable back.
    @discardableResult
    public func plug() throws(EmulatorError) -> [Event] {
        try checkCable()
        return steer { core, now in core.plug(at: now) }
    }

    /// Pulls the cable and puts it back at once: the device begins anew.
    @discardableResult
    public func reset() throws(EmulatorError) -> [Event] {
        try checkCable()
        return steer { core, now in core.reset(at: now) }
    }

    private func checkCable() throws(EmulatorError) {
        let abilities = inside.withLock { $0.core.abilities ?? .unplug }
        if !abilities.contains(.unplug) { throw EmulatorError("this transport has no cable to pull", code: .noCable) }
    }

    // MARK: Faults

    /// Sets a fault. Returns it with its number.
    public func add(_ fault: Fault) throws(EmulatorError) -> ArmedFault {
        let result: Result<ArmedFault, EmulatorError> = update { core, now in
            do throws(EmulatorError) {
                return .success(try core.add(fault, at: now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Ends all faults, or the one of that number; false where there is none.
    public func clearFaults(_ id: Int? = nil) -> Bool { update { core, now in core.clearFaults(id, at: now) } }
}

/// Takes what the device answers a command that no host has sent.
private struct Nobody: HostPort {
    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
}
