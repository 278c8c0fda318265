import BlueTap
import Emulator
import Foundation
import ProfileFiles
import Replay
import TestSupport
import Testing
import WireFormat

@Suite("One way through the device", .timeLimit(.minutes(30)))
struct OneWayTests {
    /// Profiles of each way: fixed places, notifications without and with acknowledgements, several reports, feature reports.
    static let profiles = ["reference", "outspoken", "talkative", "long-winded", "asked"]

    private static func profile(_ name: String) throws -> ProfileFile {
        if name == "reference" { return try ProfileLibrary.profile(name) }
        return try #require(try (ReplayTests.profiles() + [outspoken()]).first { $0.profile.name == name })
    }

    /// Replies, and notifications of all that happens, numbered by the device.
    private static func outspoken() throws -> ProfileFile {
        let counter = "{ size: 1, integer: counter }"
        let result = "{ size: 1, enum: result, values: { SUCCESS: \"00\", PROCESS_FAIL: \"01\" } }"
        return try ReplayTests.profile(
            "outspoken",
            """
            commands:
              pay: [ { constant: "50" }, \(counter), { size: 1, enum: paymentMethod, values: { TRUEMONEY: "01" } } ]
              cancel: [ { constant: "43" }, \(counter) ]
            replies:
              pay: [ { constant: "70" }, \(counter), \(result) ]
              cancel: [ { constant: "63" }, \(result), \(counter) ]
            notifications:
              linkTapped: [ { constant: "21" }, \(counter) ]
              linkCancelled: [ { constant: "22" }, \(counter) ]
              linkExpired: [ { constant: "23" }, \(counter) ]
              paymentSucceeded: [ { constant: "24" }, \(counter) ]
              paymentFailed: [ { constant: "25" }, \(counter) ]
            """)
    }

    // MARK: Sessions

    /// Forty commands and all that happens between them.
    private static func longSession(_ profile: Profile) -> [Happening] {
        var session: [Happening] = []
        let customers = Customer.Outcome.allCases.map { Customer(wallet: "W", outcome: $0) }
        for round in 0..<20 {
            session.append(.command(.pay(pay(round, profile))))
            session.append(.pass(.seconds(3)))
            switch round % 5 {
            case 0: session.append(.tap(customers[round / 5 % customers.count]))
            case 1: session.append(.tap(customers[(round / 5 + 4) % customers.count]))
            case 2: session.append(.report([0xEE, UInt8(round), 0, 0, 0, 0, 0, 0]))
            case 3: session.append(.pass(.seconds(1000)))
            default: session.append(refused(round, profile))
            }
            session.append(.pass(.seconds(40)))
            // Where there is no cancel the next pay replaces the link.
            let hasCancel = profile.commands[.cancel] != nil
            session.append(.command(hasCancel ? .cancel(CancelCommand()) : .pay(pay(round, profile))))
            session.append(.pass(.seconds(5)))
        }
        return session
    }

    /// A pay with a method that no link is for: where the profile has no code for it, a report with another code.
    private static func refused(_ round: Int, _ profile: Profile) -> Happening {
        switch profile.name {
        case "reference": .command(.pay(PayCommand(paymentMethod: "NOBODY")))
        case "outspoken", "talkative": .report([0x50, UInt8(round), 9, 0, 0, 0, 0, 0])
        // Its answer would be one more than the host reads; of several reports there is a malformed one.
        default: .report([0xEE, UInt8(round), 0, 0, 0, 0, 0, 0])
        }
    }

    private static func pay(_ round: Int, _ profile: Profile) -> PayCommand {
        profile.name == "reference"
            ? PayCommand(.trueMoney, amount: "12.50", orderID: "A\(round)", expiryTime: 60) : PayCommand(.trueMoney)
    }

    private static func randomSession(
        _ profile: Profile, faults: Bool, _ generator: inout SeededGenerator
    ) -> [Happening] {
        (0..<Int.random(in: 5...30, using: &generator)).flatMap { round -> [Happening] in
            let happening: Happening
            switch Int.random(in: 0..<(faults ? 11 : 8), using: &generator) {
            case 0...2: happening = .command(.pay(pay(round, profile)))
            case 3 where profile.commands[.cancel] != nil: happening = .command(.cancel(CancelCommand()))
            case 4: happening = .report([0xEE, UInt8(round), 0, 0, 0, 0, 0, 0])
            case 5: happening = .unplug(.milliseconds(Int64.random(in: 1...5000, using: &generator)))
            case 8...10:
                let effect: Fault.Effect = [
                    .replyDropped, .replyDoubled, .replyTruncated(2), .replyPadded(1), .replyCorrupted, .busy,
                    .replyResult(.processFail), .replyDelayed(.seconds(3), spread: .seconds(1)), .linkFails,
                    .linkSlow(.seconds(2)), .replyOutOfOrder, .replyLate, .replyWrongSequence, .clockSkew(2),
                    .unplug(.before, replug: .seconds(1)), .unplug(.during, replug: .seconds(1)),
                    .unplug(.after, replug: .seconds(1)), .reEnumerate(.after), .stall, .slowReader(.seconds(2)),
                ].randomElement(using: &generator)!
                happening = .fault(Fault(effect, seed: UInt64(round)))
            default:
                let outcome = Customer.Outcome.allCases.randomElement(using: &generator)!
                happening = .tap(Customer(wallet: "W\(round)", outcome: outcome))
            }
            return [happening, .pass(.milliseconds(Int64.random(in: 4000...70_000, using: &generator)))]
        }
    }

