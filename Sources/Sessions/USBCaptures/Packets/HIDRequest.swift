internal import USBDevice

/// The control requests that tell something of a HID device.
enum HIDRequest {
    case getDescriptor(DescriptorKind)
    case getReport(ReportName)
    case setReport(ReportName)
    case setConfiguration

    /// Nil for all other requests. Source: USB 2.0, section 9.4.3; HID 1.11, sections 7.1.1, 7.2.1 and 7.2.2.
    init?(_ setup: SetupPacket) {
        let interface = UInt8(truncatingIfNeeded: setup.index)
        let report = HIDTransfer.ReportType(rawValue: setup.type).map {
            ReportName(type: $0, id: setup.number, interface: interface)
        }
        switch (setup.requestType, setup.request, setup.type) {
        case (0x80, 6, 1): self = .getDescriptor(.device)
        case (0x80, 6, 2): self = .getDescriptor(.configuration)
        case (0x80, 6, 3): self = .getDescriptor(.string(index: setup.number))
        case (0x00, 9, _): self = .setConfiguration
        case (0x81, 6, 0x22): self = .getDescriptor(.report(interface: interface))
        case (0xA1, 1, _):
            guard let report else { return nil }
            self = .getReport(report)
        case (0x21, 9, _):
            guard let report else { return nil }
            self = .setReport(report)
        default: return nil
        }
    }
}

enum DescriptorKind: Hashable {
    case device
    case configuration
    case string(index: UInt8)
    case report(interface: UInt8)
}

/// Which report a control request is about.
struct ReportName {
    let type: HIDTransfer.ReportType
    let id: UInt8
    let interface: UInt8
}
