/// Bytes of a file, put together.
struct LittleEndianBytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    var count: Int { bytes.count }

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Zeros up to a multiple of four bytes.
    mutating func align() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}
