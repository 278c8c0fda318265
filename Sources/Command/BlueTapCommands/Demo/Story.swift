internal import BlueTap
internal import Emulator
internal import POSClient

/// The demonstration, step by step. A step that does not go as told ends it with an error.
struct Story: Sendable {
    let emulator: Emulator
    let pos: TinyCommand
    let stage: any Stage

    private var device: EmulatedDevice { emulator.devices[0] }

    func tell() async throws {
        try await say(
            "A POS, a BlueTap and a customer, on this machine alone. The POS talks through hidapi; time is virtual.")

        try await say("", "1. The cashier takes 12.50 for order A1 by TrueMoney: the POS sends a pay command.")
        try await send(.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1")), expecting: .success)
        try await say(
            "   The customer taps a phone and pays. The POS does not hear of it over USB: its back end must ask.")
        try await show { device.tap(Customer(wallet: "Alice's phone")) }

        try await say("", "2. Another order; the customer changes her mind and the cashier cancels.")
        try await send(.pay(PayCommand(.alipayPlus, amount: "8", orderID: "A2")), expecting: .success)
        try await send(.cancel(CancelCommand(orderID: "A2")), expecting: .success)
        try await say("   A tap now reads nothing.")
        try await show { device.tap(Customer(wallet: "Bob's phone")) }

        try await say("", "3. Nobody comes: after 900 seconds the link is dead. (900 virtual seconds.)")
        try await send(.pay(PayCommand(.sevenEleven, orderID: "A3")), expecting: .success)
        for _ in 0..<stage.steps {
            try await show(isBrief: stage.steps > 1) { emulator.advance(by: .seconds(900) / stage.steps) }
        }

        try await say("", "4. A command that the device refuses.")
        try await send(.pay(PayCommand(paymentMethod: "Test")), expecting: .parameterIllegal)

        try await say("", "That was it. Next: bluetap run -- YOUR-POS")
    }

    private func send(_ command: Command, expecting expected: ResultCode) async throws {
        var outcome: TinyCommand.Outcome?
        try await show { outcome = pos.send(command) }
        guard let outcome, outcome.result == expected else {
            throw CommandError("the demo's POS got \(String(describing: outcome)) instead of \(expected.rawValue)")
        }
        try await say("   POS: \(outcome.result.rawValue)")
    }

    /// Does something and shows the events that it caused.
    private func show(isBrief: Bool = false, _ action: () -> Void) async throws {
        let before = device.status.lastSequence
        action()
        try await stage.show(device.events(after: before), isBrief: isBrief)
    }

    private func say(_ lines: String...) async throws { try await stage.say(lines) }
}

/// Where the story is seen. Who looks for a while throws where the task is cancelled meanwhile.
protocol Stage: Sendable {
    /// In how many steps a long time passes.
    var steps: Int { get }
    func say(_ lines: [String]) async throws
    /// - Parameter isBrief: whether the next follows at once.
    func show(_ events: [Event], isBrief: Bool) async throws
    /// Called once at the end, however that came.
    func end() async
}

/// Lines, one after the other.
struct PlainStage: Stage {
    let steps = 1
    /// How long people look at what has happened.
    var rest: Duration?
    /// The device whose page tells the same.
    var page: EmulatedDevice?

    func say(_ lines: [String]) async throws {
        for line in lines {
            emit(line)
            if let page, !line.isEmpty { page.note(String(line.drop(while: \.isWhitespace))) }
        }
        // Who reads it on the page, reads it before it happens.
        if page != nil, let rest { try await Task.sleep(for: rest / 2) }
    }

    func show(_ events: [Event], isBrief: Bool) async throws {
        for event in events { emit("     \(EventLine(try JSONText.parse(event.json)))") }
        if let rest { try await Task.sleep(for: rest) }
    }

    func end() async {}
}

/// The events alone, for programs.
struct JSONStage: Stage {
    let steps = 1

    func say(_ lines: [String]) async throws {}

    func show(_ events: [Event], isBrief: Bool) async throws {
        for event in events { emit(event.json) }
    }

    func end() async {}
}
