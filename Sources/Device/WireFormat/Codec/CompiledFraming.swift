internal import BlueTap

/// How messages of one direction are cut into reports, checked.
package struct CompiledFraming: Sendable {
    private let header: GeneralMessage
    private let first: GeneralMessage
    private let trailer: GeneralMessage
    private let size: Int
    private let padding: UInt8?
    /// How many reports every message has; nil: the headers tell.
    private let count: Int?
    /// Sizes of what is not the message.
    private let headerSize: Int
    private let firstSize: Int
    private let trailerSize: Int

    package init(
        _ framing: FramingLayout, size: Int, padding: UInt8?, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        func compile(_ layout: MessageLayout, _ key: String) throws(ProfileError) -> (GeneralMessage, Int) {
            let message = try GeneralMessage(
                layout, size: size, padding: nil, isFraming: true, path: path + [.key(key)])
            guard let fixed = message.fixedSize else {
                throw ProfileError(at: path + [.key(key)], "all fields of a header or trailer have a size")
            }
            return (message, fixed)
        }
        (header, headerSize) = try compile(framing.header, "header")
        (first, firstSize) =
            try framing.first.map { layout throws(ProfileError) in try compile(layout, "first") }
            ?? (header, headerSize)
        (trailer, trailerSize) = try compile(framing.trailer, "trailer")
        self.size = size
        self.padding = padding
        count = framing.reports
        guard max(headerSize, firstSize) + trailerSize < size else {
            throw ProfileError(at: path, "header and trailer leave nothing of a report of \(size) bytes")
        }
        let known = Set((framing.first ?? framing.header).flatMap(\.values))
        guard count != nil || !known.isDisjoint(with: Self.tellingEnd) else {
            throw ProfileError(
                at: path,
                "nothing tells where a message ends: no count, remaining, total, remainder, pieceAndRemainder, more or position, and no `reports`"
            )
        }
    }

    /// What tells which report is a message's last.
    package static let tellingEnd: Set<FieldLayout.Value> = [
        .count, .remaining, .total, .remainder, .pieceAndRemainder, .more, .position,
    ]

    // MARK: Writing

    /// The reports of a message.
    package func reports(of message: [UInt8], values: FieldValues) throws(EncodingError) -> [[UInt8]] {
        let room = size - headerSize - trailerSize
        let firstRoom = size - firstSize - trailerSize
        let needed = 1 + max(0, (message.count - firstRoom + room - 1) / room)
        let count = self.count ?? needed
        guard needed <= count else { throw .tooLong(message.count) }
        var reports: [[UInt8]] = []
        var cursor = 0
        for index in 0..<count {
            let end = min(message.count, cursor + (index == 0 ? firstRoom : room))
            var values = values
            values.set(.index, index)
            values.set(.count, count)
            values.set(.remaining, count - 1 - index)
            values.set(.total, message.count)
            values.set(.piece, end - cursor)
            values.set(.remainder, message.count - end)
            values.set(.pieceAndRemainder, message.count - cursor)
            values.set(.more, index < count - 1 ? 1 : 0)
            values[.position] = count == 1 ? "only" : index == 0 ? "first" : index == count - 1 ? "last" : "middle"
            let head = index == 0 ? first : header
            var fields = head.fields
            fields.append(FieldLayout(size: max(1, end - cursor), content: .unknown(Array(message[cursor..<end]))))
            if end == cursor { fields.removeLast() }
            let filling = size - trailerSize - (index == 0 ? firstSize : headerSize) - (end - cursor)
            if let padding, filling > 0 { fields.append(FieldLayout(size: filling, content: .fill(padding))) }
            var writer = MessageWriter(
                GeneralMessage(report: fields + trailer.fields, of: [head, trailer]), values: values)
            reports.append(try writer.write())
            cursor = end
        }
        return reports
    }

    // MARK: Reading

    /// What the reports of a message have brought so far.
    struct Partial: Sendable {
        var reports: [[UInt8]]
        var bytes: [UInt8]
        /// Where each report's piece of the message begins in it, and how many bytes it has.
        var pieces: [(at: Int, size: Int)]
        var values: FieldValues
    }

    enum Progress {
        case incomplete(Partial)
        case complete(Partial)
    }

    /// Takes a report as a message's first, or as the one after `partial`.
    func read(_ report: [UInt8], after partial: Partial?) throws(Malformation) -> Progress {
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
        let have = partial?.bytes.count ?? 0
        let number = partial?.reports.count ?? 0
        if let index = found.number(.index), index != Int64(number) {
            throw .brokenOff("report \(index + 1) of a message came where report \(number + 1) was due")
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
        let total = found.number(.total) ?? partial?.values.number(.total)
        var count = body
        // Whether the headers say to the byte how much of the report is the message's.
        var isSizeTold = true
        if let piece = found.number(.piece) {
            guard 0...Int64(body) ~= piece else {
                throw .unreadable("a report says that it has \(piece) bytes of the message")
            }
            count = Int(piece)
        } else if let total {
            guard total >= have, total <= 65_536 else { throw .unreadable("a message says that it has \(total) bytes") }
            count = min(body, Int(total) - have)
        } else if let left = found.number(.pieceAndRemainder) {
            let due = partial?.values.number(.pieceAndRemainder).map { $0 - Int64(partial?.pieces.last?.size ?? 0) }
            guard 0...65_536 ~= left, due.map({ $0 == left }) ?? true else {
                throw .brokenOff("a report says that \(left) bytes are left where \(due ?? 65_536) are due")
            }
            count = min(body, Int(left))
        } else if let remainder = partial?.values.number(.remainder) {
            count = max(0, min(body, Int(clamping: remainder)))
        } else {
            isSizeTold = false
        }
        var next = partial ?? Partial(reports: [], bytes: [], pieces: [], values: FieldValues())
        next.reports.append(report)
        next.pieces.append((headSize, count))
        next.bytes += report[headSize..<headSize + count]
        guard next.bytes.count <= 65_536, next.reports.count <= 4096 else {
            throw .unreadable("a message has more than 65536 bytes")
        }
        for value in [FieldLayout.Value.sequence, .command, .total, .count, .remainder, .pieceAndRemainder]
        where found[value] != nil { next.values[value] = found[value] }
        if !found.opaques.isEmpty { next.values.opaques.merge(found.opaques) { known, _ in known } }
        let isLast: Bool
        if let count = self.count {
            isLast = next.reports.count == count
        } else if let more = found.number(.more) {
            isLast = more == 0
        } else if let position = found[.position] {
            isLast = position == "only" || position == "last"
        } else if let remaining = found.number(.remaining) {
            isLast = remaining == 0
        } else if let count = next.values.number(.count) {
            isLast = next.reports.count >= count
        } else if let total {
            isLast = next.bytes.count >= total
        } else if let left = found.number(.pieceAndRemainder) {
            isLast = left <= Int64(body)
        } else {
            isLast = found.number(.remainder) == 0
        }
        if isLast, isSizeTold { next.values.set(.total, next.bytes.count) }
        return isLast ? .complete(next) : .incomplete(next)
    }
}

extension FramingLayout {
    /// Whether the headers tell to the byte where every message ends: what looks like padding behind it belongs to it. What
    /// follows in other reports tells nothing of a message that has no others.
    package var tellsSize: Bool {
        ((first ?? []) + header).contains { !Set($0.values).isDisjoint(with: [.total, .piece, .pieceAndRemainder]) }
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
