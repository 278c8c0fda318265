internal import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import Emulator
internal import Glibc
internal import POSClient
internal import ProfileFiles

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See it work: a POS pays, a customer taps, a cancel, an expiry. Needs nothing, ends by itself.")

    @Flag(help: "Print the events as JSON Lines instead of the story.")
    var json = false

    func run() async throws {
        let directory = try TemporaryDirectory(prefix: "bluetap-demo")
        var options = try DeviceOptions.parse(["--clock", "virtual"])
        options.socket = "\(directory.path)/loopback.sock"
        let host = try DeviceHost(
            options, control: .unix(path: "\(directory.path)/control.sock"), socket: "\(directory.path)/loopback.sock")
        // The POS below finds the device as any hidapi program does.
        setenv("BLUETAP_LOOPBACK", "\(directory.path)/loopback.sock", 1)
        let profile = try ProfileLibrary.profile(ProfileLibrary.standardName)
        let story = Story(
            emulator: host.emulator, pos: TinyCommand(profile: profile.profile, codec: profile.codec), json: json)
        try await host.run { _ in try await story.tell() }
    }
}

/// The demonstration, step by step. A step that does not go as told ends it with an error.
private struct Story: Sendable {
    let emulator: Emulator
    let pos: TinyCommand
    let json: Bool

    private var device: EmulatedDevice { emulator.devices[0] }

    func tell() async throws {
        say("A POS, a BlueTap and a customer, on this machine alone. The POS talks through hidapi; time is virtual.")

        say("", "1. The cashier takes 12.50 for order A1 by TrueMoney: the POS sends a pay command.")
        try await send(.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1")), expecting: .success)
        say("   The customer taps a phone and pays. The POS does not hear of it over USB: its back end must ask.")
        try await show { device.tap(Customer(wallet: "Alice's phone")) }

        say("", "2. Another order; the customer changes her mind and the cashier cancels.")
        try await send(.pay(PayCommand(.alipayPlus, amount: "8", orderID: "A2")), expecting: .success)
        try await send(.cancel(CancelCommand(orderID: "A2")), expecting: .success)
        say("   A tap now reads nothing.")
        try await show { device.tap(Customer(wallet: "Bob's phone")) }

        say("", "3. Nobody comes: after 900 seconds the link is dead. (900 virtual seconds.)")
        try await send(.pay(PayCommand(.sevenEleven, orderID: "A3")), expecting: .success)
        try await show { emulator.advance(by: .seconds(900)) }

        say("", "4. A command that the device refuses.")
        try await send(.pay(PayCommand(paymentMethod: "Test")), expecting: .parameterIllegal)

        say("", "That was it. Next: bluetap run -- YOUR-POS")
    }

    private func send(_ command: Command, expecting expected: ResultCode) async throws {
        var outcome: TinyCommand.Outcome?
        try await show { outcome = pos.send(command) }
        guard let outcome, outcome.result == expected else {
            throw CommandError("the demo's POS got \(String(describing: outcome)) instead of \(expected.rawValue)")
        }
        say("   POS: \(outcome.result.rawValue)")
    }

    /// Does something and shows the events that it caused.
    private func show(_ action: () -> Void) async throws {
        let before = device.status.lastSequence
        action()
        for event in device.events(after: before) {
            emit(json ? event.json : "     \(EventLine(try JSONText.parse(event.json)))")
        }
    }

    private func say(_ lines: String...) {
        if json { return }
        for line in lines { emit(line) }
    }
}
