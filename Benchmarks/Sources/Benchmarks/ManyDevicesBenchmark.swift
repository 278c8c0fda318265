/// A thousand devices in one process, each paid at five times a second for a minute, and what one of them costs that idles.
enum ManyDevicesBenchmark {
    private static let count = 1000
    private static let rate = 5
    private static let seconds = 60

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let alone = try residence(of: emulator)
        let process = try emulator.spawn(devices: count)
        try process.waitForLine()
        let idle = try Residence(process.processID)
        let result = try emulator.payEverywhere(sample, devices: count, rate: rate, seconds: seconds)
        let lost = Double(count * rate * seconds - result.received + result.wrong)
        return [
            Figure("devicesLost", "\(count) devices, replies lost or wrong", lost, "", target: .atMost(0)),
            Figure("devicesMedian", "  round trip, median", Double(result.median) / 1e6, "ms"),
            Figure("devicesP99", "  round trip, p99", Double(result.p99) / 1e6, "ms", target: .atMost(20)),
            Figure("devicesWorst", "  round trip, slowest", Double(result.worst) / 1e6, "ms"),
            Figure(
                "deviceMemory", "memory per idle device",
                (idle.anonymous - alone.anonymous) * 1024 / Double(count - 1), "KiB", target: .atMost(16)),
        ]
    }

    /// What a process with one device keeps in memory.
    private static func residence(of emulator: EmulatorUnderTest) throws -> Residence {
        let process = try emulator.spawn()
        try process.waitForLine()
        return try Residence(process.processID)
    }
}
