/// How much speaks for a reading. More is better, and what does not reach a threshold is not taken.
enum ReadingEvidence {
    // MARK: A value's place among columns

    /// A byte of a text that was found. Texts are longer than numbers, and hardly there by chance.
    static let textByte = 4
    /// A text that is another in other messages: one that never changes may be a constant.
    static let changingText = 2
    /// A byte of a number that is neither 0 nor padding: less than one of text, for a byte may have any value.
    static let numberByte = 3
    /// A number at all, so that one which is 0 has its say.
    static let number = 1
    /// The most that speaks for a number that never changes: it may stand anywhere.
    static let unchangingNumber = 4
    /// Amounts in cents are the usual ones.
    static let cents = 1
    /// How much less may speak for another reading of the same columns that is still a doubt.
    static let rivalSlack = 2

    /// Two numbers have some ratio: with so many different ones it is no chance.
    static let numbersOfARatio = 4
    /// In so many messages without a value the same text stands for it.
    static let messagesForADefault = 2

    // MARK: A checksum, in bits that are right

    /// Some fifty checks over some hundred spans are tried in each of some ten columns: that one fits by chance takes 16 bits.
    /// Twice that is safe.
    static let checksum = 32
    /// At the end only what nothing else explains is left: then what chance takes is enough.
    static let checksumOfTheRest = 16
    /// Spans from anywhere to anywhere are some hundred times as many: that takes 8 bits more.
    static let spanFromAnywhere = 8
    /// A start that is solved fits one message whatever it is, and a dozen kinds of sums are tried.
    static let solvedStart = 8
    /// Of a check that the other direction has only the place is looked for.
    static let checksumKnownElsewhere = 6
    /// What has fewer is in doubt.
    static let certainChecksum = 24
    /// A CRC of which nothing is known chooses its polynomial, its start and its end as well.
    static let unknownCRC = 40
    /// So many differences of two messages have one divisor: two have one by chance.
    static let dividedDifferences = 3
    /// So many bytes that are all text are no CRC: each is by a chance of less than a half.
    static let bytesOfText = 12

    // MARK: A cipher

    /// Of so many bytes it is said whether all values are equally frequent.
    static let bytesForRandom = 400
    /// The sum of squares, in units of what is expected, that even bytes stay below: 255 on average, and 23 about it.
    static let evenSpread = 340.0

    // MARK: Armour

    /// A text of so many bytes stands nowhere by chance.
    static let longText = 4
    /// Of fewer messages no layer is certain.
    static let messagesForArmour = 3
    /// Nearly everything without 00 is COBS/R: so many messages without one are no chance.
    static let messagesForReduced = 8
    /// An escape that is not usual stands there so often.
    static let escapesOfUnknown = 3
    /// So many bytes of a text repeat a key: 24 bits.
    static let repeatedKey = 3

    // MARK: Bytes that nobody reads

    /// So many bytes that stay the same for some messages, or never go back, are an id or a clock: one might be a code.
    static let bytesOfID = 2
    /// So many bytes that change without a rule are a salt, where a check is known already: fewer may be an unknown one.
    static let bytesOfSalt = 4

    // MARK: Shares of the messages

    /// Bytes of a CRC, and codes in columns, are hardly ever the same: in three of four messages they are as they should.
    static func isMost(_ part: Int, of all: Int) -> Bool { part * 4 >= all * 3 }
    /// A value that is found in fewer than one of four messages is carried in a way that is not known.
    static func isHardlyAny(_ part: Int, of all: Int) -> Bool { part * 4 < all }
    /// A count of the message's bytes is right in most: in the others padding began within the message.
    static func isMajority(_ part: Int, of all: Int) -> Bool { part * 2 > all }
    /// Of more samples than one of four it is not said that they contradict the others.
    static func isMinority(_ part: Int, of all: Int) -> Bool { part <= all / 4 }
    /// Shorter texts stand anywhere by chance: they tell nothing of a cut.
    static let tellingText = 4
    /// So many reports of one size and one first byte show that the byte is an ID which tells the size.
    static let reportsOfAnID = 2
    /// So many numbers that go on make a rule: two always have some step.
    static let messagesForARule = 3
    /// So many replies with other digits each time have a number of the device's own there. Fewer digits would be like any
    /// code, more are no number.
    static let messagesForOwnNumber = 6
    static let digitsOfOwnNumber = 5...18
    /// Of so many numbers one may break the rule, and of each so many.
    static let stepsOfABrokenCount = 8
    static let stepsForEachBreak = 5
    /// With so many messages it is said that a value is not carried in a known way.
    static let messagesForForeign = 3
    /// Of so many different sizes several numbers may say how long the message is.
    static let sizesForLengths = 4
    /// Fewer samples are not asked which of them contradicts: half of them would be too few to learn from.
    static let samplesForContradiction = 4
    /// The same where several may.
    static let samplesForContradictions = 8
    /// So many equal bytes are padding, and fewer a constant: no documented field is shorter than that and always empty.
    static let paddingRun = 4
}
