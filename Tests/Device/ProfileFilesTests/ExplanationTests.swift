import BlueTap
import ProfileFiles
import Testing
import WireFormat

@Suite("What each byte of a message is")
struct ExplanationTests {
    private let reference: Profile
    private let codec: Codec

    init() throws {
        let file = try ProfileLibrary.profile("reference")
        (reference, codec) = (file.profile, file.codec)
    }

    private static let pay = Command.pay(
        PayCommand(paymentMethod: "TRUEMONEY", amount: "12.50", orderID: "A1", expiryTime: 900))

    @Test("of a pay of the built-in profile")
    func pay() throws {
        let report = try codec.encode(Self.pay, sequence: 258)
        let explanation = try Explanation(of: [report], with: reference)
        #expect(
            explanation.lines == [
                "pay TRUEMONEY 12.50, order A1, 900 s",
                "report 1 of 1, 64 bytes",
                "  0000  b7                       envelope  constant                   always b7 (commands.pay.0)",
                "  0001  01                       envelope  constant                   always 01 (commands.pay.1)",
                "  0002  02 01                    envelope  sequence = 258             a little-endian number (commands.pay.2)",
                "  0004  54 52 55 45 4d 4f 4e 45  body      paymentMethod = TRUEMONEY  text, padded with 00 (commands.pay.3)",
                "  000c  59 00 00 00",
                "  0010  31 32 2e 35 30 00 00 00  body      amount = 12.50             text, padded with 00 (commands.pay.4)",
                "  0018  41 31 00 00 00 00 00 00  body      orderId = A1               text, padded with 00 (commands.pay.5)",
                "  0020  00 00 00 00 00 00 00 00",
                "  0028  84 03 00 00              body      expiryTime = 900           "
                    + "a little-endian number, -2147483648 if not given (commands.pay.6)",
                "  002c  00 16 times              body      padding                    means nothing; written as 00 (commands.pay.7)",
                "  003c  \(Self.spaced(report[60...]))              envelope  checksum                   "
                    + "crc-32 of bytes 0 to 59, right (commands.pay.8)",
            ])
        #expect(explanation.stop == nil && explanation.blocks[0].parts.last?.isRight == true)
    }

    private static func spaced(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { HexBytes([$0]).description }.joined(separator: " ")
    }

    @Test("a wrong check says what it should be, and where reading stopped")
    func wrong() throws {
        var report = try codec.encode(Self.pay, sequence: 1)
        let right = HexBytes(Array(report[60...])).description
        report[60] ^= 0xFF
        let explanation = try Explanation(of: [report], with: reference)
        let check = try #require(explanation.blocks[0].parts.last)
        #expect(check.isRight == false)
        #expect(check.reason == "crc-32 of bytes 0 to 59, wrong: they give \(right)")
        #expect(explanation.meaning == "no message, most like pay")
        #expect(explanation.lines.last?.hasPrefix("stopped: the checksum is ") == true)
        #expect(explanation.blocks[0].parts.flatMap(\.bytes) == report)
    }

    @Test("another byte than a constant, and a report that ends early")
    func broken() throws {
        var report = try codec.encode(Self.pay, sequence: 1)
        report[1] = 0x07
        let other = try Explanation(of: [report], with: reference)
        #expect(
            other.blocks[0].parts.contains { $0.isRight == false && $0.reason == "wrong: always 01" })
        let short = try Explanation(
            of: [Array(report.prefix(1)) + [0x01, 0x01, 0x00, 0x54]], with: reference)
        #expect(short.blocks[0].parts.last?.layer == .unread && short.stop != nil)
        #expect(short.blocks[0].parts.flatMap(\.bytes) == [0xB7, 0x01, 0x01, 0x00, 0x54])
        #expect(try Explanation(of: [[]], with: reference).stop != nil)
    }

    @Test("of a reply")
    func reply() throws {
        let report = try #require(
            codec.reply(to: Codec.Context(command: .pay, sequence: 7), result: .processFail).first)
        let explanation = try Explanation(of: [report], with: reference)
        #expect(explanation.meaning == "reply to pay: PROCESS_FAIL")
        #expect(
            explanation.lines[5] == "  0004  02                       body      result = PROCESS_FAIL  "
                + "other numbers for each result (replies.pay.3)")
    }

    /// Index and total, records behind them, in reports of 16 bytes.
    private static let framed = Profile(
        name: "framed",
        usb: USBIdentity(
            vendorID: 1, productID: 2, release: 0x100, manufacturer: "m", product: "p", serialNumber: "s"),
        hid: HIDLayout(
            reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 16, padding: 0),
            inputReport: ReportLayout(size: 16, padding: 0)),
        framing: [
            .output: FramingLayout(header: [
                FieldLayout(size: 1, content: .constant([0x02])),
                FieldLayout(size: 1, content: .integer(.index, IntegerFormat())),
                FieldLayout(size: 1, content: .integer(.total, IntegerFormat())),
            ])
        ],
        commands: [
            .pay: [
                FieldLayout(size: 1, content: .constant([0x50])),
                FieldLayout(
                    extent: .rest,
                    content: .records(
                        RecordsLayout(items: [
                            KeyedField(
                                key: HexBytes([0x81]),
                                field: FieldLayout(extent: .rest, content: .text(.paymentMethod, TextFormat()))),
                            KeyedField(
                                key: HexBytes([0x83]),
                                field: FieldLayout(extent: .rest, content: .text(.orderID, TextFormat()))),
                        ]))),
            ]
        ])

    @Test("of a message over two reports, of records")
    func overReports() throws {
        let reports = try Codec(Self.framed).encode(
            .pay(PayCommand(paymentMethod: "TRUEMONEY", orderID: "A1")), stamp: Codec.Stamp())
        let explanation = try Explanation(of: reports, with: Self.framed)
        #expect(
            explanation.lines == [
                "pay TRUEMONEY, order A1",
                "report 1 of 2, 16 bytes",
                "  0000  02                       cutting   constant                   always 02 (framing.output.header.0)",
                "  0001  00                       cutting   index = 0                  a number (framing.output.header.1)",
                "  0002  10                       cutting   total = 16                 a number (framing.output.header.2)",
                "  0003  50                       envelope  constant                   always 50 (commands.pay.0)",
                "  0004  81 09                    envelope  tag and length             stands before paymentMethod (commands.pay.1)",
                "  0006  54 52 55 45 4d 4f 4e 45  body      paymentMethod = TRUEMONEY  text, as long as the message has room",
                "  000e  59",
                "  000f  83                       envelope  tag and length             "
                    + "stands before orderId; it goes over several reports (commands.pay.1)",
                "report 2 of 2, 16 bytes",
                "  0000  02                       cutting   constant                   always 02 (framing.output.header.0)",
                "  0001  01                       cutting   index = 1                  a number (framing.output.header.1)",
                "  0002  10                       cutting   total = 16                 a number (framing.output.header.2)",
                "  0003  02                       envelope  tag and length             "
                    + "stands before orderId; it goes over several reports (commands.pay.1)",
                "  0004  41 31                    body      orderId = A1               text, as long as the message has room",
                "  0006  00 10 times              cutting   padding                    fills the report",
            ])
    }

    @Test("a message in layers is shown in its reports, and without them")
    func armoured() throws {
        var profile = Self.framed
        profile.framing = [:]
        profile.armour = [.output: [.hexadecimal(HexadecimalLayer())]]
        profile.hid.outputReport = ReportLayout(size: 64, padding: 0)
        let reports = try Codec(profile).encode(
            .pay(PayCommand(paymentMethod: "TRUEMONEY", orderID: "A1")), stamp: Codec.Stamp())
        let explanation = try Explanation(of: reports, with: profile)
        #expect(explanation.meaning == "pay TRUEMONEY, order A1")
        #expect(explanation.blocks.map(\.parts.first?.layer) == [.armour, .envelope])
        #expect(explanation.blocks[0].parts.flatMap(\.bytes) == reports[0])
        #expect(explanation.blocks[1].parts.contains { $0.field == "orderId" && $0.value == "A1" })
    }

    @Test("a profile's layers in words")
    func layers() {
        #expect(
            Self.framed.layerLines == [
                "profile framed",
                "commands, host to device",
                "  cutting: reports of 16 bytes, filled with 00",
                "    header",
                "      byte 0, 1 byte: cutting, constant: always 02",
                "      byte 1, 1 byte: cutting, index: a number",
                "      byte 2, 1 byte: cutting, total: a number",
                "  pay",
                "    byte 0, 1 byte: envelope, constant: always 50",
                "    byte 1: body, paymentMethod/orderId: tag, length, value",
            ])
        #expect(
            reference.layerLines.contains(
                "    byte 60, 4 bytes: envelope, checksum: crc-32 of the bytes from 0 to 60"))
    }
}
