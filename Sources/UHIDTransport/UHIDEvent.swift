internal import CLinuxUAPI

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
    /// An output report, as the program wrote it.
    case output([UInt8])
    case getReport(request: UInt32, type: ReportType?, number: UInt8)
    case setReport(request: UInt32, type: ReportType?, data: [UInt8])
    /// What a later kernel may send.
    case other(UInt32)

    /// Bytes that the largest event takes.
    static let size = Int(BLUETAP_UHID_EVENT_SIZE.rawValue)

    /// Reads an event; nil where it is cut off.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let type: UInt32 = bytes.number(at: 0) else { return nil }
        switch uhid_event_type(type) {
        case UHID_START: self = .start
        case UHID_STOP: self = .stop
        case UHID_OPEN: self = .open
        case UHID_CLOSE: self = .close
        case UHID_OUTPUT:
            guard let size: UInt16 = bytes.number(at: BLUETAP_UHID_OUTPUT_SIZE),
                let data = bytes.bytes(at: BLUETAP_UHID_OUTPUT_DATA, count: Int(size))
            else { return nil }
            self = .output(data)
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
                let data = bytes.bytes(at: BLUETAP_UHID_SET_DATA, count: Int(size))
            else { return nil }
            self = .setReport(request: request, type: ReportType(rawValue: type), data: data)
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

    fileprivate func bytes(at offset: bluetap_uhid_layout, count: Int) -> [UInt8]? {
        let start = Int(offset.rawValue)
        guard count <= Int(UHID_DATA_MAX), start + count <= self.count else { return nil }
        return Array(self[start..<start + count])
    }
}
