internal import Documents
internal import Synchronization
internal import USBCaptures
internal import WireFormat

/// What a capture's readers are told of each report, beside its bytes.
final class Subtitles: Sendable {
    private let interpreter: Mutex<Interpreter>

    init(_ codec: Codec) {
        interpreter = Mutex(Interpreter(codec))
    }

    @Sendable func describe(_ report: [UInt8], _ direction: CapturedFunction.Direction) -> String? {
        interpreter.withLock { interpreter in
            let interpretation =
                switch direction {
                case .toHost: interpreter.device(report)
                case .fromHost: interpreter.host(report)
                case .setByHost: interpreter.host(report, isFeature: true)
                }
            return interpretation.description.printable
        }
    }
}
