public import ControlAPI
internal import NIOCore
internal import NIOHTTP1

extension ControlClient {
    /// Waits for a state or an event. The answer has `state`, `lastSequence`, and the `event`, where one was waited for.
    public func wait(_ wait: WaitRequest) async throws -> String {
        let what = wait.what.percentEncoded
        let after = wait.after.map { "&after=\($0)" } ?? ""
        return try await request(.GET, "/v1/events?wait=\(what)&timeout=\(wait.timeout)\(after)")
    }

    /// Follows the events after a number until the server ends the stream or `body` returns false. Each call has one
    /// event as JSON.
    public func followEvents(after sequence: UInt64, _ body: (String) async throws -> Bool) async throws {
        var line: [UInt8] = []
        try await exchange(.GET, "/v1/events?after=\(sequence)", accept: "text/event-stream", content: []) { part in
            for byte in part.readableBytesView {
                if byte != UInt8(ascii: "\n") {
                    line.append(byte)
                    continue
                }
                let text = String(decoding: line, as: UTF8.self)
                line.removeAll(keepingCapacity: true)
                if text.hasPrefix("data: "), try await !body(String(text.dropFirst("data: ".count))) { return false }
            }
            return true
        }
    }
}
