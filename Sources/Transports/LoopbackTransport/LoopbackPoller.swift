internal import CLinuxUAPI
internal import CLoopback
internal import Glibc
internal import HID
internal import LinuxIO
internal import Logging
internal import SystemPackage

/// The loop of the transport's thread.
final class LoopbackPoller: @unchecked Sendable {
    // Used by one thread after it is made, hence the unchecked Sendable.

    private struct Connection {
        enum Purpose {
            /// Has not said yet what it is for.
            case stranger
            case reports
            case control
        }

        let device: LoopbackDevice
        let generation: Int
        var purpose = Purpose.stranger
    }

    /// Most connections to one device at a time; a further one is closed as soon as it is made.
    private static let maximumConnections = 256

    private let poll: EventPoll
    private let stop: CInt
    private let logger: Logger
    private var listeners: [CInt: (LoopbackListener, LoopbackDevice)] = [:]
    private var connections: [CInt: Connection] = [:]
    private var connectionCounts: [ObjectIdentifier: Int] = [:]
    /// Connections that have not greeted yet, oldest first.
    private var strangers: [CInt] = []
    private let packet = UnsafeMutableRawBufferPointer.allocate(
        byteCount: BLUETAP_LOOPBACK_MAX_PACKET, alignment: 8)

    init(listeners: [LoopbackListener], devices: [LoopbackDevice], stop: CInt, logger: Logger) throws(Errno) {
        poll = try EventPoll()
        self.stop = stop
        self.logger = logger
        try poll.add(stop, for: .readable)
        for (listener, device) in zip(listeners, devices) {
            self.listeners[listener.descriptor.rawValue] = (listener, device)
            try poll.add(listener.descriptor.rawValue, for: .readable)
            device.serve(with: poll.rawValue)
        }
    }

    deinit {
        for (_, device) in listeners.values { device.serve(with: nil) }
        for (descriptor, connection) in connections { connection.device.close(descriptor) }
        packet.deallocate()
    }

    /// Serves until `stop` is readable.
    func serve() throws(TransportError) {
        do {
            while try poll.wait({ descriptor, _ in serve(descriptor) }) {}
        } catch {
            throw TransportError("waiting for hosts failed: \(error)")
        }
    }

    /// Does what one descriptor has to do; false when that is to stop.
    private func serve(_ descriptor: CInt) -> Bool {
        if descriptor == stop { return false }
        if let connection = connections[descriptor] {
            receive(on: descriptor, connection)
        } else if let (_, device) = listeners[descriptor] {
            accept(from: descriptor, device)
        }
        return true
    }

