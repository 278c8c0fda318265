import BlueTap
import Emulator
import Testing

@Suite("Customers who come by themselves")
struct CrowdTests {
    private static func wallets(_ bench: Bench, _ kind: String) -> [String] {
        bench.device.events(after: 0).filter { $0.kind == kind }.compactMap { $0.fields["wallet"] }
    }

    @Test("each link gets the first of the queue, three seconds after it is ready")
    func queue() throws {
        let bench = try Bench()
        let crowd = try bench.device.change(
            Crowd.Change(joining: ["Alice", "Bob", "Ploy"].map { Customer(named: $0) }))
        #expect(crowd.queue.count == 3)
        for (number, wallet) in ["Alice", "Bob", "Ploy"].enumerated() {
            _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A\(number)")))
            bench.emulator.advance(by: .nanoseconds(2_999_999_999))
            #expect(Self.wallets(bench, "linkTapped").count == number)
            bench.emulator.advance(by: .nanoseconds(1))
            #expect(Self.wallets(bench, "linkTapped").last == wallet)
        }
        #expect(bench.device.crowd.queue.isEmpty)
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        bench.emulator.advance(by: .seconds(100))
        #expect(Self.wallets(bench, "linkTapped") == ["Alice", "Bob", "Ploy"])
        // Who comes to a link that waits for somebody steps up at once.
        try bench.device.change(Crowd.Change(joining: [Customer(named: "Mei"), Customer(named: "Nok")]))
        bench.emulator.advance(by: .seconds(3))
        #expect(Self.wallets(bench, "linkTapped").last == "Mei")
        #expect(bench.device.crowd.queue.map(\.wallet) == ["Nok"])
    }

    @Test("who steps up to a link that is cancelled, or that somebody else opens, waits for the next")
    func cancelled() throws {
        let bench = try Bench()
        try bench.device.change(Crowd.Change(joining: [Customer(named: "Alice"), Customer(named: "Mei")]))
        _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A1")))
        bench.emulator.advance(by: .seconds(1))
        _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A2")))
        bench.device.tap(Customer(wallet: "Zoe"))
        bench.emulator.advance(by: .seconds(10))
        _ = try bench.send(.cancel(CancelCommand()))
        bench.emulator.advance(by: .seconds(10))
        #expect(Self.wallets(bench, "linkTapped") == ["Zoe"] && Self.wallets(bench, "tapMissed").isEmpty)
        #expect(bench.device.crowd.queue.map(\.wallet) == ["Alice", "Mei"])
        for order in ["A3", "A4"] {
            _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: order)))
            bench.emulator.advance(by: .seconds(3))
        }
        let taps = bench.device.events(after: 0).filter { $0.kind == "linkTapped" }.map {
            "\($0.fields["wallet"] ?? "") \($0.fields["orderId"] ?? "")"
        }
        #expect(taps == ["Zoe A2", "Alice A3", "Mei A4"])
    }

    @Test("who is sent away does not tap, though it was their turn")
    func cleared() throws {
        let bench = try Bench()
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        try bench.device.change(Crowd.Change(joining: [Customer(named: "Alice")]))
        bench.emulator.advance(by: .seconds(2))
        bench.device.clearCrowd()
        try bench.device.change(Crowd.Change(joining: [Customer(named: "Mei")]))
        bench.emulator.advance(by: .seconds(2))
        #expect(bench.device.status.state == .linkReady)
        bench.emulator.advance(by: .seconds(1))
        #expect(Self.wallets(bench, "linkTapped") == ["Mei"])
    }

    /// Who came within an hour, and when.
    private static func hour(_ arrivals: Crowd.Arrivals, paying: Bool = false) throws -> [String] {
        let bench = try Bench()
        try bench.device.change(Crowd.Change(coming: .anew(arrivals)))
        for _ in 0..<60 {
            if paying { _ = try bench.send(.pay(PayCommand(.trueMoney))) }
            bench.emulator.advance(by: .seconds(60))
        }
        return bench.device.events(after: 0).filter { $0.kind == "customerArrived" }.map {
            "\($0.time) \($0.fields["wallet"] ?? "")"
        }
    }

    @Test("they come at their rate, alike for the same seed, and each is somebody with habits")
    func rate() throws {
        let first = try Self.hour(Crowd.Arrivals(rate: 2, seed: 7))
        #expect((90...150).contains(first.count))
        #expect(try Self.hour(Crowd.Arrivals(rate: 2, seed: 7)) == first)
        #expect(try Self.hour(Crowd.Arrivals(rate: 2, seed: 8)) != first)
        // What the till does meanwhile changes nothing about who comes when.
        #expect(try Self.hour(Crowd.Arrivals(rate: 2, seed: 7), paying: true) == first)
        let names = Set(first.compactMap { $0.split(separator: " ").last.map(String.init) })
        #expect(names == Set(Customer.known.map(\.wallet)))
        let own = try Self.hour(Crowd.Arrivals(rate: 1, names: ["Zoe"], seed: 1))
        #expect(!own.isEmpty && own.allSatisfy { $0.hasSuffix(" Zoe") })
    }

    @Test("they are as many as have a place, until they are sent away")
    func full() throws {
        let bench = try Bench()
        let arrivals = Crowd.Arrivals(rate: Crowd.maximumRate, seed: 1)
        func joining(_ count: Int) -> [Customer] { (0..<count).map { Customer(wallet: "\($0)") } }
        try bench.device.change(Crowd.Change(joining: joining(Crowd.capacity - 1)))
        // Of two only one would have a place: nothing changes.
        let refused = #expect(throws: EmulatorError.self) {
            try bench.device.change(Crowd.Change(joining: joining(2), coming: .anew(arrivals)))
        }
        #expect(refused?.code == .limitReached)
        #expect(bench.device.crowd.queue.count == Crowd.capacity - 1 && bench.device.crowd.arrivals == nil)
        try bench.device.change(Crowd.Change(joining: joining(1), coming: .anew(arrivals)))
        bench.emulator.advance(by: .seconds(600))
        #expect(bench.device.crowd.queue.count == Crowd.capacity)
        bench.device.clearCrowd()
        let last = bench.device.status.lastSequence
        bench.emulator.advance(by: .seconds(600))
        #expect(bench.device.crowd.queue.isEmpty && bench.device.status.lastSequence == last)
    }
}
