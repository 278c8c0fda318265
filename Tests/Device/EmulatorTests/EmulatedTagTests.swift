import BlueTap
import Emulator
import NFCTag
import Testing

@Suite("The tag of a device")
struct EmulatedTagTests {
    /// What a phone that asks for all of the message gets; nil where the tag answers something else than success.
    private static func read(_ tag: EmulatedTag, upTo most: Int = .max) -> [UInt8]? {
        func succeeds(_ command: [UInt8]) -> [UInt8]? {
            let response = tag.respond(to: command)
            return response.suffix(2) == [0x90, 0x00] ? response.dropLast(2) : nil
        }
        guard succeeds([0x00, 0xA4, 0x04, 0x00, 0x07, 0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01]) != nil,
            succeeds([0x00, 0xA4, 0x00, 0x0C, 0x02, 0xE1, 0x04]) != nil,
            let length = succeeds([0x00, 0xB0, 0x00, 0x00, 0x02])
        else { return nil }
        let size = min(most, Int(length[0]) << 8 | Int(length[1]))
        return size == 0 ? [] : succeeds([0x00, 0xB0, 0x00, 0x02, UInt8(size)])
    }

    private static func tag(_ bench: Bench, _ outcome: Customer.Outcome = .pays) -> EmulatedTag {
        EmulatedTag(bench.device, customer: Customer(wallet: "phone", outcome: outcome))
    }

    @Test("the message that is read is the live link's, and reading it to the end is a tap of the wallet")
    func tap() throws {
        let bench = try Bench()
        let tag = Self.tag(bench, .declines)
        #expect(try bench.send(.pay(PayCommand(.trueMoney, orderID: "A1"))) == .success)
        let link = try #require(bench.device.status.link)
        #expect(Self.read(tag, upTo: 40) != nil)
        #expect(bench.device.status.state == .linkReady)
        #expect(Self.read(tag) == link.message.bytes)
        #expect(bench.device.status.state == .linkOpened)
        #expect(bench.kinds().suffix(2) == ["linkTapped", "paymentFailed"])
        // The same phone may read it again, and another one as well: that is another tap.
        #expect(Self.read(tag) == link.message.bytes)
        #expect(bench.kinds().count { $0 == "linkTapped" } == 1)
        tag.reset()
        #expect(Self.read(tag) == link.message.bytes)
        #expect(bench.kinds().count { $0 == "linkTapped" } == 2)
    }

    @Test("a link is on the tag up to its last nanosecond, and a cancelled one not at all")
    func gone() throws {
        let bench = try Bench()
        let tag = Self.tag(bench, .walksAway)
        #expect(Self.read(tag) == [])
        #expect(bench.kinds().last == "tapMissed")
        #expect(try bench.send(.pay(PayCommand(.trueMoney, expiryTime: 10))) == .success)
        bench.emulator.advance(by: .nanoseconds(9_999_999_999))
        #expect(Self.read(tag)?.isEmpty == false)
        bench.emulator.advance(by: .nanoseconds(1))
        #expect(Self.read(tag) == [])
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        #expect(try bench.send(.cancel(CancelCommand())) == .success)
        #expect(Self.read(tag) == [])
    }

    @Test("where the profile refuses a second tap, another phone reads nothing")
    func refused() throws {
        let bench = try Bench(policy: { $0.tapOnOpenedLink = .refuse })
        let tag = Self.tag(bench)
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        #expect(Self.read(tag)?.isEmpty == false)
        #expect(Self.read(tag)?.isEmpty == false)
        tag.reset()
        #expect(Self.read(tag) == [])
        #expect(bench.kinds().last == "tapMissed")
    }

    @Test("a device whose NFC side is dead, or without a host, does not answer")
    func silent() async throws {
        let bench = try Bench()
        let tag = Self.tag(bench)
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        let fault = try bench.device.add(Fault(.nfcDead))
        #expect(tag.respond(to: [0x00, 0xB0, 0x00, 0x00, 0x02]) == [])
        #expect(Self.read(tag) == nil)
        #expect(bench.kinds().suffix(2) == ["faultFired", "tapMissed"])
        #expect(bench.device.clearFaults(fault.id))
        tag.reset()
        #expect(Self.read(tag)?.isEmpty == false)
        #expect(tag.isPresent)
        try bench.device.unplug()
        #expect(!tag.isPresent && Self.read(tag) == nil)
        await tag.waitForPresence(false)
    }
}
