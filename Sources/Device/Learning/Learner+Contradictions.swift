internal import BlueTap
internal import WireFormat

// Samples that say something else than all others.
extension Learner {
    /// What is wrong with which samples, and what the others say; nil where leaving some out does not help.
    func contradictions(_ progress: SearchProgress) -> Lesson? {
        var search = ContradictionSearch(self, progress.silenced, "which sample contradicts the others")
        if let (pair, without) = search.twins() {
            var lesson = without
            lesson.contradictions = ["\(pair.0.name) and \(pair.1.name) have the same reports and other labels"]
            return lesson
        }
        if let (sample, without) = search.single() {
            return judged([sample], ["\(sample.name) contradicts the others: without it all of them fit"], without)
        }
        if let lesson = search.movedLabels() { return lesson }
        guard let (suspects, without) = search.several() else { return nil }
        return judged(suspects, suspects.map { "\($0.name) contradicts most of the others" }, without)
    }
}

extension Learner {
    /// The same where only labels that were moved are looked for.
    func movedLabels(_ progress: SearchProgress) -> Lesson? {
        var search = ContradictionSearch(self, progress.silenced, "whether labels were moved")
        return search.movedLabels()
    }
}

/// Looks for samples without which the others fit.
private struct ContradictionSearch {
    private let learner: Learner
    private let samples: [Sample]
    private let onProgress: @Sendable (_ done: Int, _ of: Int, _ what: String) -> Void
    private let progress: SearchProgress
    /// What people are told that is looked for.
    private let subject: String
    private var steps = 0

    init(_ learner: Learner, _ progress: SearchProgress, _ subject: String) {
        self.progress = progress
        self.subject = subject
        // What is learned on the way is no progress of its own.
        self.learner = Learner(learner.samples)
        samples = learner.samples
        onProgress = learner.onProgress
    }

    /// What these samples say, where they fit each other.
    private mutating func lesson(of samples: [Sample]) -> Lesson? {
        guard !progress.isLate else { return nil }
        steps += 1
        onProgress(min(steps, SearchLimit.contradictionSteps), SearchLimit.contradictionSteps, subject)
        guard samples.contains(where: { $0.command.kind == .pay }),
            let lesson = try? learner.learn(samples, progress, isSearching: true),
            !lesson.isPoor
        else { return nil }
        return lesson
    }

    private mutating func lesson(without suspects: ArraySlice<Sample>) -> Lesson? {
        let names = Set(suspects.map(\.order))
        return lesson(of: samples.filter { !names.contains($0.order) })
    }

    /// Two of the same bytes that are said to be different commands.
    mutating func twins() -> (pair: (Sample, Sample), without: Lesson)? {
        var seen: [[[UInt8]]: Sample] = [:]
        for sample in samples where steps < SearchLimit.twinSteps {
            guard let other = seen.updateValue(sample, forKey: sample.reports), other.command != sample.command else {
                continue
            }
            // Formats that do not carry all of a command make the same of two: it is not looked far.
            let rest = samples.filter { $0.order != sample.order && $0.order != other.order }
            if let without = lesson(of: rest) { return ((other, sample), without) }
        }
        return nil
    }

    mutating func single() -> (sample: Sample, without: Lesson)? {
        var suspects = samples[...]
        while suspects.count > 1 {
            let half = suspects.prefix(suspects.count / 2)
            let rest = suspects.dropFirst(half.count)
            if lesson(without: half) != nil {
                suspects = half
            } else if lesson(without: rest) != nil {
                suspects = rest
            } else {
                return nil
            }
        }
        guard let sample = suspects.first, let without = lesson(without: suspects) else { return nil }
        return (sample, without)
    }

    /// Labels that are those of the sample before, or behind: where a list lost one, or has one too many.
    mutating func movedLabels() -> Lesson? {
        guard samples.count >= ReadingEvidence.samplesForContradictions else { return nil }
        let (count, third) = (samples.count, samples.count / 3)
        for part in [0..<count - third, third..<count, 0..<count / 2, count / 2..<count] {
            guard let codec = lesson(of: Array(samples[part]))?.codec else { continue }
            var fitting: [Sample] = []
            var others: [(index: Int, read: Command)] = []
            for (index, sample) in samples.enumerated() {
                guard let read = try? codec.decode(reports: sample.reports).command else { continue }
                if codec.isEqual(read, sample.command) { fitting.append(sample) } else { others.append((index, read)) }
            }
            guard others.count >= ReadingEvidence.messagesForARule else { continue }
            for step in [1, -1, 2, -2] {
                let matched = others.filter { other in
                    samples.indices.contains(other.index + step)
                        && codec.isEqual(other.read, samples[other.index + step].command)
                }
                // Where the list ends, or goes on, one has nobody's.
                guard matched.count >= others.count - abs(step), matched.count >= ReadingEvidence.messagesForARule,
                    var without = lesson(of: fitting)
                else { continue }
                without.contradictions = others.map { other in
                    let place = other.index + step
                    let owner =
                        samples.indices.contains(place)
                        ? ": its reports are those of the command of \(samples[place].name)" : ""
                    return "\(samples[other.index].name) has a label that was moved by \(abs(step))" + owner
                }
                return without
            }
        }
        return nil
    }

    /// Ways to halve the samples that share as little as they can, by the parity of bits of their numbers: with one of them
    /// all that contradict are in one half. Long messages take long to learn, and get the first few.
    private var masks: [Int] {
        let bits = samples.count.bitWidth - samples.count.leadingZeroBitCount
        let single = (0..<bits).map { 1 << $0 }
        let bytes = samples.reduce(0) { $0 + $1.reports.reduce(0) { $0 + $1.count } }
        guard bytes <= SearchLimit.bytesForAllHalves else { return single }
        return single
            + single.flatMap { low in single.filter { $0 > low }.map { low | $0 } }.prefix(SearchLimit.pairedHalves)
    }

    /// A quarter of the samples at most.
    mutating func several() -> (suspects: [Sample], without: Lesson)? {
        guard samples.count >= ReadingEvidence.samplesForContradictions else { return nil }
        for mask in masks {
            for side in [0, 1] {
                let half = samples.filter { ($0.order & mask).nonzeroBitCount & 1 == side }
                guard lesson(of: half) != nil else { continue }
                var fitting = half
                var suspects: [Sample] = []
                guard sort(samples.filter { ($0.order & mask).nonzeroBitCount & 1 != side }[...], &fitting, &suspects),
                    let without = lesson(of: fitting)
                else { continue }
                return (suspects, without)
            }
        }
        return nil
    }

    /// Puts each sample to those that it fits, or to those that it contradicts; false where these become too many.
    private mutating func sort(
        _ others: ArraySlice<Sample>, _ fitting: inout [Sample], _ suspects: inout [Sample]
    ) -> Bool {
        if others.isEmpty { return true }
        if lesson(of: (fitting + others).sorted { $0.order < $1.order }) != nil {
            fitting += others
            return true
        }
        if others.count == 1 {
            suspects += others
            return ReadingEvidence.isMinority(suspects.count, of: samples.count)
        }
        let half = others.prefix(others.count / 2)
        return sort(half, &fitting, &suspects) && sort(others.dropFirst(half.count), &fitting, &suspects)
    }
}
