public import HID

/// The descriptors of a full-speed device with one HID interface and two interrupt endpoints.
///
/// Sources: USB 2.0, section 9.6; HID 1.11, section 6.2.1.
public struct USBDescriptors: Hashable, Sendable {
    /// bDescriptorType.
    enum Kind {
        static let device: UInt8 = 1
        static let configuration: UInt8 = 2
        static let string: UInt8 = 3
        static let interface: UInt8 = 4
        static let endpoint: UInt8 = 5
        static let hid: UInt8 = 0x21
        static let report: UInt8 = 0x22
    }

    public static let inEndpoint: UInt8 = 0x81
    public static let outEndpoint: UInt8 = 0x01
    /// The largest packet of a full-speed interrupt endpoint, and of endpoint 0 here.
    static let packetSize = 64
    /// American English.
    static let language: UInt16 = 0x0409
    /// Most UTF-16 units of a string: its descriptor's length is one byte.
    static let longestString = 126

    public let device: [UInt8]
    public let configuration: [UInt8]
    /// The HID descriptor, which stands in the configuration as well.
    let hid: [UInt8]
    public let report: [UInt8]
    /// The languages, then what the device descriptor's indices 1 to 3 mean.
    let strings: [[UInt8]]

    public init(_ description: HIDDescription) {
        func word(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }
        let size = UInt8(Self.packetSize)
        device =
            [18, Kind.device] + word(0x0200) + [0, 0, 0, size] + word(description.vendorID)
            + word(description.productID) + word(description.release) + [1, 2, 3, 1]
        report = description.reportDescriptor
        hid = [9, Kind.hid] + word(0x0111) + [0, 1, Kind.report] + word(UInt16(clamping: report.count))
        let reports = description.reports
        func endpoint(_ address: UInt8, _ type: ReportDescriptor.ReportType) -> [UInt8] {
            let largest = min(max(reports.largestSize(of: type), 1), Self.packetSize)
            // Interrupt, asked each millisecond.
            return [7, Kind.endpoint, address, 0x03] + word(UInt16(largest)) + [1]
        }
        let interface: [UInt8] = [9, Kind.interface, 0, 0, 2, 3, 0, 0, 0]
        let inside = interface + hid + endpoint(Self.inEndpoint, .input) + endpoint(Self.outEndpoint, .output)
        // Bus-powered, 100 mA.
        configuration = [9, Kind.configuration] + word(UInt16(9 + inside.count)) + [1, 1, 0, 0x80, 50] + inside
        let texts = [description.manufacturer, description.product, description.serialNumber]
        strings =
            [[4, Kind.string] + word(Self.language)]
            + texts.map { text in
                // A unit that is half of a character is left out.
                var units: [UInt16] = []
                for scalar in text.unicodeScalars {
                    let next = Array(String(scalar).utf16)
                    if units.count + next.count > Self.longestString { break }
                    units += next
                }
                return [UInt8(2 + 2 * units.count), Kind.string] + units.flatMap(word)
            }
    }
}
