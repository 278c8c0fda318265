internal import BlueTap

/// How messages of one direction are cut into reports, checked.
package struct CompiledFraming: Sendable {
    private let layout: FramingLayout
    private let header: GeneralMessage
    private let first: GeneralMessage
    private let trailer: GeneralMessage
    private let side: ReportLayout
    private let padding: UInt8?
    /// Sizes of what is not the message.
    private let headerSize: Int
    private let firstSize: Int
    private let trailerSize: Int
    /// Of a message's first report, and of the others.
    private let sizes: (first: Int, other: Int)

    package init(
        _ framing: FramingLayout, side: ReportLayout, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        func compile(_ layout: MessageLayout, _ key: String) throws(ProfileError) -> (GeneralMessage, Int) {
            let message = try GeneralMessage(
                layout, size: side.size, padding: nil, isFraming: true, path: path + [.key(key)])
            guard let fixed = message.fixedSize else {
                throw ProfileError(at: path + [.key(key)], "all fields of a header or trailer have a size")
            }
            return (message, fixed)
        }
        layout = framing
        (header, headerSize) = try compile(framing.header, "header")
        (first, firstSize) =
            try framing.first.map { layout throws(ProfileError) in try compile(layout, "first") }
            ?? (header, headerSize)
        (trailer, trailerSize) = try compile(framing.trailer, "trailer")
        self.side = side
        padding = side.padding?.bytes.first
        sizes = (side.size(of: first.fields), side.size(of: header.fields))
        guard firstSize + trailerSize < sizes.first, headerSize + trailerSize < sizes.other else {
            throw ProfileError(
                at: path, "header and trailer leave nothing of a report of \(min(sizes.first, sizes.other)) bytes")
        }
        let known = Set(((framing.first ?? framing.header) + framing.trailer).flatMap(\.values))
        guard framing.reports != nil || framing.end != nil || !known.isDisjoint(with: Self.tellingEnd) else {
            throw ProfileError(
                at: path,
                "nothing tells where a message ends: no count, remaining, total, remainder, pieceAndRemainder, more, last or position, no `reports` and no `end`"
            )
        }
        try check(framing, path)
    }

    private func check(_ framing: FramingLayout, _ path: [ProfileError.PathStep]) throws(ProfileError) {
        switch framing.end {
        case .mark(let mark)?:
            guard !mark.bytes.bytes.isEmpty else {
                throw ProfileError(at: path + [.key("end"), .key("mark")], "there is nothing to end at")
            }
        case .length(let length)?:
            guard length.format.form != .binary || length.size <= 8 else {
                throw ProfileError(at: path + [.key("end"), .key("length")], "a binary number has 1 to 8 bytes")
            }
        default: break
        }
        let numbered = Set((framing.header + framing.trailer).flatMap(\.values))
        guard !framing.isEmptyOmitted || numbered.contains(.index) else {
            throw ProfileError(
                at: path + [.key("leavesOutEmpty")], "no report says its number: nothing tells which one is left out")
        }
    }

    /// What tells which report is a message's last.
    package static let tellingEnd: Set<FieldLayout.Value> = [
        .count, .remaining, .total, .remainder, .pieceAndRemainder, .more, .last, .position,
    ]

    // MARK: Writing

    /// The reports of a message.
    package func reports(of message: [UInt8], values: FieldValues) throws(EncodingError) -> [[UInt8]] {
        let bytes = try MessageEnd.cut(message, layout.end)
        let room = sizes.other - headerSize - trailerSize
        let firstRoom = sizes.first - firstSize - trailerSize
        let isFull = bytes.count >= firstRoom && (bytes.count - firstRoom).isMultiple(of: room)
        let needed =
            1 + max(0, (bytes.count - firstRoom + room - 1) / room) + (layout.isFullClosed && isFull ? 1 : 0)
        let count = layout.reports ?? needed
        guard needed <= count else { throw .tooLong(bytes.count) }
        // What is full would go on.
        if layout.end == .short, isFull, !layout.isFullClosed { throw .tooLong(bytes.count) }
        var reports: [[UInt8]] = []
        var cursor = 0
        for index in 0..<count {
            let end = min(bytes.count, cursor + (index == 0 ? firstRoom : room))
            let piece = bytes[cursor..<end]
            cursor = end
            if layout.isEmptyOmitted, index > 0, index < count - 1, piece.allSatisfy({ $0 == padding ?? 0 }) {
                continue
            }
            var values = values
            values.set(.index, index)
            values.set(.count, count)
            values.set(.remaining, count - 1 - index)
            values.set(.total, bytes.count)
            values.set(.piece, piece.count)
            values.set(.remainder, bytes.count - end)
            values.set(.pieceAndRemainder, bytes.count - end + piece.count)
            values.set(.more, index < count - 1 ? 1 : 0)
            values.set(.last, index < count - 1 ? 0 : 1)
            values[.position] = count == 1 ? "only" : index == 0 ? "first" : index == count - 1 ? "last" : "middle"
            reports.append(try report(piece, isFirst: index == 0, values))
        }
        return reports
    }

    private func report(_ piece: ArraySlice<UInt8>, isFirst: Bool, _ values: FieldValues) throws(EncodingError)
        -> [UInt8]
    {
        let head = isFirst ? first : header
        var fields = head.fields
        if !piece.isEmpty { fields.append(FieldLayout(size: piece.count, content: .unknown(Array(piece)))) }
        let filling =
            (isFirst ? sizes.first - firstSize : sizes.other - headerSize) - trailerSize - piece.count
        if let padding, filling > 0 { fields.append(FieldLayout(size: filling, content: .fill(padding))) }
        var writer = MessageWriter(
            GeneralMessage(report: fields + trailer.fields, of: [head, trailer]), values: values)
        return try writer.write()
    }

    // MARK: Reading

    /// What the reports of a message have brought so far.
    struct Partial: Sendable {
        var reports: [[UInt8]]
        var bytes: [UInt8]
        /// Where each report's piece of the message begins in it, and how many bytes it has.
        var pieces: [(at: Int, size: Int)]
        var values: FieldValues
        /// Which report comes next.
        var next = 0
        /// What belongs to the message in its reports; its own bytes may be fewer.
        var end: MessageEnd?
    }

    enum Progress {
        case incomplete(Partial)
        case complete(Partial)
    }

    /// Takes a report as a message's first, or as the one after `partial`.
    func read(_ report: [UInt8], after partial: Partial?) throws(Malformation) -> Progress {
        let size = partial == nil ? sizes.first : sizes.other
        guard report.count == size || (padding == nil && report.count < size) else {
            throw .wrongSize(actual: report.count, expected: size)
        }
        let head = partial == nil ? first : header
        let headSize = partial == nil ? firstSize : headerSize
        guard report.count >= headSize + trailerSize else { throw .wrongSize(actual: report.count, expected: size) }
        let body = report.count - headSize - trailerSize
        var fields = head.fields
        if body > 0 { fields.append(FieldLayout(size: body, content: .unknown([UInt8](repeating: 0, count: body)))) }
        var reader = MessageReader(
            GeneralMessage(report: fields + trailer.fields, of: [head, trailer]), bytes: report)
        try reader.read()
        let found = reader.values
        var next =
            partial
            ?? Partial(reports: [], bytes: [], pieces: [], values: FieldValues(), end: layout.end.map(MessageEnd.init))
        try check(found, after: partial)
        if layout.isEmptyOmitted { try fillOmitted(&next, before: found) }
        let piece = report[headSize..<headSize + body]
        let told = try count(of: piece, found, next)
        var count = told ?? body
        next.bytes += piece.prefix(count)
        var isEnded = false
        switch try next.end?.find(in: next.bytes) {
        case .at(let message, let cut)?:
            count -= next.bytes.count - cut
            guard count >= 0 else { throw .unreadable("a message ended before its last report") }
            guard piece.dropFirst(count).allSatisfy({ $0 == padding }) else {
                throw .unreadable("something stands behind the end of a message")
            }
            next.bytes.removeLast(next.bytes.count - message)
            isEnded = true
        default: break
        }
        next.reports.append(report)
        next.pieces.append((headSize, count))
        next.next += 1
        guard next.bytes.count <= 65_536, next.reports.count <= 4096 else {
            throw .unreadable("a message has more than 65536 bytes")
        }
        for value in [FieldLayout.Value.sequence, .command, .total, .count, .remainder, .pieceAndRemainder]
        where found[value] != nil { next.values[value] = found[value] }
        if !found.opaques.isEmpty { next.values.opaques.merge(found.opaques) { known, _ in known } }
        let isFull = count == size - headSize - trailerSize
        guard isEnded || isLast(next, found, body: body, isFull: isFull) else { return .incomplete(next) }
        // An empty report is yet to come.
        if layout.isFullClosed, isFull { return .incomplete(next) }
        if told != nil || isEnded || padding == nil { next.values.set(.total, next.bytes.count) }
        return .complete(next)
    }

    /// Refuses a report that does not go on where its message stopped.
    private func check(_ found: FieldValues, after partial: Partial?) throws(Malformation) {
        let number = partial?.next ?? 0
        if let index = found.number(.index), index != Int64(number),
            !layout.isEmptyOmitted || partial == nil || index < Int64(number)
        {
            throw .brokenOff("report \(index &+ 1) of a message came where report \(number + 1) was due")
        }
        for value in [FieldLayout.Value.sequence, .command, .total, .count] {
            guard let known = partial?.values[value], let other = found[value], known != other else { continue }
            throw .brokenOff("a report of another message came before the message was whole")
        }
        for (name, known) in partial?.values.opaques ?? [:] {
            guard let other = found.opaques[name], known != other else { continue }
            throw .brokenOff("a report with another \(name) came before the message was whole")
        }
        if let position = found[.position], (number == 0) != (position == "only" || position == "first") {
            throw .brokenOff("the \(position) report of a message came where report \(number + 1) was due")
        }
    }

    /// Puts the padding back that stood in reports that were left out.
    private func fillOmitted(_ partial: inout Partial, before found: FieldValues) throws(Malformation) {
        guard let index = found.number(.index), index > Int64(partial.next) else { return }
        let room = sizes.other - headerSize - trailerSize
        let missing = index - Int64(partial.next)
        guard missing <= 4096, partial.bytes.count + Int(missing) * room <= 65_536 else {
            throw .unreadable("a message has more than 65536 bytes")
        }
        partial.bytes += [UInt8](repeating: padding ?? 0, count: Int(missing) * room)
        partial.next += Int(missing)
    }

    /// How much of a report is the message's; nil where nothing says it to the byte.
    private func count(
        of piece: ArraySlice<UInt8>, _ found: FieldValues, _ partial: Partial
    ) throws(Malformation) -> Int? {
        let body = piece.count
        let have = partial.bytes.count
        if let piece = found.number(.piece) {
            guard 0...Int64(body) ~= piece else {
                throw .unreadable("a report says that it has \(piece) bytes of the message")
            }
            return Int(piece)
        }
        if let total = found.number(.total) ?? partial.values.number(.total) {
            guard total >= have, total <= 65_536 else { throw .unreadable("a message says that it has \(total) bytes") }
            return min(body, Int(total) - have)
        }
        if let left = found.number(.pieceAndRemainder) {
            let due = partial.values.number(.pieceAndRemainder).map { $0 - Int64(partial.pieces.last?.size ?? 0) }
            guard 0...65_536 ~= left, due.map({ $0 == left }) ?? true else {
                throw .brokenOff("a report says that \(left) bytes are left where \(due ?? 65_536) are due")
            }
            return min(body, Int(left))
        }
        if let remainder = partial.values.number(.remainder) { return max(0, min(body, Int(clamping: remainder))) }
        guard layout.end == .short, let padding else { return nil }
        return body - piece.reversed().prefix { $0 == padding }.count
    }

    /// Whether a message ends with its newest report.
    private func isLast(_ next: Partial, _ found: FieldValues, body: Int, isFull: Bool) -> Bool {
        switch layout.end {
        case .short?: return !isFull
        case .mark?, .object?, .length?: return false
        case nil: break
        }
        if let count = layout.reports { return next.next == count }
        if let more = found.number(.more) { return more == 0 }
        if let last = found.number(.last) { return last != 0 }
        if let position = found[.position] { return position == "only" || position == "last" }
        if let remaining = found.number(.remaining) { return remaining == 0 }
        if let count = next.values.number(.count) { return next.next >= count }
        if let total = next.values.number(.total) { return next.bytes.count >= total }
        if let left = found.number(.pieceAndRemainder) { return left <= Int64(body) }
        return found.number(.remainder) == 0
    }
}

