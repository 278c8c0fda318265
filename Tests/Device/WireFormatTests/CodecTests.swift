import BlueTap
import Testing
import WireFormat

/// A small made-up format that has every kind of field, unlike the built-in one: big-endian, padded with spaces.
private let profile = Profile(
    name: "small",
    usb: .madeUp,
    hid: HIDLayout(
        reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 40),
        inputReport: ReportLayout(size: 8)),
    commands: [
        .pay: [
            FieldLayout(at: 0, size: 1, content: .constant([0x50])),
            FieldLayout(at: 1, size: 2, content: .integer(.sequence, IntegerFormat(order: .big))),
            FieldLayout(at: 3, size: 12, content: .text(.paymentMethod, TextFormat(pad: 0x20))),
            FieldLayout(at: 15, size: 8, content: .text(.amount, TextFormat(pad: 0x20))),
            FieldLayout(at: 23, size: 8, content: .text(.orderID, TextFormat(pad: 0x20))),
            FieldLayout(
                at: 31, size: 2, content: .integer(.expiryTime, IntegerFormat(order: .big, isSigned: true, absent: -1))),
            FieldLayout(at: 33, size: 3, content: .fill(0xEE)),
            FieldLayout(
                at: 36, size: 4, content: .checksum(ChecksumField(algorithm: .crc32, over: 0..<36, order: .big))),
        ],
        .cancel: [
            FieldLayout(at: 0, size: 1, content: .constant([0x43])),
            FieldLayout(at: 1, size: 2, content: .integer(.sequence, IntegerFormat(order: .big))),
            FieldLayout(at: 3, size: 37, content: .fill(0)),
        ],
    ],
    replies: [
        .pay: [
            FieldLayout(at: 0, size: 1, content: .constant([0x70])),
            FieldLayout(at: 1, size: 2, content: .integer(.sequence, IntegerFormat(order: .big))),
            FieldLayout(at: 3, size: 2, content: .result(results, IntegerFormat(order: .big))),
            FieldLayout(at: 5, size: 3, content: .fill(0)),
        ],
        .cancel: [
            FieldLayout(at: 0, size: 1, content: .constant([0x63])),
            FieldLayout(at: 1, size: 2, content: .integer(.sequence, IntegerFormat(order: .big))),
            FieldLayout(at: 3, size: 2, content: .result(results, IntegerFormat(order: .big))),
            FieldLayout(at: 5, size: 3, content: .fill(0)),
        ],
    ],
    links: [:])

private let results: [ResultCode: UInt64] = [
    .success: 0x100, .parameterIllegal: 0x101, .processFail: 0x102, .unknownException: 0x103,
    .deviceDisconnected: 0x104,
]

private func hex(_ bytes: [UInt8]) -> String { HexBytes(bytes).description }

@Suite("The codec")
struct CodecTests {
    let codec: Codec

    init() throws {
        codec = try Codec(profile)
    }

