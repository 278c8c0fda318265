internal import BlueTap
internal import CFloor
internal import WireFormat

/// How many reports a second one core decodes and encodes, and whether that leaves anything on the heap.
enum CodecBenchmark {
    private static let batches = 10
    private static let batchSize = 1_000_000

    static func run(_ sample: Sample) throws -> [Figure] {
        // What is counted keeps the compiler from leaving the work out.
        var check = 0
        var floorPay = floor_pay()
        guard floor_decode(sample.report, &floorPay) == 0 else {
            throw BenchmarkError("the floor does not read the profile's report")
        }
        var floorReport = [UInt8](repeating: 0, count: Int(FLOOR_REPORT_SIZE))
        floor_encode(&floorPay, &floorReport)
        guard floorReport == sample.report else { throw BenchmarkError("the floor writes another report") }

        var rates: (decode: [Double], encode: [Double], floorDecode: [Double], floorEncode: [Double]) = ([], [], [], [])
        let command = Command.pay(sample.command)
        try body(sample, command, count: 1000, &check)
        let before = floor_allocated_bytes()
        for _ in 0..<batches {
            rates.decode.append(
                try rate {
                    for _ in 0..<batchSize {
                        check &+= try sample.codec.decode(sample.report).context.sequence == 7 ? 1 : 0
                    }
                })
            rates.floorDecode.append(
                rate {
                    for _ in 0..<batchSize {
                        check &+= Int(floor_decode(sample.report, &floorPay)) &+ Int(floorPay.sequence)
                    }
                })
            rates.encode.append(
                try rate {
                    for _ in 0..<batchSize { check &+= Int(try sample.codec.encode(command, sequence: 7)[60]) }
                })
            rates.floorEncode.append(
                rate {
                    for _ in 0..<batchSize {
                        floor_encode(&floorPay, &floorReport)
                        check &+= Int(floorReport[60])
                    }
                })
        }
        // The rates themselves are kept on the heap: 40 numbers, far below what one byte a report would make.
        let growth = Double(floor_allocated_bytes()) - Double(before)
        precondition(check != 0)
        return [
            Figure("codecDecode", "decode", rates.decode.median, "M/s", target: .atLeast(3)),
            Figure("codecDecodeFloor", "  bare C", rates.floorDecode.median, "M/s"),
            Figure("codecDecodeRatio", "  ratio", rates.floorDecode.median / rates.decode.median, "x"),
            Figure("codecEncode", "encode", rates.encode.median, "M/s", target: .atLeast(3)),
            Figure("codecEncodeFloor", "  bare C", rates.floorEncode.median, "M/s"),
            Figure("codecEncodeRatio", "  ratio", rates.floorEncode.median / rates.encode.median, "x"),
            Figure(
                "codecHeapGrowth", "heap growth of 10 M each", growth / 1024, "KiB", target: .atMost(16)),
        ]
    }

    /// Brings code and caches to where they stay.
    private static func body(_ sample: Sample, _ command: Command, count: Int, _ check: inout Int) throws {
        for _ in 0..<count {
            check &+= Int(try sample.codec.decode(sample.codec.encode(command, sequence: 7)).context.sequence)
        }
    }

    /// Millions a second of a batch.
    private static func rate(_ batch: () throws -> Void) rethrows -> Double {
        let start = monotonicNanoseconds()
        try batch()
        return Double(batchSize) * 1000 / Double(monotonicNanoseconds() - start)
    }
}
