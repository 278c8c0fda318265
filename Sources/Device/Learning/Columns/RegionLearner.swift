internal import BlueTap
internal import WireFormat

/// Explains bytes that stand at the same places in all messages of a sort, column by column.
struct RegionLearner {
    /// Where the region begins in each message.
    let starts: [Int]
    let size: Int
    let specimens: [Specimen]
    /// Messages of other sorts that have the same columns, for what goes on from one to the next.
    let neighbours: [(specimen: Specimen, start: Int)]
    /// The values that may stand here.
    let wanted: [FieldLayout.Value]
    /// What was found at the same places in messages of another sort.
    var known: [Claim] = []
    /// The size of the number in messages of another sort.
    var counterSize: Int?
    /// The checks that the other direction's messages have.
    var hints: [ChecksumField] = []
    var progress = SearchProgress.silent

    private(set) var claims: [Claim] = []
    private(set) var doubts: [Doubt] = []
    /// Columns that nothing explains.
    private(set) var unexplained = 0
    /// Columns of which some bits are not.
    var unexplainedBits = 0
    private var owner: [Bool]
    /// The byte that each column has in every message; nil where they differ.
    private let constants: [UInt8?]

    /// Columns that have been explained.
    struct Claim {
        var range: Range<Int>
        var field: FieldLayout.Content
        var evidence: String
        var unsure: String?
    }

    init(
        specimens: [Specimen], starts: [Int], size: Int, wanted: [FieldLayout.Value],
        neighbours: [(specimen: Specimen, start: Int)] = []
    ) {
        self.specimens = specimens
        self.starts = starts
        self.size = size
        self.wanted = wanted
        self.neighbours = neighbours
        owner = [Bool](repeating: false, count: size)
        constants = (0..<size).map { column in
            let first = specimens[0].bytes[starts[0] + column]
            return zip(specimens, starts).allSatisfy { $0.bytes[$1 + column] == first } ? first : nil
        }
    }

    func byte(_ specimen: Int, _ column: Int) -> UInt8 { specimens[specimen].bytes[starts[specimen] + column] }

    func bytes(_ specimen: Int, _ range: Range<Int>) -> ArraySlice<UInt8> {
        specimens[specimen].bytes[starts[specimen] + range.lowerBound..<starts[specimen] + range.upperBound]
    }

    /// The byte that a column has in every message, or nil.
    func constant(_ column: Int) -> UInt8? { constants[column] }

    func isFree(_ range: Range<Int>) -> Bool {
        range.lowerBound >= 0 && range.upperBound <= size && !owner[range].contains(true)
    }

    mutating func claim(_ range: Range<Int>, _ field: FieldLayout.Content, _ evidence: String, unsure: String? = nil) {
        reserve(range)
        claims.append(Claim(range: range, field: field, evidence: evidence, unsure: unsure))
    }

    /// The same for what other readings fit as well: which, and what decides it.
    mutating func claim(_ range: Range<Int>, _ field: FieldLayout.Content, _ evidence: String, doubts: [Doubt]) {
        self.doubts += doubts
        let marks = doubts.map(\.mark).joined(separator: "; ")
        claim(range, field, evidence, unsure: marks.isEmpty ? nil : marks)
    }

    /// Keeps columns for somebody, or gives them back.
    mutating func reserve(_ range: Range<Int>, _ isReserved: Bool = true) {
        for column in range { owner[column] = isReserved }
    }

    /// Columns that are not explained and not always the same.
    var puzzles: [Int] { (0..<size).filter { !owner[$0] && constant($0) == nil } }

    private static let run = ReadingEvidence.paddingRun

    /// Fields for all columns, those that nothing explains as well.
    mutating func fields() -> [Finding] {
        var result: [(Range<Int>, Finding)] = claims.map { claim in
            (
                claim.range,
                Finding(
                    field: FieldLayout(extent: .fixed(claim.range.count), content: claim.field, unsure: claim.unsure),
                    evidence: claim.evidence)
            )
        }
        unexplained = unexplainedBits
        var column = 0
        while column < size {
            guard !owner[column] else {
                column += 1
                continue
            }
            let start = column
            if let first = constant(column) {
                while column < size, !owner[column], constant(column) == first { column += 1 }
                let isFill = column - start >= Self.run && [0x00, 0x20, 0xFF].contains(first)
                if !isFill {
                    // Other constants belong to the same field, until a run of filling begins.
                    while column < size, !owner[column], let byte = constant(column) {
                        let run = (column..<min(size, column + Self.run)).allSatisfy {
                            !owner[$0] && constant($0) == byte
                        }
                        if run && column + Self.run <= size && [0x00, 0x20, 0xFF].contains(byte) { break }
                        column += 1
                    }
                }
                let bytes = Array(self.bytes(0, start..<column))
                result.append(
                    (
                        start..<column,
                        Finding(
                            field: FieldLayout(
                                size: column - start, content: isFill ? .fill(first) : .constant(bytes)),
                            evidence: isFill ? "always the same: padding" : "always the same")
                    ))
            } else {
                while column < size, !owner[column], constant(column) == nil { column += 1 }
                unexplained += column - start
                let range = start..<column
                let text = Variation(
                    specimens.indices.map { (specimens[$0].values, specimens[$0].kind, Array(self.bytes($0, range))) }
                ).description(isPlural: range.count > 1)
                result.append(
                    (
                        start..<column,
                        Finding(
                            field: FieldLayout(
                                extent: .fixed(column - start), content: .unknown(Array(bytes(0, start..<column))),
                                unsure: text), evidence: text)
                    ))
            }
        }
        return result.sorted { $0.0.lowerBound < $1.0.lowerBound }.map(\.1)
    }
}

extension FieldLayout.Content {
    func carries(_ value: FieldLayout.Value) -> Bool {
        FieldLayout(extent: .rest, content: self).values.contains(value)
    }
}

extension IntegerFormat {
    /// "a big-endian number with 2 decimals"
    var name: String {
        let kind =
            switch form {
            case .binary: "a \(order == .big ? "big" : "little")-endian number"
            case .bcd: "BCD"
            case .decimal: "decimal text"
            case .hexadecimal: "hexadecimal text"
            case .zoned: "EBCDIC digits"
            case .float: "\(order == .big ? "big" : "little")-endian floating point"
            case .packed: "packed decimals"
            case .varint: "groups of seven bits, the \(order == .big ? "highest" : "lowest") first"
            }
        let scale =
            (factor == 1 ? "" : " of \(factor) to one") + (divisor == 1 ? "" : " of units of \(divisor)")
            + (plus == 0 ? "" : ", \(plus) added") + (isAbsolute ? ", the time and it added" : "")
        return kind + scale + (decimals.map { " with \($0) decimals" } ?? "")
    }
}
