import Documents
import Emulator
import Foundation
import Learning
import ProfileFiles
import Scenario
import USBCaptures
import WireFormat

/// The first byte says what the rest is: a profile, a scenario, samples, a capture, or the body of a request that sets a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFile(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, count > 0 else { return 0 }
    let text = Array(UnsafeBufferPointer(start: bytes + 1, count: count - 1))
    do {
        switch bytes[0] % 5 {
        case 0: _ = try ProfileFile(Document(bytes: text, name: "fuzz"))
        case 1: _ = try Scenario(Document(bytes: text, name: "fuzz"))
        case 3:
            let samples = try SampleFile(Document(bytes: text, name: "fuzz")).samples
            // A few of them: what many say takes its time.
            if samples.count <= 4, samples.allSatisfy({ ($0.reports + $0.replies).allSatisfy { $0.count <= 32 } }) {
                _ = try Learner(samples).learn()
            }
        case 4:
            // Each reader of its own: containers, link types, packed files, long reports.
            for device in try USBCapture(text).devices {
                _ = device.wholeReports(interface: nil, reportDescriptor: device.interfaces.first?.reportDescriptor)
                _ = device.interfaces.map(\.purpose)
            }
        default: _ = try JSONDecoder().decode(FaultDescription.self, from: Data(text)).fault
        }
    } catch {
        // One line, whatever it is about.
        if error is DocumentError, "\(error)".contains(where: \.isNewline) {
            fatalError("an error of several lines: \(error)")
        }
    }
    return 0
}
