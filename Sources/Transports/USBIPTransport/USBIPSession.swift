internal import DequeModule
internal import HID
internal import USBDevice

/// A device in the hands of one client, from its import to its end: which transfers wait, and what each becomes.
///
/// Every method returns what is to be done, in order. What the function answers comes back by ``answer(_:with:)``.
struct USBIPSession {
    enum Action: Hashable {
        case send(USBIPAnswer)
        /// The function takes a report of the host's.
        case outputReport([UInt8])
        /// The function is asked for a report, for the transfer of that number.
        case getReport(ReportDescriptor.ReportType, id: UInt8, for: Question)
        /// The function is given one.
        case setFeatureReport([UInt8], for: Question)
        /// A report that the device has sent will not reach the host.
        case lost([UInt8])
        /// The host has configured the device.
        case attached
        case detached
    }

    /// A control transfer that waits for the function.
    struct Question: Hashable {
        let sequence: UInt32
        let length: Int
    }

    /// Most transfers that wait on the device at a time; Linux's usbhid has one.
    static let mostPending = 256
    /// Most input reports that wait for a transfer.
    static let mostReports = 64

    private struct Pending {
        let sequence: UInt32
        let length: Int
    }

    private var device: USBHIDDevice
    /// Transfers from the interrupt IN endpoint that wait for reports.
    private var reads: Deque<Pending> = []
    /// Transfers to the device that wait until it reads again.
    private var writes: Deque<(sequence: UInt32, data: [UInt8])> = []
    /// Reports that wait for a transfer. There are none while transfers wait.
    private var reports: Deque<[UInt8]> = []
    /// Whether the device takes output reports. What waited meanwhile is worked off by ``resume()``.
    var isReading = true

    init(_ device: USBHIDDevice) {
        self.device = device
    }

    // MARK: From the client

    mutating func receive(_ command: USBIPCommand) -> [Action] {
        switch command {
        case .submit(let submission):
            switch (submission.endpoint, submission.isToHost) {
            case (0, _): control(submission)
            case (USBDescriptors.inEndpoint & 0x0F, true): read(submission)
            case (USBDescriptors.outEndpoint, false): write(submission)
            default: [Self.ended(submission.sequence, .stall)]
            }
        case .unlink(let sequence, let target): [unlink(sequence, target)]
        }
    }

    private mutating func control(_ submission: USBIPCommand.Submission) -> [Action] {
        let sequence = submission.sequence
        guard let setup = SetupPacket(submission.setup), setup.isToHost == submission.isToHost else {
            return [Self.ended(sequence, .stall)]
        }
        let wasConfigured = device.isConfigured
        switch device.control(setup, submission.data) {
        case .answer(let bytes):
            let bytes = bytes.prefix(submission.length)
            return [.send(.submitted(sequence: sequence, .done, count: bytes.count, data: Array(bytes)))]
        case .acknowledge: return [Self.ended(sequence, .done, count: submission.data.count)]
        case .stall: return [Self.ended(sequence, .stall)]
        case .getReport(let type, let id, let length):
            let question = Question(sequence: sequence, length: min(length, submission.length))
            return [.getReport(type, id: id, for: question)]
        case .setReport(.feature, let report):
            return [.setFeatureReport(report, for: Question(sequence: sequence, length: submission.data.count))]
        case .setReport(_, let report):
            return [Self.ended(sequence, .done, count: submission.data.count), .outputReport(report)]
        case .clear(let endpoints):
            var actions = endpoints.flatMap { end($0, .shutdown) }
            if endpoints.contains(USBDescriptors.inEndpoint) {
                actions += reports.map { .lost($0) }
                reports = []
            }
            actions.append(Self.ended(sequence, .done))
            if device.isConfigured != wasConfigured { actions.append(wasConfigured ? .detached : .attached) }
            return actions
        case .halt(let endpoint): return end(endpoint, .stall) + [Self.ended(sequence, .done)]
        }
    }

    /// Ends the transfers that wait at an endpoint.
    private mutating func end(_ endpoint: UInt8, _ ending: USBIPAnswer.Ending) -> [Action] {
        switch endpoint {
        case USBDescriptors.inEndpoint:
            defer { reads = [] }
            return reads.map { Self.ended($0.sequence, ending) }
        case USBDescriptors.outEndpoint:
            defer { writes = [] }
            return writes.map { Self.ended($0.sequence, ending) }
        default: return []
        }
    }

