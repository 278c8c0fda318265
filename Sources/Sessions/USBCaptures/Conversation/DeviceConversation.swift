/// What was said between the host and one device.
struct DeviceConversation {
    /// Of a report in `reports`.
    typealias ReportIndex = Int

    let device: DeviceAddress
    var descriptors = SeenDescriptors()
    /// Those that turned out to have failed say so.
    private var reports: [HIDTransfer] = []
    private var truncated = Truncation()

    private let firstPacket: CapturedDevice.Packet
    private var lastPacket: CapturedDevice.Packet

    /// Linux gives an address to another device late, and asks a device again what it is when it resets it.
    private let isOfLinux: Bool

    init(device: DeviceAddress, first: CapturedPacket, isOfLinux: Bool) {
        self.device = device
        self.isOfLinux = isOfLinux
        firstPacket = CapturedDevice.Packet(number: first.number, time: first.time)
        lastPacket = firstPacket
    }

    private var abandonedReads: [CapturedDevice.AbandonedRead] = []
    private var gone: CapturedDevice.Packet?
    private var identity: USBIdentifier?
    /// Whether the host has chosen a configuration, as it does with each device that it finds.
    private(set) var isConfigured = false

    /// Whether host and device have come to reports.
    var hasSpoken: Bool { !reports.isEmpty || !abandonedReads.isEmpty || truncated.reports > 0 }

    /// Whether a read failed since the last report that went well: the device may have been pulled out.
    var hasFailedSince: Bool {
        guard let failed = abandonedReads.last?.packet.number else { return gone != nil }
        return gone != nil || failed > (reports.last?.packet ?? 0)
    }

    mutating func abandonRead(_ packet: CapturedPacket, _ usb: USBPacket, _ status: TransferStatus) {
        abandonedReads.append(
            .init(
                packet: .init(number: packet.number, time: packet.time), status: status, interface: nil,
                bytes: Array(usb.data.captured), endpoint: usb.endpoint))
    }

    /// A packet about the device.
    mutating func note(_ packet: CapturedPacket, _ usb: USBPacket) {
        lastPacket = CapturedDevice.Packet(number: packet.number, time: packet.time)
        identity = usb.identity ?? identity
        guard case .completion(let status) = usb.phase else { return }
        if status.isSuccess { gone = nil } else if status.isGone { gone = gone ?? lastPacket }
    }

    /// Whether it is the same device's as the one before it at this address.
    func continues(_ earlier: DeviceConversation) -> Bool {
        guard let device = descriptors.device, let before = earlier.descriptors.device else { return false }
        guard device.vendorID == before.vendorID, device.productID == before.productID else { return false }
        return isOfLinux ? earlier.gone == nil : !isConfigured && !earlier.hasFailedSince
    }

    mutating func configure() { isConfigured = true }

    /// Takes what turned out to be said with the same device.
    mutating func merge(_ later: DeviceConversation) {
        descriptors.merge(later.descriptors)
        reports += later.reports
        abandonedReads += later.abandonedReads
        truncated.merge(later.truncated)
        lastPacket = later.lastPacket
        gone = later.gone
        identity = later.identity ?? identity
    }

    mutating func append(_ report: HIDTransfer) -> ReportIndex {
        reports.append(report)
        return reports.count - 1
    }

    mutating func withdraw(_ index: ReportIndex, _ status: TransferStatus) { reports[index].failure = status }

    mutating func truncate(_ data: TransferData, packet: Int, isReport: Bool) {
        truncated.count(data, packet: packet, isReport: isReport)
    }

    // MARK: Results

    /// A device is a HID device if its configuration says so; where that is not known, if it was talked to like one.
    var captured: CapturedDevice? {
        let descriptor = descriptors.device
        let interfaces = descriptors.interfaces
        let numbers = Self.numbers(interfaces)
        let assigned = descriptors.configuredInterfaces == nil ? reports : Self.assign(reports, to: interfaces)
        let identified = descriptor.map { USBIdentifier(vendorID: $0.vendorID, productID: $0.productID) }
        let captured = CapturedDevice(
            bus: device.bus, address: device.address, deviceDescriptor: descriptor, usbID: identified ?? identity,
            interfaces: interfaces, transfers: assigned.filter { $0.failure == nil },
            failedWrites: assigned.filter { $0.failure != nil }, firstPacket: firstPacket, lastPacket: lastPacket,
            abandonedReads: abandonedReads.map { read in
                var read = read
                read.interface = numbers[read.endpoint]
                return read
            }, gone: gone, truncatedReports: truncated.reports)
        guard interfaces.isEmpty else { return captured }
        let mayHaveHID = descriptors.configuredInterfaces == nil && mayHaveHIDInterfaces(descriptor)
        return mayHaveHID && (!reports.isEmpty || truncated.reports > 0) ? captured : nil
    }

    /// A hub, whose interrupt endpoint is none of HID, has a class of its own; HID devices have theirs in the interface.
    private func mayHaveHIDInterfaces(_ descriptor: DeviceDescriptor?) -> Bool {
        [0, 0xEF, 0xFF].contains(descriptor?.deviceClass ?? 0)
    }

    /// The reports that are of HID interfaces, with their interfaces.
    private static func assign(_ reports: [HIDTransfer], to interfaces: [HIDInterface]) -> [HIDTransfer] {
        let numbers = numbers(interfaces)
        let known = Set(interfaces.map(\.number))
        return reports.compactMap { report in
            var report = report
            report.interface = report.interface ?? numbers[report.endpoint]
            guard let number = report.interface, known.contains(number) else { return nil }
            return report
        }
    }

    /// By endpoints' addresses.
    private static func numbers(_ interfaces: [HIDInterface]) -> [UInt8: UInt8] {
        var numbers: [UInt8: UInt8] = [:]
        for interface in interfaces {
            for endpoint in [interface.interruptIn, interface.interruptOut].compactMap(\.self) {
                numbers[endpoint.address] = interface.number
            }
        }
        return numbers
    }

    var warnings: [String] {
        let name = "device \(device.bus).\(device.address)"
        let partial = descriptors.partialReportDescriptors.map { number, read, length in
            "\(name): the host read \(read) of the \(length) bytes of interface \(number)'s report descriptor: "
                + "capture while the device is plugged in"
        }
        return [truncated.warning(device: name)].compactMap(\.self) + partial
    }
}

/// What a capture has only a part of.
private struct Truncation {
    private(set) var reports = 0
    private var others = 0
    private var first: (packet: Int, length: Int, captured: Int)?

    mutating func count(_ data: TransferData, packet: Int, isReport: Bool) {
        first = first ?? (packet, data.length, data.captured.count)
        if isReport { reports += 1 } else { others += 1 }
    }

    mutating func merge(_ later: Truncation) {
        reports += later.reports
        others += later.others
        first = first ?? later.first
    }

    func warning(device: String) -> String? {
        guard let first else { return nil }
        let more = reports + others - 1
        return "packet \(first.packet): \(first.length) bytes of which \(first.captured) were captured"
            + (more == 0 ? "" : ", and so with \(more) more of \(device)") + ": capture with a larger snapshot length"
    }
}
