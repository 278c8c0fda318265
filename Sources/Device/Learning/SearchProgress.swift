internal import Synchronization

/// How far a search is, in hundredths of the whole. It never goes back, and says nothing twice. And whether its time is up.
struct SearchProgress: Sendable {
    /// The hundredths that have been told.
    private final class Told: Sendable {
        let hundredths = Atomic(-1)
    }

    private static let whole = 100
    private let onProgress: (@Sendable (_ done: Int, _ of: Int, _ what: String) -> Void)?
    private let told: Told
    private var from = 0.0
    private var to = Double(whole)
    private var name = ""

    private let timeIsUp: @Sendable () -> Bool

    init(
        _ onProgress: (@Sendable (_ done: Int, _ of: Int, _ what: String) -> Void)?,
        isLate: @escaping @Sendable () -> Bool = { false }
    ) {
        self.onProgress = onProgress
        timeIsUp = isLate
        told = Told()
    }

    /// Tells nobody, and has all the time in the world.
    static let silent = SearchProgress(nil)

    /// Tells nobody what comes now.
    var silenced: SearchProgress { SearchProgress(nil, isLate: timeIsUp) }

    /// Whether the search took so long that what was not looked at by now never is.
    var isLate: Bool { timeIsUp() }

    /// One of so many parts that come one behind the other.
    func part(_ index: Int, of count: Int, _ name: String = "") -> SearchProgress {
        guard onProgress != nil else { return self }
        var part = self
        part.from = from + (to - from) * Double(index) / Double(max(1, count))
        part.to = from + (to - from) * Double(index + 1) / Double(max(1, count))
        part.name = [self.name, name].filter { !$0.isEmpty }.joined(separator: ": ")
        part.tell(part.from, "")
        return part
    }

    /// So many of its steps are done; the name is that of the next.
    func step(_ index: Int, of count: Int, _ name: @autoclosure () -> String) {
        guard onProgress != nil else { return }
        tell(from + (to - from) * Double(index) / Double(max(1, count)), name())
    }

    private func tell(_ done: Double, _ step: @autoclosure () -> String) {
        let done = min(Self.whole, Int(done))
        guard done > told.hundredths.max(done, ordering: .relaxed).oldValue else { return }
        onProgress?(done, Self.whole, [name, step()].filter { !$0.isEmpty }.joined(separator: ": "))
    }

    /// All is done.
    func end() { onProgress?(Self.whole, Self.whole, "done") }
}
