/// Whether numbers count messages.
enum Counting {
    /// Whether each number is as much larger than the one before as messages lie between them; but for a few, where samples
    /// were left out, stand there twice, or in another order.
    ///
    /// - Parameter steps: how much larger each is to be, and how much it is.
    static func isRule(_ steps: [(expected: Int64, step: Int64)]) -> Bool {
        let others = steps.filter { $0.expected != $0.step }
        if others.isEmpty { return true }
        guard steps.count >= ReadingEvidence.stepsOfABrokenCount,
            others.count * ReadingEvidence.stepsForEachBreak <= steps.count
        else { return false }
        // What begins again and again at the same place goes round, and counts nothing.
        return others.count == 1 || Set(others.map(\.step)).count > 1 || others.allSatisfy { $0.step > $0.expected }
    }
}
