internal import Emulator
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// A device's events as server-sent events, which resume by `Last-Event-ID`.
///
/// Nothing is queued for a subscriber but its place in the device's log, so that a slow one costs nothing; it is told
/// how many events it lost, if it fell out of the log. Source: WHATWG HTML, server-sent events.
struct EventStream: Sendable {
    let device: EmulatedDevice
    let after: UInt64
    /// Held as long as the stream lasts.
    let place: Subscribers.Place

    /// How often a silent stream says that it is alive, by which both ends notice that the other has gone.
    private static let heartbeat = Duration.seconds(15)

    /// Tells the numbers of this program's events from those of another that listens where it did.
    private static let instance = String(UInt64.random(in: 0...UInt64.max), radix: 16)

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store", .bluetapInstance: Self.instance,
            ],
            body: ResponseBody { writer in
                // So that the client knows at once that it is connected.
                try await writer.write(ByteBuffer(string: ":\n\n"))
                try await stream(to: &writer)
                try await writer.finish(nil)
            })
    }

    @concurrent private func stream(to writer: inout any ResponseBodyWriter) async throws {
        // A number that was not reached yet is another device's: a subscriber that outlived it begins anew.
        var sequence = after <= device.catchUp().lastSequence ? after : 0
        while !Task.isCancelled {
            let events = device.events(after: sequence, limit: 256)
            if events.isEmpty {
                // Not before the last event is out.
                if Task.isShuttingDownGracefully { return }
                if await !waitForEvent(after: sequence) { try await writer.write(ByteBuffer(string: ":\n\n")) }
                continue
            }
            var text = ""
            let missed = missed(events, after: sequence)
            if missed > 0 { text += "event: missed\ndata: {\"missed\":\(missed)}\n\n" }
            for event in events { text += "id: \(event.sequence)\nevent: \(event.kind)\ndata: \(event.json)\n\n" }
            try await writer.write(ByteBuffer(string: text))
            sequence = events[events.count - 1].sequence
        }
    }

    /// False where there was none for the time of a heartbeat.
    private func waitForEvent(after sequence: UInt64) async -> Bool {
        let wait: @Sendable () async -> Bool = {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await device.waitForEvent(after: sequence)
                    return true
                }
                group.addTask { (try? await Task.sleep(for: Self.heartbeat)) == nil }
                defer { group.cancelAll() }
                return await group.next() ?? true
            }
        }
        return await cancelWhenGracefulShutdown(wait)
    }
}

extension HTTPField.Name {
    fileprivate static let bluetapInstance = Self("Bluetap-Instance")!
}

/// How many events after a number were forgotten before they could be given.
func missed(_ events: [Event], after sequence: UInt64) -> UInt64 {
    events.first.map { $0.sequence - sequence - 1 } ?? 0
}
