internal import Emulator
internal import HID
internal import LinuxIO
internal import ServiceLifecycle

/// A session that is recorded: a device's reports on one side, labels on the other.
struct Recording: Sendable {
    private let recorder: Recorder
    private let device: EmulatedDevice
    /// Nil where they are typed.
    private let labels: [String]?

    init(path: String, of device: EmulatedDevice, labels: [String]?) throws {
        recorder = try Recorder(path: path)
        self.device = device
        self.labels = labels
    }

    /// Runs until `quit` is typed, or the program is told to end.
    func ask() async {
        if labels == nil { complain("recording. \(RecordingLabel.usage)") }
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await recorder.listen(to: device) }
                group.addTask {
                    for await line in lines() where await !recorder.type(line) { return }
                    // Nothing more is typed: what was typed is for the commands that come.
                    try? await gracefulShutdown()
                }
                await group.next()
                group.cancelAll()
            }
        }
        await recorder.end()
    }

    /// Records, if there is something to record, while something else goes on.
    static func during<Result: Sendable>(
        _ recording: Recording?, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let recording else { return try await body() }
        for label in recording.labels ?? [] where await !recording.recorder.type(label) { break }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await recording.recorder.listen(to: recording.device) }
            let result = try await body()
            group.cancelAll()
            try await group.waitForAll()
            await recording.recorder.end()
            return result
        }
    }

    /// The labels. Reading what is typed blocks a thread of its own, which ends with the program.
    private func lines() -> AsyncStream<String> {
        let (lines, typed) = AsyncStream.makeStream(of: String.self)
        if let labels {
            for label in labels { typed.yield(label) }
            typed.finish()
        } else {
            Task.detached {
                await IOThread.run {
                    while let line = readLine() { typed.yield(line) }
                    typed.finish()
                }
            }
        }
        return lines
    }
}
