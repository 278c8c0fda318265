internal import BlueTap
internal import WireFormat

/// Finds how messages of several reports are cut.
struct FramingLearner {
    /// The reports of each message, in order; those that were left out as well.
    private(set) var messages: [[[UInt8]]]
    /// Which command each is, or answers.
    let kinds: [Command.Kind]
    /// Texts that stand in each message, whole.
    let texts: [[[UInt8]]]
    /// The reports of the direction: their size, and what fills what the last of a message has left.
    let side: ReportLayout
    /// The reports as they were sent.
    private let sent: [[[UInt8]]]
    /// Columns that are the same in all reports of a message, and differ from one message to the next.
    private(set) var shared: Set<Int> = []

    init(messages: [[[UInt8]]], kinds: [Command.Kind], texts: [[[UInt8]]], side: ReportLayout) {
        self.messages = messages
        self.kinds = kinds
        self.texts = texts
        self.side = side
        sent = messages
        shared = Self.shared(messages)
    }

    var padding: UInt8? { side.padding?.bytes.first }

    struct Result {
        var framing: FramingLayout
        var evidence: FramingEvidence
        var messages: [Whole]
        var cost: Int

        /// Whether all messages are text that ends as lines or JSON do.
        fileprivate var isText: Bool {
            switch framing.end {
            case .object?: break
            case .mark(let mark)?:
                if mark.isKept || mark.bytes.bytes.contains(where: { $0 != 0x0A && $0 != 0x0D }) { return false }
            default: return false
            }
            return messages.allSatisfy { !$0.bytes.isEmpty && $0.bytes.allSatisfy { 0x20...0x7E ~= $0 || $0 >= 0x80 } }
        }
    }

    /// A message put together.
    struct Whole: Equatable {
        var bytes: [UInt8]
        /// Whether the headers say to the byte where it ends.
        var isSizeTold: Bool
        /// The number that its headers bear.
        var sequence: String?
        /// What the headers have that means nothing to the device.
        var opaques: [String: [UInt8]] = [:]

        /// Whether its headers have of that only what the command has.
        func repeats(_ command: Whole) -> Bool {
            opaques.allSatisfy { command.opaques[$0.key] == $0.value }
                && (sequence == nil || command.sequence == nil || sequence == command.sequence)
        }
    }

    /// The messages as a known framing cuts them, with constants of their own; nil where it does not.
    func find(like model: FramingLayout) -> Result? {
        var framing = model
        let firsts = zip(kinds, messages).map { (kind: $0, bytes: $1[0]) }
        let others = zip(kinds, messages).flatMap { kind, message in message.dropFirst().map { (kind: kind, bytes: $0) }
        }
        if let first = model.first {
            guard let own = first.withConstants(of: firsts) else { return nil }
            framing.first = own
        }
        guard let header = model.header.withConstants(of: model.first == nil ? firsts + others : others) else {
            return nil
        }
        framing.header = header
        if framing.reports != nil {
            guard let count = messages.first?.count, count > 1, messages.allSatisfy({ $0.count == count }) else {
                return nil
            }
            framing.reports = count
        }
        guard let whole = assembled(by: framing) else { return nil }
        return Result(
            framing: framing, evidence: FramingEvidence(framing, "as in the other direction"), messages: whole,
            cost: ReadingCost.knownFraming)
    }

    /// The messages as a framing puts them together; nil where one of them does not end with its last report, or other
    /// reports would be made of it.
    private func assembled(by framing: FramingLayout) -> [Whole]? {
        guard let compiled = try? CompiledFraming(framing, side: side, path: []) else { return nil }
        var whole: [Whole] = []
        for reports in sent {
            var assembler = Assembler(compiled)
            for report in reports.dropLast() {
                guard let got = try? assembler.receive(report), got.message == nil else { return nil }
            }
            guard let message = try? assembler.receive(reports[reports.count - 1]).message,
                let made = try? compiled.reports(of: message.bytes, values: message.values), made == reports
            else { return nil }
            whole.append(
                Whole(
                    bytes: message.bytes, isSizeTold: message.values[.total] != nil,
                    sequence: message.values[.sequence], opaques: message.values.opaques))
        }
        return whole
    }

