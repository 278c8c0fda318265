internal import BlueTap
internal import WireFormat

/// What is certain of messages that no layout explains.
struct Survey {
    private let samples: [Sample]
    private let messages: [[UInt8]]

    init(_ samples: [Sample]) {
        self.samples = samples
        messages = samples.map { Array($0.reports.joined()) }
    }

    /// The signs that all bytes are made of.
    private enum Alphabet: String {
        case hexadecimal = "all bytes are hexadecimal digits"
        case base64 = "all bytes are signs of base64"
        case text = "all bytes are text"

        init?(_ bytes: some Sequence<UInt8>) {
            func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
            func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
            let all = Set(bytes)
            if all.allSatisfy({ isDigit($0) || (0x41...0x46).contains($0 & 0xDF) }) {
                self = .hexadecimal
            } else if all.allSatisfy({ isDigit($0) || isLetter($0) || [0x2B, 0x2F, 0x2D, 0x5F, 0x3D].contains($0) }) {
                self = .base64
            } else if all.allSatisfy({
                (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F].contains($0)
            }) {
                self = .text
            } else {
                return nil
            }
        }
    }

    private static let fillings: Set<UInt8> = [0x00, 0xFF, 0x20, 0x0A, 0x0D]

    /// A message without what fills its last report.
    private func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard let last = bytes.last, Self.fillings.contains(last) else { return bytes[...] }
        return bytes[..<(bytes.lastIndex { $0 != last }.map { $0 + 1 } ?? 0)]
    }

    /// How many bytes all messages begin with.
    private var head: Int {
        guard let first = messages.first else { return 0 }
        return first.indices.first { index in
            messages.contains { index >= $0.count || $0[index] != first[index] }
        } ?? first.count
    }

    /// Whether the bytes behind the head are as even as those of a cipher.
    var looksRandom: Bool {
        var counts = [Int](repeating: 0, count: 256)
        let head = head
        for message in messages { for byte in trimmed(message).dropFirst(head) { counts[Int(byte)] += 1 } }
        let all = counts.reduce(0, +)
        guard all >= ReadingEvidence.bytesForRandom else { return false }
        let expected = Double(all) / 256
        let spread = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        return spread <= ReadingEvidence.evenSpread
    }

    private var compression: String? {
        let starts = messages.map { Array($0.prefix(4)) }
        guard let first = starts.first, first.count > 2 else { return nil }
        if starts.allSatisfy({ $0.starts(with: [0x1F, 0x8B]) }) { return "gzip's magic is in front" }
        let isDeflated = starts.allSatisfy { $0[0] == 0x78 && [0x01, 0x5E, 0x9C, 0xDA].contains($0[1]) }
        return isDeflated ? "zlib's magic is in front" : nil
    }

    /// Whether messages with the same labels have the same bytes; nil where no two have the same.
    var isSameForSameLabels: Bool? {
        var seen: [Command: [[UInt8]]] = [:]
        var isSame: Bool?
        for sample in samples {
            guard let known = seen.updateValue(sample.reports, forKey: sample.command) else { continue }
            isSame = (isSame ?? true) && known == sample.reports
        }
        return isSame
    }

    /// Whether it looks like a cipher that makes something else of the same each time.
    var isCipher: Bool { looksRandom && isSameForSameLabels == false }

    /// Values whose text stands in none of the messages that carry it.
    var hidden: [FieldLayout.Value] {
        [FieldLayout.Value.orderID, .amount].filter { value in
            var given = 0
            for (sample, bytes) in zip(samples, messages) {
                guard let text = sample.values[value], text.utf8.count > 3 else { continue }
                given += 1
                if bytes.firstPlace(of: Array(text.utf8), from: 0, to: bytes.count) != nil { return false }
            }
            return given > 0
        }
    }

    /// Runs of columns that change with the same, in the pays' first reports.
    private var columns: [String] {
        let pays = samples.filter { $0.command.kind == .pay }
        let size = min(pays.map { $0.reports[0].count }.min() ?? 0, SearchLimit.surveyedColumns)
        guard pays.count > 1, size > 0 else { return [] }
        let all = (0..<size).map { column in
            Variation(pays.map { ($0.values, $0.command.kind, [$0.reports[0][column]]) })
        }
        var runs: [String] = []
        var start = 0
        while start < size {
            let end = all[start...].firstIndex { $0 != all[start] } ?? size
            let place = end - start > 1 ? "bytes \(start)–\(end - 1)" : "byte \(start)"
            if all[start] != .otherwise { runs.append("\(place) \(all[start].description(isPlural: end - start > 1))") }
            start = end
        }
        return Array(runs.prefix(SearchLimit.surveyedRuns))
    }

    /// What is known, for people.
    var facts: [String] {
        var facts: [String] = []
        if let alphabet = Alphabet(messages.flatMap { trimmed($0) }) { facts.append(alphabet.rawValue) }
        if looksRandom {
            facts.append("behind \(head) bytes all values are equally frequent: it looks encrypted or compressed")
        } else {
            facts += columns
        }
        if let compression { facts.append(compression) }
        for value in hidden where !looksRandom { facts.append("the text of \(value.rawValue) is not there as it is") }
        return facts
    }
}
