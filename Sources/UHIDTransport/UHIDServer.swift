internal import CLinuxUAPI
internal import Glibc
internal import Logging
internal import Synchronization
internal import SystemPackage
internal import VirtualHID

/// One device of the uhid driver: its events, worked off on one thread.
///
/// The kernel destroys the device when the last reference lets go of the descriptor, however that comes about.
final class UHIDServer: HostPort, Sendable {
    private let description: HIDDescription
    private let function: any HIDFunction
    private let control: OwnedDescriptor
    private let logger: Logger
    private let reports: ReportDescriptor
    private let isOpen = Atomic(false)
    private let isStarted = Atomic(false)

    init(_ description: HIDDescription, function: any HIDFunction, control: consuming OwnedDescriptor, logger: Logger) {
        self.description = description
        self.function = function
        self.control = control
        self.logger = logger
        reports = description.reports
    }

    /// Makes the device, waits until programs can open it, and returns its node.
    func create() throws(TransportError) -> String {
        let place = "bluetap/\(getpid())"
        try tell(UHIDRequest.create(description, phys: place))
        // The kernel starts the device from a work queue; then udev gives its node the permissions.
        let node: String? = retry(for: .seconds(5)) {
            _ = work()
            return isStarted.load(ordering: .relaxed) ? HIDRawNode.find("HID_PHYS", place) : nil
        }
        guard let node else {
            throw TransportError(
                "the kernel made no /dev/hidraw node of the new device in 5 seconds",
                remedy:
                    "load the kernel module: sudo modprobe hid-generic; then see dmesg for what it says of the device")
        }
        return node
    }

    private func tell(_ request: [UInt8]) throws(TransportError) {
        guard write(control.rawValue, request, request.count) == request.count else {
            throw TransportError(
                "the kernel does not take the device: \(Errno.last)",
                remedy: "check the profile's report descriptor (hid-decode shows it); see dmesg")
        }
    }

    /// Serves until `stop` is readable.
    func serve(until stop: CInt) {
        do {
            let poll = try EventPoll()
            try poll.add(stop, for: .readable)
            try poll.add(control.rawValue, for: .readable)
            while try poll.wait({ descriptor, _ in descriptor != stop && work() }) {}
        } catch {
            logger.error("waiting for the kernel failed: \(error)")
        }
        if isStarted.load(ordering: .relaxed) { function.hostDetached() }
    }

    /// Works off one event, if there is one; false when there will be no more.
    private func work() -> Bool {
        let event = withUnsafeTemporaryAllocation(byteCount: UHIDEvent.size, alignment: 8) { buffer in
            let count = read(control.rawValue, buffer.baseAddress, buffer.count)
            return count > 0 ? UHIDEvent(UnsafeRawBufferPointer(rebasing: buffer[..<count])) : nil
        }
        guard let event else { return errno == EAGAIN || errno == EINTR }
        switch event {
        case .output(let data):
            function.outputReport(outputReport(data), from: self)
        case .start:
            isStarted.store(true, ordering: .relaxed)
            function.hostAttached()
        case .stop:
            isStarted.store(false, ordering: .relaxed)
            isOpen.store(false, ordering: .relaxed)
            function.hostDetached()
        case .open: isOpen.store(true, ordering: .relaxed)
        case .close: isOpen.store(false, ordering: .relaxed)
        case .getReport(let request, let type, let number):
            answer(UHIDRequest.getReportReply(to: request, report: report(type, number)))
        case .setReport(let request, let type, let data):
            answer(UHIDRequest.setReportReply(to: request, isAccepted: setReport(type, data)))
        case .other(let type): logger.debug("uhid event \(type) is not known")
        }
        return true
    }

    private func answer(_ request: [UInt8]) {
        if write(control.rawValue, request, request.count) < 0 {
            logger.warning("the kernel does not take an answer: \(Errno.last)")
        }
    }

    /// The report in what a program wrote.
    ///
    /// hidraw hands on the report ID 0 that a program puts before an unnumbered report, as libhidapi does; some programs
    /// leave it out. What has the report's own size is taken as it is.
    private func outputReport(_ data: [UInt8]) -> [UInt8] {
        guard !reports.hasReportIDs, data.first == 0, data.count != reports.size(of: .output) else { return data }
        return Array(data.dropFirst())
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

    private func setReport(_ type: UHIDEvent.ReportType?, _ data: [UInt8]) -> Bool {
        switch type {
        case .output:
            function.outputReport(outputReport(data), from: self)
            return true
        case .feature:
            return function.setFeatureReport(
                reports.hasReportIDs ? data : Array(data.dropFirst(data.first == 0 ? 1 : 0)))
        case .input, nil: return false
        }
    }

    // MARK: HostPort

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        // The kernel would take it, and hand it to nobody.
        guard isOpen.load(ordering: .relaxed) else { return .dropped("no program has the device open") }
        guard report.count <= UHIDRequest.maximumReportSize else {
            return .dropped("uhid takes reports of at most \(UHIDRequest.maximumReportSize) bytes")
        }
        let request = UHIDRequest.inputReport(report)
        guard write(control.rawValue, request, request.count) == request.count else {
            return .dropped("the kernel does not take it: \(Errno.last)")
        }
        return .sent
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
