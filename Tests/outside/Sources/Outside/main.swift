import BlueTap
import Emulator
import Foundation
import ProfileFiles
import Sandbox
import Scenario

/// Ends the program where something is not as it should be.
func check(_ isSo: Bool, _ what: @autoclosure () -> String) {
    guard !isSo else { return }
    FileHandle.standardError.write(Data("Tests/outside: \(what())\n".utf8))
    exit(1)
}

// A device with a scenario beside it, in virtual time.
let file = try ProfileLibrary.profile("reference")
let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
let device = EmulatedDevice(id: "1", profile: file.profile, codec: file.codec, clock: clock)
let emulator = Emulator(devices: [device], clock: clock)
device.load(ScenarioRun(try ScenarioLibrary.scenario("happy-path"), startingAt: clock.now))
device.hostAttached()
let paid = try device.perform(.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1")))
emulator.advance(by: .seconds(900))
let report = (device.script as? ScenarioRun)?.report(device.status)

check(paid.contains { $0.kind == "replySent" && $0.fields["result"] == "SUCCESS" }, "no reply: \(paid)")
check(report?.failures.isEmpty == true, "the scenario does not hold: \(String(describing: report))")
let kinds = device.events(after: 0).map(\.kind)
check(kinds.last == "linkExpired" && kinds.contains("paymentSucceeded"), "no payment and expiry: \(kinds)")

// A payment sandbox without a device.
let ledger = try Ledger(path: nil)
guard let price = Money(currency: "THB", value: "1250"),
    case .made(let order) = try ledger.make(
        Ledger.Draft(client: "TILL", requestID: "R1", amount: price, expiresAt: clock.now + .seconds(60)), at: clock.now
    )
else { fatalError("no order") }
let settlement = try ledger.pay(id: order.id, by: "Alice", at: clock.now)
check(settlement.payment.state == .succeeded, "the order is not paid: \(settlement)")
check(try ledger.balance(ofWallet: "Alice", currency: "THB") == -1250, "no money was moved")

print("a device, a scenario and a sandbox from outside: \(kinds.count) events")
