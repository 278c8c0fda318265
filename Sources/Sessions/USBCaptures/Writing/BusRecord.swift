internal import HID
internal import USBDevice

/// What a host's USB bus would have carried, from what happened to a device: a value without I/O.
///
/// A device is enumerated when a host sees it, at an address that it has not had before. Every method returns the packets
/// that this adds.
struct BusRecord: Sendable {
    /// Statuses of transfers that went wrong, as errno has them.
    private enum Status {
        /// -EPIPE
        static let stall: Int32 = -32
        /// -ENOENT: the host has taken it back.
        static let unlinked: Int32 = -2
        /// -ESHUTDOWN: the device is gone.
        static let shutdown: Int32 = -108
    }

    /// Requests that hosts make of a HID device that they find, in the order of Linux's.
    private static func enumeration(_ descriptors: USBDescriptors) -> [SetupPacket] {
        func descriptor(_ type: UInt16, _ index: UInt16 = 0, language: UInt16 = 0, length: Int) -> SetupPacket {
            SetupPacket(
                requestType: 0x80, request: 6, value: type << 8 | index, index: language,
                length: UInt16(clamping: length))
        }
        let strings: [SetupPacket] = (0...3).map { index in
            descriptor(3, index, language: index == 0 ? 0 : 0x0409, length: 255)
        }
        return [
            descriptor(1, length: 18), descriptor(2, length: 9),
            descriptor(2, length: descriptors.configuration.count),
        ] + strings + [
            SetupPacket(requestType: 0x00, request: 9, value: 1, index: 0, length: 0),
            // SET_IDLE
            SetupPacket(requestType: 0x21, request: 0x0A, value: 0, index: 0, length: 0),
            SetupPacket(
                requestType: 0x81, request: 6, value: 0x2200, index: 0,
                length: UInt16(clamping: descriptors.report.count)),
        ]
    }

    private let bus: UInt16
    private let description: HIDDescription
    private let hasReportIDs: Bool
    private let inputSize: Int
    private var address: UInt8 = 1
    private var lastID: UInt64 = 0
    /// The transfer in which the host waits for an input report; nil while it does not see the device.
    private var reading: UInt64?
    /// The end of an output report's transfer, until it is known whether the device takes the report.
    private var openOutput: BusPacket?
    /// Whether the host has lost the device: what was on its way then is not seen by it.
    private var isGone = false

    /// - Parameter bus: a number of the device's own, so that addresses are not mixed up with those of others.
    init(_ description: HIDDescription, bus: UInt16) {
        self.description = description
        self.bus = bus
        let reports = description.reports
        hasReportIDs = reports.hasReportIDs
        inputSize = max(1, reports.largestSize(of: .input))
    }

    // MARK: The connection

    mutating func attached() -> [BusPacket] {
        isGone = false
        return enumerated()
    }

    /// Hosts that the transport does not tell of have found the device as well.
    private mutating func enumerated() -> [BusPacket] {
        guard reading == nil, !isGone else { return [] }
        // 1 is the root hub's; a bus has 127.
        address = address < 127 ? address + 1 : 2
        var device = USBHIDDevice(description)
        var packets: [BusPacket] = []
        for setup in Self.enumeration(device.descriptors) {
            switch device.control(setup, []) {
            case .answer(let bytes): packets += control(setup, answer: bytes)
            case .acknowledge, .clear, .halt: packets += control(setup, answer: [])
            case .stall, .getReport, .setReport: packets += control(setup, answer: nil)
            }
        }
        return packets + read()
    }

    mutating func detached(_ comment: String? = nil) -> [BusPacket] {
        isGone = true
        guard let id = reading else { return [] }
        reading = nil
        return [inputCompletion(id, status: Status.shutdown, [], comment)]
    }

    // MARK: Reports

    mutating func outputReport(_ report: [UInt8], _ comment: String?) -> [BusPacket] {
        if isGone { return [] }
        let enumeration = enumerated()
        let packets = output(report, status: 0, comment)
        openOutput = packets.last
        return enumeration + packets.dropLast()
    }

    /// The device has taken the last output report: comes before whatever else it does.
    mutating func outputTaken() -> [BusPacket] {
        defer { openOutput = nil }
        return openOutput.map { [$0] } ?? []
    }

    /// The endpoint for output reports halts: the report that has just come is not taken; else what the host writes next.
    mutating func stalled() -> [BusPacket] {
        let comment = "the endpoint for output reports halts"
        guard var completion = openOutput else {
            return isGone ? [] : enumerated() + output([], status: Status.stall, comment)
        }
        openOutput = nil
        completion.phase = .completion(status: Status.stall)
        completion.length = 0
        completion.comment = comment
        return [completion]
    }

