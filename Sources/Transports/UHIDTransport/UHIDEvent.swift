internal import CLinuxUAPI
internal import HID

/// What the kernel's uhid driver tells a device. Source: linux/uhid.h.
enum UHIDEvent: Hashable {
    /// Which reports GET_REPORT and SET_REPORT mean; the numbers are uhid_report_type's.
    enum ReportType: UInt8 {
        case feature = 0
        case output = 1
        case input = 2
    }

    /// The kernel's HID side uses the device from now on.
    case start
    case stop
    /// The first program has opened the device.
    case open
    /// The last one has closed it.
    case close
    /// An output report, as it is on the wire.
    case output([UInt8])
    case getReport(request: UInt32, type: ReportType?, number: UInt8)
    case setReport(request: UInt32, type: ReportType?, report: [UInt8])
    /// What a later kernel may send.
    case other(UInt32)

    /// Bytes that the largest event takes.
    static let size = Int(BLUETAP_UHID_EVENT_SIZE.rawValue)

    /// Reads an event; nil where it is cut off.
    ///
    /// hidraw hands on the report ID 0 that a program puts before an unnumbered report, as libhidapi does; some programs
    /// leave it out. What has the report's own size is taken as it is.
    ///
    /// - Parameter reports: the device's reports: whether they have IDs, and how long those of each type are.
    init?(_ bytes: UnsafeRawBufferPointer, reports: ReportDescriptor) {
        guard let type: UInt32 = bytes.number(at: 0) else { return nil }
        switch uhid_event_type(type) {
        case UHID_START: self = .start
        case UHID_STOP: self = .stop
        case UHID_OPEN: self = .open
        case UHID_CLOSE: self = .close
        case UHID_OUTPUT:
            guard let size: UInt16 = bytes.number(at: BLUETAP_UHID_OUTPUT_SIZE),
                let report = bytes.report(at: BLUETAP_UHID_OUTPUT_DATA, count: Int(size), .output, of: reports)
            else { return nil }
            self = .output(report)
        case UHID_GET_REPORT:
            guard let request: UInt32 = bytes.number(at: BLUETAP_UHID_GET_ID),
                let type: UInt8 = bytes.number(at: BLUETAP_UHID_GET_TYPE),
                let number: UInt8 = bytes.number(at: BLUETAP_UHID_GET_NUMBER)
            else { return nil }
            self = .getReport(request: request, type: ReportType(rawValue: type), number: number)
        case UHID_SET_REPORT:
            guard let request: UInt32 = bytes.number(at: BLUETAP_UHID_SET_ID),
                let type: UInt8 = bytes.number(at: BLUETAP_UHID_SET_TYPE),
                let size: UInt16 = bytes.number(at: BLUETAP_UHID_SET_SIZE),
                let report = bytes.report(
                    at: BLUETAP_UHID_SET_DATA, count: Int(size),
                    type == ReportType.feature.rawValue ? .feature : .output,
                    of: reports)
            else { return nil }
            self = .setReport(request: request, type: ReportType(rawValue: type), report: report)
        default: self = .other(type)
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func number<Number: FixedWidthInteger>(at offset: Int) -> Number? {
        guard offset + MemoryLayout<Number>.size <= count else { return nil }
        return loadUnaligned(fromByteOffset: offset, as: Number.self)
    }

    fileprivate func number<Number: FixedWidthInteger>(at offset: bluetap_uhid_layout) -> Number? {
        number(at: Int(offset.rawValue))
    }

    fileprivate func report(
        at offset: bluetap_uhid_layout, count: Int, _ type: ReportDescriptor.ReportType, of reports: ReportDescriptor
    ) -> [UInt8]? {
        var start = Int(offset.rawValue)
        let end = start + count
        guard count <= Int(UHID_DATA_MAX), end <= self.count else { return nil }
        if !reports.hasReportIDs, count > 0, count != reports.size(of: type), self[start] == 0 { start += 1 }
        // Rebased it is copied at once, as a slice byte by byte.
        return Array(UnsafeRawBufferPointer(rebasing: self[start..<end]))
    }
}
