import BlueTap
import ControlAPI
import ControlClient
import ControlServer
import Emulator
import Logging
import ProfileFiles
import Sandbox
import SandboxFaults
import SandboxServer
import TestSupport
import Testing

@Suite("A client of the control API", .timeLimit(.minutes(20)))
struct ControlClientTests {
    /// A device in virtual time with a sandbox beside it, and a client of its control API.
    private func withClient(_ body: @Sendable (ControlClient) async throws -> Void) async throws {
        let file = try ProfileLibrary.profile("reference")
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        let device = EmulatedDevice(id: "1", profile: file.profile, codec: file.codec, clock: clock)
        let emulator = Emulator(devices: [device], clock: clock)
        device.hostAttached()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var settings = PaymentSandbox.Settings()
        settings.wallets = WalletBook([SimulatedWallet(name: "Alice")])
        let sandbox = LiveSandbox(
            PaymentSandbox(ledger: try Ledger(path: nil), settings: settings, logger: logger), beside: emulator,
            logger: logger)
        let path = "/tmp/bt-client-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        let (ready, isReady) = AsyncStream.makeStream(of: ControlAddress.self)
        let server = try ControlServer(
            emulator: emulator, transport: "none", address: .unix(path: path), sandbox: sandbox, logger: logger
        ) { isReady.yield($0) }
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            group.addTask { await sandbox.run() }
            let address = try #require(await ready.first { _ in true })
            try await body(ControlClient(address: address))
            group.cancelAll()
        }
    }

    private typealias Call = @Sendable (ControlClient) async throws -> String

    private static let calls: [(name: String, call: Call)] = [
        ("device", { try await $0.device() }),
        ("events", { try await $0.events(after: 0) }),
        ("wait", { try await $0.wait(WaitRequest(what: "idle")) }),
        ("tap", { try await $0.tap(TapRequest(wallet: "Alice")) }),
        ("clock", { try await $0.clock(ClockRequest(advance: TextualDuration(.milliseconds(1)))) }),
        ("add customers", { try await $0.addCustomers(CustomersRequest(queue: ["Bob"], rate: 0)) }),
        ("customers", { try await $0.customers() }), ("clear customers", { try await $0.clearCustomers() }),
        ("faults", { try await $0.faults() }), ("clear faults", { try await $0.clearFaults(nil) }),
        ("payments", { try await $0.payments(after: 0, limit: 10) }),
        ("code", { try await $0.paymentCode(of: "Alice") }),
        ("deposit", { try await $0.deposit(SandboxAmountRequest(currency: "THB", value: "1"), in: "Bob") }),
        ("refusals", { try await $0.refusals() }),
        ("sandbox faults", { try await $0.sandboxFaults() }),
        ("clear sandbox faults", { try await $0.clearSandboxFaults(nil) }),
        ("call a phone", { try await $0.perform(NFCPhoneCall(.initialize), onPhone: "Mei & Nok") }),
        ("phones", { try await $0.phones() }), ("phone", { try await $0.phone("Mei & Nok") }),
        ("change a phone", { try await $0.change(NFCPhoneConditions(), ofPhone: "Mei & Nok") }),
        ("unplug", { try await $0.unplug(UnplugRequest()) }), ("plug", { try await $0.plug() }),
        ("reset", { try await $0.reset() }),
    ]

    @Test("is answered every time, whatever it asks")
    func answers() async throws {
        try await withClient { client in
            for await round in Rounds(10, soak: 1000) {
                for (name, call) in Self.calls {
                    let answer = try await call(client)
                    #expect(answer.hasPrefix("{") && answer.hasSuffix("}"), "\(name), round \(round): \(answer)")
                }
            }
        }
    }

    @Test("what is refused has a code for programs and a line for people")
    func refusals() async throws {
        try await withClient { client in
            let refused: [(ProblemCode, String, Call)] = [
                (.noSuchPayment, "there is no payment A1", { try await $0.payment("A1") }),
                (.notValid, "1 to 64 characters", { try await $0.tap(TapRequest(wallet: "")) }),
                (.timeIsPast, "does not go back", { try await $0.clock(ClockRequest(to: "2025-01-01T00:00:00Z")) }),
            ]
            for (code, detail, call) in refused {
                let error = try await #require(throws: ControlClientError.self) { _ = try await call(client) }
                #expect(error.code == .refused(code))
                #expect("\(error)".hasPrefix("the device refused: ") && "\(error)".contains(detail), "\(error)")
            }
        }
    }

    @Test("where nobody listens it says what to do")
    func nobody() async throws {
        let client = ControlClient(address: .unix(path: "/tmp/bt-nobody-is-here"))
        let error = try await #require(throws: ControlClientError.self) { _ = try await client.device() }
        #expect(error.code == .noDevice && error.code.rawValue == "no-device-answers")
        #expect("\(error)".contains("unix:/tmp/bt-nobody-is-here: start `bluetap serve`"), "\(error)")
    }

    @Test("an error's code is the text that it was made from", arguments: ProblemCode.allCases)
    func codes(code: ProblemCode) {
        #expect(ControlClientError.Code(rawValue: code.rawValue) == .refused(code))
        #expect(ControlClientError.Code.refused(code).rawValue == code.rawValue)
    }
}
