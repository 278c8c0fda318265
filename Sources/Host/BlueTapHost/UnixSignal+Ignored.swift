internal import Glibc
public import UnixSignals

extension UnixSignal {
    /// Whether whoever started this program had the signal ignored, as `nohup` does.
    public var isIgnored: Bool {
        var action = sigaction()
        guard sigaction(rawValue, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
