/// How far the learner looks. What is beyond has not been seen in formats, and would take too long.
enum SearchLimit {
    /// After that nothing new is begun.
    static var time: Duration { .seconds(8 * slowness) }
    /// How much longer samples are looked for that contradict the others.
    static var timeForContradictions: Duration { .seconds(32 * slowness) }

    /// What is not optimised takes ten times as long to find the same.
    private static var slowness: Int {
        #if DEBUG
            10
        #else
            1
        #endif
    }

    // MARK: Samples

    static let samples = 1000
    static let reportSize = 1024
    /// Bytes of a packet on the cable.
    static let packet = 64
    /// Words that come again and again in a session: of so many all subsets are tried.
    static let repeatedWords = 6
    static let sessionReadings = 8
    /// How often samples are learned from to find those that contradict, roughly.
    static let contradictionSteps = 24
    /// How often of these at most for samples of the same bytes.
    static let twinSteps = 4
    /// Of more bytes than that only the first ways to halve the samples are tried.
    static let bytesForAllHalves = 8192
    static let pairedHalves = 8

    // MARK: Framing

    static let trailers = [0, 1, 2, 4]
    static let header = 8
    /// How much longer the header of a message's first report is, where no number in it says how long the message is.
    static let longerFirstHeader = 6
    /// The same where only something in the message itself ends it.
    static let markedFirstHeader = 2
    /// How long a first header is at most.
    static let firstHeader = 24
    /// How much of a first header stands behind the message's size.
    static let headerBehindLength = 4
    /// Columns of a header that may change in a way that only a checksum explains.
    static let headerPuzzles = 4
    /// Checksums in headers are looked for where the header's and trailer's sizes are one of so few.
    static let cutsForHeaderChecks = 3
    /// Columns of the first report in which the message's size may begin.
    static let lengthColumn = 20
    /// So many of these are looked at, the likeliest first.
    static let lengthColumns = 12
    /// Bytes of a message, a checksum say, that may stand behind what ends it.
    static let bytesBehindMark = 2
    /// How much more, or less, than what there is of the message in the reports a size may say.
    static let uncounted = 32
    /// Framings for which messages are learned.
    static let framings = 8
    /// The same of those that end messages in one way.
    static let framingsOfAWay = 4
    /// Reports of so many IDs at most have sizes of their own.
    static let reportIDs = 8

    // MARK: Armour

    /// Bytes before a layer: a report ID, a count.
    static let armourHead = 3
    /// Layers around a message, one in another.
    static let armourDepth = 3
    /// Readings of the layers of one direction.
    static let armours = 16
    /// Bytes before and behind text of one alphabet.
    static let textHead = 8
    static let textTail = 8
    /// Ways to escape for which samples speak.
    static let stuffings = 3
    /// Check bytes behind what ends a message.
    static let bytesBehindEnd = 4
    /// Bytes of a message that may be plain where the others are XORed.
    static let plainHead = 12
    /// Places at which that is tried to end.
    static let maskStarts = 4
    /// Bytes of a key that comes again and again.
    static let keySizes = [2, 3, 4, 8, 5, 6, 7]

    // MARK: Replies in steps

    /// Reports of one reply, each of which may be a message.
    static let replySteps = 64
    /// Kinds of messages between "received" and the reply.
    static let differentSteps = 4
    /// Ways to part them that are tried.
    static let stepWays = 3

    // MARK: Messages

    static let bodyHeader = 20
    static let bodyTrailers = [0, 1, 2, 3, 4, 5, 6, 8]
    /// Trailers at the report's end, behind padding.
    static let anchoredTrailers = [1, 2, 4, 8]
    /// Bodies that are looked at closely.
    static let bodies = 24
    static let keys = 40
    /// How deep documents stand in documents.
    static let documentDepth = 6
    static let parts = 64
    /// Columns in which a message's length may stand.
    static let countColumn = 24
    /// Bytes behind the number that it may not count.
    static let uncountedBytes = 8
    /// Bytes at a message's end that look like padding.
    static let paddingLikeEnd = 8
    static let countedEndings = 6
    /// Other layouts that are kept for doubts.
    static let alternatives = 8

    // MARK: Columns

    /// How much more, or less, a length may say than bytes follow.
    static let lengthSurplus: ClosedRange<Int64> = -16...32
    /// Columns that may be a checksum's where all of them are tried.
    static let checkColumns = 48
    /// Where more are not understood, so many at each end are.
    static let checkColumnsAtEnds = 8
    /// The same for sums and orders of less usual kinds.
    static let unusualCheckColumnsAtEnds = 6
    /// Of more columns that change no unknown CRC is looked for: of noise every difference would have to be divided.
    static let columnsForUnknownCRC = 256
    /// Messages among which a byte of a checksum hardly comes again: a byte has 256 values.
    static let messagesForRandom = 64
    /// Places from which spans are tried that may end anywhere.
    static let spanStarts = 48
    /// The furthest from a message's start that the span of a check in a known place begins: behind the longest header.
    static let furthestSpanStart = 20
    /// The same for an unknown CRC: that far from the start, and that near to the end.
    static let unknownCRCStart = 12
    static let unknownCRCEnd = -1
    /// Units of a number in one of the value, or of the value in one of the number.
    static let factor: Int64 = 1_000_000
    /// What may be added to a number before it is written.
    static let offset: ClosedRange<Int64> = -65_536...65_536
    /// Seconds in a unit of an expiry that is told in whole ones.
    static let divisors: [Int64] = [60, 10, 100, 3600, 30, 15, 5]
    /// Characters on each side of a text that belong to it.
    static let surroundings = 5
    /// Bytes of BCD that an amount or an expiry takes.
    static let bcdSize = 6

    // MARK: Questions

    /// With so many samples, and all that is wished for among them, more tell no more.
    static let wishedSamples = 24
    /// How often each code should be seen: what came once may be anything.
    static let wishedPerCode = 2
    static let wishedCancels = 3
    static let wishedValues = 6
    /// An order that is one sign again and again shows how it is written from this length on.
    static let plainOrder = 8
    /// How much more a doubt that is decided tells than a wish, and an experiment.
    static let weightOfADoubt = 2
    static let weightOfAnExperiment = 4
    /// What is told of the columns that nobody explains.
    static let surveyedColumns = 64
    static let surveyedRuns = 6
}
