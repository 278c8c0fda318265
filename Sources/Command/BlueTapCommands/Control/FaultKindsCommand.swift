internal import ArgumentParser
internal import Emulator

struct FaultKindsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kinds", abstract: "List the faults that there are, and which transports can show them.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let width = FaultName.allCases.map(\.rawValue.count).max() ?? 0
        for name in FaultName.allCases {
            let transports = Self.transports(of: name)
            if json {
                emit(
                    JSONText.object([
                        ("name", .text(name.rawValue)), ("summary", .text(name.summary)),
                        ("transports", .list(transports.map(JSONValue.text))),
                    ]))
            } else {
                let padding = String(repeating: " ", count: width + 2 - name.rawValue.count)
                let limits =
                    transports.count == DeviceOptions.TransportName.allCases.count
                    ? "" : " (\(transports.joined(separator: ", ")) only)"
                emit("\(name.rawValue)\(padding)\(name.summary)\(limits)")
            }
        }
    }

    /// Transports that can show a host the fault.
    private static func transports(of name: FaultName) -> [String] {
        switch name {
        case .stall: ["loopback", "usbip"]
        case .slowReader: ["loopback", "gadget", "usbip"]
        case .replyPadded: ["loopback", "uhid"]
        default: ["loopback", "uhid", "gadget", "usbip"]
        }
    }
}
