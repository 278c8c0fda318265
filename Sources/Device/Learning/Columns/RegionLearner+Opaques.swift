internal import BlueTap
internal import WireFormat

// Bytes that mean nothing to the device: it repeats them, or nobody reads them.
extension RegionLearner {
    /// Columns of a reply that repeat what the command has by a name.
    mutating func findRepeatedOpaques() {
        guard let first = specimens.first, !first.command.isEmpty else { return }
        for (name, bytes) in first.values.opaques.sorted(by: { ($0.value.count, $1.key) > ($1.value.count, $0.key) }) {
            guard !bytes.isEmpty, bytes.count <= size,
                specimens.allSatisfy({ $0.values.opaques[name]?.count == bytes.count }),
                Set(specimens.map { $0.values.opaques[name] }).count > 1
            else { continue }
            for column in 0...(size - bytes.count) {
                let range = column..<column + bytes.count
                guard isFree(range),
                    specimens.indices.allSatisfy({
                        self.bytes($0, range).elementsEqual(specimens[$0].values.opaques[name] ?? [])
                    })
                else { continue }
                claim(range, .opaque(name), "the command's \(name)")
            }
        }
    }

    /// Columns that change without a rule and that replies repeat.
    mutating func findRepeated(_ isEchoed: (_ range: Range<Int>) -> Bool) {
        var column = 0
        while column < size {
            guard let range = repeatedRun(from: column, isEchoed) else {
                column += 1
                continue
            }
            column = range.upperBound
            let format = IntegerFormat(order: .big)
            let hasSequence = (claims + known).contains { $0.field.carries(.sequence) }
            let style = OpaqueStyle(rows(range))
            // One number is enough to tell messages by; what stays the same for a while tells none.
            if !hasSequence, style != .steady, [1, 2, 4, 8].contains(range.count),
                specimens.indices.allSatisfy({ format.number(Array(bytes($0, range))).map { $0 < .max } ?? false })
            {
                claim(range, .integer(.sequence, format), "replies repeat it")
            } else {
                claim(range, .opaque(freeName(style.name)), style.meaning + ", and replies repeat it")
            }
        }
    }

    /// The most columns from one on that replies repeat together.
    private func repeatedRun(from column: Int, _ isEchoed: (_ range: Range<Int>) -> Bool) -> Range<Int>? {
        guard isFree(column..<column + 1), constant(column) == nil else { return nil }
        var end = column + 1
        while end < size, isFree(end..<end + 1) { end += 1 }
        while end > column {
            let range = column..<end
            // Bytes that never change do not belong to it at its end.
            if constant(end - 1) == nil, isEchoed(range) { return range }
            end -= 1
        }
        return nil
    }

    /// What some columns have, of all messages that have them, in the order of time.
    func rows(_ range: Range<Int>) -> [[UInt8]] {
        var rows = specimens.indices.map { (specimens[$0].order, Array(bytes($0, range))) }
        for (specimen, start) in neighbours where start + range.upperBound <= specimen.bytes.count {
            rows.append((specimen.order, Array(specimen.bytes[start + range.lowerBound..<start + range.upperBound])))
        }
        return rows.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// A name that none of the columns has yet.
    func freeName(_ name: String) -> String {
        let taken = Set(
            claims.flatMap { FieldLayout(extent: .rest, content: $0.field).opaqueNames })
        var free = name
        var number = 2
        while taken.contains(free) {
            free = "\(name)\(number)"
            number += 1
        }
        return free
    }

    /// Whether numbers go up by one from each message to the next, but begin anew whenever other columns change that stay
    /// the same meanwhile: those name a session.
    func countsWithinSessions(_ rows: [(order: Int, number: Int64)], _ range: Range<Int>) -> Bool {
        let all = self.rows(0..<size)
        guard all.count == rows.count, let least = rows.map(\.number).min(), (0...1).contains(least) else {
            return false
        }
        var restarts: [Int] = []
        for index in rows.indices.dropFirst() {
            let step = rows[index].number - rows[index - 1].number
            if step == Int64(rows[index].order - rows[index - 1].order) { continue }
            guard rows[index].number == least else { return false }
            restarts.append(index)
        }
        guard !restarts.isEmpty, rows.count - restarts.count > ReadingEvidence.messagesForARule else { return false }
        let steady = puzzles.filter { column in
            !range.contains(column)
                && all.indices.dropFirst().allSatisfy {
                    restarts.contains($0) || all[$0][column] == all[$0 - 1][column]
                }
        }
        return restarts.allSatisfy { index in steady.contains { all[index][$0] != all[index - 1][$0] } }
    }
}

/// What bytes that mean nothing look like, message after message.
enum OpaqueStyle {
    /// The same for some messages, then others, which never come back.
    case steady
    /// Never goes back.
    case rising
    /// Others in each message.
    case random

    /// - Parameter rows: in the order of time.
    init(_ rows: [[UInt8]]) {
        var runs = rows
        for index in rows.indices.dropFirst().reversed() where rows[index] == rows[index - 1] { runs.remove(at: index) }
        let distinct = Set(rows).count
        if distinct == runs.count, distinct * 2 <= rows.count {
            self = .steady
        } else if Set(rows.map(\.count)).count == 1, rows.count >= ReadingEvidence.messagesForARule,
            Self.rises(rows) || Self.rises(rows.map { $0.reversed() })
        {
            self = .rising
        } else {
            self = .random
        }
    }

    private static func rises(_ rows: [[UInt8]]) -> Bool {
        zip(rows, rows.dropFirst()).allSatisfy { !$1.lexicographicallyPrecedes($0) }
    }

    var name: String {
        switch self {
        case .steady: "session"
        case .rising: "clock"
        case .random: "nonce"
        }
    }

    var meaning: String {
        switch self {
        case .steady: "the same in some messages, then others"
        case .rising: "never goes back"
        case .random: "changes without a rule"
        }
    }
}

extension [Int] {
    /// Numbers that follow each other, as ranges.
    var runs: [Range<Int>] {
        var runs: [Range<Int>] = []
        for number in self {
            if let last = runs.last, last.upperBound == number {
                runs[runs.count - 1] = last.lowerBound..<number + 1
            } else {
                runs.append(number..<number + 1)
            }
        }
        return runs
    }
}

extension [Finding] {
    /// Gives each of the bytes that mean nothing a name of its own.
    mutating func nameOpaquesApart() {
        var counts: [String: Int] = [:]
        for index in indices {
            self[index].field = self[index].field.mapped { field in
                guard case .opaque(let name) = field.content else { return }
                counts[name, default: 0] += 1
                if let count = counts[name], count > 1 { field.content = .opaque("\(name)\(count)") }
            }
        }
    }
}