    private mutating func read(_ submission: USBIPCommand.Submission) -> [Action] {
        guard device.canSend(from: USBDescriptors.inEndpoint) else { return [Self.ended(submission.sequence, .stall)] }
        let pending = Pending(sequence: submission.sequence, length: submission.length)
        if let report = reports.popFirst() { return [Self.fetched(report, by: pending)] }
        guard reads.count < Self.mostPending else { return [Self.ended(submission.sequence, .refused)] }
        reads.append(pending)
        return []
    }

    private mutating func write(_ submission: USBIPCommand.Submission) -> [Action] {
        // None overtakes those that wait; at an endpoint that takes no part none waits.
        let takesPart = device.output(submission.data, to: USBDescriptors.outEndpoint) != .stall
        if takesPart, !isReading || !writes.isEmpty {
            guard writes.count < Self.mostPending else { return [Self.ended(submission.sequence, .refused)] }
            writes.append((submission.sequence, submission.data))
            return []
        }
        return write(submission.sequence, submission.data)
    }

    private func write(_ sequence: UInt32, _ data: [UInt8]) -> [Action] {
        switch device.output(data, to: USBDescriptors.outEndpoint) {
        case .report(let report): [Self.ended(sequence, .done, count: data.count), .outputReport(report)]
        case .stall: [Self.ended(sequence, .stall)]
        }
    }

    /// What has ended is answered as ended: the client drops the connection that answers what it has taken back.
    private mutating func unlink(_ sequence: UInt32, _ target: UInt32) -> Action {
        let count = reads.count + writes.count
        reads.removeAll { $0.sequence == target }
        writes.removeAll { $0.sequence == target }
        return .send(.unlinked(sequence: sequence, wasCancelled: reads.count + writes.count < count))
    }

    // MARK: From the device

    /// Nil where no host will see the report.
    mutating func send(_ report: [UInt8]) -> [Action]? {
        // While the endpoint is halted reports wait until the host has cleared that.
        guard device.isConfigured else { return nil }
        if let pending = reads.popFirst() { return [Self.fetched(report, by: pending)] }
        guard reports.count < Self.mostReports else { return nil }
        reports.append(report)
        return []
    }

    /// What the function says of a report that was asked for; nil: it has none.
    mutating func answer(_ question: Question, with report: [UInt8]?) -> Action {
        guard let report else { return Self.ended(question.sequence, .stall) }
        let bytes = Array(report.prefix(question.length))
        return .send(.submitted(sequence: question.sequence, .done, count: bytes.count, data: bytes))
    }

    /// Whether the function took a feature report.
    mutating func answer(_ question: Question, wasTaken: Bool) -> Action {
        Self.ended(question.sequence, wasTaken ? .done : .stall, count: wasTaken ? question.length : 0)
    }

    /// The endpoint for output reports halts.
    mutating func stall() -> [Action] {
        device.halt(USBDescriptors.outEndpoint)
        return end(USBDescriptors.outEndpoint, .stall)
    }

    /// Works off what has waited, where the device reads again.
    mutating func resume() -> [Action] {
        guard isReading else { return [] }
        defer { writes = [] }
        return writes.flatMap { write($0.sequence, $0.data) }
    }

    /// The client has gone. Returns the reports that it did not fetch.
    mutating func end() -> (lost: [[UInt8]], wasAttached: Bool) {
        let wasAttached = device.isConfigured
        device.reset()
        isReading = true
        reads = []
        writes = []
        defer { reports = [] }
        return (Array(reports), wasAttached)
    }

    private static func fetched(_ report: [UInt8], by pending: Pending) -> Action {
        let bytes = Array(report.prefix(pending.length))
        let ending: USBIPAnswer.Ending = report.count > pending.length ? .overflow : .done
        return .send(.submitted(sequence: pending.sequence, ending, count: bytes.count, data: bytes))
    }

    private static func ended(_ sequence: UInt32, _ ending: USBIPAnswer.Ending, count: Int = 0) -> Action {
        .send(.submitted(sequence: sequence, ending, count: count, data: []))
    }
}
