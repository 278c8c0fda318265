internal import Glibc

/// On which processors the two ends of a round trip run; nil leaves the choice to the kernel.
struct Placement {
    var host: Int?
    var device: Int?
}

/// Where an emulator of a measurement keeps its sockets, and how it is started.
final class EmulatorUnderTest {
    let options: Options
    private let directory: String

    init(_ options: Options) throws(BenchmarkError) {
        self.options = options
        var template = Array("/tmp/bluetap-benchmarks-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BenchmarkError("no directory can be made in /tmp: \(String(cString: strerror(errno)))")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        _ = try? ChildProcess("/bin/rm", ["-rf", directory]).readToEnd()
    }

    /// A file for a measurement, gone at the end.
    func scratch(_ name: String) -> String { "\(directory)/\(name)" }

    private var deviceSocket: String { "\(directory)/loopback.sock" }
    private var controlSocket: String { "\(directory)/control.sock" }
    private var floorSocket: String { "\(directory)/floor.sock" }

    /// Starts `bluetap serve`; it is ready when it has printed a line.
    func spawn(processor: Int? = nil) throws(BenchmarkError) -> ChildProcess {
        try spawn(["--socket", deviceSocket], processor: processor)
    }

    /// The same with many devices.
    func spawn(devices: Int) throws(BenchmarkError) -> ChildProcess {
        try spawn(["--socket", deviceSocket, "--devices", String(devices)])
    }

    /// The same over USB/IP.
    func spawn(usbipPort port: UInt16, devices: Int = 1, processor: Int? = nil) throws(BenchmarkError) -> ChildProcess {
        try spawn(
            ["--transport", "usbip", "--listen", "127.0.0.1:\(port)", "--devices", String(devices)],
            processor: processor)
    }

    /// Starts `bluetap sandbox serve` in virtual time, whose payments are in the file `ledger`.
    func spawnSandbox(port: UInt16, ledger: String, _ more: [String] = []) throws(BenchmarkError) -> ChildProcess {
        try ChildProcess(
            options.emulator,
            [
                "sandbox", "serve", "--control", "unix:\(controlSocket)", "--clock", "virtual", "--sandbox",
                "127.0.0.1:\(port)", "--ledger", ledger,
            ] + more)
    }

    /// One of the C programs beside this one.
    func program(
        _ name: String, _ arguments: [String], processor: Int? = nil
    ) throws(BenchmarkError) -> ChildProcess {
        try ChildProcess("\(options.programs)/\(name)", arguments, processor: processor)
    }

    /// What came of paying at many devices; times in nanoseconds.
    struct Everywhere {
        let received: Int
        let wrong: Int
        let median: Int
        let p99: Int
        let worst: Int
    }

    /// Has the C client pay at each device at a steady pace.
    func payEverywhere(
        _ sample: Sample, devices: Int, rate: Int, seconds: Int
    ) throws(BenchmarkError) -> Everywhere {
        let client = try ChildProcess(
            "\(options.programs)/ManyDevicesClient",
            [
                deviceSocket, String(devices), String(rate), String(seconds),
            ] + sample.hexadecimal)
        let numbers = String(decoding: try client.readToEnd(), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard numbers.count == 6 else { throw BenchmarkError("the client did not come to its end") }
        return Everywhere(
            received: numbers[1], wrong: numbers[2], median: numbers[3], p99: numbers[4], worst: numbers[5])
    }

    /// Opens so many pages of the emulator; they follow it when a line is printed.
    func openPages(_ count: Int) throws(BenchmarkError) -> ChildProcess {
        try ChildProcess("\(options.programs)/PageClients", [controlSocket, String(count)])
    }

    /// The same with other options than a socket.
    func spawn(_ options: [String], processor: Int? = nil) throws(BenchmarkError) -> ChildProcess {
        try ChildProcess(
            self.options.emulator, ["serve", "--control", "unix:\(controlSocket)"] + options, processor: processor)
    }

    /// Has the C client pay, each pay beside a bare packet. Returns both kinds' nanoseconds, round after round.
    func pay(
        _ sample: Sample, rounds: Int, trips: Int, placement: Placement = Placement()
    ) throws -> (pays: [UInt32], floor: [UInt32]) {
        unlink(floorSocket)
        let floor = try ChildProcess(
            "\(options.programs)/FloorEcho", [floorSocket], processor: placement.device)
        try floor.waitForLine()
        return try exchange(
            sample, library: options.library, device: deviceSocket, floor: floorSocket, rounds: rounds, trips: trips,
            processor: placement.host)
    }

    /// Has the C client pay at `device` and send bare packets to `floor`, through this libhidapi.
    func exchange(
        _ sample: Sample, library: String, device: String, floor: String, rounds: Int, trips: Int, processor: Int?
    ) throws -> (pays: [UInt32], floor: [UInt32]) {
        let client = try ChildProcess(
            "\(options.programs)/RoundTripClient",
            [
                library, device, floor, String(rounds), String(trips), "1000",
            ] + sample.hexadecimal, processor: processor)
        let output = try client.readToEnd()
        guard output.count == rounds * trips * 2 * MemoryLayout<UInt32>.size else {
            throw BenchmarkError("the client did not come to its end")
        }
        let times = output.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
        var result: (pays: [UInt32], floor: [UInt32]) = ([], [])
        for round in 0..<rounds {
            let start = round * trips * 2
            result.pays += times[start..<start + trips]
            result.floor += times[start + trips..<start + 2 * trips]
        }
        return result
    }
}
