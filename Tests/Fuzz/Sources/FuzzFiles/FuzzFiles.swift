import Documents
import Emulator
import Foundation
import ProfileFiles
import Scenario

/// The first byte says what the rest is: a profile, a scenario, or the body of a request that sets a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFile(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, count > 0 else { return 0 }
    let text = Array(UnsafeBufferPointer(start: bytes + 1, count: count - 1))
    do {
        switch bytes[0] % 3 {
        case 0: _ = try ProfileFile(Document(bytes: text, name: "fuzz"))
        case 1: _ = try Scenario(Document(bytes: text, name: "fuzz"))
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
