internal import Glibc

/// A process's share of memory in MiB, as the kernel counts it.
struct Residence {
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
