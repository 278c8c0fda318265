internal import CLinuxUAPI
internal import Glibc
internal import HID
internal import LinuxIO
internal import Logging
internal import SystemPackage

/// The loop of the transport's thread: the reports of one gadget, and whether a host is there.
///
/// A host that comes is announced by the controller's state. One that goes often is not: dummy_hcd and dwc2 leave the state
/// at "configured". Then only the HID function may know, and is asked now and again. Where even the function is not told, as
/// by dwc2 when the cable is pulled, the host has gone when the next one comes.
final class GadgetServer: @unchecked Sendable {
    // Used by one thread at a time: that which makes it, that which serves, that which takes it down. Hence the unchecked
    // Sendable.

    /// How often to look at what nobody announces.
    private static let interval = Duration.milliseconds(250)
    /// How long a host may take to fetch what was sent before the cable was pulled, in milliseconds.
    private static let fetchTime: CInt = 100
    /// States in which a host has configured the device. Source: usb_state_string() in the kernel.
    private static let configuredStates: Set = ["configured", "suspended"]

    private let gadget: Gadget
    private let description: HIDDescription
    private let function: any HIDFunction
    private let logger: Logger
    private let port: GadgetPort
    private let report: UnsafeMutableRawBufferPointer
    /// The controller's lock and its state; nil while the controller is gone.
    private var lock: OwnedDescriptor?
    private var state: OwnedDescriptor?
    /// `/dev/hidgN`; nil while the gadget is not bound.
    private var node: OwnedDescriptor?
    private var isAttached = false
    private var isUp = false

    /// Brings the gadget up; it goes down with the server.
    ///
    /// - Parameter lock: the controller's.
    init(
        _ gadget: Gadget, _ description: HIDDescription, function: any HIDFunction,
        lock: consuming OwnedDescriptor, logger: Logger
    ) throws(TransportError) {
        self.gadget = gadget
        self.description = description
        self.function = function
        self.logger = logger
        self.lock = consume lock
        // A read into less than a report would leave its end for the next.
        report = .allocate(byteCount: max(description.reports.largestSize(of: .output), 4096), alignment: 8)
        do {
            port = try GadgetPort()
        } catch {
            throw TransportError("the gadget \(gadget.name) cannot be served: \(error)")
        }
        try gadget.bringUp(description)
        isUp = true
        function.connected(to: port)
        do {
            try watchState()
        } catch {
            throw TransportError("the state of the controller \(gadget.controller.name) cannot be read: \(error)")
        }
    }

    deinit {
        report.deallocate()
        // Where it was never served, or came to grief.
        try? takeDown()
    }

    /// Unbinds and removes the gadget, unless another bluetap has it by now.
    func takeDown() throws(TransportError) {
        guard isUp else { return }
        isUp = false
        // Older kernels do not survive an unbind with the node open.
        node = nil
        // While the controller was gone others may have taken it.
        if lock == nil && gadget.controller.exists {
            guard let regained = try? gadget.controller.lock() else { return }
            lock = consume regained
        }
        try gadget.remove()
        lock = nil
    }

    /// Serves until `stop` is readable.
    func serve(until stop: CInt) throws(TransportError) {
        defer { setAttached(false, reason: "the device is stopped") }
        do {
            try port.poll.add(stop, for: .readable)
            var isQuiet = true
            repeat {
                if isQuiet { look() }
                isQuiet = true
            } while try port.poll.wait(
                timeout: Self.interval,
                { descriptor, events in
                    isQuiet = false
                    return descriptor != stop && work(descriptor, events)
                })
        } catch {
            throw TransportError("waiting for the host failed: \(error)")
        }
    }

    private func work(_ descriptor: CInt, _ events: EventPoll.Interest) -> Bool {
        guard descriptor == node?.rawValue else {
            if descriptor == port.wishDescriptor { followCable() }
            look()
            return true
        }
        if events.contains(.writable) { port.flush() }
        if events.contains(.priority) { answerGetReport(descriptor) }
        if !events.isDisjoint(with: [.readable, .error, .hangUp]) { receive(descriptor) }
        return true
    }

    // MARK: Reports

    private func receive(_ descriptor: CInt) {
        let count = read(descriptor, report.baseAddress, report.count)
        if count >= 0 {
            function.outputReport(Array(report[..<count]), from: port)
        } else if errno != EAGAIN && errno != EINTR {
            loseHost()
        }
    }