    /// How reports are cut.
    struct Cut {
        /// How many bytes at the ends of reports are not the message's.
        let first: Int
        let header: Int
        let trailer: Int
        /// Whether the first report has a header of its own.
        var isFirstOther: Bool
        var end: FramingEnd?
        /// How many reports every message has, where nothing else needs to tell.
        var reports: Int?
    }

    /// The likeliest first.
    ///
    /// - Parameter isUniform: whether messages may be told by nothing but that all have as many reports.
    func find(isUniform: Bool) -> [Result] {
        guard messages.contains(where: { $0.count > 1 }), isCutAtSize else { return [] }
        var found = search(isUniform: isUniform)
        for completed in completed() {
            var other = self
            other.messages = completed
            other.shared = Self.shared(completed)
            found += other.search(isUniform: isUniform)
        }
        return found.sorted { $0.cost < $1.cost }
    }

    /// The same where every message has one report, which begins with its size and flags, or with a report ID and these: what a longer one would have is
    /// not known, but that it would have several.
    func findSingle() -> [Result] {
        guard !messages.contains(where: { $0.count > 1 }) else { return [] }
        return (1...2).compactMap { Ends(self, header: $0, trailer: 0) }.flatMap { $0.flagged() }.compactMap {
            learn($0.cut, $0.totals, [], isPinned: false)
        }
    }

    /// Whether all reports but the last of a message are as large as they can be.
    private var isCutAtSize: Bool {
        messages.allSatisfy { $0.dropLast().allSatisfy { $0.count == side.size(of: $0.first) } }
    }

    private func search(isUniform: Bool) -> [Result] {
        let counts = Set(messages.map(\.count))
        let uniform = isUniform && counts.count == 1 ? counts.first : nil
        var ends: [Ends] = []
        var trailers: [Int: [Finding]] = [:]
        for size in SearchLimit.trailers {
            guard let trailer = trailer(size) else { continue }
            trailers[size] = trailer
            for header in 0...SearchLimit.header {
                if let end = Ends(self, header: header, trailer: size) { ends.append(end) }
            }
        }
        // Text that goes on from one report to the next tells a header's size.
        let least = ends.map(\.splitTexts).min() ?? 0
        ends.removeAll { $0.splitTexts > least }
        let isPinned = ends.count <= SearchLimit.cutsForHeaderChecks
        var found: [Result] = []
        for end in ends {
            for candidate in end.candidates(uniform: uniform) {
                let trailer = trailers[candidate.cut.trailer] ?? []
                if let result = learn(candidate.cut, candidate.totals, trailer, isPinned: isPinned) {
                    found.append(result)
                }
            }
        }
        // Headers that are read otherwise and leave the same messages are one.
        var seen: Set<[[UInt8]]> = []
        // Lines of text are none by chance.
        let lines = found.filter(\.isText)
        return (lines.isEmpty ? found : lines).sorted { $0.cost < $1.cost }.filter {
            seen.insert($0.messages.map(\.bytes)).inserted
        }
    }

    private func learn(_ cut: Cut, _ totals: [Int], _ trailer: [Finding], isPinned: Bool) -> Result? {
        guard let pieces = pieces(cut, totals) else { return nil }
        let isTold =
            cut.reports != nil || cut.end != nil
            || trailer.contains { !Set($0.field.values).isDisjoint(with: CompiledFraming.tellingEnd) }
        guard let heads = heads(cut, pieces, isTold: isTold, isPinned: isPinned) else { return nil }
        let (first, header) = (heads[0], heads[heads.count - 1])
        let framing = FramingLayout(
            header: header.map(\.field), first: cut.isFirstOther ? first.map(\.field) : nil,
            trailer: trailer.map(\.field), reports: cut.reports, end: cut.end, isFullClosed: pieces.isFullClosed,
            isEmptyOmitted: messages != sent)
        guard let read = assembled(by: framing), read.map(\.bytes) == pieces.whole else { return nil }
        return Result(
            framing: framing,
            evidence: FramingEvidence(
                first: cut.isFirstOther ? first.map(\.evidence) : [], header: header.map(\.evidence),
                trailer: trailer.map(\.evidence)),
            messages: read,
            cost: ReadingCost.framing(
                cut, splitTexts: splitTexts(pieces.whole), isFullClosed: pieces.isFullClosed,
                tellsPieces: header.contains { $0.field.values.contains(.piece) }))
    }