    mutating func inputReport(_ report: [UInt8], _ comment: String?) -> [BusPacket] {
        let before = outputTaken() + enumerated()
        guard let id = reading else { return before }
        return before + [inputCompletion(id, status: 0, report, comment)] + read()
    }

    /// An input report that no host saw, or will see: also one that was on its way when the host went. Its bytes stand with
    /// the transfer that was taken back.
    mutating func inputReportDropped(_ report: [UInt8], _ comment: String) -> [BusPacket] {
        guard let id = reading else {
            return isGone ? [inputCompletion(nextID(), status: Status.shutdown, report, comment)] : []
        }
        return [inputCompletion(id, status: Status.unlinked, report, comment)] + read()
    }

    /// - Parameter answer: nil where the device stalls.
    mutating func getReport(
        _ type: ReportDescriptor.ReportType, id: UInt8, answer: [UInt8]?, _ comment: String?
    ) -> [BusPacket] {
        let setup = SetupPacket(
            requestType: 0xA1, request: 0x01, value: Self.code(type) << 8 | UInt16(id), index: 0,
            length: UInt16(clamping: answer?.count ?? inputSize))
        return isGone ? [] : enumerated() + control(setup, answer: answer, comment)
    }

    /// What tells how a transfer ended: whether the device took it.
    typealias Ending = @Sendable (_ wasTaken: Bool) -> [BusPacket]

    /// The host sets a feature report.
    ///
    /// - Returns: the packets, and that which tells how it ended: other packets may come before.
    mutating func setFeatureReport(
        _ report: [UInt8], _ comment: String?
    ) -> (packets: [BusPacket], ending: Ending) {
        if isGone { return ([], { _ in [] }) }
        let number = hasReportIDs ? report.first ?? 0 : 0
        let setup = SetupPacket(
            requestType: 0x21, request: 0x09, value: Self.code(.feature) << 8 | UInt16(number), index: 0,
            length: UInt16(clamping: report.count))
        let enumeration = enumerated()
        let submission = packet(nextID(), .submission, .control(setup), 0x00, report, comment)
        return (
            enumeration + [submission],
            { wasTaken in
                // At the address at which it began, whatever has happened to the device since.
                var completion = submission
                completion.phase = .completion(status: wasTaken ? 0 : Status.stall)
                completion.data = []
                completion.length = wasTaken ? report.count : 0
                completion.comment = nil
                return [completion]
            }
        )
    }

    /// Source: HID 1.11, section 7.2.1.
    private static func code(_ type: ReportDescriptor.ReportType) -> UInt16 {
        switch type {
        case .input: 1
        case .output: 2
        case .feature: 3
        }
    }

    // MARK: Transfers

    private mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    private func packet(
        _ id: UInt64, _ phase: BusPacket.Phase, _ transfer: BusPacket.Transfer, _ endpoint: UInt8, _ data: [UInt8] = [],
        length: Int? = nil, _ comment: String? = nil
    ) -> BusPacket {
        BusPacket(
            id: id, phase: phase, transfer: transfer, endpoint: endpoint, bus: bus, device: address, data: data,
            length: length ?? data.count, comment: comment)
    }

    /// A control transfer that is answered; nil: the device stalls. The comment stands with the answer.
    private mutating func control(_ setup: SetupPacket, answer: [UInt8]?, _ comment: String? = nil) -> [BusPacket] {
        let id = nextID()
        let endpoint: UInt8 = setup.isToHost ? 0x80 : 0x00
        let status = answer == nil ? Status.stall : 0
        return [
            packet(id, .submission, .control(setup), endpoint, length: Int(setup.length)),
            packet(id, .completion(status: status), .control(setup), endpoint, answer ?? [], comment),
        ]
    }

    private mutating func output(_ report: [UInt8], status: Int32, _ comment: String?) -> [BusPacket] {
        let id = nextID()
        let endpoint = USBDescriptors.outEndpoint
        return [
            packet(id, .submission, .interrupt, endpoint, report, comment),
            packet(
                id, .completion(status: status), .interrupt, endpoint, length: status == 0 ? report.count : 0),
        ]
    }

    /// The host waits for the next input report.
    private mutating func read() -> [BusPacket] {
        let id = nextID()
        reading = id
        return [packet(id, .submission, .interrupt, USBDescriptors.inEndpoint, length: inputSize)]
    }

    private func inputCompletion(
        _ id: UInt64, status: Int32, _ report: [UInt8], _ comment: String?
    ) -> BusPacket {
        packet(id, .completion(status: status), .interrupt, USBDescriptors.inEndpoint, report, comment)
    }
}
