internal import CLinuxUAPI
internal import CLoopback
internal import Glibc
internal import Synchronization
internal import SystemPackage
internal import VirtualHID

/// A report goes out at once or not at all, and a host that has gone kills nobody.
let sendFlags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)

/// One device's hosts.
///
/// Input reports go to every host that has the device open, as the kernel's hidraw does it.
final class LoopbackDevice: HostPort {
    let path: String
    let function: any HIDFunction
    /// What a host is told when it connects.
    let hello: [UInt8]
    let hasNumberedReports: Bool
    /// Descriptors of the connections that carry reports. They are sent to and closed under this lock only, so that no
    /// report goes to a descriptor that has become another's.
    private let readers = Mutex<[CInt]>([])

    init(_ device: LoopbackTransport.Device) {
        path = device.path
        function = device.function
        hasNumberedReports = device.description.reports.hasReportIDs
        hello = Self.hello(device.description)
    }

    func addReader(_ descriptor: CInt) {
        readers.withLock { $0.append(descriptor) }
    }

    /// Forgets the connection and closes it.
    func close(_ descriptor: CInt) {
        readers.withLock { readers in
            readers.removeAll { $0 == descriptor }
            _ = Glibc.close(descriptor)
        }
    }

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        withUnsafeTemporaryAllocation(byteCount: report.count + 2, alignment: 1) { packet in
            packet[0] = UInt8(BLUETAP_LOOPBACK_INPUT.rawValue)
            packet[1] = 0
            let start = hasNumberedReports ? 1 : 2
            packet[start...].copyBytes(from: report)
            return readers.withLock { readers in
                if readers.isEmpty { return .dropped("no host has the device open") }
                var delivery = Delivery.dropped("the host does not read its input reports")
                for descriptor in readers
                where send(descriptor, packet.baseAddress, start + report.count, sendFlags) >= 0 {
                    delivery = .sent
                }
                return delivery
            }
        }
    }

    private static func hello(_ description: HIDDescription) -> [UInt8] {
        // A USB string has at most 126 characters; what a profile may not exceed is cut here all the same.
        let strings = [description.manufacturer, description.product, description.serialNumber]
            .map { Array(String($0.unicodeScalars.prefix(126).map(Character.init)).utf8) }
        let header = bluetap_hello(
            magic: BLUETAP_LOOPBACK_MAGIC.littleEndian,
            version: UInt8(BLUETAP_LOOPBACK_VERSION),
            bus_type: 1,
            vendor_id: description.vendorID.littleEndian,
            product_id: description.productID.littleEndian,
            release: description.release.littleEndian,
            manufacturer_length: UInt16(strings[0].count).littleEndian,
            product_length: UInt16(strings[1].count).littleEndian,
            serial_number_length: UInt16(strings[2].count).littleEndian,
            report_descriptor_length: UInt16(description.reportDescriptor.count).littleEndian)
        return withUnsafeBytes(of: header, Array.init) + strings.joined() + description.reportDescriptor
    }
}
