extension COBSLayer {
    /// Where the bytes without 00 begin and end, and the place behind all.
    private func place(
        in bytes: [UInt8], from start: Int, padding: UInt8?
    ) throws(Malformation) -> (range: Range<Int>, next: Int) {
        var begin = start
        if isLed {
            guard begin < bytes.count, bytes[begin] == 0 else { throw .unknownCommand }
            begin += 1
        }
        if let end = bytes[begin...].firstIndex(of: 0) { return (begin..<end, isTerminated ? end + 1 : end) }
        guard !isTerminated else { throw .unreadable("no 00 ends the message") }
        let end = max(begin, bytes.end(before: padding))
        return (begin..<end, end)
    }

    func end(in bytes: [UInt8], from start: Int) -> Int? {
        try? place(in: bytes, from: start, padding: nil).next
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        let (range, next) = try place(in: bytes, from: 0, padding: padding)
        try bytes.checkPadding(from: next, padding)
        guard !range.isEmpty else { throw .unreadable("the message is empty") }
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while true {
            let code = Int(bytes[index])
            let end = index + code
            if end > range.upperBound {
                guard isReduced else { throw .unreadable("a block of COBS is not whole") }
                result += bytes[index + 1..<range.upperBound]
                result.append(bytes[index])
                return result
            }
            result += bytes[index + 1..<end]
            index = end
            if index == range.upperBound { return result }
            if code < 0xFF { result.append(0) }
        }
    }

    func close(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = isLed ? [0] : []
        result.reserveCapacity(bytes.count + bytes.count / 254 + 3)
        var place = result.count
        result.append(0)
        for (index, byte) in bytes.enumerated() {
            if byte == 0 {
                result[place] = UInt8(result.count - place)
                place = result.count
                result.append(0)
                continue
            }
            result.append(byte)
            guard result.count - place == 0xFF, index < bytes.count - 1 else { continue }
            result[place] = 0xFF
            place = result.count
            result.append(0)
        }
        let code = result.count - place
        if isReduced, code > 1, let last = result.last, Int(last) >= code {
            result[place] = last
            result.removeLast()
        } else {
            result[place] = UInt8(code)
        }
        if isTerminated { result.append(0) }
        return result
    }
}
