/// How long `bluetap serve` takes from its spawn to the line that says that it is ready.
enum StartUpBenchmark {
    private static let starts = 20

    static func run(_ emulator: EmulatorUnderTest) throws -> [Figure] {
        var ready: [Double] = []
        var floor: [Double] = []
        // The first start of each reads the program from the disk and is not counted.
        for start in 0...starts {
            let times = [
                try milliseconds { try emulator.spawn() },
                try milliseconds { try ChildProcess("\(emulator.options.programs)/FloorLine", []) },
            ]
            if start == 0 { continue }
            ready.append(times[0])
            floor.append(times[1])
        }
        return [
            Figure("startUpMedian", "spawn to ready, median", ready.median, "ms", target: .atMost(50)),
            Figure("startUpMost", "  slowest of \(starts)", ready.max() ?? 0, "ms"),
            Figure("startUpFloorMedian", "  bare C", floor.median, "ms"),
        ]
    }

    private static func milliseconds(_ spawn: () throws -> ChildProcess) throws -> Double {
        let start = monotonicNanoseconds()
        let process = try spawn()
        try process.waitForLine()
        return Double(monotonicNanoseconds() - start) / 1_000_000
    }
}
