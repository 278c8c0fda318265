internal import Emulator

/// A fault in the answers of the control API: its settings, its number, and how often it has fired.
struct FaultView: Encodable {
    private let id: Int
    private let fired: Int
    private let settings: FaultDescription

    init(_ armed: ArmedFault) {
        id = armed.id
        fired = armed.fired
        settings = FaultDescription(armed.fault)
    }

    static func list(_ device: EmulatedDevice) -> [String: [FaultView]] {
        ["faults": device.catchUp().faults.map(FaultView.init)]
    }

    private enum Key: String, CodingKey {
        case id, fired
    }

    func encode(to encoder: any Encoder) throws {
        try settings.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(fired, forKey: .fired)
    }
}

/// A fault that there is.
struct FaultKindView: Encodable {
    let name: String
    let summary: String
    let settings: [String]

    init(_ name: FaultName) {
        self.name = name.rawValue
        summary = name.summary
        settings = name.settings.map(\.rawValue).sorted()
    }
}