    /// Answers a host's GET_REPORT. Only kernels since 6.12 ask; older ones answer zeros themselves.
    private func answerGetReport(_ descriptor: CInt) {
        var answer = bluetap_hidg_report()
        guard bluetap_hidg_read_get_report_id(descriptor, &answer.report_id) == 0 else { return }
        // Which type of report is asked for the kernel does not tell.
        let report = function.featureReport(id: answer.report_id) ?? function.inputReport(id: answer.report_id) ?? []
        let fitting = report.prefix(BLUETAP_HIDG_REPORT_SIZE)
        answer.userspace_req = 1
        answer.length = UInt16(fitting.count)
        withUnsafeMutableBytes(of: &answer.data) { $0.copyBytes(from: fitting) }
        _ = bluetap_hidg_write_get_report(descriptor, &answer)
    }

    // MARK: The link to the host

    /// Looks whether a host is there, and whether the gadget is still bound.
    private func look() {
        guard let descriptor = state?.rawValue, let state = fileContents(descriptor) else { return lookForController() }
        let isConfigured = Self.configuredStates.contains(state)
        if isAttached && !(isConfigured && hasFunctionHost) { loseHost() }
        if !isAttached {
            if gadget.isBound { openNode() } else { node = nil }
            setAttached(isConfigured && hasFunctionHost, reason: "")
        }
    }

    /// Pulls the cable or puts it back, as a fault has it.
    private func followCable() {
        let (wasPulled, isPlugged) = port.takeWish()
        if wasPulled {
            // A reply that went out before the cable was pulled is the host's: it is given a moment to fetch it.
            if let descriptor = node?.rawValue {
                var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&query, 1, Self.fetchTime)
            }
            loseHost()
            gadget.unbind()
        }
        guard isPlugged, !gadget.isBound else { return }
        do {
            try gadget.bind()
        } catch {
            logger.error("the cable cannot be put back: \(error)")
        }
    }

    private func loseHost() {
        setAttached(false, reason: "the host has gone")
        // Whoever unbinds the gadget takes the node away, and whoever binds it again makes a new one.
        node = nil
    }

    /// Whether a host has configured the HID function.
    private var hasFunctionHost: Bool {
        guard let descriptor = node?.rawValue else { return false }
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&query, 1, 0) == 1, query.revents & Int16(POLLOUT) != 0 { return true }
        // Either a report waits to be fetched or nobody is there to fetch it. A write from nowhere tells which, and writes
        // nothing.
        return write(descriptor, UnsafeRawPointer(bitPattern: 1), 1) < 0 && errno != ESHUTDOWN
    }

    private func setAttached(_ isAttached: Bool, reason: String) {
        guard isAttached != self.isAttached else { return }
        if isAttached {
            guard let descriptor = node?.rawValue, (try? port.attach(descriptor)) != nil else { return }
            self.isAttached = true
            logger.info("a host has configured the device at \(gadget.controller.name)")
            function.hostAttached()
        } else {
            self.isAttached = false
            for report in port.detach() { function.inputReportDropped(report, reason: reason) }
            logger.info("no host at \(gadget.controller.name): \(reason)")
            function.hostDetached()
        }
    }

    private func openNode() {
        guard node == nil, let path = gadget.node else { return }
        do {
            node = try OwnedDescriptor(orThrow: open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK))
        } catch {
            logger.warning("\(path) cannot be opened: \(error)")
        }
    }

    // MARK: The controller

    private func watchState() throws(Errno) {
        let opened = try gadget.controller.openState()
        try port.poll.add(opened.rawValue, for: .priority)
        state = consume opened
    }

    /// The controller has gone, as when its driver was unloaded: binds the gadget again when it is back.
    private func lookForController() {
        if state != nil {
            logger.warning("the USB device controller \(gadget.controller.name) has gone")
            setAttached(false, reason: "the USB device controller has gone")
            state = nil
            node = nil
            lock = nil
        }
        guard let lock = try? gadget.controller.lock() else { return }
        self.lock = consume lock
        do {
            // Whatever has become of the gadget meanwhile.
            try gadget.bringUp(description)
            try watchState()
            if !port.isPlugged { gadget.unbind() }
            logger.info("the USB device controller \(gadget.controller.name) is back")
        } catch {
            self.lock = nil
            logger.warning("\(error)")
        }
    }
}
