import BlueTap
import Documents
import Emulator
import HID
import ProfileFiles
import Scenario
import Synchronization
import Testing
import WireFormat

private final class QuietHost: HostPort {
    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
}

/// A device with a scenario beside it, and a POS.
private struct Stage {
    let file: ProfileFile
    let device: EmulatedDevice
    let emulator: Emulator

    init(_ scenario: Scenario, asksCompanions: Bool = true) throws {
        file = try ProfileLibrary.profile("reference")
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        device = EmulatedDevice(
            id: "1", profile: file.profile, codec: file.codec, clock: clock, generator: SeededGenerator(seed: 1))
        emulator = Emulator(devices: [device], clock: clock)
        device.load(ScenarioRun(scenario, startingAt: clock.now, asksCompanions: asksCompanions))
        device.hostAttached()
    }

    init(_ text: String) throws {
        try self.init(Scenario(Document(parsing: text, name: "test")))
    }

    func pay(_ order: String? = "A1", expiry: Int64? = nil) throws {
        device.outputReport(
            try file.codec.encode(.pay(PayCommand(.trueMoney, orderID: order, expiryTime: expiry))), from: QuietHost())
    }

    func cancel() throws {
        device.outputReport(try file.codec.encode(.cancel(CancelCommand())), from: QuietHost())
    }

    var report: ScenarioReport {
        get throws { try #require(device.script as? ScenarioRun).report(device.status) }
    }

    var kinds: [String] { device.events(after: 0).map(\.kind) }
}

@Suite("Scenarios")
struct ScenarioTests {
    @Test("each built-in scenario holds with the POS that it is for, and fails with one that does nothing")
    func builtIn() throws {
        let stories: [(String, (Stage) throws -> Void)] = [
            ("happy-path", { try $0.pay() }), ("unattended-device", { try $0.pay() }),
            (
                "flaky-cable",
                {
                    try $0.pay()
                    try $0.pay()
                }
            ),
            (
                "tap-after-cancel",
                {
                    try $0.pay()
                    try $0.cancel()
                }
            ), ("tap-at-expiry", { try $0.pay(expiry: 60) }),
            (
                "cancel-after-tap",
                {
                    try $0.pay()
                    try $0.cancel()
                }
            ),
            (
                "doubled-order-id",
                {
                    try $0.pay("A1")
                    try $0.pay("A1")
                }
            ),
            (
                "second-pay-while-live",
                {
                    try $0.pay("A1")
                    try $0.pay("A2")
                }
            ),
            (
                "pay-unplug-replug",
                {
                    try $0.pay()
                    try $0.pay()
                }
            ),
        ]
        #expect(stories.map(\.0).sorted() == ScenarioLibrary.names.sorted())
        for (name, story) in stories {
            let stage = try Stage(ScenarioLibrary.scenario(name))
            #expect(try !stage.report.failures.isEmpty, "\(name) holds when nothing happens")
            #expect(try !stage.report.hasMatched, "\(name)")
            try story(stage)
            let failures = try stage.report.failures
            #expect(failures.isEmpty, "\(name): \(failures) \(stage.kinds)")
            #expect(try stage.report.hasMatched, "\(name)")
        }
    }

    @Test("steps of a rule follow each other, with the matched command's fields in their texts")
    func rule() throws {
        let stage = try Stage(
            """
            scenario: test
            rules:
              - when: { event: payReceived, with: { orderId: "A*", paymentMethod: TRUEMONEY }, nth: 2 }
                times: 1
                then:
                  - log: "order ${orderId} of ${nothing}${paymentMethod}"
                  - after: 5s
                    tap: { wallet: "${orderId}'s", outcome: walks-away }
                  - after: 5s
                    pay: { wallet: Bob }
            """)
        try stage.pay("A1")
        try stage.pay("A2")
        try stage.pay("A3")
        stage.emulator.advance(by: .seconds(10))
        let events = stage.device.events(after: 0)
        #expect(events.filter { $0.kind == "note" }.compactMap { $0.fields["text"] } == ["order A2 of TRUEMONEY"])
        #expect(events.first { $0.kind == "linkTapped" }?.fields["wallet"] == "A2's")
        #expect(events.last?.kind == "paymentSucceeded" && events.last?.fields["wallet"] == "Bob")
        #expect(events.last?.time == EmulatorClock.virtualStart + .seconds(10))
    }