extension FramingLayout {
    /// Whether the headers tell to the byte where every message ends: what looks like padding behind it belongs to it. What
    /// follows in other reports tells nothing of a message that has no others.
    package var tellsSize: Bool {
        (end != nil && end != .short)
            || ((first ?? []) + header).contains {
                !Set($0.values).isDisjoint(with: [.total, .piece, .pieceAndRemainder])
            }
    }
}

extension CompiledFraming {
    /// What stands where in the reports of a message besides the message itself, by name.
    func surroundings(of message: Assembler.Message) -> [[(name: String, range: Range<Int>)]] {
        message.pieces.enumerated().map { index, piece in
            let size = message.reports[index].count
            return Self.places((index == 0 ? first : header).fields, from: 0)
                + [("padding", piece.at + piece.size..<size - trailerSize)]
                + Self.places(trailer.fields, from: size - trailerSize)
        }
    }

    private static func places(_ fields: MessageLayout, from start: Int) -> [(name: String, range: Range<Int>)] {
        var cursor = start
        return fields.map { field in
            let range = cursor..<cursor + (field.fixedSize ?? 0)
            cursor = range.upperBound
            return (field.name, range)
        }
    }
}

extension GeneralMessage {
    /// A report: header, piece, padding and trailer as one layout, so that places in it count from its first byte.
    fileprivate init(report fields: MessageLayout, of parts: [GeneralMessage]) {
        self.init(
            unchecked: fields, checksums: parts.reduce(into: [:]) { $0.merge($1.checksums) { first, _ in first } })
    }
}

