internal import BlueTap
internal import WireFormat

/// What a reading costs, and how much has to speak for one: all figures by which the learner takes one reading rather than
/// another. `docs/learning.md` says where they are used.
///
/// Costs are whole numbers without a unit, and the reading that costs least is taken. What matters is their order: nothing
/// makes up for a value that is missing, little for a byte that is not understood, and only where two readings explain
/// the same does the simpler one win.
enum ReadingCost {
    // MARK: A layout of messages

    /// A value that the samples say and no field carries. More than all else together: such a layout is no answer.
    static let missingValue = 1000
    /// A byte that changes and is not understood. More than any structure costs: to explain a byte is what structures are for.
    static let unexplainedByte = 20
    /// One step of a structure's own cost: more than a difference of a few fields, less than a byte.
    static let structureStep = 2
    /// Something of which another reading fits as well. More than a step: a structure that leaves less open is the likelier.
    static let doubt = 3
    /// So many fields cost 1. The same bytes in fewer fields are the simpler reading, but it is the weakest of reasons.
    static let fieldsPerUnit = 4
    /// A check that no other format is known to have: more than the fields by which another reading needs none.
    static let unusualCheck = 6
    /// So many bytes of a trailer cost 1: a short one is likelier, and a checksum may have four.
    static let trailerBytesPerUnit = 2
    /// So many bytes of each code in a table cost 1: of longer ones a part is likely something else, a check say.
    static let codeBytesPerUnit = 3
    /// A message that ends otherwise than with its report: that needs padding, or a count, to be right as well.
    static let endBeforeReport = 1
    /// A byte of header or trailer around a body that has been explained by itself only: the larger body says more.
    static let frameByte = 1
    /// How much worse than the best a body may look before its header is explained: doubts and fields weigh about as much.
    static let bodySlack = 4
    /// A sort of messages without any layout: more than any layout costs.
    static let noLayout = 100_000
    /// How much more than the best another layout may cost and still be a doubt: one step of a structure.
    static let rivalSlack = 2

    static func layout(_ draft: Draft) -> Int {
        var cost = draft.missing.count * missingValue + draft.unexplained * unexplainedByte
        cost += structure(draft.structure) * structureStep + draft.doubts.count * doubt
        cost += draft.findings.count / fieldsPerUnit + draft.frame.trailer / trailerBytesPerUnit
        cost += draft.layout.checks.count(where: \.isUnusual) * unusualCheck
        cost += draft.layout.longestCodes.reduce(0) { $0 + $1 / codeBytesPerUnit }
        if draft.frame.ending != .whole { cost += endBeforeReport }
        return cost
    }

    /// The same before header and trailer are explained.
    static func body(_ structure: Structure, unexplained: Int, _ frame: Frame) -> Int {
        leastOfBody(structure, unexplained: unexplained) + (frame.header + frame.trailer) * frameByte
    }

    /// What a layout with this body costs at least.
    static func leastOfBody(_ structure: Structure, unexplained: Int) -> Int {
        unexplained * unexplainedByte + self.structure(structure) * structureStep
    }

    /// How much it takes to believe in a structure, in steps: the more bytes could be read so by chance, the more.
    static func structure(_ structure: Structure) -> Int {
        switch structure {
        case .fixed: 0
        // Nothing is JSON by chance.
        case .object, .document(.json), .document(.xml): 1
        // Kinds and lengths fit together in every message: hardly by chance, but not as surely as in text.
        case .document: 2
        case .records, .berRecords: 2
        // Each separator is tried with several escapes, and without one the text says all.
        case .pairs(_, _, let escape, _), .list(_, let escape, _): escape == nil ? 2 : 3
        // Many bytes are a length.
        case .strings, .sequence: 3
        }
    }

    // MARK: A layer around messages

    /// As much as the dearest structure: a layer has to explain something.
    static let armourLayer = 3

    // MARK: A framing

    /// A text of the samples that is in no message as it was put together: it goes on in another report, so that the cut is
    /// wrong. More than all headers cost.
    static let splitText = 100
    /// A byte of a header. The message has what the header leaves.
    static let headerByte = 1
    /// The first report has another header than the others: one layout more.
    static let firstHeader = 2
    /// A byte of a trailer, which is a checksum that was found right: that is worth more than the byte costs.
    static let trailerByte = -2
    /// Nothing but the number of reports tells where a message ends. More than all headers: it is taken where nothing else is.
    static let countedReports = 50
    /// The framing of the other direction fits: none that was found otherwise is better.
    static let knownFraming = -1000

    /// An empty report behind what fills its reports: hardly any format has it.
    static let fullClosed = 2
    /// A number in the message tells its end: a header that has it says as much, and leaves the message the simpler.
    static let innerLength = 4
    /// A JSON object tells its own end: nothing is one by chance.
    static let objectEnd = 2
    /// A mark at the end: what all messages end with may be theirs.
    static let endMark = 3
    /// A byte that all messages end with, and keep: it may be anything.
    static let keptMark = 8
    /// Padding as the mark: a byte of the message may be the same.
    static let paddingMark = 12
    /// Room in the last report: what fills it has no end then.
    static let shortEnd = 9
    /// The same where each report says how many bytes it has: room in the last one is no accident then.
    static let toldShortEnd = 1

    /// - Parameter tellsPieces: whether each report says how many bytes of the message it has.
    static func framing(_ cut: FramingLearner.Cut, splitTexts: Int, isFullClosed: Bool, tellsPieces: Bool) -> Int {
        var cost = splitTexts * splitText + (cut.first + cut.header) * headerByte + cut.trailer * trailerByte
        if cut.isFirstOther { cost += firstHeader }
        if cut.reports != nil { cost += countedReports }
        if isFullClosed { cost += fullClosed }
        switch cut.end {
        case nil: break
        case .length?: cost += innerLength
        case .object?: cost += objectEnd
        case .mark(let mark)?:
            cost +=
                mark.isKept
                ? keptMark : mark.bytes.bytes.allSatisfy { [0x0A, 0x0D].contains($0) } ? endMark : paddingMark
        case .short?: cost += tellsPieces ? toldShortEnd : shortEnd
        }
        return cost
    }

    // MARK: A reading of a session

    /// A line that says what is not explained.
    static let unexplainedLine = 1
    /// A sample that contradicts: twice that, for the label is likely another turn's.
    static let contradiction = 2
    /// No pay was learned: what was taken for the commands are none.
    static let noPay = 100

    static func session(_ lesson: Lesson) -> Int {
        lesson.unexplained.count * unexplainedLine + lesson.contradictions.count * contradiction
            + (lesson.commands[.pay] == nil ? noPay : 0)
    }
}

extension MessageLayout {
    /// The bytes of the longest code of each table.
    fileprivate var longestCodes: [Int] {
        var sizes: [Int] = []
        for field in self {
            field.visit { field in
                guard case .enumeration(_, let table) = field.content else { return }
                sizes.append(table.values.map(\.bytes.count).max() ?? 0)
            }
        }
        return sizes
    }
}
