internal import GadgetTransport
internal import Glibc
internal import HID
internal import Logging
internal import LoopbackTransport
internal import UHIDTransport
internal import USBIPTransport

/// Where a POS finds the devices.
public enum Place: Hashable, Sendable {
    /// Nowhere: only the program that runs them has them.
    case inProcess
    case sockets([String])
    /// `/dev/hidraw*`; nil before the device is there.
    case node(String?)
    /// The USB device controller, and the serial number by which a host tells the device from others.
    case controller(String, serialNumber: String)
    /// Where USB/IP clients find them, and the bus ids by which they import.
    case network(String?, busIDs: [String])
}

/// A transport with its devices, made as the configuration says.
struct ServedTransport: Sendable {
    typealias Served = (description: HIDDescription, function: any HIDFunction)

    /// Nil: no POS sees the devices.
    let transport: (any Transport)?
    let place: @Sendable () -> Place
    /// Whether a POS has ever had a device open; nil where the transport cannot tell.
    var hasBeenOpened: Bool? { (transport as? LoopbackTransport)?.hasBeenOpened }

    init(_ configuration: HostConfiguration, _ devices: [Served]) throws {
        let logger = configuration.logger
        switch configuration.transport {
        case nil:
            transport = nil
            place = { .inProcess }
        case .loopback(let socket, let hidraw):
            let socket = absolutePath(socket)
            if socket.contains(":") {
                throw HostError(
                    .configuration, "the socket path \(socket) has a colon, which separates paths in BLUETAP_LOOPBACK")
            }
            let sockets = (1...devices.count).map { Self.path(of: $0, beside: socket) }
            transport = try LoopbackTransport(
                zip(sockets, devices).enumerated().map { number, served in
                    let (path, device) = served
                    return .init(
                        path: path, description: device.description, function: device.function,
                        hidraw: hidraw.map { (absolutePath($0), number) })
                },
                logger: logger)
            place = { .sockets(sockets) }
        case .uhid:
            let uhid = try UHIDTransport(devices[0].description, function: devices[0].function, logger: logger)
            transport = uhid
            place = { .node(uhid.node) }
        case .usbip(let host, let port):
            let usbip = USBIPTransport(
                devices.map { .init(description: $0.description, function: $0.function) }, host: host, port: port,
                logger: configuration.warnings)
            transport = usbip
            place = { .network(usbip.address, busIDs: usbip.busIDs) }
        case .gadget(let controller):
            let gadget = try GadgetTransport(
                devices[0].description, function: devices[0].function, controller: controller, logger: logger)
            transport = gadget
            let serialNumber = devices[0].description.serialNumber
            place = { .controller(gadget.controller.name, serialNumber: serialNumber) }
        }
    }

    /// The socket of the device of that number: `loopback.sock`, `loopback-2.sock`, ….
    private static func path(of number: Int, beside first: String) -> String {
        if number == 1 { return first }
        let suffix = ".sock"
        guard first.hasSuffix(suffix) else { return "\(first)-\(number)" }
        return "\(first.dropLast(suffix.count))-\(number)\(suffix)"
    }
}

/// The path as it is found from any directory.
func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return "\(String(cString: directory))/\(path)"
}
