internal import BlueTap
public import HID
internal import Synchronization

// The device as a transport drives it.
extension EmulatedDevice: HIDFunction {
    /// What a host learns when it enumerates the device.
    public var description: HIDDescription { profile.hidDescription }

    public func connected(to cable: any Cable) {
        inside.withLock { inside in
            inside.cable = cable
            inside.core.abilities = cable.abilities
        }
    }

    public func hostAttached() {
        update { core, now in core.attach(at: now) }
    }

    public func hostDetached() {
        update { core, now in core.detach(at: now) }
    }

    public func outputReport(_ report: [UInt8], from host: any HostPort) {
        let aftermath = inside.withLock { inside in
            let (now, start) = clock.reading
            inside.catchUp(to: now)
            inside.core.receive(report, from: host, at: now)
            inside.carryOut(at: now)
            inside.core.tally.count(duration: uptime() - start)
            return conclude(&inside, at: now)
        }
        finish(aftermath)
    }

    public func inputReportDropped(_ report: [UInt8], reason: String) {
        update { core, now in core.inputReportDropped(report, reason: reason, at: now) }
    }

    public func featureReport(id: UInt8) -> [UInt8]? {
        inside.withLock { $0.core.readFeatureReport(id: id) }
    }

    public func setFeatureReport(_ report: [UInt8]) -> Bool {
        guard profile.takesFeatureReports else { return false }
        inside.withLock { inside -> Aftermath? in
            guard let cable = inside.cable else { return nil }
            let (_, aftermath) = update(&inside, at: clock.now) { core, now in
                core.receive(report, as: .feature, from: cable, at: now)
            }
            return aftermath
        }.map(finish)
        return true
    }

    public func inputReport(id: UInt8) -> [UInt8]? {
        guard let size = description.reports.size(of: .input, id: id) else { return nil }
        let last = inside.withLock { $0.core.lastInputReport }
        if !last.isEmpty && (id == 0 || last[0] == id) { return last }
        return id == 0 ? [UInt8](repeating: 0, count: size) : [id] + [UInt8](repeating: 0, count: size - 1)
    }
}
