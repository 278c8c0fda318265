import BlueTap
import Foundation
import Testing
import WireFormat

@testable import Learning

/// Host programs of which only the commands are known, and which take one reply each, to the byte.
@Suite("Host programs that take one reply each")
struct ProbedHostTests {
    struct Host: CustomTestStringConvertible, Sendable {
        let name: String
        let pay: MessageLayout
        var cancel: MessageLayout?
        /// What it takes for an answer to the number 57, to the byte but for padding; a check is made here.
        let reply: [String]
        var size = 16
        var padding: UInt8 = 0
        /// After so many runs it is found at the latest.
        var runs = 40

        var testDescription: String { name }
    }

    // MARK: Layouts

    private static func constant(_ bytes: [UInt8]) -> FieldLayout {
        FieldLayout(size: bytes.count, content: .constant(bytes))
    }

    private static func number(_ value: FieldLayout.Value, size: Int) -> FieldLayout {
        FieldLayout(size: size, content: .integer(value, IntegerFormat(order: .big)))
    }

    private static func text(_ value: FieldLayout.Value, size: Int, pad: UInt8 = 0) -> FieldLayout {
        FieldLayout(size: size, content: .text(value, TextFormat(pad: pad)))
    }

    private static func check(_ name: String = "xor-8", hexadecimal: Bool = false) -> FieldLayout {
        let algorithm = ChecksumAlgorithm(name: name) ?? .xor
        let format = IntegerFormat(form: hexadecimal ? .hexadecimal : .binary, order: .big)
        return FieldLayout(
            size: algorithm.size * (hexadecimal ? 2 : 1),
            content: .checksum(
                ChecksumField(
                    algorithm: algorithm, over: PlaceRange(from: Place(.start), to: Place(.here)),
                    format: format)))
    }

    private static let method = FieldLayout(
        size: 1,
        content: .enumeration(
            .paymentMethod, ["TRUEMONEY": HexBytes([0x21]), "SEVEN_11": HexBytes([0x22])]))

    /// 31, a type, a number, values, and a check at the end of 32 bytes.
    private static func framed(_ type: UInt8, method: Bool = true) -> MessageLayout {
        [constant([0x31, type]), number(.sequence, size: 1)] + (method ? [Self.method] : [])
            + [text(.orderID, size: 16), FieldLayout(size: method ? 11 : 12, content: .fill(0)), check()]
    }

    /// A type and values, and nothing else.
    private static func plain(_ type: UInt8) -> MessageLayout {
        [
            constant([0x21, type]), method, text(.orderID, size: 16),
            FieldLayout(size: 13, content: .fill(0)),
        ]
    }

    /// Numbers of four bytes.
    private static func words(_ type: UInt8) -> MessageLayout {
        [number(.sequence, size: 4), constant([0, 0, 0, type])]
            + [
                FieldLayout(
                    size: 4, content: .enumeration(.paymentMethod, ["TRUEMONEY": HexBytes([0, 0, 0, 1])])),
                number(.expiryTime, size: 4), text(.orderID, size: 16),
            ]
    }

    /// Text, filled with spaces, and a check as two digits.
    private static func texts(_ type: UInt8) -> MessageLayout {
        [
            constant([type]), text(.paymentMethod, size: 12, pad: 0x20),
            text(.orderID, size: 12, pad: 0x20),
            check("sum-8", hexadecimal: true), FieldLayout(size: 5, content: .fill(0x20)),
        ]
    }

    /// A type, a size, and records, with a check behind them.
    private static func records(_ type: UInt8) -> MessageLayout {
        [
            constant([type]),
            FieldLayout(
                size: 1,
                content: .length(LengthField(over: PlaceRange(from: Place(.after), to: Place(.end, -2))))),
            FieldLayout(
                extent: .rest,
                content: .records(
                    RecordsLayout(items: [
                        KeyedField(key: HexBytes([0x81]), field: method),
                        KeyedField(
                            key: HexBytes([0x83]),
                            field: FieldLayout(extent: .rest, content: .text(.orderID, TextFormat()))),
                    ]))),
            check("crc-16/ibm-3740"),
        ]
    }

    private static func host(_ name: String, _ reply: String..., size: Int = 16, runs: Int = 40)
        -> Host
    {
        Host(
            name: name, pay: framed(0x10), cancel: framed(0x12, method: false), reply: reply, size: size,
            runs: runs)
    }

    /// Filled with zeros, and checked at the end.
    private static func sealed(_ head: String, size: Int = 16, sum: Bool = false) -> String {
        let head = HexBytes(head.filter { $0 != " " })?.bytes ?? []
        let check = head.reduce(UInt8(0)) { sum ? $0 &+ $1 : $0 ^ $1 }
        return HexBytes(head + [UInt8](repeating: 0, count: size - 1 - head.count) + [check])
            .description
    }