    private func accept(from listener: CInt, _ device: LoopbackDevice) {
        let descriptor = accept4(listener, nil, nil, CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
        guard descriptor >= 0 else {
            let error = Errno.last
            // With no descriptor left the connection stays in the queue and would wake the loop for ever.
            if error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem {
                logger.error("a host cannot connect to \(device.path): \(error)")
                pauseForDescriptors()
            }
            return
        }
        guard let generation = device.add(descriptor) else {
            // No cable, no device.
            _ = Glibc.close(descriptor)
            return
        }
        makeRoom(for: device)
        let count = connectionCounts[ObjectIdentifier(device), default: 0]
        guard count < Self.maximumConnections, (try? poll.add(descriptor, for: .readable)) != nil else {
            logger.warning("a host is turned away: \(device.path) has \(count) connections")
            device.close(descriptor)
            return
        }
        connectionCounts[ObjectIdentifier(device)] = count + 1
        connections[descriptor] = Connection(device: device, generation: generation)
        strangers.append(descriptor)
    }

    /// Where a device has all the connections that it may have, the oldest that never greeted goes: those who only
    /// connect must not keep a POS out.
    private func makeRoom(for device: LoopbackDevice) {
        guard connectionCounts[ObjectIdentifier(device), default: 0] >= Self.maximumConnections,
            let oldest = strangers.first(where: { connections[$0]?.device === device })
        else { return }
        refuse(oldest, "no greeting, and others wait")
    }

    /// Gives other processes a moment to close descriptors.
    private func pauseForDescriptors() {
        var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
        nanosleep(&pause, nil)
    }

    private func receive(on descriptor: CInt, _ connection: Connection) {
        let count = recv(descriptor, packet.baseAddress, packet.count, CInt(MSG_DONTWAIT | MSG_TRUNC))
        // A host that dies with unread input is reported as a reset once, before what it sent last: that comes next.
        if count < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET) { return }
        guard count > 0 else { return receiveNothing(on: descriptor, connection) }
        // Sent before the cable was pulled.
        let device = connection.device
        guard device.isCurrent(connection.generation) else { return close(descriptor) }
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(packet)[..<min(count, packet.count)])
        switch connection.purpose {
        case _ where count > packet.count:
            refuse(descriptor, "a packet of \(count) bytes")
        case .stranger:
            greet(descriptor, device, bytes)
        case .reports:
            guard let report = report(in: bytes, kind: BLUETAP_LOOPBACK_OUTPUT, device) else {
                return refuse(descriptor, "a packet that is no output report")
            }
            device.function.outputReport(report, from: device)
        case .control:
            guard let answer = answer(to: bytes, device) else {
                return refuse(descriptor, "a packet that is no control request")
            }
            _ = send(descriptor, answer, answer.count, sendFlags)
        }
    }

    /// The end of a connection, or of its way here only, which a stall has shut.
    private func receiveNothing(on descriptor: CInt, _ connection: Connection) {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        guard connection.purpose == .reports, Glibc.poll(&state, 1, 0) == 0 || state.revents & Int16(POLLHUP) == 0
        else {
            return close(descriptor)
        }
        // Only the host's hanging up is of interest from here on, and that comes unasked.
        try? poll.modify(descriptor, for: [])
    }

    private func greet(_ descriptor: CInt, _ device: LoopbackDevice, _ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == MemoryLayout<bluetap_hello_request>.size,
            case let request = bytes.loadUnaligned(as: bluetap_hello_request.self),
            UInt32(littleEndian: request.magic) == BLUETAP_LOOPBACK_MAGIC,
            Int(request.version) == BLUETAP_LOOPBACK_VERSION
        else { return refuse(descriptor, "a greeting that is not the protocol's") }

        let purpose = bluetap_loopback_purpose(UInt32(request.purpose))
        switch purpose {
        case BLUETAP_LOOPBACK_ENUMERATE, BLUETAP_LOOPBACK_REPORTS, BLUETAP_LOOPBACK_CONTROL: break
        default: return refuse(descriptor, "the unknown purpose \(request.purpose)")
        }
        guard send(descriptor, device.hello, device.hello.count, sendFlags) >= 0
        else { return close(descriptor) }
        strangers.removeAll { $0 == descriptor }
        switch purpose {
        case BLUETAP_LOOPBACK_REPORTS:
            connections[descriptor]?.purpose = .reports
            device.addReader(descriptor)
        case BLUETAP_LOOPBACK_CONTROL:
            connections[descriptor]?.purpose = .control
        default:
            close(descriptor)
        }
    }

    /// The report in a packet, as it is on the wire: without the leading 0 where reports are not numbered.
    private func report(
        in bytes: UnsafeRawBufferPointer, kind: bluetap_loopback_kind, _ device: LoopbackDevice
    ) -> [UInt8]? {
        guard bytes.count >= 2, UInt32(bytes[0]) == kind.rawValue,
            bytes.count - 1 <= BLUETAP_LOOPBACK_MAX_REPORT
        else { return nil }
        return Array(bytes[(device.hasNumberedReports ? 1 : 2)...])
    }

    /// What endpoint 0 answers; nil where the packet is no request.
    private func answer(to bytes: UnsafeRawBufferPointer, _ device: LoopbackDevice) -> [UInt8]? {
        guard bytes.count >= 2 else { return nil }
        let kind = bluetap_loopback_kind(UInt32(bytes[0]))
        let identifier = bytes[1]
        let found: [UInt8]?
        switch kind {
        case BLUETAP_LOOPBACK_GET_FEATURE: found = device.function.featureReport(id: identifier)
        case BLUETAP_LOOPBACK_GET_INPUT: found = device.function.inputReport(id: identifier)
        case BLUETAP_LOOPBACK_SET_FEATURE, BLUETAP_LOOPBACK_SET_OUTPUT:
            guard let report = report(in: bytes, kind: kind, device) else { return nil }
            if kind == BLUETAP_LOOPBACK_SET_OUTPUT {
                device.function.outputReport(report, from: device)
                return [bytes[0], 0]
            }
            return [bytes[0], device.function.setFeatureReport(report) ? 0 : UInt8(EPIPE)]
        default: return nil
        }
        guard let found else { return [bytes[0], UInt8(EPIPE)] }
        return [bytes[0], 0] + (device.hasNumberedReports ? [] : [0]) + found
    }

    private func refuse(_ descriptor: CInt, _ what: String) {
        logger.warning("a host sent \(what) and is disconnected")
        close(descriptor)
    }

    private func close(_ descriptor: CInt) {
        guard let device = connections.removeValue(forKey: descriptor)?.device else { return }
        connectionCounts[ObjectIdentifier(device), default: 1] -= 1
        strangers.removeAll { $0 == descriptor }
        device.close(descriptor)
    }
}