    @Test("customers of a scenario have their habits, take the time and give the reason that a step says")
    func customers() throws {
        let stage = try Stage(
            """
            scenario: test
            timeline:
              - at: 1s
                tap: { wallet: Rita }
              - at: 2s
                tap: { outcome: declines, reason: USER_NOT_EXIST }
              - at: 3s
                tap: { wallet: Somchai, after: 1m }
            """)
        try stage.pay("A1")
        stage.emulator.advance(by: .seconds(63))
        let events = stage.device.events(after: 0)
        #expect(
            events.filter { $0.kind == "paymentFailed" }.map { $0.fields["reason"] } == [
                "RISK_REJECT", "USER_NOT_EXIST",
            ])
        #expect(events.last?.kind == "paymentSucceeded" && events.last?.fields["wallet"] == "Somchai")
        #expect(events.last?.time == EmulatorClock.virtualStart + .seconds(63))
    }

    @Test("a timeline acts at its times, counted from the start or from the step before")
    func timeline() throws {
        let stage = try Stage(
            """
            scenario: test
            timeline:
              - at: 10s
                unplug: { replug: 2s }
              - after: 5s
                log: fifteen
              - at: 1m
                fault: { name: busy }
              - { after: 1s, advance: 10s }
              - log: seventy-one
            """)
        stage.emulator.advance(by: .seconds(61))
        let events = stage.device.events(after: 1)
        #expect(events.map(\.kind) == ["detached", "attached", "note", "note"])
        #expect(events.map { ($0.time - EmulatorClock.virtualStart).components.seconds } == [10, 12, 15, 71])
        #expect(stage.device.status.faults.map(\.fault.effect.name) == [.busy])
    }

    @Test("outcomes by order id are there only where a scenario gives them, and go by the id's beginning")
    func magic() throws {
        let plain = try Stage("scenario: test")
        try plain.pay("PAY-1")
        #expect(!plain.kinds.contains("linkTapped"))
        let stage = try Stage(
            """
            scenario: test
            outcomes:
              - { prefix: PAY-, outcome: pays, wallet: Alice, after: 3s }
              - { prefix: NO-, outcome: declines }
            """)
        try stage.pay("PAY-1")
        stage.emulator.advance(by: .seconds(3))
        #expect(stage.kinds.suffix(2) == ["linkTapped", "paymentSucceeded"])
        try stage.pay("NO-1")
        #expect(stage.kinds.last == "paymentFailed")
        try stage.pay("X")
        #expect(stage.kinds.last == "replySent")
    }

    struct Judgement: Sendable, CustomTestStringConvertible {
        let expectations: String
        let failures: [String]
        var testDescription: String { expectations }
    }

