internal import BlueTap
public import WireFormat

/// Where a device answers otherwise than the recorded one did.
public struct SessionComparison: Sendable {
    public struct Difference: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            /// A field of a message has another value; both as people write it.
            case field(String, recorded: String, answered: String)
            /// The recorded device said this, and this one does not.
            case missing(String)
            /// This device says something that the recorded one did not.
            case unexpected(String)
        }

        /// In the session: the recorded answer's, where there is one, else the request's.
        public var place: String
        public var time: Duration
        /// What the message is: `reply to pay`; nil for bytes that are none.
        public var message: String?
        public var kind: Kind
    }

    /// Of each turn, what the host asked for.
    public private(set) var requests: [Interpreter.Interpretation?] = []
    /// The differences of each turn.
    public private(set) var differences: [[Difference]] = []
    /// Recorded messages of the device.
    public private(set) var answerCount = 0
    /// Those of them that differ in what each run has of its own alone: counters, times, and checks over these.
    public private(set) var volatileCount = 0

    private let isExact: Bool
    private var recorded: Interpreter
    private var answered: Interpreter

    /// - Parameter isExact: whether counters and times count as well, and checks over what differs.
    public init(_ turns: [Replayer.Turn], codec: Codec, isExact: Bool = false) {
        self.isExact = isExact
        recorded = Interpreter(codec)
        answered = Interpreter(codec)
        for turn in turns { add(turn) }
    }

    private mutating func add(_ turn: Replayer.Turn) {
        var request: Interpreter.Interpretation?
        switch turn.request?.happening {
        case .hostReport(let report, let isFeature), .failedWrite(let report, let isFeature, _):
            request = recorded.host(report, isFeature: isFeature)
            _ = answered.host(report, isFeature: isFeature)
        default: break
        }
        requests.append(request)
        if (turn.failure == nil) != turn.wasTaken {
            // What follows of it is no difference of its own.
            differences.append([
                Difference(
                    place: turn.request?.place.description ?? "the beginning", time: turn.request?.time ?? .zero,
                    message: nil,
                    kind: .field(
                        "write", recorded: turn.failure?.status ?? "taken",
                        answered: turn.wasTaken ? "taken" : "not taken"))
            ])
            return
        }
        let expected = Utterance.all(turn.recorded) { recorded.device($0) }
        let actual = Utterance.all(turn.answered) { answered.device($0) }
        answerCount += expected.count
        var found: [Difference] = []
        var unheard = Utterance.all(turn.unheard) { recorded.device($0) }
        for pair in Self.align(expected, actual) {
            let place = (pair.recorded?.place ?? turn.request?.place)?.description ?? "the beginning"
            let time = (pair.recorded ?? pair.answered)?.time ?? .zero
            switch (pair.recorded, pair.answered) {
            case (let left?, let right?):
                found += compare(left, right).map { name, recorded, answered in
                    Difference(
                        place: place, time: time, message: left.name,
                        kind: .field(name, recorded: recorded, answered: answered))
                }
            case (let left?, nil):
                found.append(Difference(place: place, time: time, message: left.name, kind: .missing(left.text)))
            // It was said, and nobody took it: this excuses itself alone.
            case (nil, let right?) where Self.remove(right, from: &unheard): break
            case (nil, _?) where turn.isOpen: break
            case (nil, let right?):
                found.append(Difference(place: place, time: time, message: right.name, kind: .unexpected(right.text)))
            case (nil, nil): break
            }
        }
        differences.append(found)
        if turn.losesDevice {
            recorded.reset()
            answered.reset()
        }
    }

    private static func remove(_ answer: Utterance, from unheard: inout [Utterance]) -> Bool {
        let fits = unheard.firstIndex { heard in
            // Counters and times are each run's own.
            heard.differences(from: answer).allSatisfy { volatile.contains($0.name) || $0.name == "checksum" }
        }
        guard let fits else { return false }
        unheard.remove(at: fits)
        return true
    }

    private typealias FieldDifference = (name: String, recorded: String, answered: String)

    private mutating func compare(_ left: Utterance, _ right: Utterance) -> [FieldDifference] {
        let all = left.differences(from: right)
        if isExact { return all }
        // A check over what differs, differs by that alone.
        let causes = all.filter { $0.name != "checksum" }
        if causes.isEmpty { return all }
        let rest = causes.filter { !Self.volatile.contains($0.name) }
        if rest.isEmpty { volatileCount += 1 }
        return rest
    }

    private static let volatile: Set<String> = [FieldLayout.Value.counter.rawValue, FieldLayout.Value.time.rawValue]

    // MARK: Alignment

    private typealias Pair = (recorded: Utterance?, answered: Utterance?)

    /// Sets messages of the same sort side by side, as many as possible in their order; of those that are left between, one
    /// beside the other.
    private static func align(_ left: [Utterance], _ right: [Utterance]) -> [Pair] {
        // Long runs are of one sort, and need no search.
        guard left.count * right.count <= 250_000 else {
            return (0..<max(left.count, right.count)).map {
                ($0 < left.count ? left[$0] : nil, $0 < right.count ? right[$0] : nil)
            }
        }
        var lengths = Array(repeating: Array(repeating: 0, count: right.count + 1), count: left.count + 1)
        for i in left.indices.reversed() {
            for j in right.indices.reversed() {
                lengths[i][j] =
                    left[i].sort == right[j].sort
                    ? lengths[i + 1][j + 1] + 1 : max(lengths[i + 1][j], lengths[i][j + 1])
            }
        }
        var pairs: [Pair] = []
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if i < left.count, j < right.count, left[i].sort == right[j].sort {
                pairs.append((left[i], right[j]))
                (i, j) = (i + 1, j + 1)
            } else if j == right.count || (i < left.count && lengths[i + 1][j] >= lengths[i][j + 1]) {
                pairs.append((left[i], nil))
                i += 1
            } else {
                pairs.append((nil, right[j]))
                j += 1
            }
        }
        return merge(pairs)
    }

    /// Bytes that are no message stand beside what came in their place.
    private static func merge(_ pairs: [Pair]) -> [Pair] {
        var merged: [Pair] = []
        for pair in pairs {
            if let last = merged.last, pair.recorded == nil, last.answered == nil, let left = last.recorded,
                let right = pair.answered, left.sort == nil || right.sort == nil
            {
                merged[merged.count - 1] = (left, right)
            } else {
                merged.append(pair)
            }
        }
        return merged
    }
}
