/// How long a pay takes while many pages show the device, beside the same without pages.
///
/// A POS that pays several times a second; by turns with and without pages, so that both meet the same machine.
enum PagesBenchmark {
    private static let pages = 50
    private static let rounds = 6
    /// Does not divide the seconds and tenths in which pages ask.
    private static let rate = 7
    private static let seconds = 5

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let process = try emulator.spawn()
        try process.waitForLine()
        var alone: [Int] = []
        var watched: [Int] = []
        for _ in 0..<rounds {
            alone.append(try median(emulator, sample))
            let browsers = try emulator.openPages(pages)
            try browsers.waitForLine()
            watched.append(try median(emulator, sample))
        }
        return [
            Figure("pagesNone", "pay at \(rate) a second, no page", Double(alone.median) / 1000, "us"),
            Figure("pagesMany", "  \(pages) pages", Double(watched.median) / 1000, "us"),
            Figure(
                "pagesRatio", "  ratio of medians", Double(watched.median) / Double(alone.median), "x",
                target: .atMost(1.1)),
        ]
    }

    private static func median(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> Int {
        let result = try emulator.payEverywhere(sample, devices: 1, rate: rate, seconds: seconds)
        guard result.received == rate * seconds, result.wrong == 0 else {
            throw BenchmarkError("the device did not answer as expected")
        }
        return result.median
    }
}
