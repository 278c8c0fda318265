internal import Glibc

/// How long a pay takes from hid_write to the reply, beside a packet that a bare C program sends back.
///
/// Left to itself the kernel runs both ends of one pair on one processor and those of the other pair on two, by chance
/// and for minutes; waking another processor then costs more than all the rest. So both pairs are placed alike: apart,
/// as a till's program and a device are, and once more on one processor, where nothing but the work itself is left.
enum RoundTripBenchmark {
    private static let rounds = 10
    private static let trips = 2000

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let apart = Placement(host: 0, device: sysconf(CInt(_SC_NPROCESSORS_ONLN)) > 1 ? 1 : 0)
        return try figures(emulator, sample, apart, key: "roundTrip", label: "pay", target: .atMost(1.5))
            + figures(
                emulator, sample, Placement(host: 0, device: 0), key: "roundTripOneProcessor",
                label: "pay, on one processor", target: nil)
    }

    private static func figures(
        _ emulator: EmulatorUnderTest, _ sample: Sample, _ placement: Placement, key: String, label: String,
        target: Figure.Target?
    ) throws -> [Figure] {
        let process = try emulator.spawn(processor: placement.device)
        try process.waitForLine()
        let (pays, floor) = try emulator.pay(sample, rounds: rounds, trips: trips, placement: placement)
        let ratios = (0..<rounds).map { round in
            let range = round * trips..<(round + 1) * trips
            return Double(Array(pays[range]).median) / Double(Array(floor[range]).median)
        }
        return [
            Figure("\(key)Median", "\(label), median", Double(pays.median) / 1000, "us"),
            Figure("\(key)FloorMedian", "  bare C", Double(floor.median) / 1000, "us"),
            Figure(
                "\(key)Ratio", "  ratio of medians", Double(pays.median) / Double(floor.median), "x", target: target),
            Figure("\(key)RatioLeast", "  ratio, best round", ratios.min() ?? 0, "x"),
            Figure("\(key)RatioMost", "  ratio, worst round", ratios.max() ?? 0, "x"),
            Figure("\(key)P99", "  99th of 100", Double(pays.quantile(0.99)) / 1000, "us"),
            Figure("\(key)FloorP99", "  bare C, 99th of 100", Double(floor.quantile(0.99)) / 1000, "us"),
        ]
    }
}
