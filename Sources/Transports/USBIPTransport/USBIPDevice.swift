internal import Glibc
internal import HID
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import USBDevice

/// One device that clients can import, one at a time.
final class USBIPDevice: Cable {
    /// What a client calls it: bus and port.
    let busID: String
    let number: Int
    let description: HIDDescription
    let function: any HIDFunction

    private struct State {
        var session: USBIPSession
        /// Who has imported the device.
        var importer: (any Channel)?
        var isPlugged = true
        /// What is to be sent, in the order in which it came about.
        var outbound = ByteBuffer()
        /// Whether the importer's event loop works off what it has sent, and flushes at the end.
        var isWorking = false
    }

    private let state: Mutex<State>

    init(number: Int, description: HIDDescription, function: any HIDFunction) {
        self.number = number
        busID = "1-\(number)"
        self.description = description
        self.function = function
        state = Mutex(State(session: USBIPSession(USBHIDDevice(description))))
    }

    var isPlugged: Bool { state.withLock { $0.isPlugged } }

    /// Where who has imported it is.
    var holder: SocketAddress? { state.withLock { $0.importer }?.remoteAddress }

    // MARK: The client, on its event loop

    func claim(by channel: any Channel) -> USBIPStatus {
        state.withLock { state in
            guard state.isPlugged else { return .noDevice }
            guard state.importer == nil else { return .busy }
            state.importer = channel
            state.outbound = ByteBuffer()
            state.isWorking = false
            return .done
        }
    }

    /// The client has gone.
    func release(by channel: any Channel) {
        let ending = state.withLock { state -> (lost: [[UInt8]], wasAttached: Bool)? in
            guard state.importer === channel else { return nil }
            state.importer = nil
            return state.session.end()
        }
        if let ending { tell(of: ending) }
    }

    private func tell(of ending: (lost: [[UInt8]], wasAttached: Bool)) {
        drop(ending.lost, reason: "the host has gone")
        if ending.wasAttached { function.hostDetached() }
    }

    private func drop(_ reports: [[UInt8]], reason: String) {
        for report in reports { function.inputReportDropped(report, reason: reason) }
    }

    /// Works a client's command off, but for ``flushNow(_:)``.
    func receive(_ command: USBIPCommand, from channel: any Channel) {
        perform(for: channel, isWorking: true) { session in session.receive(command) }
    }

    /// Does what the session says: what is sent keeps its order, and the function is called without the lock.
    private func perform(
        for channel: any Channel, isWorking: Bool = false, _ body: (inout USBIPSession) -> [USBIPSession.Action]
    ) {
        let actions = state.withLock { state -> [USBIPSession.Action] in
            // What the device answers one client, no other gets.
            guard state.importer === channel else { return [] }
            if isWorking { state.isWorking = true }
            return Self.send(body(&state.session), in: &state)
        }
        for action in actions { perform(action, for: channel) }
    }

    private func perform(_ action: USBIPSession.Action, for channel: any Channel) {
        switch action {
        case .send: break
        case .outputReport(let report): function.outputReport(report, from: self)
        case .getReport(let type, let id, let question):
            let report = type == .feature ? function.featureReport(id: id) : function.inputReport(id: id)
            perform(for: channel) { session in [session.answer(question, with: report)] }
        case .setFeatureReport(let report, let question):
            let wasTaken = function.setFeatureReport(report)
            perform(for: channel) { session in [session.answer(question, wasTaken: wasTaken)] }
        case .lost(let report): drop([report], reason: "the host has set the device up anew")
        case .attached: function.hostAttached()
        case .detached: function.hostDetached()
        }
    }

    /// Returns what is not to be sent.
    private static func send(_ actions: [USBIPSession.Action], in state: inout State) -> [USBIPSession.Action] {
        actions.filter { action in
            guard case .send(let answer) = action else { return true }
            answer.write(to: &state.outbound)
            return false
        }
    }

    // MARK: Cable

    let abilities: CableAbilities = [.unplug, .stall, .slowReader]

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        let (channel, delivery) = state.withLock { state -> ((any Channel)?, Delivery) in
            guard let channel = state.importer else { return (nil, .dropped("no host has the device")) }
            guard let actions = state.session.send(report) else {
                return (nil, .dropped("the host does not fetch its input reports"))
            }
            _ = Self.send(actions, in: &state)
            if actions.isEmpty { return (nil, .sent) }
            guard state.isWorking else { return (channel, .sent) }
            Self.sendAtOnce(&state, to: channel)
            return (nil, .sent)
        }
        if let channel { flush(channel) }
        return delivery
    }

    /// Writes what it can, past the channel: a host that waits for the reply need not wait for what the device does after it.
    /// What is left is flushed with the rest. Nothing calls back from here: the device is in the middle of a command.
    private static func sendAtOnce(_ state: inout State, to channel: any Channel) {
        // What the channel has not got rid of goes first.
        guard channel.eventLoop.inEventLoop,
            (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0
        else { return }
        let written = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { socket in
            state.outbound.withUnsafeReadableBytes { bytes in
                Glibc.send(socket, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
        }
        // An error is the channel's to find.
        if let written, written > 0 { state.outbound.moveReaderIndex(forwardBy: written) }
    }

    /// In a turn of the event loop's own, also where this is its thread: what it does there may be about another device.
    private func flush(_ channel: any Channel) {
        channel.eventLoop.execute { self.flushNow(channel) }
    }

    func flushNow(_ channel: any Channel) {
        let outbound = state.withLock { state -> ByteBuffer? in
            guard state.importer === channel else { return nil }
            state.isWorking = false
            return Self.takeOutbound(of: &state)
        }
        if let outbound { channel.writeAndFlush(outbound, promise: nil) }
    }

    /// Nil: there is nothing.
    private static func takeOutbound(of state: inout State) -> ByteBuffer? {
        guard state.outbound.readableBytes > 0 else {
            state.outbound.clear()
            return nil
        }
        defer { state.outbound = ByteBuffer() }
        return state.outbound
    }

    func unplug() {
        let end = state.withLock { state -> (channel: any Channel, outbound: ByteBuffer?, lost: [[UInt8]])? in
            state.isPlugged = false
            guard let channel = state.importer else { return nil }
            state.importer = nil
            return (channel, Self.takeOutbound(of: &state), state.session.end().lost)
        }
        guard let end else { return }
        // What the device has said before its cable is pulled has been sent.
        if let outbound = end.outbound { end.channel.writeAndFlush(outbound, promise: nil) }
        end.channel.close(promise: nil)
        // The device hears of it when it is done with what it does now.
        end.channel.eventLoop.execute { self.drop(end.lost, reason: "the host has gone") }
    }

    func plug() -> Bool {
        state.withLock { $0.isPlugged = true }
        // Clients import it anew.
        return false
    }

    func stall() {
        let channel = state.withLock { state in
            _ = Self.send(state.session.stall(), in: &state)
            return state.importer
        }
        if let channel { flush(channel) }
    }

    func setReading(_ isReading: Bool) {
        let channel = state.withLock { state in
            // At once, whatever becomes of the client: in its order with the end of the client's session.
            state.session.isReading = isReading
            return isReading ? state.importer : nil
        }
        guard let channel else { return }
        // What waited calls the function back: not before the device is done.
        channel.eventLoop.execute {
            self.perform(for: channel) { session in session.resume() }
            self.flushNow(channel)
        }
    }
}
