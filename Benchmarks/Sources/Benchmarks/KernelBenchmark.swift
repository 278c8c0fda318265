internal import Glibc

/// The transports of the kernel: a pay's way through hidapi, the host's drivers and the device's, beside a bare C program
/// that sends every report back through the same drivers. Both are there at once and take turns, round by round.
enum KernelBenchmark {
    private static let library = "libhidapi-hidraw.so.0"
    private static let controllers = ["dummy_udc.0", "dummy_udc.1"]
    private static let ourID = "1209:0001"
    private static let floorID = "1209:0002"
    private static let placement = Placement(host: 0, device: 1)

    static func run(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let gadget = try gadget(emulator, sample)
        let uhid = try uhid(emulator, sample)
        return try starts(emulator) + gadget + uhid
    }

    // MARK: Round trips

    /// Each program is once at one controller and once at the other.
    private static func gadget(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let (rounds, trips) = (4, 1000)
        var times: (pays: [UInt32], floor: [UInt32]) = ([], [])
        for (ours, floors) in [(0, 1), (1, 0)] {
            let up = try ChildProcess(
                emulator.options.emulator, ["gadget", "up", "--udc", controllers[floors], "--usb-id", floorID])
            let message = String(decoding: try up.readToEnd(), as: UTF8.self)
            guard let node = message.split(separator: " ").last?.dropLast(), node.hasPrefix("/dev/hidg") else {
                throw BenchmarkError("no gadget can be made at \(controllers[floors])")
            }
            do {
                let floor = try ChildProcess(
                    "\(emulator.options.programs)/GadgetFloor", [String(node)], processor: placement.device)
                try floor.waitForLine()
                let device = try emulator.spawn(
                    ["--transport", "gadget", "--udc", controllers[ours]], processor: placement.device)
                try device.waitForLine()
                let new = try emulator.exchange(
                    sample, library: library, device: try hidraw(ourID), floor: try hidraw(floorID), rounds: rounds,
                    trips: trips, processor: placement.host)
                times.pays += new.pays
                times.floor += new.floor
            }
            _ = try ChildProcess(
                emulator.options.emulator, ["gadget", "down", "--udc", controllers[floors]]
            ).readToEnd()
        }
        return figures(times, key: "gadget", label: "pay, gadget", target: .atMost(1.10))
    }

    private static func uhid(_ emulator: EmulatorUnderTest, _ sample: Sample) throws -> [Figure] {
        let identity = floorID.split(separator: ":").map(String.init)
        let floor = try ChildProcess(
            "\(emulator.options.programs)/UHIDFloor", identity, processor: placement.device)
        try floor.waitForLine()
        let device = try emulator.spawn(["--transport", "uhid"], processor: placement.device)
        try device.waitForLine()
        let times = try emulator.exchange(
            sample, library: library, device: try hidraw(ourID), floor: try hidraw(floorID), rounds: 10, trips: 1000,
            processor: placement.host)
        return figures(times, key: "uhid", label: "pay, uhid", target: .atMost(1.25))
    }

    private static func figures(
        _ times: (pays: [UInt32], floor: [UInt32]), key: String, label: String, target: Figure.Target
    ) -> [Figure] {
        [
            Figure("\(key)Median", "\(label), median", Double(times.pays.median) / 1000, "us"),
            Figure("\(key)FloorMedian", "  bare C", Double(times.floor.median) / 1000, "us"),
            Figure(
                "\(key)Ratio", "  ratio of medians", Double(times.pays.median) / Double(times.floor.median), "x",
                target: target),
            Figure("\(key)P99", "  99th of 100", Double(times.pays.quantile(0.99)) / 1000, "us"),
            Figure("\(key)FloorP99", "  bare C, 99th of 100", Double(times.floor.quantile(0.99)) / 1000, "us"),
        ]
    }

    // MARK: Starts

    private static func starts(_ emulator: EmulatorUnderTest) throws -> [Figure] {
        try [("gadget", ["--transport", "gadget", "--udc", controllers[0]]), ("uhid", ["--transport", "uhid"])].flatMap
        {
            name, options in
            var ready: [Double] = []
            var resident = 0.0
            // The first start reads the program from the disk and is not counted.
            for start in 0...5 {
                let before = monotonicNanoseconds()
                let process = try emulator.spawn(options)
                try process.waitForLine()
                if start > 0 { ready.append(Double(monotonicNanoseconds() - before) / 1_000_000) }
                sleep(1)
                resident = max(resident, try Residence(process.processID).total)
            }
            return [
                Figure(
                    "\(name)StartUpMost", "spawn to ready, \(name), slowest", ready.max() ?? 0, "ms",
                    target: .atMost(1000)),
                Figure("\(name)ResidentIdle", "  resident after 1 s", resident, "MiB", target: .atMost(25)),
            ]
        }
    }

    /// The node of the device with this identity, once the kernel has made it.
    private static func hidraw(_ identity: String) throws(BenchmarkError) -> String {
        let parts = identity.uppercased().split(separator: ":")
        let property = "HID_ID=0003:0000\(parts[0]):0000\(parts[1])"
        for _ in 0..<500 {
            for number in 0..<16 {
                guard let file = fopen("/sys/class/hidraw/hidraw\(number)/device/uevent", "re") else { continue }
                defer { fclose(file) }
                var line = [CChar](repeating: 0, count: 256)
                while fgets(&line, CInt(line.count), file) != nil {
                    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                    if text.hasPrefix(property) { return "/dev/hidraw\(number)" }
                }
            }
            usleep(10_000)
        }
        throw BenchmarkError("the kernel made no hidraw node for \(identity)")
    }
}
