internal import Glibc

/// A pay over USB/IP, beside a bare C program that speaks just enough of it to echo, and beside as many bytes sent to and
/// fro over TCP; a hundred devices of one process; and what ten thousand hosts that came and went leave behind.
enum USBIPBenchmark {
    private static let rounds = 10
    private static let trips = 2000
    /// What is measured by turns.
    private static let kinds = 4
    private static let devices = 100
    private static let cycles = 10_000

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        try roundTrips(emulator, sample) + manyDevices(emulator, sample) + attachments(emulator)
    }

    private static func roundTrips(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        // Apart, as in RoundTripBenchmark, and for its reasons.
        let other = sysconf(CInt(_SC_NPROCESSORS_ONLN)) > 1 ? 1 : 0
        let ports = try (0..<4).map { _ in try TCPPort.free() }
        let process = try emulator.spawn(usbipPort: ports[0], processor: other)
        try process.waitForLine()
        let floor = try emulator.program("USBIPFloor", ["usbip", "\(ports[1])"], processor: other)
        try floor.waitForLine()
        let bare = try emulator.program("USBIPFloor", ["pingpong", "\(ports[2])"], processor: other)
        try bare.waitForLine()
        let bursts = try emulator.program("USBIPFloor", ["burst", "\(ports[3])"], processor: other)
        try bursts.waitForLine()
        let client = try emulator.program(
            "USBIPClient",
            ["trips"] + ports.map { "\($0)" } + ["\(rounds)", "\(trips)"] + sample.hexadecimal, processor: 0)
        let output = try client.readToEnd()
        guard output.count == rounds * trips * kinds * MemoryLayout<UInt32>.size else {
            throw BenchmarkError("the USB/IP client did not come to its end")
        }
        let times = output.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
        func kind(_ kind: Int) -> [UInt32] {
            (0..<rounds).flatMap { round -> ArraySlice<UInt32> in
                let start = (round * kinds + kind) * trips
                return times[start..<start + trips]
            }
        }
        let (pays, echoes, pings, unbroken) = (kind(0), kind(1), kind(2), kind(3))
        func ratio(_ floor: [UInt32]) -> Double { Double(pays.median) / Double(floor.median) }
        return [
            Figure("usbipMedian", "pay over USB/IP, median", Double(pays.median) / 1000, "us"),
            Figure("usbipFloorMedian", "  bare C that echoes over USB/IP", Double(echoes.median) / 1000, "us"),
            Figure("usbipPingMedian", "  bare TCP ping-pong of as many messages", Double(pings.median) / 1000, "us"),
            Figure("usbipBurstMedian", "  the same in one go to and one fro", Double(unbroken.median) / 1000, "us"),
            Figure("usbipFloorRatio", "  ratio to the bare C", ratio(echoes), "x"),
            Figure("usbipRatio", "  ratio to the ping-pong", ratio(pings), "x", target: .atMost(1.3)),
            Figure("usbipBurstRatio", "  ratio to one go", ratio(unbroken), "x"),
            Figure("usbipP99", "  99th of 100", Double(pays.quantile(0.99)) / 1000, "us"),
        ]
    }

    private static func manyDevices(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let port = try TCPPort.free()
        let process = try emulator.spawn(usbipPort: port, devices: devices)
        try process.waitForLine()
        let trips = 50
        let client = try emulator.program(
            "USBIPClient", ["many", "\(port)", "\(devices)", "\(trips)"] + sample.hexadecimal)
        let right = Int(String(decoding: try client.readToEnd(), as: UTF8.self).trimmingNewline) ?? 0
        return [
            Figure(
                "usbipDevicesLost", "\(devices) devices over USB/IP, replies lost or wrong",
                Double(devices * trips - right), "", target: .atMost(0))
        ]
    }

    private static func attachments(_ emulator: EmulatorUnderTest) throws -> [Figure] {
        let port = try TCPPort.free()
        let process = try emulator.spawn(usbipPort: port)
        try process.waitForLine()
        // The log fills first: it stays as large as it is then.
        try cycle(emulator, port)
        let before = try Residence(process.processID)
        let files = descriptorCount(process.processID)
        let start = monotonicNanoseconds()
        try cycle(emulator, port)
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        let after = try Residence(process.processID)
        return [
            Figure("usbipCycles", "\(cycles) times attached and detached", seconds, "s"),
            Figure(
                "usbipCyclesGrowth", "  growth of memory", (after.anonymous - before.anonymous) * 1024, "KiB",
                target: .atMost(256)),
            Figure(
                "usbipCyclesDescriptors", "  descriptors left open",
                Double(descriptorCount(process.processID) - files), "", target: .atMost(0)),
        ]
    }

    private static func cycle(_ emulator: EmulatorUnderTest, _ port: UInt16) throws {
        let client = try emulator.program("USBIPClient", ["cycles", "\(port)", "\(cycles)"])
        guard String(decoding: try client.readToEnd(), as: UTF8.self).trimmingNewline == "\(cycles)" else {
            throw BenchmarkError("the USB/IP client did not come to its end")
        }
    }

    private static func descriptorCount(_ process: pid_t) -> Int {
        guard let directory = opendir("/proc/\(process)/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}

extension String {
    fileprivate var trimmingNewline: String { String(prefix { $0 != "\n" }) }
}
