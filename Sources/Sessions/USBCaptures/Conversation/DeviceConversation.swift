/// What was said between the host and one device.
struct DeviceConversation {
    /// Of a report in `reports`.
    typealias ReportIndex = Int

    let device: DeviceAddress
    var descriptors = SeenDescriptors()
    /// Nil for one that turned out to have failed.
    private var reports: [HIDTransfer?] = []
    private var truncated = Truncation()

    private let firstPacket: CapturedDevice.Packet
    private var lastPacket: CapturedDevice.Packet

    init(device: DeviceAddress, first: CapturedPacket) {
        self.device = device
        firstPacket = CapturedDevice.Packet(number: first.number, time: first.time)
        lastPacket = firstPacket
    }

    private var abandonedReads: [CapturedDevice.Packet] = []

    mutating func abandonRead(_ packet: CapturedPacket) {
        abandonedReads.append(CapturedDevice.Packet(number: packet.number, time: packet.time))
    }

    /// A packet about the device.
    mutating func note(_ packet: CapturedPacket) {
        lastPacket = CapturedDevice.Packet(number: packet.number, time: packet.time)
    }

    mutating func append(_ report: HIDTransfer) -> ReportIndex {
        reports.append(report)
        return reports.count - 1
    }

    mutating func withdraw(_ index: ReportIndex) { reports[index] = nil }

    mutating func truncate(_ data: TransferData, packet: Int, isReport: Bool) {
        truncated.count(data, packet: packet, isReport: isReport)
    }

    // MARK: Results

    /// A device is a HID device if its configuration says so; where that is not known, if it was talked to like one.
    var captured: CapturedDevice? {
        let descriptor = descriptors.device
        let interfaces = descriptors.interfaces
        let reports = reports.compactMap(\.self)
        let captured = CapturedDevice(
            bus: device.bus, address: device.address, deviceDescriptor: descriptor, interfaces: interfaces,
            transfers: descriptors.configuredInterfaces == nil ? reports : Self.assign(reports, to: interfaces),
            firstPacket: firstPacket, lastPacket: lastPacket, abandonedReads: abandonedReads,
            truncatedReports: truncated.reports)
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
        var numbers: [UInt8: UInt8] = [:]
        for interface in interfaces {
            for endpoint in [interface.interruptIn, interface.interruptOut].compactMap(\.self) {
                numbers[endpoint.address] = interface.number
            }
        }
        let known = Set(interfaces.map(\.number))
        return reports.compactMap { report in
            var report = report
            report.interface = report.interface ?? numbers[report.endpoint]
            guard let number = report.interface, known.contains(number) else { return nil }
            return report
        }
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

    func warning(device: String) -> String? {
        guard let first else { return nil }
        let more = reports + others - 1
        return "packet \(first.packet): \(first.length) bytes of which \(first.captured) were captured"
            + (more == 0 ? "" : ", and so with \(more) more of \(device)") + ": capture with a larger snap length"
    }
}
