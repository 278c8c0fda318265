internal import BlueTap
internal import WireFormat

// Once all values have their places, each takes its final columns: the padding around it, and what says that it was not
// given.
extension RegionLearner {
    /// A value whose columns are looked for, and what is to be said of it.
    private struct Placement {
        let candidate: Candidate
        /// The messages that have the value, and those that have none.
        let given: [Int]
        let absent: [Int]
        /// How many different values were sent.
        let distinct: Int
        let place: String
        var evidence: String
        var doubts: [Doubt] = []

        var value: FieldLayout.Value { candidate.value }

        mutating func doubt(_ readings: [String], _ decidedBy: String) {
            doubts.append(Doubt(place: place, readings: readings, decidedBy: decidedBy))
        }
    }

    /// Gives a value its final columns.
    mutating func finish(_ candidate: Candidate, rivals: [Candidate]) {
        let value = candidate.value
        let given = specimens.indices.filter { specimens[$0].values[value] != nil }
        let distinct = Set(given.compactMap { specimens[$0].values[value] }).count
        var placement = Placement(
            candidate: candidate, given: given, absent: specimens.indices.filter { specimens[$0].values[value] == nil },
            distinct: distinct, place: "\(value.rawValue) at byte \(candidate.range.lowerBound)",
            evidence: "\(value.rawValue) in \(given.count) messages, \(distinct) different")
        if distinct == 1 && specimens.count > 1 && given.count == specimens.count && specimens[0].command.isEmpty {
            placement.doubts.append(.constant(value, placement.place))
        }
        switch candidate.coding {
        case .text(let format): finishText(placement, format)
        case .number(let format): finishNumber(placement, format, rivals)
        }
    }

    // MARK: Texts

    private mutating func finishText(_ placement: Placement, _ format: TextFormat) {
        var placement = placement
        let (value, found) = (placement.value, placement.candidate.range)
        let unit = format.characters.width
        let isLeft = format.alignment == .left
        let range = columns(ofText: placement.candidate, format, unit)
        let count = range.count
        let needed = Documented.longest(of: value).map { $0 * unit } ?? 0
        let isKnown = known.contains { $0.range == range && $0.field == .text(value, format) }
        if count > found.count, found.count < needed, !isKnown {
            placement.doubt(
                [
                    "\(value.rawValue) has \(count / unit) characters",
                    "it has \(found.count / unit) or more, and other bytes follow",
                ],
                Documented.probe(value))
        }
        let isFull = specimens.allSatisfy { ($0.values[value].map(format.encoded)?.count ?? 0) == range.count }
        if isFull, placement.distinct > 1, !isKnown, specimens[0].command.isEmpty {
            placement.doubt(
                [
                    "a shorter \(value.rawValue) is filled up with \(HexBytes([format.pad])) on the \(isLeft ? "right" : "left")",
                    "with something else, or on the other side",
                ],
                "send a command with a shorter \(value.rawValue)")
        }
        placement.evidence += isLeft ? ", text" : ", text on the right"
        claim(range, .text(value, format), placement.evidence, doubts: placement.doubts)
    }

    /// The columns of a text, with its padding.
    private func columns(ofText candidate: Candidate, _ format: TextFormat, _ unit: Int) -> Range<Int> {
        var range = candidate.range
        let isLeft = format.alignment == .left
        func isPad(_ column: Int) -> Bool {
            guard isFree(column..<column + 1) else { return false }
            let isUpper = (column - candidate.range.lowerBound) % 2 != (format.characters == .utf16BE ? 1 : 0)
            let expected = unit == 2 && isUpper && format.pad != 0xFF ? 0 : format.pad
            return constant(column) == expected
        }
        while (isLeft ? range.upperBound < size : range.lowerBound > 0)
            && isPad(isLeft ? range.upperBound : range.lowerBound - 1)
        {
            range = isLeft ? range.lowerBound..<range.upperBound + 1 : range.lowerBound - 1..<range.upperBound
        }
        // Documented texts are no longer than this: more padding is somebody else's.
        let documented = Documented.length(of: candidate.value).map { $0 * unit } ?? range.count
        let count = min(range.count - range.count % unit, max(documented, candidate.range.count))
        return isLeft ? range.lowerBound..<range.lowerBound + count : range.upperBound - count..<range.upperBound
    }

    // MARK: Numbers

    private mutating func finishNumber(_ placement: Placement, _ format: IntegerFormat, _ rivals: [Candidate]) {
        var (placement, format) = (placement, format)
        let (value, found) = (placement.value, placement.candidate.range)
        // One byte has no order: the zeros beside it say where the number goes on.
        if format.form == .binary, found.count == 1 {
            func isZero(_ column: Int) -> Bool { isFree(column..<column + 1) && constant(column) == 0 }
            let isLittle = isZero(found.upperBound) && !isZero(found.lowerBound - 1)
            if isLittle { format.order = .little }
        }
        let range = columns(ofNumber: placement, format)
        let count = range.count
        // The number has one size in commands and replies.
        if value == .sequence, let size = specimens[0].sequenceSize, format.form == .binary, size != count { return }
        let holdsAll = Documented.largest(value, decimals: format.decimals).map {
            format.bytes($0, size: found.count) != nil
        }
        if count > found.count, holdsAll == false {
            placement.doubt(
                ["\(value.rawValue) has \(count) bytes", "it has \(found.count), and the others are constants"],
                Documented.probe(value))
        }
        if holdsAll == false, let largest = Documented.largest(value, decimals: format.decimals),
            format.bytes(largest, size: count) == nil, isRoomLeft(placement.given, range, format)
        {
            placement.doubt(
                [
                    "\(value.rawValue) has \(count) bytes, which \(format.text(of: largest) ?? "more") does not fit in",
                    "it goes on beside them",
                ],
                Documented.probe(value))
        }
        if let other = rival(of: placement.candidate, format, among: rivals),
            format.differs(from: other, value, size: count, count)
        {
            placement.doubt(
                ["\(value.rawValue) is \(format.name)", "it is \(other.name)"],
                value == .amount ? "send a pay with the amount 10.01" : Documented.probe(value))
        }
        noteAbsence(placement, range, &format)
        placement.evidence += ", \(format.name)"
        claim(range, .integer(value, format), placement.evidence, doubts: placement.doubts)
    }

