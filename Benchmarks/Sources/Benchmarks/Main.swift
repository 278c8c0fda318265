internal import Glibc

@main
struct Main {
    static func main() {
        guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
            complain(Options.usage)
            exit(EX_USAGE)
        }
        do {
            let figures = try measure(options)
            print(options.printsJSON ? Figure.json(figures) : Figure.table(figures))
            exit(options.checks && figures.contains(where: \.isMissed) ? EXIT_FAILURE : EXIT_SUCCESS)
        } catch {
            complain("Benchmarks: \(error)")
            // Apart from 1, which says that a target was missed.
            exit(EX_SOFTWARE)
        }
    }

    private static func measure(_ options: Options) throws -> [Figure] {
        let sample = try Sample()
        let emulator = try EmulatorUnderTest(options)
        if options.measuresKernel { return try KernelBenchmark.run(emulator, sample) }
        return try (options.only.map { [$0] } ?? Options.Group.allCases).flatMap { group in
            switch group {
            case .startUp: try StartUpBenchmark.run(emulator)
            case .memory: try MemoryBenchmark.run(emulator, sample)
            case .roundTrip: try RoundTripBenchmark.run(emulator, sample)
            case .usbip: try USBIPBenchmark.run(emulator, sample)
            case .pages: try PagesBenchmark.run(emulator, sample)
            case .codec: try CodecBenchmark.run(sample)
            case .cycles: try CycleBenchmark.run(sample)
            case .manyDevices: try ManyDevicesBenchmark.run(emulator, sample)
            case .sandbox: try SandboxBenchmark.run(emulator)
            }
        }
    }

    private static func complain(_ text: String) {
        let line = Array("\(text)\n".utf8)
        // Where even this fails there is nobody left to tell.
        _ = write(STDERR_FILENO, line, line.count)
    }
}
