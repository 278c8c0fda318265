import BlueTap
import Emulator
import Foundation
import HID
import ProfileFiles
import WireFormat

/// A host that takes everything and keeps nothing.
private struct Host: HostPort {
    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
}

private let file = try! ProfileLibrary.profile("reference")
private let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
private let device = EmulatedDevice(
    id: "1", profile: file.profile, codec: file.codec, clock: clock, generator: SeededGenerator(seed: 1))
private let emulator = Emulator(devices: [device], clock: clock)

/// The first byte says what happens beside the report: a fault, a tap, an advance, a cable pulled. The rest is the report.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReport(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, count > 0 else { return 0 }
    device.hostAttached()
    let report = Array(UnsafeBufferPointer(start: bytes + 1, count: count - 1))
    if let (command, context) = try? file.codec.decode(report) {
        // What is read can be written, and comes out as it went in.
        precondition((try? file.codec.encode(command, sequence: context.sequence)) == report)
    }
    _ = try? file.codec.decodeReply(report)
    let names = FaultName.allCases
    let choice = Int(bytes[0])
    switch choice % 8 {
    case 0: if let fault = try? FaultDescription(names[choice / 8 % names.count]).fault { _ = try? device.add(fault) }
    case 1: device.tap(Customer())
    case 2: emulator.advance(by: .seconds(choice))
    case 3: _ = try? device.unplug(replug: .seconds(1))
    case 4: _ = try? device.plug()
    case 5: _ = device.clearFaults()
    default: break
    }
    device.outputReport(report, from: Host())
    let status = device.status
    precondition(status.faults.count <= 100)
    return 0
}