    /// The reports of all messages, and these put together.
    struct Pieces {
        var first: [Specimen] = []
        var later: [Specimen] = []
        var whole: [[UInt8]] = []
        /// Whether an empty report follows what fills its reports.
        var isFullClosed = false
    }

    /// Cuts the messages so, and notes what a header of each report could say; nil where a message is not whole then.
    private func pieces(_ cut: Cut, _ totals: [Int]) -> Pieces? {
        var pieces = Pieces()
        var order = 0
        var isFullOpen = false
        for (index, message) in messages.enumerated() {
            var bytes: [UInt8] = []
            for (number, report) in message.enumerated() {
                let head = number == 0 ? cut.first : cut.header
                let room = report.count - head - cut.trailer
                let piece = min(room, totals[index] - bytes.count)
                guard piece >= 0 else { return nil }
                let isLast = number == message.count - 1
                if isLast, piece == 0, number > 0 { pieces.isFullClosed = pieces.isFullClosed || cut.reports == nil }
                if isLast, piece == side.size(of: report.first) - head - cut.trailer { isFullOpen = true }
                bytes += report[head..<head + piece]
                let values = values(
                    index, number, of: message.count, piece: piece, have: bytes.count, total: totals[index])
                let specimen = Specimen(
                    bytes: report, values: values, kind: kinds[index], order: order, end: report.count)
                if number == 0 { pieces.first.append(specimen) } else { pieces.later.append(specimen) }
                order += 1
            }
            guard bytes.count == totals[index] else { return nil }
            if case .mark(let mark)? = cut.end, !mark.isKept { bytes.removeLast(mark.bytes.bytes.count) }
            pieces.whole.append(bytes)
        }
        return pieces.isFullClosed && isFullOpen ? nil : pieces
    }

    /// What a report's header could say.
    private func values(
        _ message: Int, _ number: Int, of count: Int, piece: Int, have: Int, total: Int
    ) -> FieldValues {
        var values = FieldValues()
        values.set(.index, number)
        values.set(.count, count)
        values.set(.remaining, count - 1 - number)
        values.set(.total, total)
        values.set(.piece, piece)
        values.set(.remainder, total - have)
        values.set(.pieceAndRemainder, total - have + piece)
        values.set(.more, number < count - 1 ? 1 : 0)
        values.set(.last, number < count - 1 ? 0 : 1)
        values[.position] = count == 1 ? "only" : number == 0 ? "first" : number == count - 1 ? "last" : "middle"
        values[.command] = kinds[message].rawValue
        return values
    }

    /// The header of all reports, or that of the first and that of the others; nil where something in them is not
    /// understood, or they do not tell where a message ends.
    private func heads(_ cut: Cut, _ pieces: Pieces, isTold: Bool, isPinned: Bool) -> [[Finding]]? {
        func region(_ specimens: [Specimen], _ width: Int, like known: [RegionLearner.Claim]) -> RegionLearner? {
            guard !specimens.isEmpty else { return nil }
            var region = RegionLearner(
                specimens: specimens, starts: specimens.map { _ in 0 }, size: width, wanted: [])
            region.findFraming(shared: shared, like: known)
            if isPinned, region.puzzles.runs.count == 1 { region.findChecksums() }
            return region
        }
        guard cut.isFirstOther else {
            guard var both = region(pieces.first + pieces.later, cut.header, like: []) else { return nil }
            let findings = both.fields()
            return both.unexplained == 0 && (isTold || Self.tellsEnd(findings)) ? [findings] : nil
        }
        guard var later = region(pieces.later, cut.header, like: []) else { return nil }
        later.findOnlyIndex()
        let header = later.fields()
        guard later.unexplained == 0, var own = region(pieces.first, cut.first, like: later.claims) else { return nil }
        let first = own.fields()
        return own.unexplained == 0 && (isTold || Self.tellsEnd(first)) ? [first, header] : nil
    }