    @Test(
        "expectations: in order, within their time, never, final",
        arguments: [
            Judgement(expectations: "expect: [{event: payReceived}, {event: linkExpired}]", failures: []),
            Judgement(
                expectations: "expect: [{event: linkExpired}, {event: payReceived}]",
                failures: ["expect 2: payReceived: it did not come"]),
            Judgement(
                expectations: "expect: [{event: payReceived, with: {orderId: B}}, {event: linkExpired}]",
                failures: [
                    "expect 1: payReceived orderId=B: it did not come",
                    "expect 2: linkExpired: what was expected before it did not come",
                ]),
            Judgement(
                expectations: "expect: [{event: linkReady}, {event: linkExpired, within: 900s}]", failures: []),
            Judgement(
                expectations: "expect: [{event: linkReady}, {event: linkExpired, within: 899s}]",
                failures: [
                    "expect 2: linkExpired: it did not come within 899.0 s of 2026-01-01T00:00:00.000Z"
                ]),
            Judgement(
                expectations: "never: [{event: linkExpired, with: {orderId: \"A*\"}}]",
                failures: ["never: linkExpired orderId=A*: it came, as event 5"]),
            Judgement(expectations: "never: [{event: linkExpired, with: {orderId: B}}]", failures: []),
            Judgement(expectations: "final: {state: idle}", failures: []),
            Judgement(
                expectations: "final: {state: linkReady}", failures: ["final state: linkReady: it is idle"]),
        ])
    func judge(_ judgement: Judgement) throws {
        let stage = try Stage("scenario: test\n\(judgement.expectations)")
        try stage.pay()
        stage.emulator.advance(by: .seconds(1000))
        #expect(try stage.report.failures.map { "\($0.title): \($0.failure ?? "")" } == judgement.failures)
    }

    @Test("two runs of a scenario with chance in it are the same, and another seed is another run")
    func reproducible() throws {
        func run(_ seed: Int) throws -> [String] {
            let stage = try Stage(
                """
                scenario: test
                seed: \(seed)
                timeline:
                  - fault: { name: reply-dropped, probability: 0.5, count: always }
                  - fault: { name: unplug, on: pay, probability: 0.1, replug: 1s, count: always }
                """)
            for number in 1...50 {
                try stage.pay("A\(number)")
                stage.emulator.advance(by: .seconds(2))
            }
            return stage.device.events(after: 0).map(\.json)
        }
        #expect(try run(1) == run(1))
        #expect(try run(1) != run(2))
    }

    /// What somebody beside the device takes, in tests.
    private struct WakeStep: CompanionStep, Hashable {
        var who: String

        var contradiction: String? { who == "nobody" ? "somebody is to wake" : nil }

        func request(at now: Instant, filling fill: (String) -> String) throws(CompanionStepError) -> OutboxRequest {
            let name = fill(who)
            if name.isEmpty { throw CompanionStepError("there is no name") }
            return OutboxRequest(name, summary: "\(name) wakes", absence: "nobody sleeps here")
        }
    }

