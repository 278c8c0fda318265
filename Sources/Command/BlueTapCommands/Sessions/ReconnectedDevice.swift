internal import Documents
internal import USBCaptures

/// A device of a capture, under every address at which the host found it.
struct ReconnectedDevice {
    /// Never empty, in order; one has ended before the next begins.
    private(set) var connections: [CapturedDevice]

    /// Puts together what is one device that was plugged in anew: the same identity, and no other serial number. Their
    /// names do not matter, which a host reads late or not at all.
    static func all(_ devices: [CapturedDevice]) -> [ReconnectedDevice] {
        var all: [ReconnectedDevice] = []
        for device in devices {
            let earlier = all.indices.filter { all[$0].mayContinue(with: device) }
            // Of several alike the one whose serial number says so, or that went last.
            let same = earlier.filter { all[$0].serialNumber != nil && all[$0].serialNumber == device.serialNumber }
            let chosen = (same.isEmpty ? earlier : same).max { all[$0].lastNumber < all[$1].lastNumber }
            if let chosen { all[chosen].connections.append(device) } else { all.append(.init(connections: [device])) }
        }
        return withLateStarts(all)
    }

    private func mayContinue(with device: CapturedDevice) -> Bool {
        guard let usbID, usbID == device.usbID, lastNumber <= device.firstPacket.number else { return false }
        guard let serialNumber, let other = device.serialNumber else { return true }
        return serialNumber == other
    }

    /// A device of which nothing was read, because the capture began later, and that went before another came, is that
    /// one; if no further device comes into question.
    private static func withLateStarts(_ all: [ReconnectedDevice]) -> [ReconnectedDevice] {
        let unknown = all.indices.filter { all[$0].usbID == nil && all[$0].connections.last?.gone != nil }
        let known = all.indices.filter { all[$0].usbID != nil && all[$0].isSpokenTo }
        guard unknown.count == 1, known.count == 1, all[unknown[0]].lastNumber <= all[known[0]].firstNumber else {
            return all
        }
        var joined = all
        joined[known[0]].connections.insert(contentsOf: all[unknown[0]].connections, at: 0)
        joined.remove(at: unknown[0])
        return joined
    }

    private var firstNumber: Int { connections[0].firstPacket.number }
    private var lastNumber: Int { connections[connections.count - 1].lastPacket.number }

    // MARK: What it is

    var usbID: USBIdentifier? { connections.lazy.compactMap(\.usbID).first }

    var serialNumber: String? { connections.lazy.compactMap(\.serialNumber).first }

    var product: String? { connections.lazy.compactMap { $0.deviceDescriptor?.product }.first }

    /// `1209:0001`; nil where the capture does not tell it.
    var usbIDText: String? {
        usbID.map { USBID(vendorID: $0.vendorID, productID: $0.productID).description }
    }

    /// `1.5`, of the first connection.
    var address: String { "\(connections[0].bus).\(connections[0].address)" }

    /// As `lsusb` says it: `1209:0001 BlueTap`; `device 1.5` where nothing is known of it.
    var name: String {
        guard let usbIDText else { return "device \(address)" }
        return usbIDText + (product.map { " \($0.printable)" } ?? "")
    }

    /// Whether `--device` means it: by serial number, or by any of its addresses.
    func isMeant(by text: String) -> Bool {
        serialNumber == text || connections.contains { "\($0.bus).\($0.address)" == text }
    }

    // MARK: Its interfaces

    /// Those of class HID, as the connection that tells most says; one may be read before it is named.
    var interfaces: [HIDInterface] { connections.max { $0.knowledge < $1.knowledge }?.interfaces ?? [] }

    /// How many reports the host sent to an interface; to any, where there is none.
    func hostReportCount(interface: UInt8? = nil) -> Int {
        connections.reduce(0) { sum, connection in
            sum
                + (connection.transfers + connection.failedWrites).count {
                    $0.isFromHost && (interface == nil || $0.interface == interface)
                }
        }
    }

    /// Whether the host sends it reports that are no keyboard's lamps.
    var isSpokenTo: Bool {
        hostReportCount() > 0
            && (interfaces.isEmpty
                || interfaces.contains { $0.purpose != .inputDevice && hostReportCount(interface: $0.number) > 0 }
                || connections.contains { connection in
                    connection.transfers.contains { $0.isFromHost && $0.interface == nil }
                        && interfaces.contains { $0.purpose != .inputDevice }
                })
    }
}

extension CapturedDevice {
    fileprivate var serialNumber: String? { deviceDescriptor?.serialNumber }

    /// How much its interfaces tell.
    fileprivate var knowledge: Int {
        interfaces.reduce(0) { $0 + 1 + ($1.subclass == nil ? 0 : 1) + ($1.reportDescriptor == nil ? 0 : 1) }
    }
}
