internal import BlueTap
internal import ControlAPI
internal import Emulator
internal import Essentials
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// `GET /v1/events`: a page of them, a stream of them, or a wait for one.
struct EventRoutes: Sendable {
    let device: EmulatedDevice
    let subscribers: Subscribers

    /// Most events in one answer; the caller asks again from `lastSequence`.
    private static let pageSize = 1000
    /// The longest wait, in seconds.
    private static let longestWait = 3600.0

    func events(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let after = try sequence(query["after"].map(String.init), name: "after")
        let last = try sequence(request.headers[.lastEventID], name: "Last-Event-ID")
        if let what = query["wait"] {
            // Who has gone waits no longer.
            return try await request.body.consumeWithCancellationOnInboundClose { body in
                // A body that nobody reads would keep the connection for ever.
                for try await _ in body {}
                return try await wait(for: String(what), after: after, timeout: query["timeout"].map(String.init))
            }
        }
        if query["timeout"] != nil { throw Problem(.notValid, "timeout goes with wait") }
        if request.headers[.accept]?.contains("text/event-stream") == true {
            return try EventStream(device: device, after: last ?? after ?? 0, place: subscribers.join()).response
        }
        return try page(after: after ?? 0, filter(query))
    }

    /// What `kind` and, with it, fields by their names ask for; nil: all events.
    private func filter(_ query: Parameters) throws -> EventFilter? {
        guard let kind = query["kind"].map(String.init) else { return nil }
        var fields: [String: String] = [:]
        for (key, value) in query where !Self.ownParameters.contains(String(key)) {
            fields[String(key)] = String(value)
        }
        do throws(EventFilterError) {
            return try EventFilter(kind: kind, fields: fields)
        } catch {
            throw Problem(.notValid, error.description)
        }
    }

    private static let ownParameters: Set<String> = ["kind", "after", "wait", "timeout"]

    private func page(after: UInt64, _ filter: EventFilter?) throws -> Response {
        let newest = device.catchUp().lastSequence
        guard after <= newest else {
            throw Problem(.noEventYet, "there is no event \(after) yet: the newest is \(newest)")
        }
        let events = device.events(after: after, limit: Self.pageSize)
        var body = "{\"events\":["
        body += events.lazy.filter { filter?.matches($0) ?? true }.map(\.json).joined(separator: ",")
        body += "],\"missed\":\(missed(events, after: after)),\"lastSequence\":\(events.last?.sequence ?? after)}"
        return answer(body)
    }

    // MARK: Waiting

    /// What is waited for.
    private enum Goal {
        case state(Device.State)
        case kind(Event.Kind)
    }

    private func wait(for what: String, after: UInt64?, timeout: String?) async throws -> Response {
        let goal: Goal
        if let state = Device.State(rawValue: what) {
            // Some kinds of events have a state's name: an event that is told to come after one is meant.
            if after != nil, let kind = Event.Kind(name: what) { goal = .kind(kind) } else { goal = .state(state) }
        } else if let kind = Event.Kind(name: what) {
            goal = .kind(kind)
        } else {
            throw Problem(
                .notValid,
                "wait must be a state (\(Device.State.allCases.map(\.rawValue).joined(separator: ", ")))"
                    + " or an event's kind, not \(what.prefix(40))"
                    + NearestName.hint(
                        what, among: Device.State.allCases.map(\.rawValue) + Event.Kind.allCases.map(\.name)))
        }
        guard let seconds = Double(timeout ?? "30"), (0...Self.longestWait).contains(seconds) else {
            throw Problem(.notValid, "timeout must be 0 to \(Int(Self.longestWait)) seconds")
        }
        let place = try subscribers.join()
        defer { _ = place }
        let start = after ?? device.catchUp().lastSequence
        let found: String? = await withTaskGroup(of: String?.self) { group in
            group.addTask { await search(for: goal, after: start) }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let found else {
            throw Problem(
                .timedOut,
                "no \(what) within \(seconds) s; the state is \(device.status.state.rawValue), and the last event \(device.status.lastSequence)"
            )
        }
        return answer(found)
    }

    @concurrent private func search(for goal: Goal, after start: UInt64) async -> String? {
        var sequence = start
        while !Task.isCancelled {
            let status = device.catchUp()
            if case .state(let state) = goal, status.state == state {
                return "{\"state\":\"\(state.rawValue)\",\"lastSequence\":\(status.lastSequence)}"
            }
            let events = device.events(after: sequence)
            if case .kind(let kind) = goal, let event = events.first(where: { $0.body.kind == kind }) {
                return
                    "{\"state\":\"\(status.state.rawValue)\",\"lastSequence\":\(event.sequence),\"event\":\(event.json)}"
            }
            sequence = max(events.last?.sequence ?? sequence, sequence)
            await device.waitForEvent(after: max(sequence, status.lastSequence))
        }
        return nil
    }

    // MARK: Inside

    private func answer(_ body: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private func sequence(_ text: String?, name: String) throws -> UInt64? {
        guard let text else { return nil }
        guard let number = UInt64(text) else {
            throw Problem(.notValid, "\(name) must be the number of an event, from 0")
        }
        return number
    }
}

extension HTTPField.Name {
    static let lastEventID = Self("Last-Event-ID")!
}
