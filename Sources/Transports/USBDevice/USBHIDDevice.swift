public import HID

/// A USB device with one HID interface, as its host sees it: what it answers on endpoint 0, and whether its other endpoints
/// take part. A value without I/O: reports are asked for and handed over by the action that each method returns.
///
/// Sources: USB 2.0, chapter 9; HID 1.11, sections 7.1 and 7.2.
public struct USBHIDDevice: Sendable {
    /// How a control transfer goes on.
    public enum ControlAction: Hashable, Sendable {
        /// These bytes, which are no more than were asked for.
        case answer([UInt8])
        /// Done; there is nothing to say.
        case acknowledge
        /// Endpoint 0 stalls until the next SETUP.
        case stall
        /// The input or feature report of that ID is wanted; what is answered is cut to `length`.
        case getReport(ReportDescriptor.ReportType, id: UInt8, length: Int)
        /// The host sets a report, as it is on the wire.
        case setReport(ReportDescriptor.ReportType, [UInt8])
        /// Done; and what waits at these endpoints is void.
        case clear([UInt8])
        /// Done; and transfers that wait at this endpoint stall, as later ones do.
        case halt(UInt8)
    }

    /// How a transfer on the interrupt OUT endpoint goes on.
    public enum OutputAction: Hashable, Sendable {
        case report([UInt8])
        case stall
    }

    /// Standard requests. Source: USB 2.0, table 9-4.
    private enum Request {
        static let getStatus: UInt8 = 0
        static let clearFeature: UInt8 = 1
        static let setFeature: UInt8 = 3
        static let setAddress: UInt8 = 5
        static let getDescriptor: UInt8 = 6
        static let getConfiguration: UInt8 = 8
        static let setConfiguration: UInt8 = 9
        static let getInterface: UInt8 = 10
        static let setInterface: UInt8 = 11
    }

    /// Requests of the HID class. Source: HID 1.11, section 7.2.
    private enum HIDRequest {
        static let getReport: UInt8 = 0x01
        static let getIdle: UInt8 = 0x02
        static let setReport: UInt8 = 0x09
        static let setIdle: UInt8 = 0x0A
    }

    private static let endpointHalt: UInt16 = 0
    private static let portReset: UInt16 = 4

    public let descriptors: USBDescriptors
    private let hasReportIDs: Bool
    /// bConfigurationValue of what is set; 0: none.
    public private(set) var configuration: UInt8 = 0
    private var halted: Set<UInt8> = []
    /// By report ID; in units of 4 ms, 0: for ever.
    private var idleRates: [UInt8: UInt8] = [:]

    public init(_ description: HIDDescription) {
        descriptors = USBDescriptors(description)
        hasReportIDs = description.reports.hasReportIDs
    }

    /// Whether the host may use the interrupt endpoints.
    public var isConfigured: Bool { configuration != 0 }

    public func isHalted(_ endpoint: UInt8) -> Bool { halted.contains(endpoint) }

    /// The device halts an endpoint by itself, until the host clears that.
    public mutating func halt(_ endpoint: UInt8) { halted.insert(endpoint) }

    /// The bus is reset, or the host has gone.
    public mutating func reset() {
        configuration = 0
        halted = []
        idleRates = [:]
    }

    // MARK: Endpoint 0

    /// - Parameter data: what the host sends with it, of a transfer to the device.
    public mutating func control(_ setup: SetupPacket, _ data: [UInt8] = []) -> ControlAction {
        if !setup.isToHost, data.count != Int(setup.length) { return .stall }
        switch (setup.kind, setup.recipient) {
        case (.standard, .device): return deviceRequest(setup)
        case (.standard, .interface) where isOurInterface(setup): return interfaceRequest(setup)
        case (.standard, .endpoint): return endpointRequest(setup)
        case (.ofClass, .interface) where isOurInterface(setup): return classRequest(setup, data)
        case (.ofClass, .other) where setup.request == Request.setFeature && setup.value == Self.portReset:
            // The port is the client's own; it tells the device all the same.
            reset()
            return .clear([USBDescriptors.inEndpoint, USBDescriptors.outEndpoint])
        default: return .stall
        }
    }

    /// Interfaces are there once a configuration is set; their descriptors are asked for earlier.
    private func isOurInterface(_ setup: SetupPacket) -> Bool {
        setup.index == 0 && (isConfigured || setup.request == Request.getDescriptor)
    }

    private mutating func deviceRequest(_ setup: SetupPacket) -> ControlAction {
        switch (setup.request, setup.isToHost) {
        case (Request.getStatus, true):
            // Neither has it power of its own nor does it wake a host.
            return setup.value == 0 && setup.index == 0 ? answer([0, 0], setup) : .stall
        case (Request.getDescriptor, true): return descriptor(setup)
        case (Request.getConfiguration, true): return answer([configuration], setup)
        case (Request.setConfiguration, false):
            guard setup.value <= 1, setup.index == 0, setup.length == 0 else { return .stall }
            configuration = UInt8(setup.value)
            halted = []
            idleRates = [:]
            return .clear([USBDescriptors.inEndpoint, USBDescriptors.outEndpoint])
        case (Request.setAddress, false): return setup.value <= 127 ? .acknowledge : .stall
        default: return .stall
        }
    }

