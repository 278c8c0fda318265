internal import CLinuxUAPI
internal import Glibc
internal import HID

/// What a device tells the kernel's uhid driver, as bytes to write: only as many as it needs, for the driver takes the rest
/// of an event for zeros. Source: linux/uhid.h.
enum UHIDRequest {
    static let maximumReportSize = Int(UHID_DATA_MAX)
    static let maximumDescriptorSize = Int(HID_MAX_DESCRIPTOR_SIZE)

    /// Makes the device: `phys` is where it says that it is plugged in, `uniq` its serial number.
    static func create(_ description: HIDDescription, phys: String) -> [UInt8] {
        let descriptor = description.reportDescriptor
        var event = make(UHID_CREATE2, size: Int(BLUETAP_UHID_CREATE_DESCRIPTOR.rawValue) + descriptor.count)
        // The kernel's USB side names a HID device so.
        let name = "\(description.manufacturer) \(description.product)"
        event.put(name, at: BLUETAP_UHID_CREATE_NAME, until: BLUETAP_UHID_CREATE_PHYS)
        event.put(phys, at: BLUETAP_UHID_CREATE_PHYS, until: BLUETAP_UHID_CREATE_UNIQ)
        event.put(description.serialNumber, at: BLUETAP_UHID_CREATE_UNIQ, until: BLUETAP_UHID_CREATE_DESCRIPTOR_SIZE)
        event.put(UInt16(descriptor.count), at: BLUETAP_UHID_CREATE_DESCRIPTOR_SIZE)
        event.put(UInt16(BUS_USB), at: BLUETAP_UHID_CREATE_BUS)
        event.put(UInt32(description.vendorID), at: BLUETAP_UHID_CREATE_VENDOR)
        event.put(UInt32(description.productID), at: BLUETAP_UHID_CREATE_PRODUCT)
        event.put(UInt32(description.release), at: BLUETAP_UHID_CREATE_VERSION)
        event.put(descriptor, at: BLUETAP_UHID_CREATE_DESCRIPTOR)
        return event
    }

    /// Takes the device away.
    static var destroy: [UInt8] { make(UHID_DESTROY, size: MemoryLayout<UInt32>.size) }

    /// Calls `body` with the bytes of an input report.
    static func withInputReport<Result>(_ report: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = Int(BLUETAP_UHID_INPUT_DATA.rawValue)
        return withUnsafeTemporaryAllocation(byteCount: start + report.count, alignment: 4) { event in
            event.storeBytes(of: UHID_INPUT2.rawValue, as: UInt32.self)
            event.storeBytes(
                of: UInt16(report.count), toByteOffset: Int(BLUETAP_UHID_INPUT_SIZE.rawValue), as: UInt16.self)
            UnsafeMutableRawBufferPointer(rebasing: event[start...]).copyBytes(from: report)
            return body(UnsafeRawBufferPointer(event))
        }
    }

    /// Answers GET_REPORT; without a report the host's request fails.
    static func getReportReply(to request: UInt32, report: [UInt8]?) -> [UInt8] {
        let data = report ?? []
        var event = make(UHID_GET_REPORT_REPLY, size: Int(BLUETAP_UHID_GET_REPLY_DATA.rawValue) + data.count)
        event.put(request, at: BLUETAP_UHID_GET_REPLY_ID)
        event.put(UInt16(report == nil ? EPIPE : 0), at: BLUETAP_UHID_GET_REPLY_ERROR)
        event.put(UInt16(data.count), at: BLUETAP_UHID_GET_REPLY_SIZE)
        event.put(data, at: BLUETAP_UHID_GET_REPLY_DATA)
        return event
    }

    /// Answers SET_REPORT.
    static func setReportReply(to request: UInt32, isAccepted: Bool) -> [UInt8] {
        var event = make(UHID_SET_REPORT_REPLY, size: Int(BLUETAP_UHID_SET_REPLY_END.rawValue))
        event.put(request, at: BLUETAP_UHID_SET_REPLY_ID)
        event.put(UInt16(isAccepted ? 0 : EPIPE), at: BLUETAP_UHID_SET_REPLY_ERROR)
        return event
    }

    private static func make(_ type: uhid_event_type, size: Int) -> [UInt8] {
        var event = [UInt8](repeating: 0, count: size)
        event.withUnsafeMutableBytes { $0.storeBytes(of: type.rawValue, as: UInt32.self) }
        return event
    }
}

extension [UInt8] {
    fileprivate mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: bluetap_uhid_layout) {
        withUnsafeMutableBytes { $0.storeBytes(of: number, toByteOffset: Int(offset.rawValue), as: Number.self) }
    }

    fileprivate mutating func put(_ bytes: some Collection<UInt8>, at offset: bluetap_uhid_layout) {
        let start = Int(offset.rawValue)
        replaceSubrange(start..<start + bytes.count, with: bytes)
    }

    /// Text in a field that ends where the next begins, cut off between two characters to leave a NUL at the end.
    fileprivate mutating func put(_ text: String, at offset: bluetap_uhid_layout, until end: bluetap_uhid_layout) {
        var room = Int(end.rawValue - offset.rawValue) - 1
        let fitting = text.unicodeScalars.prefix { scalar in
            room -= UTF8.width(scalar)
            return room >= 0
        }
        put(Array(String(String.UnicodeScalarView(fitting)).utf8), at: offset)
    }
}
