/// Byte stuffing, checked.
struct CompiledStuffing: Sendable {
    let layer: StuffedLayer
    private let padding: UInt8?
    private let start: [UInt8]
    private let end: [UInt8]
    /// The code of each byte; nil where it stands as it is.
    private let codes: [UInt8?]
    /// What each code means.
    private let meanings: [UInt8?]

    init(_ layer: StuffedLayer, padding: UInt8?, path: [ProfileError.PathStep]) throws(ProfileError) {
        try layer.span.check(isMoving: true, path: path)
        guard layer.start.bytes.count <= 8, layer.end.bytes.count <= 8 else {
            throw ProfileError(at: path, "a message begins and ends with 8 bytes at most")
        }
        guard (0...layer.start.bytes.count).contains(layer.keptStart),
            (0...layer.end.bytes.count).contains(layer.keptEnd)
        else { throw ProfileError(at: path, "more bytes are kept than the message begins or ends with") }
        guard layer.codes[layer.escape] != nil else {
            throw ProfileError(at: path + [.key("codes")], "there is no code for the escape itself")
        }
        guard Set(layer.codes.values).count == layer.codes.count else {
            throw ProfileError(at: path + [.key("codes")], "two bytes have the same code")
        }
        if layer.end.bytes.isEmpty, layer.span.behind > 0 || layer.keptEnd > 0 {
            throw ProfileError(at: path, "nothing says where the message ends")
        }
        if let first = layer.end.bytes.first, first != layer.escape, layer.codes[first] == nil {
            throw ProfileError(at: path + [.key("codes")], "there is no code for the byte that ends the message")
        }
        if layer.end.bytes.first == layer.escape,
            layer.end.bytes.count < 2
                || layer.codes.values.contains(layer.end.bytes[1])
        {
            throw ProfileError(at: path + [.key("end")], "what ends the message is an escaped byte")
        }
        var codes = [UInt8?](repeating: nil, count: 256)
        var meanings = codes
        for (byte, code) in layer.codes {
            codes[Int(byte)] = code
            meanings[Int(code)] = byte
        }
        self.layer = layer
        self.padding = padding
        self.codes = codes
        self.meanings = meanings
        start = layer.start.bytes
        end = layer.end.bytes
    }

    /// Padding that is escaped elsewhere ends the message, like an end that is always there.
    var innerPadding: UInt8? {
        guard end.isEmpty, let padding, codes[Int(padding)] == nil else { return nil }
        return padding
    }

    private func isEnd(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard !end.isEmpty, bytes.count - index >= end.count else { return false }
        return end.indices.allSatisfy { bytes[index + $0] == end[$0] }
    }

    /// The bytes between start and end, and the place behind the end.
    private func unstuffed(
        _ bytes: [UInt8], from: Int, padding: UInt8?
    ) throws(Malformation) -> (inside: [UInt8], next: Int) {
        guard bytes.count >= from + start.count, start.indices.allSatisfy({ bytes[from + $0] == start[$0] }) else {
            throw .unknownCommand
        }
        var inside: [UInt8] = []
        inside.reserveCapacity(bytes.count)
        var index = from + start.count
        while index < bytes.count {
            let byte = bytes[index]
            if byte == layer.escape, index + 1 < bytes.count, let meant = meanings[Int(bytes[index + 1])] {
                inside.append(meant)
                index += 2
                continue
            }
            if isEnd(bytes, index) { return (inside, index + end.count) }
            guard codes[Int(byte)] == nil else {
                if end.isEmpty, byte == padding { return (inside, index) }
                throw .unreadable(
                    byte == layer.escape
                        ? "an escape sequence is not whole"
                        : "the byte \(HexBytes([byte])) stands there without an escape")
            }
            inside.append(byte)
            index += 1
        }
        guard end.isEmpty else { throw .unreadable("the stuffed message does not end") }
        return (inside, index)
    }

    func end(in bytes: [UInt8], from start: Int) -> Int? {
        guard let next = try? unstuffed(bytes, from: start + layer.span.from, padding: nil).next else { return nil }
        return next + layer.span.behind <= bytes.count ? next + layer.span.behind : nil
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        let from = layer.span.from
        let (inside, next) = try unstuffed(bytes, from: from, padding: padding)
        let last = next + layer.span.behind
        guard last <= bytes.count else { throw .unreadable("the message ends before what stands behind its end") }
        try bytes.checkPadding(from: last, padding)
        return bytes[..<from] + start.suffix(layer.keptStart) + inside + end.suffix(layer.keptEnd) + bytes[next..<last]
    }

    func close(_ bytes: [UInt8]) throws(EncodingError) -> [UInt8] {
        let first = layer.span.from + layer.keptStart
        let last = bytes.count - layer.span.behind - layer.keptEnd
        guard first <= last else { throw .tooShort }
        var result = bytes[..<layer.span.from] + start
        result.reserveCapacity(bytes.count + start.count + end.count + 8)
        for byte in bytes[first..<last] {
            if let code = codes[Int(byte)] {
                result.append(layer.escape)
                result.append(code)
            } else {
                result.append(byte)
            }
        }
        return result + end + bytes[(bytes.count - layer.span.behind)...]
    }
}
