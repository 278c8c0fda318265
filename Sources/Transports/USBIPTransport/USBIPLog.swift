internal import Glibc
internal import Logging
internal import NIOCore
internal import Synchronization

/// What is said of clients that are not served. Anybody may knock as often as they like: of each sort there are only so many
/// lines a minute, and those left out are counted.
final class USBIPLog: Sendable {
    enum Complaint: Int, CaseIterable {
        /// It speaks something else.
        case turnedAway
        case crowded
        case silent
        case importRefused
        /// It had a device, and its connection broke.
        case vanished

        var message: Logger.Message {
            switch self {
            case .turnedAway, .crowded, .silent: "a USB/IP client is turned away"
            case .importRefused: "a USB/IP client does not get the device"
            case .vanished: "a USB/IP client has vanished"
            }
        }
    }

    let logger: Logger
    private let budgets = Mutex([LineBudget](repeating: LineBudget(), count: Complaint.allCases.count))

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// - Parameter metadata: what is known beside address and reason.
    func complain(
        _ complaint: Complaint, of channel: any Channel, _ reason: String, _ metadata: Logger.Metadata = [:]
    ) {
        guard let leftOut = budgets.withLock({ $0[complaint.rawValue].admit(at: .now()) }) else { return }
        var metadata = metadata
        metadata["address"] = "\(channel.remoteAddress.text)"
        metadata["reason"] = "\(reason)"
        if leftOut > 0 { metadata["leftOut"] = "\(leftOut)" }
        logger.warning(complaint.message, metadata: metadata)
    }

    /// Tells of what was left out since the last line, when no other will.
    func finish() {
        for complaint in Complaint.allCases {
            let leftOut = budgets.withLock { $0[complaint.rawValue].leftOut }
            if leftOut > 0 { logger.warning(complaint.message, metadata: ["leftOut": "\(leftOut)"]) }
        }
    }
}

/// So many lines a minute.
struct LineBudget {
    static let linesPerMinute = 10

    private var start: NIODeadline?
    private var count = 0
    /// Since the last line that was not.
    private(set) var leftOut = 0

    /// How many lines were left out before this one; nil: this one is, too.
    mutating func admit(at now: NIODeadline) -> Int? {
        if start.map({ now - $0 >= .minutes(1) }) ?? true {
            start = now
            count = 0
        }
        guard count < Self.linesPerMinute else {
            leftOut += 1
            return nil
        }
        count += 1
        defer { leftOut = 0 }
        return leftOut
    }
}

extension SocketAddress? {
    /// `127.0.0.1:3240`
    var text: String {
        guard let self, let host = self.ipAddress, let port = self.port else { return "unknown" }
        return (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}

extension IOError {
    /// As people read it: `Connection timed out`.
    var text: String { String(cString: strerror(errnoCode)) }
}
