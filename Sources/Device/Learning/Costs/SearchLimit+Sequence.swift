// Items one behind the other.
extension SearchLimit {
    /// How far from the start they may begin: what stands before has a fixed place.
    static let sequenceHeader = 48
    /// The longest trailer, a checksum with an end.
    static let sequenceTrailer = 8
    /// Steps from one place on.
    static let sequenceSteps = 300
    /// Rows through to the end, from all places.
    static let sequenceRows = 100
    static let sequenceDrafts = 8
    /// Of those that end at the same places.
    static let sequenceRowsAlike = 3
    /// Numbers in the header that may say where messages end.
    static let sequenceEndings = 2
    /// Sizes of items, the usual ones first.
    static let itemSizes = [4, 2, 8, 1, 3, 6, 12, 10, 5, 7, 9, 11, 13, 14, 15, 16]
    static let presenceSizes = [8, 4, 2, 1, 16]
    /// A tag before a value, a key with its length perhaps.
    static let tagBytes = 16
    static let countDigits = 5
    /// How far behind its start an item is looked for the byte that ends it, and how many bytes are tried.
    static let terminatedSize = 24
    static let terminators = 4
    static let boundaries = [4, 2, 8]
    static let restTrailers = [0, 1, 2, 4]
}
