internal import Emulator
internal import Foundation
internal import ServiceLifecycle

/// A session of `serve --record`: a device's reports on one side, somebody at a terminal on the other.
struct Recording: Sendable {
    private let recorder: Recorder
    private let device: EmulatedDevice

    init(path: String, of device: EmulatedDevice) throws {
        recorder = try Recorder(path: path)
        self.device = device
    }

    /// Runs until `quit` is typed, or the program is told to end.
    func run() async {
        complain("recording. \(RecordingLabel.usage)")
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await recorder.listen(to: device) }
                group.addTask {
                    for await line in Self.lines() where await !recorder.type(line) { return }
                    // Nothing more is typed: what was typed is for the commands that come.
                    try? await gracefulShutdown()
                }
                await group.next()
                group.cancelAll()
            }
        }
        await recorder.end()
    }

    /// What is typed. Reading it blocks a thread of its own, which ends with the program.
    private static func lines() -> AsyncStream<String> {
        let (lines, typed) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { typed.yield(line) }
            typed.finish()
        }
        return lines
    }
}