    // MARK: Hosts

    static let hosts = [
        host("the type with bit 80", sealed("31 90 57 00"), runs: 5),
        host("a mark of the device's own: plus 1", sealed("32 10 57 00"), runs: 5),
        host("mark and type both turned", sealed("32 90 57 00"), runs: 10),
        host("the mark complemented", sealed("ce 10 57 00"), runs: 10),
        host("the mark with bit 80", sealed("b1 10 57 00"), runs: 25),
        host("the mark with bit 40", sealed("71 10 57 00"), runs: 60),
        host("no type", sealed("31 57 00"), runs: 25),
        host("another mark, no type", sealed("32 57 00"), runs: 10),
        host("the result before the number", sealed("31 90 00 57"), runs: 65),
        host("the result in place of the type", sealed("31 00 57"), runs: 30),
        host("a result of two bytes", sealed("31 90 57 90 00"), runs: 50),
        host("a result as text", sealed("31 90 57 30 30"), runs: 70),
        host("no check", "31905700", runs: 50),
        host("the check behind the result", "31905700f6", runs: 10),
        host("another check", sealed("31 90 57 00", sum: true), runs: 190),
        host("the order behind the result", sealed("31 90 57 00 41 31", size: 24), size: 24, runs: 150),
        host("a single 06", "06", runs: 25),
        host("received, then done", sealed("06 57"), sealed("31 90 57 00"), runs: 130),
        Host(
            name: "a word", pay: plain(0x50), cancel: plain(0x43), reply: ["2253554343455353"], runs: 70),
        Host(name: "OK alone", pay: plain(0x50), cancel: plain(0x43), reply: ["4f4b"], runs: 85),
        Host(name: "words of four bytes", pay: words(1), cancel: nil, reply: ["0000005700000000"], runs: 25),
        Host(
            name: "text with a check as digits", pay: texts(0x50), cancel: texts(0x43),
            reply: ["4130304131"],
            padding: 0x20, runs: 25),
        Host(
            name: "records answered by a single byte", pay: records(0x50), cancel: records(0x43),
            reply: ["70010027a5"], runs: 35),
        Host(
            name: "records answered by one", pay: records(0x50), cancel: records(0x43),
            reply: ["d0038401006999"],
            runs: 10),
        Host(
            name: "JSON for bytes", pay: plain(0x50), cancel: plain(0x43),
            reply: ["7b22636f6465223a2253554343455353227d"], size: 32, runs: 50),
    ]

    /// At which run a reply is tried that the host takes; nil where none is.
    private static func run(_ host: Host) throws -> Int? {
        var profile = Profile(
            name: "host", usb: .madeUp,
            hid: HIDLayout(
                reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: ReportLayout(size: 32, padding: 0),
                inputReport: ReportLayout(size: host.size, padding: host.padding)),
            commands: [.pay: host.pay])
        profile.commands[.cancel] = host.cancel
        let command = Command.pay(
            PayCommand(paymentMethod: "TRUEMONEY", amount: nil, orderID: "A1", expiryTime: 900))
        let reports = try Codec(profile).encode(command, stamp: Codec.Stamp(sequence: 0x57))
        let candidates = ReplyCandidate.candidates(
            for: profile, most: isMeasuring ? 300 : host.runs, answering: reports)
        let wanted = host.reply.map { HexBytes($0.filter { $0 != " " })?.bytes ?? [] }
        let index = try candidates.firstIndex { candidate in
            let codec = try Codec(candidate.applied(to: profile))
            let context = try codec.decode(reports: reports).context
            let sent = codec.acknowledgement(of: context) + codec.reply(to: context, result: .success)
            return sent.count == wanted.count
                && zip(sent, wanted).allSatisfy { sent, wanted in
                    sent.starts(with: wanted)
                        && sent.dropFirst(wanted.count).allSatisfy { $0 == host.padding }
                }
        }
        return index.map { $0 + 1 }
    }

    @Test("each is found in as many runs as it may take", arguments: hosts)
    func found(host: Host) throws {
        let run = try Self.run(host)
        if Self.isMeasuring { print("\(run.map(String.init) ?? "-")\t\(host.name)") }
        #expect(run != nil)
    }

    /// With it each host's run is printed.
    private static let isMeasuring = ProcessInfo.processInfo.environment["BLUETAP_PROBE_RUNS"] != nil

    @Test("half of them may take 35 runs at most")
    func median() {
        let runs = Self.hosts.map(\.runs).sorted()
        #expect(runs.count >= 20 && runs[runs.count / 2] <= 35)
    }
}
