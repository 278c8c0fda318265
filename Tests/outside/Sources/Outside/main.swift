import BlueTap
import BlueTapHost
import ControlAPI
import Documents
import Emulator
import Foundation
import ProfileFiles
import Sandbox
import SandboxServer
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
else {
    check(false, "no order was made")
    exit(1)
}
let settlement = try ledger.pay(id: order.id, by: "Alice", at: clock.now)
check(settlement.payment.state == .succeeded, "the order is not paid: \(settlement)")
check(try ledger.balance(ofWallet: "Alice", currency: "THB") == -1250, "no money was moved")

// A host: what `bluetap serve` runs, with a payment sandbox beside its device.
var configuration = HostConfiguration(file)
configuration.clock = .virtual
configuration.scenario = try ScenarioLibrary.scenario("happy-path")
configuration.sandbox = SandboxConfiguration()
let socket = FileManager.default.temporaryDirectory.appending(path: "outside-\(UUID()).sock").path()
configuration.control = HostConfiguration.Control(address: .unix(path: socket))
let gift = "scenario: gift\ntimeline: [{at: 0s, deposit: {wallet: Bob, value: 300}}]"
check(try Scenario(Document(parsing: gift, name: "gift"), vocabulary: .sandbox).needsCompanion, "no sandbox steps")
try await BlueTapHost(configuration).run { ready in
    let device = ready.emulator.devices[0]
    _ = try device.perform(.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1")))
    ready.emulator.advance(by: .seconds(900))
    let report = (device.script as? ScenarioRun)?.report(device.status)
    check(report?.failures.isEmpty == true, "the host's scenario does not hold: \(String(describing: report))")
    check(ready.sandbox?.hasPrefix("http://127.0.0.1:") == true, "there is no sandbox")
    check(ready.place == .inProcess && ready.control == .unix(path: socket), "something else is open: \(ready)")
}

print("a device, a scenario, a sandbox and a host from outside: \(kinds.count) events")