    private static func play(_ session: [Happening], _ file: ProfileFile, _ watch: Watch) throws -> WatchedBench {
        let bench = try WatchedBench(file, watch)
        for happening in session { try bench.happen(happening) }
        return bench
    }

    // MARK: The same bytes

    @Test("forty commands: whoever watches, the same bytes cross in the same order", arguments: profiles)
    func sameBytes(_ name: String) throws {
        let file = try Self.profile(name)
        let session = Self.longSession(file.profile)
        #expect(session.count { if case .command = $0 { true } else { false } } >= 40)
        let alone = try Self.play(session, file, .nobody)
        #expect(alone.crossed.count >= 40)
        for watch in Watch.allCases {
            let watched = try Self.play(session, file, watch)
            #expect(watched.crossed == alone.crossed, "\(watch)")
            #expect(watched.counters == alone.counters, "\(watch)")
            #expect(watched.kinds == alone.kinds, "\(watch)")
        }
    }

    @Test("journal, capture and wire agree on the order", arguments: profiles)
    func sameOrder(_ name: String) async throws {
        let file = try Self.profile(name)
        let bench = try Self.play(Self.longSession(file.profile), file, .everybody)
        #expect(bench.told == bench.crossed)
        #expect(try bench.seen == bench.crossed)
        let kept = try bench.keptEntries
        #expect(kept.map(\.kind.name) == bench.kinds)
        let journal = RecordedSession(kept, profile: file.profile)
        let (journalled, captured) = (try await bench.replay(journal), try await bench.replay(bench.captured))
        #expect(journalled == [])
        #expect(captured == [])
    }

    @Test("the reply to a cancel comes before the notification of it, whoever watches", arguments: Watch.allCases)
    func exactBytes(_ watch: Watch) throws {
        let bench = try WatchedBench(Self.outspoken(), watch)
        try bench.happen(.command(.pay(PayCommand(.trueMoney))))
        try bench.happen(.command(.cancel(CancelCommand())))
        #expect(
            bench.crossed == [
                ">5001010000000000", "<7001000000000000",
                // The reply is the device's second message, the notification its third.
                ">4302000000000000", "<63000200000000002203000000000000",
            ])
        #expect(bench.told == bench.crossed)
        #expect(
            bench.kinds == [
                "attached", "payReceived", "linkReady", "replySent", "cancelReceived", "linkCancelled", "replySent",
                "notificationSent",
            ])
    }

    @Test("random sessions: the same bytes, the same counters, and replays without a difference")
    func random() async throws {
        for await seed in Rounds(25, soak: 2000) {
            let name = Self.profiles[seed % Self.profiles.count]
            let file = try Self.profile(name)
            var generator = SeededGenerator(seed: UInt64(seed))
            let session = Self.randomSession(file.profile, faults: false, &generator)
            let alone = try Self.play(session, file, .nobody)
            let watched = try Self.play(session, file, .everybody)
            #expect(watched.crossed == alone.crossed, "seed \(seed), \(name)")
            #expect(watched.counters == alone.counters, "seed \(seed), \(name)")
            #expect(watched.told == alone.crossed, "seed \(seed), \(name)")
            #expect(try watched.seen == alone.crossed, "seed \(seed), \(name)")
            let journalled = try await watched.replay(watched.journalled)
            let captured = try await watched.replay(watched.captured)
            #expect(journalled == [], "seed \(seed), \(name)")
            #expect(captured == [], "seed \(seed), \(name)")
        }
    }

    @Test("random sessions with faults: the same bytes and counters, and the journal has the wire's order")
    func faults() async throws {
        for await seed in Rounds(50, soak: 4000) {
            let name = Self.profiles[seed % Self.profiles.count]
            let file = try Self.profile(name)
            var generator = SeededGenerator(seed: UInt64(seed) + 1_000_000)
            let session = Self.randomSession(file.profile, faults: true, &generator)
            let alone = try Self.play(session, file, .nobody)
            // A fault that is set in between would have another's number.
            for watch in [Watch.silentScenario, .journal, .capture, .page] {
                let watched = try Self.play(session, file, watch)
                #expect(watched.crossed == alone.crossed, "seed \(seed), \(name), \(watch)")
                #expect(watched.counters == alone.counters, "seed \(seed), \(name), \(watch)")
                #expect(watched.kinds == alone.kinds, "seed \(seed), \(name), \(watch)")
            }
        }
    }
}
