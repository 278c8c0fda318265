import BlueTap
import Emulator
import Foundation
import ProfileFiles
import Testing
import WireFormat

@Suite("A fault's settings")
struct FaultDescriptionTests {
    private func parse(_ json: String) throws -> Fault {
        try JSONDecoder().decode(FaultDescription.self, from: Data(json.utf8)).fault
    }

    @Test(
        "every fault can be had by its name alone, but for the one that needs a result", arguments: FaultName.allCases)
    func names(_ name: FaultName) throws {
        if name == .replyResult {
            #expect(throws: EmulatorError.self) { try FaultDescription(name).fault }
        } else {
            #expect(try FaultDescription(name).fault.effect.name == name)
        }
    }

    @Test(
        "settings and their description are each other's",
        arguments: [
            #"{"name":"unplug","on":"pay","nth":3,"moment":"after","replug":2,"count":1}"#,
            #"{"name":"unplug","after":10,"every":5,"count":"always"}"#,
            #"{"name":"reply-delayed","delay":1.5,"spread":0.5,"orderId":"A*","probability":0.25,"seed":7,"count":2}"#,
            #"{"name":"reply-result","result":"PROCESS_FAIL","for":60,"paymentMethod":"TRUEMONEY","amount":"1","count":1}"#,
            #"{"name":"flood","interval":0.001,"burst":3,"count":"always"}"#,
            #"{"name":"clock-skew","factor":0.5,"count":"always"}"#, #"{"name":"reply-padded","bytes":9,"count":1}"#,
        ])
    func roundTrip(_ json: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let fault = try parse(json)
        let again = try JSONDecoder().decode(
            FaultDescription.self, from: encoder.encode(FaultDescription(fault))
        ).fault
        #expect(again == fault)
        let given = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary)
        let written = try JSONSerialization.jsonObject(with: encoder.encode(FaultDescription(fault)))
        #expect(written as? NSDictionary == given)
    }

    @Test(
        "what does not fit is refused in one line that names it",
        arguments: [
            (#"{"name":"stall","delay":1}"#, "delay does not go with the fault stall"),
            (#"{"name":"busy","nth":0}"#, "nth must be"), (#"{"name":"busy","probability":2}"#, "probability must be"),
            (#"{"name":"reply-truncated","bytes":0}"#, "bytes must be"),
            (#"{"name":"flood","interval":0}"#, "interval must be"), (#"{"name":"busy","count":0}"#, "count must be"),
            (#"{"name":"unplug","on":"pay","every":1}"#, "every goes with"),
            (#"{"name":"link-fails","on":"cancel"}"#, "pay commands only"),
            (#"{"name":"busy","on":"cancel","amount":"1"}"#, "neither paymentMethod nor amount"),
            (#"{"name":"nfc-dead","nth":2}"#, "nth does not go with"),
            (#"{"name":"clock-skew","factor":0}"#, "factor must be"),
        ])
    func refused(_ json: String, _ reason: String) throws {
        let error = #expect(throws: EmulatorError.self) { try parse(json) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("a device takes only so many faults, and says so")
    func many() throws {
        let bench = try Bench()
        for _ in 0..<100 { _ = try bench.device.add(Fault(.busy, count: nil)) }
        #expect(throws: EmulatorError.self) { try bench.device.add(Fault(.busy)) }
        #expect(bench.device.clearFaults(7))
        #expect(!bench.device.clearFaults(7))
        _ = try bench.device.add(Fault(.busy))
    }

    @Test("a cable that is put back by hand and pulled again stays out: what was planned before is void")
    func stalePlug() throws {
        let bench = try Bench()
        try bench.device.unplug(replug: .seconds(10))
        try bench.device.plug()
        try bench.device.unplug()
        bench.emulator.advance(by: .seconds(10))
        #expect(bench.device.status.state == .detached)
    }

    @Test("a fault that has fired has its effect, though others are set and cleared meanwhile")
    func firedForTheLastTime() throws {
        let bench = try Bench()
        _ = try bench.device.add(Fault(.linkSlow(.seconds(1))))
        _ = try bench.device.add(Fault(.replyCorrupted))
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == nil)
        _ = bench.device.clearFaults()
        _ = try bench.device.add(Fault(.busy))
        bench.emulator.advance(by: .seconds(1))
        let reply = try #require(bench.host.received.last)
        #expect(throws: Malformation.self) { try bench.file.codec.decodeReply(reply) }
    }

    @Test("a flood goes on until it is cleared, and is listed as long")
    func flood() throws {
        let bench = try Bench()
        _ = try bench.device.add(Fault(.flood(interval: .seconds(1), burst: 1), count: 1))
        _ = try bench.device.add(Fault(.busy))
        #expect(bench.device.status.faults.count == 2)
        #expect(bench.emulator.advanceToNextDue(.after))
        #expect(bench.device.clearFaults())
        bench.emulator.advance(by: .seconds(5))
        #expect(!bench.emulator.advanceToNextDue(.after))
    }

    @Test("a spread is drawn from the seed: the same in two runs, within its bounds, and not always the same")
    func spread() throws {
        func delays() throws -> [Duration] {
            let bench = try Bench()
            _ = try bench.device.add(Fault(.replyDelayed(.seconds(1), spread: .seconds(2)), count: nil, seed: 42))
            return try (1...20).map { number in
                _ = try bench.send(.pay(PayCommand(.trueMoney)), sequence: Int64(number))
                let before = bench.emulator.clock.now
                _ = bench.emulator.advanceToNextDue(.after)
                return bench.emulator.clock.now - before
            }
        }
        let first = try delays()
        #expect(first == (try delays()))
        #expect(first.allSatisfy { (.seconds(1)...(.seconds(3))).contains($0) })
        #expect(Set(first).count > 15)
    }
}