    private func descriptor(_ setup: SetupPacket) -> ControlAction {
        switch setup.type {
        case USBDescriptors.Kind.device where setup.number == 0: answer(descriptors.device, setup)
        case USBDescriptors.Kind.configuration where setup.number == 0: answer(descriptors.configuration, setup)
        case USBDescriptors.Kind.string
        where setup.number < descriptors.strings.count
            && (setup.number == 0 || setup.index == USBDescriptors.language):
            answer(descriptors.strings[Int(setup.number)], setup)
        // No qualifier: it knows one speed.
        default: .stall
        }
    }

    private mutating func interfaceRequest(_ setup: SetupPacket) -> ControlAction {
        switch (setup.request, setup.isToHost) {
        case (Request.getStatus, true): return setup.value == 0 ? answer([0, 0], setup) : .stall
        case (Request.getDescriptor, true):
            switch (setup.type, setup.number) {
            case (USBDescriptors.Kind.hid, 0): return answer(descriptors.hid, setup)
            case (USBDescriptors.Kind.report, 0): return answer(descriptors.report, setup)
            default: return .stall
            }
        case (Request.getInterface, true): return answer([0], setup)
        case (Request.setInterface, false):
            guard setup.value == 0 else { return .stall }
            halted = []
            return .clear([USBDescriptors.inEndpoint, USBDescriptors.outEndpoint])
        default: return .stall
        }
    }

    private mutating func endpointRequest(_ setup: SetupPacket) -> ControlAction {
        let endpoint = UInt8(truncatingIfNeeded: setup.index)
        // Endpoint 0 is there always, and never halted.
        let isControl = setup.index == 0 || setup.index == 0x80
        let isOurs = endpoint == USBDescriptors.inEndpoint || endpoint == USBDescriptors.outEndpoint
        guard isControl || setup.index < 0x100 && isOurs && isConfigured else { return .stall }
        switch (setup.request, setup.isToHost) {
        case (Request.getStatus, true):
            return setup.value == 0 ? answer([isHalted(endpoint) ? 1 : 0, 0], setup) : .stall
        case (Request.clearFeature, false) where setup.value == Self.endpointHalt:
            halted.remove(endpoint)
            return .acknowledge
        case (Request.setFeature, false) where setup.value == Self.endpointHalt:
            if isControl { return .acknowledge }
            halted.insert(endpoint)
            return .halt(endpoint)
        default: return .stall
        }
    }

    // MARK: The HID class

    private mutating func classRequest(_ setup: SetupPacket, _ data: [UInt8]) -> ControlAction {
        switch (setup.request, setup.isToHost) {
        case (HIDRequest.getReport, true):
            // Output reports are the host's own: no function has one to give.
            guard let type = reportType(setup), type != .output else { return .stall }
            return .getReport(type, id: setup.number, length: Int(setup.length))
        case (HIDRequest.setReport, false):
            guard let type = reportType(setup), type != .input, !data.isEmpty else { return .stall }
            // Reports with an ID have it in the data as well.
            guard !hasReportIDs || data[0] == setup.number else { return .stall }
            return .setReport(type, data)
        case (HIDRequest.getIdle, true): return answer([idleRates[setup.number] ?? idleRates[0] ?? 0], setup)
        case (HIDRequest.setIdle, false):
            // Reports are sent when there is something to say, whatever the rate.
            if setup.number == 0 { idleRates = [:] }
            idleRates[setup.number] = setup.type
            return .acknowledge
        // It is no boot device, so that it has no protocols.
        default: return .stall
        }
    }

    /// Source: HID 1.11, section 7.2.1.
    private func reportType(_ setup: SetupPacket) -> ReportDescriptor.ReportType? {
        guard hasReportIDs || setup.number == 0 else { return nil }
        return switch setup.type {
        case 1: .input
        case 2: .output
        case 3: .feature
        default: nil
        }
    }

    private func answer(_ bytes: [UInt8], _ setup: SetupPacket) -> ControlAction {
        .answer(Array(bytes.prefix(Int(setup.length))))
    }

    // MARK: Interrupt endpoints

    /// A transfer to the device, which is one report.
    public func output(_ data: [UInt8], to endpoint: UInt8) -> OutputAction {
        guard isConfigured, endpoint == USBDescriptors.outEndpoint, !isHalted(endpoint) else { return .stall }
        return .report(data)
    }

    /// Whether the host may ask this endpoint for input reports.
    public func canSend(from endpoint: UInt8) -> Bool {
        isConfigured && endpoint == USBDescriptors.inEndpoint && !isHalted(endpoint)
    }
}
