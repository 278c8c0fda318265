public import ArgumentParser
internal import BlueTap
public import ControlAPI
internal import Emulator
internal import Glibc

/// What `serve` and `run` have in common: the device that they start.
struct DeviceOptions: ParsableArguments {
    enum TransportName: String, CaseIterable, ExpressibleByArgument {
        /// A Unix socket, for programs with the drop-in libhidapi.
        case loopback
        /// A virtual HID device of this machine's kernel.
        case uhid
        /// A real USB device at this machine's USB device controller.
        case gadget
    }

    enum ClockKind: String, CaseIterable, ExpressibleByArgument {
        /// Time passes as it does outside.
        case real
        /// Time stands still until it is advanced, and begins at 2026-01-01T00:00:00Z.
        case virtual
    }

    @Option(help: "How a POS sees the device.")
    var transport = TransportName.loopback

    @Option(
        help: ArgumentHelp(
            "The USB device controller, where there are several; with --transport gadget.", valueName: "name"))
    var udc: String?

    @OptionGroup var profile: ProfileOptions

    @Option(help: "Real time, or virtual time that stands still until it is advanced.")
    var clock = ClockKind.real

    @Option(help: ArgumentHelp("Where the control API listens.", valueName: "unix:path|host:port"))
    var control: ControlAddress?

    @Option(help: ArgumentHelp("The loopback device's socket.", valueName: "file"))
    var socket: String?

    @Option(help: ArgumentHelp("Append every event to this file, one JSON object a line.", valueName: "file"))
    var journal: String?

    @Option(
        help: ArgumentHelp(
            "Draw link tokens from this number, so that two runs are alike. For tests.", valueName: "number"))
    var seed: UInt64?

    @Flag(name: .shortAndLong, help: "Log what goes on to standard error.")
    var verbose = false

    func validate() throws {
        if udc != nil && transport != .gadget { throw ValidationError("--udc goes with --transport gadget") }
        if socket != nil && transport != .loopback { throw ValidationError("--socket goes with --transport loopback") }
    }

    func makeClock() -> EmulatorClock {
        switch clock {
        case .real:
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            let start = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            return EmulatorClock(mode: .running, startingAt: Instant(nanoseconds: start))
        case .virtual:
            return EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        }
    }
}

extension ControlAddress: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}
