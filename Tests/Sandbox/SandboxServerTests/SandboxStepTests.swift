import BlueTap
import Documents
import Emulator
import HID
import ProfileFiles
import SandboxFaults
import SandboxServer
import Scenario
import Testing
import WireFormat

private struct QuietHost: HostPort {
    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
}

@Suite("Scenario steps of the payment sandbox")
struct SandboxStepTests {
    private let rainyDay = """
        scenario: rainy-day
        rules:
          - when: {event: payReceived}
            then:
              - sandboxFault: {name: unknown, on: pay, order: "${orderId}"}
              - {after: 5s, sandboxFault: {name: down, after: 1s, for: 30s, count: always}}
              - {after: 60s, clearSandboxFaults: {}}
              - deposit: {wallet: Bob, value: 300}
              - authorize: {wallet: Bob, code: "code-${orderId}", app: A, life: 1h}
        """

    private func scenario(_ text: String) throws -> Scenario {
        try Scenario(Document(parsing: text, name: "test"), vocabulary: .sandbox)
    }

    @Test("a scenario sets faults of the sandbox beside its device, for the order that it is about")
    func requests() throws {
        let file = try ProfileLibrary.profile("reference")
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        let device = EmulatedDevice(id: "1", profile: file.profile, codec: file.codec, clock: clock)
        let emulator = Emulator(devices: [device], clock: clock)
        device.load(ScenarioRun(try scenario(rainyDay), startingAt: clock.now))
        device.hostAttached()
        device.openOutbox(for: [.paymentSucceeded])
        func requests() -> [(Instant, SandboxRequest)] {
            device.takeOutbox().compactMap { item in
                guard case .request(let request) = item.body, let content = request.content as? SandboxRequest else {
                    return nil
                }
                return (item.time, content)
            }
        }
        let start = clock.now
        let pay = try file.codec.encode(.pay(PayCommand(.trueMoney, orderID: "A1")))
        device.outputReport(pay, from: QuietHost())
        #expect(requests().map(\.1) == [.fault(SandboxFault(.unknown, on: .pay, order: "A1"))])
        emulator.advance(by: .seconds(65))
        let later = requests()
        let down = SandboxFault(.down, on: .any, count: nil, begins: start + .seconds(6), ends: start + .seconds(36))
        #expect(
            later.map(\.1) == [
                .fault(down), .clearFaults, .deposit(300, currency: nil, wallet: "Bob"),
                .authorize(code: "code-A1", app: "A", wallet: "Bob", life: .seconds(3600)),
            ])
        #expect(later.map(\.0) == [5, 65, 65, 65].map { start + .seconds($0) })
        #expect((device.script as? ScenarioRun)?.report(device.status).failures.isEmpty == true)
    }

    @Test("a scenario that wants a sandbox where there is none fails, and says what to start")
    func noSandbox() throws {
        let file = try ProfileLibrary.profile("reference")
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        let device = EmulatedDevice(id: "1", profile: file.profile, codec: file.codec, clock: clock)
        device.load(ScenarioRun(try scenario(rainyDay), startingAt: clock.now))
        device.hostAttached()
        device.outputReport(try file.codec.encode(.pay(PayCommand(.trueMoney, orderID: "A1"))), from: QuietHost())
        let report = try #require(device.script as? ScenarioRun).report(device.status)
        #expect(report.failures.first?.failure?.contains("start it with --sandbox HOST:PORT") == true)
    }

    @Test(
        "a step that does not fit is an error with its line and column",
        arguments: [
            (
                "sandboxFault: {name: slow}",
                "test:3:19: timeline[0].sandboxFault: delay goes with slow, late and pays-after-cancel"
            ), ("sandboxFault: {name: stall}", "\"stall\" is not one of"),
            ("sandboxFault: {name: answer, code: no}", "capitals, digits and underscores"),
            ("deposit: {wallet: Bob}", "deposit.value: is missing"),
            ("authorize: {wallet: Bob}", "authorize.code: is missing"),
            ("{clearSandboxFaults: {}, deposit: {wallet: Bob, value: 1}}", "there are clearSandboxFaults and deposit"),
        ])
    func bad(_ step: String, _ reason: String) {
        let error = #expect(throws: DocumentError.self) { try scenario("scenario: x\ntimeline:\n  - \(step)") }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
}
