internal import NIOCore
internal import Synchronization
internal import USBDevice
internal import VirtualHID

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

    // MARK: The client, on its event loop

    func claim(by channel: any Channel) -> USBIPStatus {
        state.withLock { state in
            guard state.isPlugged else { return .noDevice }
            guard state.importer == nil else { return .busy }
            state.importer = channel
            return .done
        }
    }

    /// The client has gone.
    func release(by channel: any Channel) {
        let ending = state.withLock { state -> (lost: [[UInt8]], wasAttached: Bool)? in
            guard state.importer === channel else { return nil }
            state.importer = nil
            state.outbound.clear()
            return state.session.end()
        }
        if let ending { tell(of: ending) }
    }

    private func tell(of ending: (lost: [[UInt8]], wasAttached: Bool)) {
        drop(ending.lost)
        if ending.wasAttached { function.hostDetached() }
    }

    private func drop(_ reports: [[UInt8]]) {
        for report in reports { function.inputReportDropped(report, reason: "the host has gone") }
    }

    /// Works a client's command off, but for ``takeOutbound()``.
    func receive(_ command: USBIPCommand, from channel: any Channel) {
        perform { state in state.importer === channel ? state.session.receive(command) : [] }
    }

    /// What the client has to be sent; nil: nothing.
    func takeOutbound() -> ByteBuffer? {
        state.withLock { state in
            guard state.outbound.readableBytes > 0 else { return nil }
            defer { state.outbound = ByteBuffer() }
            return state.outbound
        }
    }

    /// Does what the session says: what is sent keeps its order, and the function is called without the lock.
    private func perform(_ body: (inout State) -> [USBIPSession.Action]) {
        let actions = state.withLock { state in Self.send(body(&state), in: &state) }
        for action in actions { perform(action) }
    }

    private func perform(_ action: USBIPSession.Action) {
        switch action {
        case .send: break
        case .outputReport(let report): function.outputReport(report, from: self)
        case .getReport(let type, let id, let question):
            let report = type == .feature ? function.featureReport(id: id) : function.inputReport(id: id)
            let answer = type == .output ? nil : report
            perform { state in [state.session.answer(question, with: answer)] }
        case .setFeatureReport(let report, let question):
            let wasTaken = function.setFeatureReport(report)
            perform { state in [state.session.answer(question, wasTaken: wasTaken)] }
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
            return (actions.isEmpty ? nil : channel, .sent)
        }
        if let channel { flush(channel) }
        return delivery
    }

    /// In a turn of the event loop's own, also where this is its thread: what it does there may be about another device.
    private func flush(_ channel: any Channel) {
        channel.eventLoop.execute { self.flushNow(channel) }
    }

    func flushNow(_ channel: any Channel) {
        if let outbound = takeOutbound() { channel.writeAndFlush(outbound, promise: nil) }
    }

    func unplug() {
        let (channel, ending) = state.withLock { state -> ((any Channel)?, (lost: [[UInt8]], wasAttached: Bool)?) in
            state.isPlugged = false
            guard let channel = state.importer else { return (nil, nil) }
            state.importer = nil
            state.outbound.clear()
            return (channel, state.session.end())
        }
        guard let channel, let ending else { return }
        channel.close(promise: nil)
        // The device hears of it when it is done with what it does now.
        channel.eventLoop.execute { self.drop(ending.lost) }
    }

    func plug() -> Bool {
        state.withLock { $0.isPlugged = true }
        // Clients import it anew.
        return false
    }

    func stall() { later { state in state.session.stall() } }

    func setReading(_ isReading: Bool) { later { state in state.session.setReading(isReading) } }

    /// What the device does to its own connection may call the function back: not before the device is done.
    private func later(_ body: @escaping @Sendable (inout State) -> [USBIPSession.Action]) {
        guard let channel = state.withLock({ $0.importer }) else {
            state.withLock { state in _ = body(&state) }
            return
        }
        channel.eventLoop.execute {
            self.perform { state in state.importer === channel ? body(&state) : [] }
            self.flushNow(channel)
        }
    }
}
