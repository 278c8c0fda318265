public import BlueTap

/// How often what has happened to a device, since it was made.
public struct EventTally: Hashable, Sendable {
    private var events = [UInt64](repeating: 0, count: Event.Kind.allCases.count)
    /// By kind of command, then by result code.
    private var replies = [UInt64](repeating: 0, count: Command.Kind.allCases.count * ResultCode.allCases.count)
    /// How long commands took from their report to their reply, by ``bounds``; the last is for longer ones.
    public private(set) var durations = [UInt64](repeating: 0, count: bounds.count + 1)
    /// The sum of these, in nanoseconds.
    public private(set) var totalDuration: UInt64 = 0

    /// The upper bounds of the durations that are told apart, in nanoseconds.
    public static let bounds: [Int64] = [
        2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    init() {}

    public func count(of kind: Event.Kind) -> UInt64 { events[Int(kind.rawValue)] }

    /// Replies made, sent or not.
    public func replies(to command: Command.Kind, _ result: ResultCode) -> UInt64 {
        replies[Self.index(command, result)]
    }

    mutating func count(_ body: Event.Body) {
        events[Int(body.kind.rawValue)] += 1
        switch body {
        case .replySent(let command, let result, _): replies[Self.index(command, result)] += 1
        case .replyDropped(let command?, let result?, _, _): replies[Self.index(command, result)] += 1
        default: break
        }
    }

    mutating func count(duration: Int64) {
        durations[Self.bounds.firstIndex { duration <= $0 } ?? Self.bounds.count] += 1
        totalDuration += UInt64(max(0, duration))
    }

    private static func index(_ command: Command.Kind, _ result: ResultCode) -> Int {
        let row = command == .pay ? 0 : ResultCode.allCases.count
        return switch result {
        case .success: row
        case .deviceDisconnected: row + 1
        case .parameterIllegal: row + 2
        case .processFail: row + 3
        case .unknownException: row + 4
        }
    }
}