    private static func tellsEnd(_ findings: [Finding]) -> Bool {
        !Set(findings.flatMap(\.field.values)).isDisjoint(with: CompiledFraming.tellingEnd)
    }

    /// What ends each report, which is a checksum or tells which report it is; nil where it is not understood.
    private func trailer(_ size: Int) -> [Finding]? {
        guard size > 0 else { return [] }
        guard messages.allSatisfy({ $0.allSatisfy { $0.count > size } }) else { return nil }
        let cut = Cut(first: 0, header: 0, trailer: size, isFirstOther: false)
        let totals = messages.map { $0.reduce(0) { $0 + $1.count - size } }
        guard let pieces = pieces(cut, totals) else { return nil }
        let all = pieces.first + pieces.later
        var region = RegionLearner(
            specimens: all, starts: all.map { $0.bytes.count - size }, size: size, wanted: [])
        region.findFraming(shared: [], like: [])
        if !region.puzzles.isEmpty { region.findChecksums() }
        let findings = region.fields()
        let isSomething = findings.contains { finding in
            if case .checksum = finding.field.content { true } else { !finding.field.values.isEmpty }
        }
        return region.unexplained == 0 && isSomething ? findings : nil
    }

    /// Texts that are not whole. Those that go on from one report to the next show that the cut is right.
    func splitTexts(_ whole: [[UInt8]]) -> Int {
        zip(whole, texts).reduce(0) { sum, pair in
            sum
                + pair.1.count { text in
                    text.count >= ReadingEvidence.tellingText
                        && pair.0.firstPlace(of: text, from: 0, to: pair.0.count) == nil
                }
        }
    }

    /// Columns that are a number which all reports of a message share.
    private static func shared(_ messages: [[[UInt8]]]) -> Set<Int> {
        let several = messages.filter { $0.count > 1 }
        return Set(
            (0..<SearchLimit.firstHeader).filter { column in
                var values: Set<UInt8> = []
                for message in several {
                    guard message.allSatisfy({ column < $0.count && $0[column] == message[0][column] }) else {
                        return false
                    }
                    values.insert(message[0][column])
                }
                return values.count > 1
            })
    }
}

extension MessageLayout {
    /// The same fields with the constants that these reports begin with; nil where they have none there.
    fileprivate func withConstants(of reports: [(kind: Command.Kind, bytes: [UInt8])]) -> MessageLayout? {
        var column = 0
        var result: MessageLayout = []
        for var field in self {
            guard let size = field.fixedSize else { return nil }
            let range = column..<column + size
            if !reports.isEmpty {
                switch field.content {
                case .constant:
                    guard let bytes = reports.common(range) else { return nil }
                    field.content = .constant(bytes)
                case .enumeration(.command, _):
                    var table: [String: HexBytes] = [:]
                    for kind in Set(reports.map(\.kind)) {
                        guard let bytes = reports.filter({ $0.kind == kind }).common(range) else { return nil }
                        table[kind.rawValue] = HexBytes(bytes)
                    }
                    // What all answers say alike tells no command.
                    field.content =
                        Set(table.values).count == table.count
                        ? .enumeration(.command, table) : .constant([UInt8](reports[0].bytes[range]))
                default: break
                }
            }
            result.append(field)
            column += size
        }
        return result
    }
}

extension [(kind: Command.Kind, bytes: [UInt8])] {
    /// What all reports have there; nil where they differ.
    fileprivate func common(_ range: Range<Int>) -> [UInt8]? {
        guard allSatisfy({ $0.bytes.count >= range.upperBound }), let first = first?.bytes[range] else { return nil }
        return allSatisfy { $0.bytes[range] == first } ? [UInt8](first) : nil
    }
}
