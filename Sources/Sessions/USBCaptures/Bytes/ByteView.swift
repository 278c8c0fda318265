enum ByteOrder {
    case little
    case big

    var reversed: ByteOrder { self == .little ? .big : .little }
}

/// Bytes of a file, read at offsets that the file may have chosen: nil is what does not lie within.
struct ByteView {
    let bytes: ArraySlice<UInt8>
    let order: ByteOrder

    init(_ bytes: ArraySlice<UInt8>, _ order: ByteOrder) {
        self.bytes = bytes
        self.order = order
    }

    var count: Int { bytes.count }

    func integer<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type, at offset: Int) -> Value? {
        let size = MemoryLayout<Value>.size
        guard offset >= 0, offset <= bytes.count - size else { return nil }
        let start = bytes.startIndex + offset
        var value: Value = 0
        for position in 0..<size {
            // From the highest byte to the lowest.
            let byte = bytes[start + (order == .little ? size - 1 - position : position)]
            value = value << 8 | Value(truncatingIfNeeded: byte)
        }
        return value
    }

    func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }

    /// What is there of `count` bytes.
    func available(at offset: Int, count: Int) -> ArraySlice<UInt8> {
        guard offset >= 0, offset < bytes.count else { return [] }
        return bytes[(bytes.startIndex + offset)...].prefix(max(0, count))
    }
}