    @Test("a pay command, byte by byte")
    func pay() throws {
        let report = try codec.encode(
            .pay(PayCommand(.alipayCN, amount: "1.00", orderID: "T7", expiryTime: 60)), sequence: 0x0102)
        #expect(
            hex(report)
                // "P", sequence, "ALIPAY_CN   ", "1.00    ", "T7      ", 60, filling, CRC-32
                == "50" + "0102" + "414c495041595f434e202020" + "312e303020202020" + "5437202020202020" + "003c"
                + "eeeeee"
                + "2a87b10f")
        let (command, context) = try codec.decode(report)
        #expect(command == .pay(PayCommand(.alipayCN, amount: "1.00", orderID: "T7", expiryTime: 60)))
        #expect(context == Codec.Context(command: .pay, sequence: 0x0102))
        #expect(codec.reply(to: context, result: .parameterIllegal).map(hex) == ["70" + "0102" + "0101" + "000000"])
    }

    @Test("what was not given is padding, or the number that says so")
    func absent() throws {
        let report = try codec.encode(.pay(PayCommand(.trueMoney)), sequence: 1)
        #expect(hex(Array(report[15..<33])) == "20202020202020202020202020202020" + "ffff")
        #expect(try codec.decode(report).command == .pay(PayCommand(.trueMoney)))
    }

    @Test("every command comes back as it went, with printed seed", arguments: [UInt64(1), 2, 3])
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            func text(_ limit: Int) -> String? {
                let length = Int.random(in: 0...limit, using: &generator)
                return length == 0
                    ? nil
                    : String(
                        decoding: (0..<length).map { _ in UInt8.random(in: 0x21...0x7E, using: &generator) },
                        as: UTF8.self)
            }
            let command = Command.pay(
                PayCommand(
                    paymentMethod: text(12) ?? "X", amount: text(8), orderID: text(8),
                    expiryTime: Bool.random(using: &generator) ? nil : Int64.random(in: 0...32767, using: &generator)))
            let sequence = Int64.random(in: 0...65535, using: &generator)
            let (decoded, context) = try codec.decode(codec.encode(command, sequence: sequence))
            #expect(decoded == command && context.sequence == sequence, "seed \(seed)")
            for result in ResultCode.allCases {
                let reply = try codec.decodeReply(reports: codec.reply(to: context, result: result))
                #expect(reply.result == result && reply.context == context)
            }
        }
    }

    @Test("a report of the wrong size, kind or checksum is named for what it is")
    func malformed() throws {
        let good = try codec.encode(.pay(PayCommand(.trueMoney)), sequence: 1)
        #expect(throws: Malformation.wrongSize(actual: 39, expected: 40)) { try codec.decode(Array(good.dropLast())) }
        #expect(throws: Malformation.wrongSize(actual: 0, expected: 40)) { try codec.decode([]) }
        var other = good
        other[0] = 0x51
        #expect(throws: Malformation.unknownCommand) { try codec.decode(other) }
        for bit in 8..<288 {
            var flipped = good
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: Malformation.self, "bit \(bit)") { try codec.decode(flipped) }
        }
    }

    @Test("a command that does not fit is refused, not cut")
    func tooLong() {
        #expect(throws: EncodingError.doesNotFit(field: .orderID, value: "123456789", limit: "8 bytes")) {
            try codec.encode(.pay(PayCommand(.trueMoney, orderID: "123456789")))
        }
        #expect(throws: EncodingError.doesNotFit(field: .expiryTime, value: "32768", limit: "2 bytes")) {
            try codec.encode(.pay(PayCommand(.trueMoney, expiryTime: 32768)))
        }
        // -1 stands for a value that was not given, so that it cannot be sent as one.
        #expect(throws: EncodingError.doesNotFit(field: .expiryTime, value: "-1", limit: "2 bytes")) {
            try codec.encode(.pay(PayCommand(.trueMoney, expiryTime: -1)))
        }
    }

    @Test("text that is empty or ends like padding is refused, for it would not arrive")
    func looksLikePadding() {
        for amount in ["", "1 "] {
            #expect(throws: EncodingError.looksLikePadding(field: .amount)) {
                try codec.encode(.pay(PayCommand(.trueMoney, amount: amount)))
            }
        }
    }

    @Test("replies that do not say what they answer are read by what was asked")
    func anonymousReplies() throws {
        var layout = profile
        layout.replies[.cancel]?[0].content = .constant([0x70])
        let codec = try Codec(layout)
        let reply = codec.reply(to: Codec.Context(command: .cancel, sequence: 5), result: .processFail)
        let (result, context) = try codec.decodeReply(try #require(reply.first), to: .cancel)
        #expect(result == .processFail && context == Codec.Context(command: .cancel, sequence: 5))
    }

    @Test("CRC-32 has its published check value")
    func checkValue() throws {
        // The check value of a CRC is that of the text "123456789". Source: the Rocksoft model's catalogue.
        var layout = profile
        layout.hid.inputReport.size = 16
        let text = Array("123456789".utf8)
        for kind in Command.Kind.allCases {
            layout.replies[kind] = [
                FieldLayout(at: 0, size: 9, content: .constant(text)),
                FieldLayout(at: 9, size: 2, content: .integer(.sequence, IntegerFormat())),
                FieldLayout(at: 11, size: 1, content: .result(results.mapValues { $0 & 0xFF }, IntegerFormat())),
                FieldLayout(
                    at: 12, size: 4, content: .checksum(ChecksumField(algorithm: .crc32, over: 0..<9, order: .big))),
            ]
        }
        let reply = try Codec(layout).reply(to: Codec.Context(command: .pay, sequence: 1), result: .success)
        #expect(reply.map { hex(Array($0.suffix(4))) } == ["cbf43926"])
    }

    /// The command that a device has read, and what it then says of it.
    private func said(of command: Command, by profile: Profile, _ say: (Codec, Codec.Context) -> [[UInt8]]) throws
        -> [String]
    {
        let codec = try Codec(profile)
        return say(codec, try codec.decode(codec.encode(command, sequence: 0x0102)).context).map(hex)
    }

    @Test("a notification repeats what the command said, where no reply does as well")
    func notificationRepeats() throws {
        var layout = profile
        layout.notifications[.linkTapped] = [
            FieldLayout(size: 1, content: .constant([0x21])),
            FieldLayout(size: 4, content: .text(.orderID, TextFormat())),
            FieldLayout(size: 3, content: .echo(15..<18)),
        ]
        let pay = Command.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1"))
        #expect(
            // "!", "A1", and the beginning of "12.50" where it stood in the command
            try said(of: pay, by: layout) { $0.notification(of: .linkTapped, about: $1) } == [
                "21" + "41310000" + "31322e"
            ]
        )
    }

    @Test("a pay without a method is answered by a reply that repeats methods: with padding")
    func methodLeftOut() throws {
        var layout = profile
        layout.replies[.pay] = [
            FieldLayout(size: 1, content: .constant([0x70])),
            FieldLayout(size: 7, content: .text(.paymentMethod, TextFormat(pad: 0x20))),
        ]
        let codec = try Codec(layout)
        var report = try codec.encode(.pay(PayCommand(.trueMoney)), sequence: 1)
        report.replaceSubrange(3..<15, with: [UInt8](repeating: 0x20, count: 12))
        // CRC-32 of the 36 bytes before it.
        report.replaceSubrange(36..<40, with: [0x54, 0xF3, 0x92, 0x7B])
        let (command, context) = try codec.decode(report)
        #expect(command == .pay(PayCommand(paymentMethod: "")))
        #expect(codec.reply(to: context, result: .parameterIllegal).map(hex) == ["70" + "20202020202020"])
    }

    @Test("a cancel that has room for an expiry says that none was given")
    func cancelWithExpiry() throws {
        var layout = profile
        layout.commands[.cancel]?[2...] = [
            FieldLayout(at: 3, size: 2, content: .integer(.expiryTime, IntegerFormat(isSigned: true, absent: -1))),
            FieldLayout(at: 5, size: 35, content: .fill(0)),
        ]
        let report = try Codec(layout).encode(.cancel(CancelCommand()), sequence: 0x0102)
        // "C", sequence, no expiry
        #expect(hex(report) == "43" + "0102" + "ffff" + String(repeating: "00", count: 35))
    }

    @Test("checksums that cover others are written in the order in which they stand, not that of the file")
    func nestedChecksums() throws {
        var layout = profile
        layout.replies[.pay] = [
            FieldLayout(
                at: 6, size: 2,
                content: .checksum(ChecksumField(algorithm: .sum(size: 2, isNegated: false), over: 0..<6))),
            FieldLayout(at: 5, size: 1, content: .checksum(ChecksumField(algorithm: .xor, over: 0..<5))),
            FieldLayout(at: 0, size: 1, content: .constant([0x70])),
            FieldLayout(at: 1, size: 2, content: .integer(.sequence, IntegerFormat(order: .big))),
            FieldLayout(at: 3, size: 2, content: .result(results, IntegerFormat(order: .big))),
        ]
        let reply = try said(of: .pay(PayCommand(.trueMoney)), by: layout) { $0.reply(to: $1, result: .success) }
        // Sequence, result, XOR of these, sum of all before it
        #expect(reply == ["70" + "0102" + "0100" + "72" + "e600"])
    }

    @Test("a number that does not go into the reply's field is answered with nothing, not with another number")
    func numberTooLarge() throws {
        var layout = profile
        layout.replies[.pay]?[1].content = .integer(.sequence, IntegerFormat(order: .big, isSigned: true))
        let codec = try Codec(layout)
        let large = try codec.decode(codec.encode(.pay(PayCommand(.trueMoney)), sequence: 40_000)).context
        #expect(codec.reply(to: large, result: .success).isEmpty)
        let small = try codec.decode(codec.encode(.pay(PayCommand(.trueMoney)), sequence: 0x0102)).context
        #expect(codec.reply(to: small, result: .success).map(hex) == ["70" + "0102" + "0100" + "000000"])
    }

    @Test("of a reply whose checksum and result are both wrong the checksum is named")
    func wrongChecksumAndResult() throws {
        for alignment in [TextFormat.Alignment.left, .right] {
            var layout = profile
            layout.replies[.pay] = [
                FieldLayout(size: 1, content: .constant([0x70])),
                FieldLayout(size: 1, content: .result(results.mapValues { $0 & 0xFF }, IntegerFormat())),
                // What only the general way knows, and what the quick way does.
                alignment == .right
                    ? FieldLayout(size: 5, content: .text(.orderID, TextFormat(alignment: .right)))
                    : FieldLayout(size: 5, content: .fill(0)),
                FieldLayout(size: 1, content: .checksum(ChecksumField(algorithm: .xor, over: 0..<7))),
            ]
            #expect(throws: Malformation.wrongChecksum(actual: 0, expected: 0x79)) {
                try Codec(layout).decodeReply([0x70, 0x09, 0, 0, 0, 0, 0, 0], to: .pay)
            }
        }
    }

    struct BadProfile: CustomTestStringConvertible, Sendable {
        let message: String
        let change: @Sendable (inout Profile) -> Void
        var testDescription: String { message }
    }

    @Test(
        "a profile that cannot be compiled names the key",
        arguments: [
            BadProfile(message: "replies.cancel: there is no such command to answer") { $0.commands[.cancel] = nil },
            BadProfile(message: "hid.outputReport.size: a report has 1 to 1024 bytes, not 2000") {
                $0.hid.outputReport.size = 2000
            },
            BadProfile(message: "commands.pay[1]: byte 0 belongs to the field before already") {
                $0.commands[.pay]?[1].at = 0
            },
            BadProfile(message: "commands.pay[0]: no field tells of byte 0: use `fill` for bytes without meaning") {
                $0.commands[.pay]?.removeFirst()
            },
            BadProfile(message: "commands.cancel: the fields have 41 bytes, more than the report's 40") {
                $0.commands[.cancel]?[2].extent = .fixed(38)
            },
            BadProfile(message: "commands.cancel: the fields have 39 bytes, the report 40: say what pads it") {
                $0.commands[.cancel]?[2].extent = .fixed(36)
            },
            BadProfile(message: "commands.pay[7].over: the span covers the checksum itself") {
                $0.commands[.pay]?[7].content = .checksum(ChecksumField(algorithm: .crc32, over: 0..<37))
            },
            BadProfile(message: "commands.pay[7].over: the span ends outside the report of 40 bytes") {
                $0.commands[.pay]?[7].content = .checksum(ChecksumField(algorithm: .crc32, over: 41..<44))
            },
            BadProfile(message: "commands.pay[7].over: the span ends outside the report of 40 bytes") {
                $0.commands[.pay]?[7].content = .checksum(ChecksumField(algorithm: .crc32, over: -1..<36))
            },
            BadProfile(message: "commands.pay[7]: a checksum has no sign, and its digits are ASCII") {
                $0.commands[.pay]?[7].content = .checksum(
                    ChecksumField(
                        algorithm: .crc32, over: PlaceRange(0..<36), format: IntegerFormat(isSigned: true)))
            },
            BadProfile(message: "commands.pay[5].absent: 40000 does not fit in 2 bytes") {
                $0.commands[.pay]?[5].content = .integer(.expiryTime, IntegerFormat(isSigned: true, absent: 40000))
            },
            BadProfile(message: "commands.pay[5].notation: expiryTime is no time") {
                $0.commands[.pay]?[5].content = .integer(.expiryTime, IntegerFormat(notation: .yearFirst))
            },
            BadProfile(message: "commands.pay[5].size: a date of 12 digits does not fit in 2 bytes") {
                $0.commands[.pay]?[5].content = .integer(.time, IntegerFormat(form: .bcd, notation: .shortYearFirst))
            },
            BadProfile(message: "commands.pay[5].notation: a date has neither decimals nor plus") {
                $0.commands[.pay]?[5].content = .integer(
                    .time, IntegerFormat(form: .bcd, plus: 1, notation: .shortYearFirst))
            },
            BadProfile(message: "commands.pay[5].utcOffset: up to 840 minutes, and of dates only") {
                $0.commands[.pay]?[5].content = .integer(.time, IntegerFormat(utcOffset: 480))
            },
            BadProfile(message: "commands.pay[5].utcOffset: up to 840 minutes, and of dates only") {
                $0.commands[.pay]?[5].content = .integer(
                    .time, IntegerFormat(form: .bcd, notation: .shortYearFirst, utcOffset: .max))
            },
            BadProfile(message: "commands.pay[3].text: expiryTime is a number: use `integer`") {
                $0.commands[.pay]?[3].content = .text(.expiryTime, TextFormat())
            },
            BadProfile(message: "replies.pay[2].result: two result codes have the same number") {
                $0.replies[.pay]?[2].content = .result(results.mapValues { _ in 1 }, IntegerFormat())
            },
            BadProfile(message: "replies.pay[2].result.DEVICE_DISCONNECTED: 260 does not fit in 1 bytes") {
                $0.replies[.pay]?[2].extent = .fixed(1)
                $0.replies[.pay]?[3].at = 4
                $0.replies[.pay]?[3].extent = .fixed(4)
                $0.replies[.pay]?[2].content = .result(
                    [.success: 256].merging(results) { first, _ in first }, IntegerFormat())
            },
            BadProfile(message: "replies.pay: the sequence number has 1 bytes here, 2 in the command") {
                $0.replies[.pay]?[1].extent = .fixed(1)
                $0.replies[.pay]?.append(FieldLayout(at: 2, size: 1, content: .fill(0)))
            },
            BadProfile(
                message:
                    "commands: no byte is a constant of both pay and cancel and differs: no report tells which it is"
            ) {
                $0.commands[.cancel]?[0].content = .constant([0x50])
            },
            BadProfile(
                message:
                    "commands: no byte is a constant of both pay and cancel and differs: no report tells which it is"
            ) {
                // Every cancel would be read as a pay.
                $0.commands[.pay]?[0].content = .fill(0)
            },
        ])
    func badProfile(_ bad: BadProfile) {
        var changed = profile
        bad.change(&changed)
        do {
            _ = try Codec(changed)
            #expect(Bool(false), "it was compiled")
        } catch {
            #expect(error.description == bad.message)
        }
    }

    @Test(
        "hexadecimal text",
        arguments: [("", []), ("00ff", [0, 255]), ("0A 0b\n0C", [10, 11, 12])] as [(String, [UInt8])])
    func hexText(text: String, bytes: [UInt8]) {
        #expect(HexBytes(text)?.bytes == bytes)
    }

    @Test("what is not pairs of digits is no hexadecimal text", arguments: ["0", "0 0", "0x00", "gg", "00 1"])
    func badHexText(text: String) {
        #expect(HexBytes(text) == nil)
    }
}
