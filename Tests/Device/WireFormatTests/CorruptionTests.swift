import BlueTap
import TestSupport
import Testing

@testable import WireFormat

@Suite("Corrupted reports")
struct CorruptionTests {
    /// Fixed fields before a checksum of two bytes or four, or text before one as hexadecimal digits.
    private static func codec(_ algorithm: ChecksumAlgorithm, _ format: IntegerFormat) throws -> Codec {
        let size = algorithm.size * (format.form == .hexadecimal ? 2 : 1)
        let check = ChecksumField(
            algorithm: algorithm, over: PlaceRange(from: Place(.start, 0), to: Place(.here)), format: format)
        func layout(_ type: UInt8, _ fields: [FieldLayout]) -> MessageLayout {
            [FieldLayout(size: 2, content: .constant([0x50, type]))] + fields
                + [FieldLayout(size: size, content: .checksum(check))]
        }
        let order = FieldLayout(size: 16, content: .text(.orderID, TextFormat()))
        let pay = layout(
            1,
            [
                FieldLayout(size: 11, content: .text(.paymentMethod, TextFormat())),
                FieldLayout(size: 8, content: .text(.amount, TextFormat())), order,
            ])
        let cancel = layout(2, [FieldLayout(size: 19, content: .fill(0)), order])
        return try Codec(
            Profile(
                name: "checked",
                usb: .madeUp,
                hid: HIDLayout(
                    reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 37 + size),
                    inputReport: ReportLayout(size: 8)),
                commands: [.pay: pay, .cancel: cancel]))
    }

    static let checks: [(name: String, format: IntegerFormat)] = [
        ("crc-16/ibm-3740", IntegerFormat(order: .big)), ("crc-16/modbus", IntegerFormat()),
        ("crc-32", IntegerFormat()), ("crc-16/xmodem", IntegerFormat(form: .hexadecimal)),
    ]

    @Test("less than one in a thousand is taken for a good command", arguments: checks)
    func corrupted(name: String, format: IntegerFormat) async throws {
        let algorithm = try #require(ChecksumAlgorithm(name: name))
        let codec = try Self.codec(algorithm, format)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let rounds = Rounds(20_000, soak: 200_000)
        var accepted = 0
        for await number in rounds {
            let command = Command.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "ORDER\(number)"))
            let sent = try codec.encode(command, stamp: Codec.Stamp(sequence: 1))
            var report = sent[0]
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                report[Int.random(in: 0..<report.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            if report != sent[0], (try? codec.decode(reports: [report])) != nil { accepted += 1 }
        }
        #expect(accepted * 1000 < rounds.count, "\(accepted) of \(rounds.count), seed \(seed)")
    }
}
