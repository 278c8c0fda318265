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

    /// A process's share of memory in MiB, as the kernel counts it.
    private struct Residence {
        let total: Double
        /// What is not a file's: heap, stacks, pages written to.
        let anonymous: Double

        init(_ processID: pid_t) throws(BenchmarkError) {
            guard let file = fopen("/proc/\(processID)/status", "re") else {
                throw BenchmarkError("process \(processID) is gone")
            }
            defer { fclose(file) }
            var kibibytes: [String: Double] = [:]
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, CInt(line.count), file) != nil {
                let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                let words = text.split(whereSeparator: \.isWhitespace)
                if words.count == 3, words[2] == "kB" { kibibytes[String(words[0])] = Double(words[1]) }
            }
            guard let total = kibibytes["VmRSS:"], let anonymous = kibibytes["RssAnon:"] else {
                throw BenchmarkError("the kernel does not say what process \(processID) keeps in memory")
            }
            self.total = total / 1024
            self.anonymous = anonymous / 1024
        }
    }
}