    private let waking = ScenarioVocabulary(
        ["wake": WakeStep.self],
        rules: Array(
            #"{"wake": {"type": "object", "additionalProperties": false, "required": ["who"], "#.utf8)
            + Array(#""properties": {"who": {"type": "string"}}}}"#.utf8))

    private let morning = """
        scenario: morning
        rules:
          - when: {event: payReceived}
            then:
              - wake: {who: "${orderId}"}
              - {after: 5s, wake: {who: Bob}}
        timeline:
          - {at: 500ms, wake: {who: Alice}}
          - {after: 500ms, log: hello}
        """

    @Test("a step of a companion's is in the outbox, filled in, at its instant")
    func companion() throws {
        let scenario = try Scenario(Document(parsing: morning, name: "test"), vocabulary: waking)
        #expect(scenario.needsCompanion)
        for (asks, count) in [(true, 3), (false, 2)] {
            let stage = try Stage(scenario, asksCompanions: asks)
            stage.device.openOutbox(for: [.linkReady])
            let start = stage.emulator.clock.now
            stage.emulator.advance(by: .seconds(1))
            try stage.pay("A1")
            stage.emulator.advance(by: .seconds(65))
            let items = stage.device.takeOutbox()
            let requests = items.compactMap { item -> String? in
                if case .request(let request) = item.body { request.content as? String } else { nil }
            }
            #expect(requests == Array(["Alice", "A1", "Bob"].suffix(count)))
            #expect(items.filter { if case .event = $0.body { true } else { false } }.count == 1)
            #expect(items.last?.time == start + .seconds(6))
            #expect(stage.device.takeOutbox().isEmpty)
            #expect(stage.kinds.contains("note"))
        }
    }

    @Test("a scenario that asks for somebody who is not there fails, and says why")
    func noCompanion() throws {
        let stage = try Stage(Scenario(Document(parsing: morning, name: "test"), vocabulary: waking))
        stage.emulator.advance(by: .seconds(1))
        #expect(try stage.report.failures.first?.failure == "nobody sleeps here")
        #expect(stage.device.takeOutbox().isEmpty)
    }

    @Test("what an event fills in may leave nothing to ask for: a note says so")
    func nothingToAsk() throws {
        let stage = try Stage(Scenario(Document(parsing: morning, name: "test"), vocabulary: waking))
        stage.device.openOutbox(for: [])
        try stage.pay(nil)
        let notes = stage.device.events(after: 0).filter { $0.kind == "note" }.map(\.json)
        #expect(notes.count == 1 && notes[0].contains("nothing comes of wake: there is no name"))
    }

    @Test("a companion's steps are in the schema, and only in its vocabulary")
    func vocabulary() throws {
        #expect(waking.schemaText.contains("\"wake\""))
        #expect(!ScenarioVocabulary.device.schemaText.contains("\"wake\""))
        let unknown = #expect(throws: DocumentError.self) { try Scenario(Document(parsing: morning, name: "test")) }
        #expect(unknown?.description.contains("wake: unknown key") == true)
        let bad = #expect(throws: DocumentError.self) {
            try Scenario(
                Document(parsing: "scenario: x\ntimeline:\n  - wake: {who: nobody}", name: "test"), vocabulary: waking)
        }
        #expect(bad?.description == "test:3:11: timeline[0].wake: somebody is to wake")
    }

    @Test(
        "a file that does not fit is an error with its line and column",
        arguments: [
            ("scenario: x\nrulez: []", "test:2:1: rulez: unknown key"),
            (
                "scenario: x\nrules:\n  - when: {event: nope}\n    then: [{plug: {}}]",
                "test:3:19: rules[0].when.event: \"nope\" is not one of"
            ),
            ("scenario: x\ntimeline:\n  - at: 5s", "test:3:5: timeline[0]: exactly one of tap, pay"),
            ("scenario: x\ntimeline:\n  - {at: 5s, plug: {}, tap: {}}", "there are tap and plug"),
            ("scenario: x\ntimeline:\n  - {at: 5s, after: 1s, plug: {}}", "a step has either at or after"),
            ("scenario: x\ntimeline:\n  - at: soon\n    plug: {}", "test:3:9: timeline[0].at"),
            ("scenario: x\ntimeline:\n  - at: 9999999999d\n    plug: {}", "up to 100 years"),
            (
                "scenario: x\ntimeline:\n  - fault: {name: stall, bytes: 3}",
                "test:3:12: timeline[0].fault: bytes does not go with the fault stall"
            ), ("scenario: x\ntimeline:\n  - fault: {name: busy, probability: much}", "must be a number"),
            ("scenario: [", "test:"), ("[]", "must be a mapping"), ("", "test"),
        ])
    func bad(_ text: String, _ reason: String) {
        let error = #expect(throws: DocumentError.self) { try Scenario(Document(parsing: text, name: "test")) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("a report for CI servers is well-formed whatever stands in it")
    func junit() {
        var report = JUnitReport(suite: "a & b")
        report.add("fine", seconds: 1.5, failure: nil)
        report.add("\"<bad>\"\u{1}", failure: "it & that", details: "one\ntwo < three")
        #expect(
            report.xml == """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites tests="2" failures="1" time="1.5">
                  <testsuite name="a &amp; b" errors="0" skipped="0" tests="2" failures="1" time="1.5">
                    <testcase classname="a &amp; b" name="fine" time="1.5"/>
                    <testcase classname="a &amp; b" name="&quot;&lt;bad&gt;&quot;?" time="0.0">
                      <failure message="it &amp; that">one
                two &lt; three</failure>
                    </testcase>
                  </testsuite>
                </testsuites>

                """)
    }
}