    /// Whether no message needs all columns of a number, so that none shows what comes of one that needs more.
    private func isRoomLeft(_ given: [Int], _ range: Range<Int>, _ format: IntegerFormat) -> Bool {
        let isHighFirst = format.form.isText ? format.alignment == .right : format.order == .big
        let highest = isHighFirst ? range.lowerBound : range.upperBound - 1
        return given.allSatisfy { byte($0, highest) == (format.form.isText ? format.pad : 0) }
    }

    /// The columns of a number: those that were found, and the filling on the side to which it grows.
    private func columns(ofNumber placement: Placement, _ format: IntegerFormat) -> Range<Int> {
        let found = placement.candidate.range
        if format.isAbsolute { return found }
        let unit = format.form.isText ? format.characters.width : 1
        let limit =
            format.form == .binary ? 8 : format.form == .float ? found.count : format.form.isText ? 20 * unit : 9
        let growsLeft =
            format.form == .decimal || format.form == .hexadecimal ? format.alignment == .right : format.order == .big
        var room = found
        while room.count < limit, isFiller(growsLeft ? room.lowerBound - 1 : room.upperBound, placement, format) {
            room = growsLeft ? room.lowerBound - 1..<room.upperBound : room.lowerBound..<room.upperBound + 1
        }
        var count = room.count
        if format.form == .binary {
            count =
                [8, 4, 2].first { $0 <= room.count && $0 >= found.count && $0 <= 4 || $0 == found.count } ?? found.count
        }
        if placement.value == .sequence, let size = specimens[0].sequenceSize, (found.count...room.count).contains(size)
        {
            count = size
        }
        if format.form == .bcd { count = min(count, max(found.count, SearchLimit.bcdSize)) }
        count -= count % unit
        return growsLeft ? found.upperBound - count..<found.upperBound : found.lowerBound..<found.lowerBound + count
    }

    /// Whether a column beside a number may belong to it.
    private func isFiller(_ column: Int, _ placement: Placement, _ format: IntegerFormat) -> Bool {
        guard column >= 0, column < size, isFree(column..<column + 1) else { return false }
        let found = placement.candidate.range
        let isWide = format.form.isText && format.characters.width == 2
        /// What fills a column, and what stands there where nothing was given and `blank` says so.
        func filler(_ blank: UInt8? = nil) -> UInt8 {
            let byte = blank ?? (format.form.isText ? format.pad : 0)
            let isUpper =
                isWide && (column - found.lowerBound) % 2 != (format.characters == .utf16BE ? 1 : 0)
            return isUpper && byte != 0xFF ? 0 : byte
        }
        guard placement.given.allSatisfy({ byte($0, column) == filler() }) else { return false }
        // Where nothing was given stands a number that means that; in text, what fills the rest, or the filler.
        if format.form == .binary { return Set(placement.absent.map { byte($0, column) }).count <= 1 }
        return placement.absent.allSatisfy { index in
            byte(index, column) == filler()
                || format.blank(of: bytes(index, found)).map { filler($0) } == byte(index, column)
        }
    }

    /// What is as good a reading of the same columns, and says something else of other values.
    private func rival(
        of candidate: Candidate, _ format: IntegerFormat, among rivals: [Candidate]
    ) -> IntegerFormat? {
        let first = rivals.first { rival in
            guard case .number(let other) = rival.coding else { return false }
            return rival.range.overlaps(candidate.range)
                && rival.weight >= candidate.weight - ReadingEvidence.rivalSlack
                && (other.form != format.form || other.decimals != format.decimals
                    || (other.order != format.order && rival.range != candidate.range && candidate.range.count == 1))
        }
        guard let first, first.range == candidate.range, case .number(let other) = first.coding else { return nil }
        return other
    }

    /// What stands in the columns where nothing was given.
    private func noteAbsence(_ placement: Placement, _ range: Range<Int>, _ format: inout IntegerFormat) {
        let absent = placement.absent
        guard let first = absent.first else { return }
        let blanks = Set(absent.map { format.blank(of: bytes($0, range)) })
        if blanks.count == 1, case let blank?? = blanks.first, blank != 0 || format.form == .decimal {
            format.blank = blank
        } else if let number = format.number(Array(bytes(first, range))),
            absent.allSatisfy({ bytes($0, range).elementsEqual(bytes(first, range)) })
        {
            // What may be given as well is a value that the host puts in.
            let texts = placement.given.compactMap { specimens[$0].values[placement.value] }
            if texts.contains(where: { format.number(of: $0) == number })
                || format.text(of: number).map({ Documented.isSent($0, placement.value) }) == true, !format.isAbsolute
            {
                format.standard = number
            } else {
                format.absent = number
            }
        }
    }
}

extension IntegerFormat {
    /// The byte that blanks are made of; nil where the bytes are none.
    fileprivate func blank(of bytes: ArraySlice<UInt8>) -> UInt8? {
        bytes.first.flatMap { bytes.elementsEqual(blanks($0, size: bytes.count)) ? $0 : nil }
    }
}
