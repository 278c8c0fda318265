internal import CLinuxUAPI
internal import CLoopback
internal import Glibc
internal import HID
internal import LinuxIO
internal import Synchronization
internal import SystemPackage

/// A report goes out at once or not at all, and a host that has gone kills nobody.
let sendFlags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)

/// One device's hosts.
///
/// Input reports go to every host that has the device open, as the kernel's hidraw does it.
final class LoopbackDevice: Cable {
    let path: String
    let function: any HIDFunction
    /// What a host is told when it connects.
    let hello: [UInt8]
    let hasNumberedReports: Bool
    /// What programs see that look for hidraw devices.
    let picture: HIDRawPicture?
    private struct State {
        /// Descriptors of all connections. They are sent to and closed under this lock only, so that no report goes to a
        /// descriptor that has become another's.
        var connections: Set<CInt> = []
        /// Those that carry reports, in the order in which they came.
        var readers: [CInt] = []
        var hasBeenOpened = false
        var isPlugged = true
        /// Goes up with each unplug: what was connected before is void.
        var generation = 0
        var isReading = true
        /// What the transport's thread waits with, while it serves.
        var poll: CInt?
    }

    private let state = Mutex(State())

    init(_ device: LoopbackTransport.Device) {
        path = device.path
        function = device.function
        hasNumberedReports = device.description.reports.hasReportIDs
        hello = Self.hello(device.description)
        picture = device.hidraw.map { place in
            HIDRawPicture(
                root: place.folder, number: place.number, socket: device.path, description: device.description)
        }
    }

    /// Takes a connection in; nil while the cable is unplugged. Returns what tells it from those before an unplug.
    func add(_ descriptor: CInt) -> Int? {
        state.withLock { state in
            guard state.isPlugged else { return nil }
            state.connections.insert(descriptor)
            return state.generation
        }
    }

    /// The connection carries reports from now on.
    func addReader(_ descriptor: CInt) {
        state.withLock { state in
            state.readers.append(descriptor)
            state.hasBeenOpened = true
            if !state.isReading { Self.wait(for: [], on: descriptor, in: state) }
        }
    }

    /// Whether a host has ever had it open.
    var hasBeenOpened: Bool { state.withLock { $0.hasBeenOpened } }

    /// Whether a connection of that generation still has a cable.
    func isCurrent(_ generation: Int) -> Bool { state.withLock { $0.generation == generation } }

    /// Forgets the connection and closes it.
    func close(_ descriptor: CInt) {
        state.withLock { state in
            state.readers.removeAll { $0 == descriptor }
            state.connections.remove(descriptor)
            _ = Glibc.close(descriptor)
        }
    }

    /// The transport's thread waits with this epoll descriptor; nil when it is done.
    func serve(with poll: CInt?) {
        state.withLock { $0.poll = poll }
    }

    // MARK: Cable

    let abilities: CableAbilities = [.unplug, .stall, .slowReader, .longReports]

    func unplug() {
        picture?.hide()
        state.withLock { state in
            state.isPlugged = false
            state.generation += 1
            state.isReading = true
            // The serving thread closes them; hosts know it at once.
            for descriptor in state.connections {
                shutdown(descriptor, CInt(SHUT_RDWR))
                Self.wait(for: .readable, on: descriptor, in: state)
            }
        }
    }

    func plug() -> Bool {
        state.withLock { $0.isPlugged = true }
        picture?.show()
        return true
    }

    func stall() {
        // Who writes finds nobody taking it, while the connection stays.
        state.withLock { state in for descriptor in state.readers { shutdown(descriptor, CInt(SHUT_RD)) } }
    }

    func setReading(_ isReading: Bool) {
        state.withLock { state in
            state.isReading = isReading
            for descriptor in state.readers { Self.wait(for: isReading ? .readable : [], on: descriptor, in: state) }
        }
    }

    private static func wait(for interest: EventPoll.Interest, on descriptor: CInt, in state: State) {
        if let poll = state.poll { try? EventPoll.modify(descriptor, for: interest, in: poll) }
    }

    // MARK: Reports

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        withUnsafeTemporaryAllocation(byteCount: report.count + 2, alignment: 1) { packet in
            packet[0] = UInt8(BLUETAP_LOOPBACK_INPUT.rawValue)
            packet[1] = 0
            let start = hasNumberedReports ? 1 : 2
            packet[start...].copyBytes(from: report)
            return state.withLock { state in
                if state.readers.isEmpty { return .dropped("no host has the device open") }
                var delivery = Delivery.dropped("the host does not read its input reports")
                for descriptor in state.readers
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
