/// How long a pay takes from hid_write to the reply, beside a packet that a bare C program sends back.
enum RoundTripBenchmark {
    private static let rounds = 10
    private static let trips = 2000

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let process = try emulator.spawn()
        try process.waitForLine()
        let (pays, floor) = try emulator.pay(sample, rounds: rounds, trips: trips)
        let ratios = (0..<rounds).map { round in
            let range = round * trips..<(round + 1) * trips
            return Double(Array(pays[range]).median) / Double(Array(floor[range]).median)
        }
        return [
            Figure("roundTripMedian", "pay, median", Double(pays.median) / 1000, "us"),
            Figure("roundTripFloorMedian", "  bare C", Double(floor.median) / 1000, "us"),
            Figure(
                "roundTripRatio", "  ratio of medians", Double(pays.median) / Double(floor.median), "x",
                target: .atMost(1.5)),
            Figure("roundTripRatioLeast", "  ratio, best round", ratios.min() ?? 0, "x"),
            Figure("roundTripRatioMost", "  ratio, worst round", ratios.max() ?? 0, "x"),
            Figure("roundTripP99", "pay, 99th of 100", Double(pays.quantile(0.99)) / 1000, "us"),
            Figure("roundTripFloorP99", "  bare C", Double(floor.quantile(0.99)) / 1000, "us"),
        ]
    }
}
