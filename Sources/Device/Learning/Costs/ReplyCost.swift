/// How unlikely each departure of a reply from its command is: about twice the bits of its probability, from what real
/// devices answer. The costs of a candidate's departures add up to its rank; the lowest ranks are tried first.
enum ReplyCost {
    // MARK: What encloses the result

    /// The command's number is not repeated, though it has one.
    static let noNumber = 5
    /// The same in a structure, where it is more often left out.
    static let noNumberInStructure = 3
    /// No length, though the command has one.
    static let noLength = 6
    /// No checksum, though the command has one: hosts that check what they send check what they get.
    static let noChecksum = 7
    /// A checksum elsewhere than in the command.
    static let movedChecksum = 4
    /// Another checksum than the command's, and for each one that is likelier.
    static let otherChecksum = 11
    /// A checksum, though the command has none.
    static let ownChecksum = 13
    /// What fills a reply is not what fills a command.
    static let otherFill = 2
    /// The reply is not cut as commands are.
    static let noFraming = 7
    /// The reports of a message are told by another first byte than the host's.
    static let turnedFraming = 8
    /// Another first byte than the device was seen to begin with, or than the report descriptor has for its reports.
    static let unseenFirstByte = 8
    /// The same of the bytes behind it.
    static let unseenStart = 4

    // MARK: The result

    /// The result stands before the number.
    static let resultBeforeNumber = 8
    /// It stands where the command has its type.
    static let resultForType = 6
    /// It stands before all else.
    static let resultFirst = 10
    /// It stands in a record, as the command's values do; the tag's own cost comes to it.
    static let resultInRecord = 4
    /// Its size stands before it, as before the command's texts; the other way round where it has such texts.
    static let resultPrefixed = 2
    /// It stands there alone, though the command's values stand in records.
    static let resultWithoutRecord = 3
    /// The order stands behind it.
    static let orderRepeated = 9
    /// The amount does.
    static let amountRepeated = 11

    // MARK: The whole reply

    /// A first "received" goes before it.
    static let acknowledged = 10
    /// Nothing but a result, in nothing that the command has.
    static let bare = 8
    /// A structure as the command's, with the likeliest name and word.
    static let structure = 2
    /// A JSON object as an answer to who commands in bytes.
    static let objectForPlain = 12
    /// Bytes as an answer to who commands in text: after all structures that are half likely.
    static let plainForText = 14
    /// One step down in a list of words or tags.
    static let nextInList = 1
    /// Text where the command has nothing but bytes, and the other way round.
    static let otherAlphabet = 6
    /// The same of a word that says by itself that all is well.
    static let wordAmongBytes = 2

    /// Costs up to which candidates are made, the step by which they grow, and where they end.
    static let firstLimit = 12
    static let limitStep = 4
    static let lastLimit = 44
}
