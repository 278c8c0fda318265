import BlueTap
import Testing
import WireFormat

@testable import Learning

@Suite("Proving a profile against samples")
struct SampleProofTests {
    /// Reports of 8 bytes: number, how many follow, five bytes of the message, XOR.
    private static func codec() throws -> Codec {
        let check = ChecksumField(
            algorithm: .xor, over: PlaceRange(from: Place(.start, 0), to: Place(.here)),
            format: IntegerFormat(order: .big))
        return try Codec(
            Profile(
                name: "framed",
                usb: .madeUp,
                hid: HIDLayout(
                    reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 8, padding: 0),
                    inputReport: ReportLayout(size: 8)),
                framing: [
                    .output: FramingLayout(
                        header: [
                            FieldLayout(size: 1, content: .integer(.index, IntegerFormat())),
                            FieldLayout(size: 1, content: .integer(.remaining, IntegerFormat())),
                        ], trailer: [FieldLayout(size: 1, content: .checksum(check))])
                ],
                commands: [
                    .pay: [
                        FieldLayout(size: 2, content: .constant([0x50, 0x41])),
                        FieldLayout(size: 9, content: .text(.paymentMethod, TextFormat())),
                        FieldLayout(size: 3, content: .text(.orderID, TextFormat())),
                    ]
                ]))
    }

    @Test("what differs in a message of several reports has its field's name, wherever it is cut")
    func fields() throws {
        let codec = try Self.codec()
        let command = Command.pay(PayCommand(.trueMoney, orderID: "A1"))
        var reports = try codec.encode(command, stamp: Codec.Stamp(sequence: 1))
        #expect(
            reports.map { HexBytes($0).description } == ["0002504154525540", "0101454d4f4e454c", "020059413100002b"])
        #expect(
            SampleProof(Sample(command: command, reports: reports, name: "right"), codec: codec).differences.isEmpty)

        // The order's last character, and the check of its report.
        reports[2][4] ^= 1
        reports[2][7] ^= 1
        let proof = SampleProof(Sample(command: command, reports: reports, name: "wrong"), codec: codec)
        #expect(
            proof.differences == [
                "orderId is read as A0, not A1",
                """
                command, report 3 differs:
                     0  sample   02 00 59 41 30 00 00 2a
                        profile  02 00 59 41 31 00 00 2b
                                             ^^       ^^  orderId, checksum
                """,
            ])
    }
}
