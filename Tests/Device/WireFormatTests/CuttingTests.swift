import BlueTap
import TestSupport
import Testing

@testable import WireFormat

@Suite("Cutting into reports")
struct CuttingTests {
    struct Way: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var framing: FramingLayout
        var side: ReportLayout
        /// Messages that it carries.
        var message: @Sendable (Int, inout SeededGenerator) -> [UInt8]
    }

    private static func number(
        _ value: FieldLayout.Value, _ size: Int = 1, _ order: IntegerFormat.ByteOrder = .big, plus: Int64 = 0
    ) -> FieldLayout {
        FieldLayout(size: size, content: .integer(value, IntegerFormat(order: order, plus: plus)))
    }

    private static func letters(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0x41...0x5A, using: &generator) }
    }

    private static let padded = ReportLayout(size: 16, padding: 0)
    private static let numbered = [FieldLayout(size: 2, content: .constant([0xDE, 0xAD])), number(.index)]
    private static let flags = BitField(count: 1, content: .integer(.last))

    static let ways: [Way] = [
        Way(
            testDescription: "a first header of 10 bytes, then none",
            framing: FramingLayout(
                header: [], first: [FieldLayout(size: 6, content: .fill(7)), number(.total, 4, .little, plus: -2)]),
            // The length leaves two bytes out, which each message has.
            side: padded, message: { letters(max(2, $0), &$1) }),
        Way(
            testDescription: "a channel and numbers",
            framing: FramingLayout(
                header: [FieldLayout(size: 4, content: .constant([1, 2, 3, 4])), number(.index, plus: -1)],
                first: [FieldLayout(size: 5, content: .constant([1, 2, 3, 4, 0xC1])), number(.total, 2)]),
            side: padded, message: letters),
        Way(
            testDescription: "a short report ends",
            framing: FramingLayout(header: [number(.index)], end: .short, isFullClosed: true),
            side: ReportLayout(size: 16), message: letters),
        Way(
            testDescription: "a short piece ends",
            framing: FramingLayout(header: [number(.piece)], end: .short, isFullClosed: true), side: padded,
            message: letters),
        Way(
            testDescription: "a flag and a count",
            framing: FramingLayout(
                header: [
                    FieldLayout(
                        size: 1, content: .bits([flags, BitField(count: 7, content: .integer(.piece))], .little))
                ]), side: padded, message: letters),
        Way(
            testDescription: "a line's end, in a second report as well",
            framing: FramingLayout(header: numbered, end: .mark(EndMark([0x0D, 0x0A]))), side: padded,
            message: letters),
        Way(
            testDescription: "a mark that is kept, and a byte behind it",
            framing: FramingLayout(header: [], end: .mark(EndMark([3], isKept: true, trailing: 1))), side: padded
        ) { count, generator in [2] + letters(count, &generator) + [3, UInt8.random(in: 0...255, using: &generator)] },
        Way(
            testDescription: "JSON",
            framing: FramingLayout(header: [number(.index)], end: .object), side: padded
        ) { count, generator in
            Array(#"{"a":{"b":"}\"{"},"c":""#.utf8) + letters(count, &generator) + Array(#""}"#.utf8)
        },
        Way(
            testDescription: "a length in the message",
            framing: FramingLayout(
                header: [],
                end: .length(InnerLength(at: 1, size: 2, format: IntegerFormat(order: .little, plus: -5)))),
            side: padded
        ) { count, generator in [0x6F, UInt8(count), 0] + letters(count + 2, &generator) },
        Way(
            testDescription: "the same, and an empty report follows a full one",
            framing: FramingLayout(
                header: [], end: .length(InnerLength(at: 0, size: 1, format: IntegerFormat(plus: 0))),
                isFullClosed: true),
            side: padded
        ) { count, generator in [UInt8(count + 1)] + letters(count, &generator) },
        Way(
            testDescription: "empty reports are left out",
            framing: FramingLayout(
                header: [],
                trailer: [
                    FieldLayout(
                        size: 1,
                        content: .bits(
                            [
                                BitField(count: 1, content: .constant(1)),
                                BitField(count: 7, content: .integer(.index)),
                            ], .little))
                ], reports: 10, isEmptyOmitted: true),
            side: ReportLayout(size: 16, padding: 0)
        ) { count, generator in
            let some = letters(count, &generator)
            return some + [UInt8](repeating: 0, count: 149 - count) + [9]
        },
        Way(
            testDescription: "two report IDs of two sizes",
            framing: FramingLayout(
                header: [FieldLayout(size: 1, content: .constant([2])), number(.index)],
                first: [FieldLayout(size: 1, content: .constant([1])), number(.total, 2)]),
            side: ReportLayout(
                size: 32, padding: 0,
                sizes: [
                    ReportLayout.IdentifiedSize(id: 1, size: 32), ReportLayout.IdentifiedSize(id: 2, size: 9),
                ]), message: letters),
    ]

    @Test("what is cut is put together again", arguments: ways)
    func roundTrip(way: Way) throws {
        let framing = try CompiledFraming(way.framing, side: way.side, path: [])
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for count in 1...100 {
            let message = way.message(count, &generator)
            let reports = try framing.reports(of: message, values: FieldValues())
            var assembler = Assembler(framing)
            for report in reports.dropLast() {
                #expect(try assembler.receive(report).message == nil, "\(count) bytes, seed \(seed)")
            }
            let whole = try #require(
                try assembler.receive(reports[reports.count - 1]).message, "\(count), seed \(seed)")
            #expect(whole.bytes == message, "\(count) bytes, seed \(seed)")
        }
    }

    @Test("hostile reports end in a line that says why, and nothing grows", arguments: ways)
    func hostile(way: Way) async throws {
        let framing = try CompiledFraming(way.framing, side: way.side, path: [])
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var assembler = Assembler(framing)
        for await _ in Rounds(300, soak: 20_000) {
            let message = way.message(Int.random(in: 1...100, using: &generator), &generator)
            var reports = try framing.reports(of: message, values: FieldValues())
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let index = Int.random(in: 0..<reports.count, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0 where !reports[index].isEmpty:
                    let place = Int.random(in: 0..<reports[index].count, using: &generator)
                    reports[index][place] = UInt8.random(in: 0...255, using: &generator)
                case 1: reports.insert(reports[index], at: Int.random(in: 0...reports.count, using: &generator))
                case 2: reports[index] = Array(reports[index].prefix(Int.random(in: 0...16, using: &generator)))
                default: reports.swapAt(index, Int.random(in: 0..<reports.count, using: &generator))
                }
            }
            for report in reports {
                guard let message = try? assembler.receive(report).message else { continue }
                #expect(message.bytes.count <= 65_536, "seed \(seed)")
            }
        }
    }

    @Test("a message that never ends is dropped")
    func endless() throws {
        let framing = try CompiledFraming(
            FramingLayout(header: [], end: .mark(EndMark([0]))), side: ReportLayout(size: 64, padding: 0), path: [])
        var assembler = Assembler(framing)
        let report = [UInt8](repeating: 0x41, count: 64)
        var dropped = 0
        for _ in 0..<5000 { dropped += try assembler.receive(report).brokenOff.count }
        #expect(dropped > 0)
    }

    @Test("a mark in a message cannot be sent")
    func markInside() throws {
        let framing = try CompiledFraming(
            FramingLayout(header: [], end: .mark(EndMark([0x0A]))), side: ReportLayout(size: 64, padding: 0), path: [])
        #expect(throws: EncodingError.containsSeparator(field: nil)) {
            try framing.reports(of: Array("two\nlines".utf8), values: FieldValues())
        }
    }
}