/// Puts the reports of one host together to messages. A message that is broken off is dropped as soon as another begins.
public struct Assembler: Sendable {
    let framing: CompiledFraming?
    let armour: CompiledArmour?
    /// Messages under way. Where reports carry a sequence number, several may be.
    private var partials: [CompiledFraming.Partial] = []
    /// Most messages under way at once.
    private static let capacity = 8

    package init(_ framing: CompiledFraming?, armour: CompiledArmour? = nil) {
        self.framing = framing
        self.armour = armour
    }

    /// A message that is whole.
    public struct Message: Sendable {
        public let reports: [[UInt8]]
        /// Without the armour that the reports have around it.
        public let bytes: [UInt8]
        /// What the reports' headers said.
        public let values: FieldValues
        /// Where each report's piece of the message begins in it, and how many bytes it has; empty where it is the report.
        let pieces: [(at: Int, size: Int)]
    }

    /// Takes the next report. Returns the message that it ends, if it does; and what was dropped for it.
    public mutating func receive(_ report: [UInt8]) throws(Malformation) -> (message: Message?, brokenOff: [[UInt8]]) {
        guard let framing else {
            let bytes = try armour.map { armour throws(Malformation) in try armour.open(report) } ?? report
            return (Message(reports: [report], bytes: bytes, values: FieldValues(), pieces: []), [])
        }
        var complaint: Malformation?
        for (index, partial) in partials.enumerated().reversed() {
            do throws(Malformation) {
                let progress = try framing.read(report, after: partial)
                partials.remove(at: index)
                return (try keep(progress), [])
            } catch {
                complaint = complaint ?? error
            }
        }
        let progress: CompiledFraming.Progress
        do throws(Malformation) {
            progress = try framing.read(report, after: nil)
        } catch {
            throw complaint ?? error
        }
        // A message that begins ends those that no number tells from it.
        var brokenOff: [[UInt8]] = []
        let sequence: String?
        switch progress {
        case .complete(let partial), .incomplete(let partial): sequence = partial.values[.sequence]
        }
        partials.removeAll { partial in
            let isEnded = sequence == nil || partial.values[.sequence] == sequence
            if isEnded { brokenOff.append(partial.reports.flatMap(\.self)) }
            return isEnded
        }
        if partials.count >= Self.capacity { brokenOff.append(partials.removeFirst().reports.flatMap(\.self)) }
        return (try keep(progress), brokenOff)
    }

    private mutating func keep(_ progress: CompiledFraming.Progress) throws(Malformation) -> Message? {
        switch progress {
        case .complete(let partial):
            let isExact = partial.values[.total] != nil
            let bytes = try armour.map { armour throws(Malformation) in
                try armour.open(partial.bytes, isExact: isExact)
            }
            return Message(
                reports: partial.reports, bytes: bytes ?? partial.bytes, values: partial.values, pieces: partial.pieces)
        case .incomplete(let partial):
            partials.append(partial)
            return nil
        }
    }

    /// The host has gone: what it began will not be ended.
    public mutating func reset() { partials = [] }
}
