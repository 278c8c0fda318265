internal import Glibc

/// What `bluetap serve` keeps in memory: when it is ready, when it has idled, and when it has worked.
enum MemoryBenchmark {
    private static let pays = 10_000

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let process = try emulator.spawn()
        try process.waitForLine()
        let ready = try Residence(process.processID)
        sleep(1)
        let idle = try Residence(process.processID)
        _ = try emulator.pay(sample, rounds: 1, trips: pays)
        let worked = try Residence(process.processID)
        return [
            Figure("residentReady", "resident when ready", ready.total, "MiB"),
            Figure("residentIdle", "resident after 1 s", idle.total, "MiB", target: .atMost(25)),
            Figure("residentIdleAnonymous", "  of it anonymous", idle.anonymous, "MiB"),
            Figure("residentWorked", "resident after \(pays) pays", worked.total, "MiB"),
            Figure("residentWorkedAnonymous", "  of it anonymous", worked.anonymous, "MiB"),
        ]
    }
}
