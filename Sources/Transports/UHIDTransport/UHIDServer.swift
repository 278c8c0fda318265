internal import CLinuxUAPI
internal import Glibc
internal import HID
internal import LinuxIO
internal import Logging
internal import Synchronization
internal import SystemPackage

/// One device of the uhid driver: its events, worked off on one thread.
///
/// The kernel destroys the device when the last reference lets go of the descriptor, however that comes about.
final class UHIDServer: Cable, @unchecked Sendable {
    // One thread at a time has the buffer and the failure: the one that makes the device, then the one that serves. All
    // else may be used by any.

    private let description: HIDDescription
    private let function: any HIDFunction
    private let control: UHIDControl
    private let cable: UHIDCable
    private let logger: Logger
    private let reports: ReportDescriptor
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: UHIDEvent.size, alignment: 8)
    /// What ended the serving, but for ``takeAway()``.
    private var failure: TransportError?
    private let isOpen = Atomic(false)
    /// From a pull until the device starts anew: output reports that hosts send meanwhile are lost.
    private let isPulled = Atomic(false)
    private let isStarted = Atomic(false)
    private let isTakenAway = Atomic(false)

    init(
        _ description: HIDDescription, function: any HIDFunction, control: consuming OwnedDescriptor, logger: Logger
    ) throws(Errno) {
        self.description = description
        self.function = function
        self.control = UHIDControl(control, logger: logger)
        cable = try UHIDCable(self.control, creation: UHIDRequest.create(description, phys: Self.place))
        self.logger = logger
        reports = description.reports
    }

    deinit { buffer.deallocate() }

    /// How long the kernel and udev may take to make the node.
    private static let startPatience = Duration.seconds(30)
    private static let place = "bluetap/\(getpid())"

    /// Makes the device, waits until programs can open it, and returns its node.
    func create() throws(TransportError) -> String {
        function.connected(to: self)
        do {
            try control.tell(UHIDRequest.create(description, phys: Self.place))
        } catch {
            throw TransportError(
                "the kernel does not take the device: \(error)", code: .profileUnsuitable,
                remedy: "check the profile's report descriptor (hid-decode shows it); see dmesg")
        }
        // The kernel starts the device from a work queue; then udev gives its node the permissions. A udev that hangs is
        // not waited for longer than the kernel.
        var found: HIDRawNode?
        _ = retry(for: Self.startPatience) {
            _ = work()
            if isStarted.load(ordering: .relaxed) { found = HIDRawNode.find("HID_PHYS", Self.place) }
            return found?.isSettled == true ? () : nil
        }
        guard let node = found?.path else {
            throw TransportError(
                "the kernel made no /dev/hidraw node of the new device in \(Self.startPatience)",
                remedy:
                    "load the kernel module: sudo modprobe hid-generic; then see dmesg for what it says of the device")
        }
        return node
    }

    /// Serves until `stop` is readable and ``takeAway()`` was called.
    func serve(until stop: CInt) throws(TransportError) {
        guard setBlocking(true) else { throw TransportError("/dev/uhid cannot be waited for: \(Errno.last)") }
        defer { if isStarted.load(ordering: .relaxed) { function.hostDetached() } }
        // One system call for a report in and one for its reply: while the device is started the kernel is waited for in
        // read itself, and its end is an event.
        while isStarted.load(ordering: .relaxed) ? work() : waitForStart(stop) && work() {}
        if let failure { throw failure }
    }

    /// Has the kernel take the device away, which is the last event of one that is started.
    func takeAway() {
        isTakenAway.store(true, ordering: .relaxed)
        // Should the kernel's queue be too full for the last event, the reads end with the queue.
        _ = setBlocking(false)
        cable.cut()
    }

    /// Pulls the cable and puts it back as it is wished, until ``takeAway()`` was called.
    func followCable() { cable.follow() }

    /// Waits for an event of a device that has no driver; false where `stop` is readable.
    private func waitForStart(_ stop: CInt) -> Bool {
        var waiting = [control.rawValue, stop].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&waiting, 2, -1) < 0 && errno == EINTR {}
        return waiting[1].revents == 0
    }

    private func setBlocking(_ isBlocking: Bool) -> Bool {
        let flags = fcntl(control.rawValue, F_GETFL)
        return flags >= 0
            && fcntl(control.rawValue, F_SETFL, isBlocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0
    }

    /// Works off one event, if there is one; false when there will be no more.
    private func work() -> Bool {
        let count = read(control.rawValue, buffer.baseAddress, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return !isTakenAway.load(ordering: .relaxed) }
        guard count >= 0 else {
            failure = TransportError("/dev/uhid cannot be read: \(Errno.last)", remedy: "see dmesg")
            return false
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        guard let event = UHIDEvent(bytes, reports: reports) else {
            logger.error("the kernel sends \(count) bytes that are no event")
            return true
        }
        switch event {
        case .output(let report):
            // Who writes has it open, whatever became of that event in a queue that was full.
            isOpen.store(true, ordering: .relaxed)
            receive(report)
        case .start:
            // One that was put back and pulled again before it started stays pulled.
            isPulled.store(cable.isPullAhead, ordering: .relaxed)
            isStarted.store(true, ordering: .relaxed)
            function.hostAttached()
        case .stop:
            isStarted.store(false, ordering: .relaxed)
            isOpen.store(false, ordering: .relaxed)
            function.hostDetached()
            return !isTakenAway.load(ordering: .relaxed)
        case .open: isOpen.store(true, ordering: .relaxed)
        case .close: isOpen.store(false, ordering: .relaxed)
        case .getReport(let request, let type, let number):
            control.answer(UHIDRequest.getReportReply(to: request, report: report(type, number)))
        case .setReport(let request, let type, let report):
            control.answer(UHIDRequest.setReportReply(to: request, isAccepted: setReport(type, report)))
        case .other(let type): logger.debug("uhid event \(type) is not known")
        }
        return true
    }

    private func receive(_ report: [UInt8]) {
        if !isPulled.load(ordering: .relaxed) { function.outputReport(report, from: self) }
    }

    private func report(_ type: UHIDEvent.ReportType?, _ number: UInt8) -> [UInt8]? {
        let report: [UInt8]?
        switch type {
        case .feature: report = function.featureReport(id: number)
        case .input: report = function.inputReport(id: number)
        case .output, nil: report = nil
        }
        // The answer of an unnumbered report begins with the report ID 0, as that of a USB device does.
        return report.map { reports.hasReportIDs ? $0 : [0] + $0 }
    }

    private func setReport(_ type: UHIDEvent.ReportType?, _ report: [UInt8]) -> Bool {
        switch type {
        case .output:
            receive(report)
            return true
        case .feature: return function.setFeatureReport(report)
        case .input, nil: return false
        }
    }

    // MARK: Cable

    /// The kernel takes output reports whether they are read or not, and acknowledges them itself.
    let abilities: CableAbilities = [.unplug, .longReports]

    func unplug() {
        isPulled.store(true, ordering: .relaxed)
        cable.pull()
    }

    func plug() -> Bool {
        cable.putBack()
        return false
    }

    func stall() {}

    func setReading(_ isReading: Bool) {}

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        // The kernel would take it, and hand it to nobody.
        guard isOpen.load(ordering: .relaxed) else { return .dropped("no program has the device open") }
        guard !isPulled.load(ordering: .relaxed) else { return .dropped("the cable was pulled") }
        guard report.count <= UHIDRequest.maximumReportSize else {
            return .dropped("uhid takes reports of at most \(UHIDRequest.maximumReportSize) bytes")
        }
        let isTaken = UHIDRequest.withInputReport(report) {
            write(control.rawValue, $0.baseAddress, $0.count) == $0.count
        }
        return isTaken ? .sent : .dropped("the kernel does not take it: \(Errno.last)")
    }
}

/// Tries until there is a result or `duration` has passed.
private func retry<Result>(for duration: Duration, _ attempt: () -> Result?) -> Result? {
    let clock = ContinuousClock()
    let end = clock.now + duration
    while true {
        if let result = attempt() { return result }
        guard clock.now < end else { return nil }
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        nanosleep(&pause, nil)
    }
}
