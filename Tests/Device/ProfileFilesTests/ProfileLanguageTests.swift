import BlueTap
import Documents
import Foundation
import ProfileFiles
import Testing
import WireFormat

/// A profile that has one thing of each kind, and the bytes that it must give.
struct Wording: CustomTestStringConvertible, Sendable {
    let name: String
    /// What stands under `commands`, `pay` and others; the rest is added.
    let profile: String
    var size = 32
    var command = Command.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1", expiryTime: 900))
    var stamp = Codec.Stamp(sequence: 7, counter: 300, time: 1_700_000_000)
    /// The reports, in hexadecimal.
    let reports: [String]
    /// Those that answer it with SUCCESS, where there are replies.
    var answer: [String] = []

    var testDescription: String { name }

    func file() throws -> ProfileFile { try ProfileFile(Document(parsing: text, name: "p.yaml")) }

    /// The whole file.
    var text: String {
        let identity = """
            profile: test
            usb: { vendorID: 1, productID: 2, release: 1, manufacturer: m, product: p, serialNumber: s }

            """
        let reports = """
            hid:
              reportDescriptor: A101C0
              outputReport: { size: \(size), padding: "00" }
              inputReport: { size: \(size), padding: "00" }

            """
        return (profile.hasPrefix("hid:") ? identity : identity + reports) + profile
    }
}

private func pay(_ fields: String...) -> String {
    "commands:\n  pay:\n" + fields.map { "    - { \($0) }\n" }.joined()
}

private func padded(_ hex: String, to size: Int = 32) -> String {
    let bytes = HexBytes(hex)!.bytes
    return HexBytes(bytes + [UInt8](repeating: 0, count: size - bytes.count)).description
}

private func ascii(_ text: String) -> String { HexBytes(Array(text.utf8)).description }

/// Method and nothing else, so that a profile is one.
private let method = "size: 9, text: paymentMethod"
private let name = ascii("TRUEMONEY")

@Suite("What profiles can say")
struct ProfileLanguageTests {
    static let wordings: [Wording] = [
        Wording(
            name: "text on the left and on the right, padded with NUL, space, zero and FF",
            profile: pay(
                "size: 10, text: paymentMethod", "size: 8, text: amount, pad: \"20\"",
                "size: 4, text: orderId, align: right, pad: FF", "size: 5, integer: expiryTime, as: decimal"),
            reports: [padded(name + "00" + ascii("12.50   ") + "ffff" + ascii("A1") + ascii("00900"))]),
        Wording(
            name: "text on the right, padded with zero: 0.05 keeps the zero before its point",
            profile: pay(
                method, "size: 8, text: amount, pad: \"30\", align: right",
                "size: 4, text: orderId, pad: \"30\", align: right"),
            command: .pay(PayCommand(.trueMoney, amount: "0.05", orderID: "A1")),
            reports: [padded(name + ascii("00000.05") + ascii("00A1"))]),
        Wording(
            name: "text in UTF-8, as ASCII is",
            profile: pay(method, "size: 8, text: orderId"),
            command: .pay(PayCommand(.trueMoney, orderID: "Tür 7")),
            reports: [padded(name + "54c3bc722037")]),
        Wording(
            name: "UTF-16, little-endian",
            profile: pay("size: 9, text: paymentMethod", "size: 8, text: orderId, characters: utf-16le"),
            reports: [padded(name + "4100310000000000")]),
        Wording(
            name: "numbers as text in UTF-16",
            profile: pay(
                method, "size: 10, integer: expiryTime, as: decimal, characters: utf-16le",
                "size: 12, integer: amount, decimals: 2, as: decimal, characters: utf-16le, pad: \"20\""),
            reports: [padded(name + "30003000390030003000" + "200020003100320035003000")]),
        Wording(
            name: "amounts in minor units: binary, BCD, decimal and hexadecimal text",
            profile: pay(
                method, "size: 4, integer: amount, decimals: 2, order: big",
                "size: 3, integer: amount, decimals: 2, as: bcd",
                "size: 6, integer: amount, decimals: 2, as: decimal, pad: \"20\"",
                "size: 4, integer: amount, decimals: 2, as: hexadecimal"),
            reports: [padded(name + "000004e2" + "001250" + ascii("  1250") + ascii("04E2"))]),
        Wording(
            name: "numbers of one to eight bytes, either order, and one that was not given",
            profile: pay(
                method, "size: 2, integer: expiryTime", "size: 8, integer: expiryTime, order: big",
                "size: 3, integer: sequence, order: big", "size: 1, integer: sequence",
                "size: 2, integer: orderId, blank: FF"),
            command: .pay(PayCommand(.trueMoney, expiryTime: 900)),
            reports: [padded(name + "8403" + "0000000000000384" + "000007" + "07" + "ffff")]),
        Wording(
            name: "enumerations and bit fields",
            profile: pay(
                "size: 2, enum: paymentMethod, values: { TRUEMONEY: \"544D\", SEVEN_11: \"3731\" }",
                "size: 1, bits: [ { count: 4, constant: \"0A\" }, { count: 3, integer: sequence }, { count: 1, fill: \"00\" } ]"
            ),
            reports: [padded("544d" + "ae")]),
        Wording(
            name: "a counter and a time stamp",
            profile: pay(method, "size: 2, integer: counter, order: big", "size: 4, integer: time"),
            reports: [padded(name + "012c" + "00f15365")]),
        Wording(
            name: "dates and times of day",
            profile: pay(
                method, "size: 6, integer: time, as: bcd, notation: yyMMddHHmmss",
                "size: 14, integer: time, as: decimal, notation: yyyyMMddHHmmss, utcOffset: 480"),
            reports: [padded(name + "231114221320" + "3230323331313135303631333230")]),
        Wording(
            name: "tag, length, value: what was not given is left out",
            profile: pay(
                "constant: AA", "size: 1, length: [after, end]",
                "records: { items: [ { tag: \"01\", text: paymentMethod }, { tag: \"02\", text: amount },"
                    + " { tag: \"03\", size: 2, integer: expiryTime, order: big } ] }"),
            command: .pay(PayCommand(.trueMoney, expiryTime: 900)),
            reports: [padded("aa" + "0f" + "0109" + name + "03020384")]),
        Wording(
            name: "tags and lengths of two bytes, the length counting all",
            profile: pay(
                "records: { tagSize: 2, lengthSize: 2, order: little, countsAll: true,"
                    + " items: [ { tag: \"0001\", text: paymentMethod }, { tag: \"0002\", text: orderId } ] }, padded: \"00\""
            ),
            reports: [padded("0001" + "0d00" + name + "0002" + "0600" + ascii("A1"))]),
        Wording(
            name: "tags of one byte with lengths of two, the low byte first",
            profile: pay(
                "records: { tagSize: 1, lengthSize: 2, order: little,"
                    + " items: [ { tag: \"11\", text: paymentMethod }, { tag: \"12\", text: orderId } ] }, padded: \"00\""
            ),
            reports: [padded("11" + "0900" + name + "12" + "0200" + ascii("A1"))]),
        Wording(
            name: "lengths of two bytes, the high byte first",
            profile: pay(
                "size: 2, length: [after, end], order: big",
                "records: { tagSize: 2, lengthSize: 2, order: big,"
                    + " items: [ { tag: \"0A01\", text: paymentMethod }, { tag: \"0A02\", text: orderId } ] }"),
            reports: [padded("0013" + "0a01" + "0009" + name + "0a02" + "0002" + ascii("A1"))]),
        Wording(
            name: "strings behind their lengths",
            profile: pay(
                "prefix: { size: 1 }, text: paymentMethod", "prefix: { size: 2, order: big, plus: 2 }, text: orderId",
                "prefix: { size: 2, as: decimal }, text: amount"),
            reports: [padded("09" + name + "0004" + ascii("A1") + ascii("05") + ascii("12.50"))]),
        Wording(
            name: "STX, separators, escapes, ETX and a longitudinal check",
            profile: pay(
                "constant: \"02\"",
                "until: \"03\", list: { separator: \"7C\", escape: { style: before, byte: \"5C\" },"
                    + " items: [ { constant: \"50\" }, { text: paymentMethod }, { text: amount }, { text: orderId } ] }",
                "checksum: xor-8, over: [1, here]"),
            command: .pay(PayCommand(.trueMoney, orderID: "A|1")),
            reports: [padded("02" + ascii("P|TRUEMONEY||A\\|1") + "03" + "39")]),
        Wording(
            name: "a frame in which its own bytes are escaped, the check inside",
            profile: pay(
                "rest: true, enclosed: { start: 7E, end: 7E, escape: { style: xor, byte: 7D, mask: \"20\" },"
                    + " fields: [ { size: 9, text: paymentMethod }, { size: 2, integer: sequence, order: big },"
                    + " { checksum: sum-8, over: [0, here] } ] }"),
            stamp: Codec.Stamp(sequence: 0x7E7D),
            reports: [padded("7e" + name + "7d5e7d5d" + "c3" + "7e")]),
        Wording(
            name: "keys and values",
            profile: pay(
                "pairs: { separator: \"3B\", assignment: \"3D\", closed: true, items: [ { key: C, constant: \"50\" },"
                    + " { key: M, text: paymentMethod }, { key: A, text: amount }, { key: O, text: orderId } ] }, padded: \"00\""
            ),
            command: .pay(PayCommand(.trueMoney, orderID: "A1")),
            reports: [padded(ascii("C=P;M=TRUEMONEY;O=A1;"))]),
        Wording(
            name: "URL-encoded",
            profile: pay(
                "pairs: { separator: \"26\", assignment: \"3D\", escape: { style: form },"
                    + " items: [ { key: m, text: paymentMethod }, { key: o, text: orderId } ] }, rest: true"),
            command: .pay(PayCommand(.trueMoney, orderID: "A 1&é")),
            reports: [padded(ascii("m=TRUEMONEY&o=A+1%26%C3%A9"))]),
        Wording(
            name: "JSON, an object in it, a number without quotes",
            profile: pay(
                "rest: true, object: { items: [ { key: m, text: paymentMethod },"
                    + " { key: d, object: { bare: [a], items: [ { key: a, text: amount }, { key: o, text: orderId } ] } } ] }"
            ),
            size: 64,
            command: .pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A\"1")),
            reports: [padded(ascii(#"{"m":"TRUEMONEY","d":{"a":12.50,"o":"A\"1"}}"#), to: 64)]),
        Wording(
            name: "JSON with spaces, in a member that was not given null is none",
            profile: pay(
                "rest: true, object: { spaced: true, items: [ { key: m, text: paymentMethod }, { key: a, text: amount } ] }"
            ),
            size: 40,
            reports: [padded(ascii(#"{"m": "TRUEMONEY", "a": "12.50"}"#), to: 40)]),
        Wording(
            name: "JSON with an object that stands there empty as well",
            profile: pay(
                "rest: true, object: { items: [ { key: p, object: { always: true, items: [ { key: o, text: orderId } ] } },"
                    + " { key: m, text: paymentMethod } ] }"
            ),
            size: 32, command: .pay(PayCommand(.trueMoney)),
            reports: [padded(ascii(#"{"p":{},"m":"TRUEMONEY"}"#), to: 32)]),
        Wording(
            name: "lengths that count from here, from the start, and with something added",
            profile: pay(
                method, "size: 1, length: [0, end], plus: 1", "size: 2, length: [after, end], order: big",
                "prefix: { size: 1 }, text: orderId"),
            reports: [padded(name + "10" + "0003" + "02" + ascii("A1"))]),
        Wording(
            name: "a CRC by its parameters, as bytes, and one by its name, as text, each over its span",
            profile: pay(
                method,
                "crc: { width: 16, polynomial: 0x1021, initial: 0xFFFF, reflected: false, xorOut: 0 }, over: [0, here], order: big",
                "checksum: crc-32, over: [0, 9], as: hexadecimal, lowercase: true"),
            reports: [padded(name + "c370" + ascii("76658be9"))]),
        Wording(
            name: "a sum of two bytes, the two's complement of a sum, and a CRC of one byte",
            profile: pay(
                method, "checksum: sum-16, over: [0, 9], order: big", "checksum: negated-sum-8, over: [0, 9]",
                "checksum: crc-8/smbus, over: [0, here]"),
            reports: [padded(name + "02c8" + "38" + "36")]),
        Wording(
            name: "checks with the low byte first",
            profile: pay(
                method, "checksum: sum-16, over: [0, 9], order: little",
                "checksum: crc-16/modbus, over: [0, 9], order: little", "checksum: crc-32, over: [0, 9], order: little"),
            reports: [padded(name + "c802" + "e321" + "e98b6576")]),
        Wording(
            name: "reports of 1,024 bytes",
            profile: pay(method, "size: 1011, fill: \"00\"", "checksum: crc-32, over: [0, 1020], order: little"),
            size: 1024,
            reports: [name + String(repeating: "00", count: 1011) + "1d5c838f"]),
        Wording(
            name: "a report ID is the first byte",
            profile: pay("constant: \"05\"", method, "at: 10, size: 22, fill: EE"),
            reports: ["05" + name + String(repeating: "ee", count: 22)]),
        Wording(
            name: "a message over reports: index, count, length in the first",
            profile: """
                framing:
                  output:
                    first: [ { integer: index, size: 1 }, { integer: count, size: 1 }, { integer: total, size: 2 } ]
                    header: [ { integer: index, size: 1 }, { integer: count, size: 1 } ]

                """ + pay("size: 12, text: paymentMethod", "size: 8, text: orderId"),
            size: 8,
            reports: [
                "0004" + "1400" + ascii("TRUE"), "0104" + ascii("MONEY") + "00", "0204" + "0000" + ascii("A1") + "0000",
                "0304" + "00000000" + "0000",
            ]),
        Wording(
            name: "a message over reports: continuation flag, remaining bytes, a check in each",
            profile: """
                framing:
                  output:
                    header:
                      - { size: 1, bits: [ { count: 1, integer: more }, { count: 7, integer: index } ] }
                      - { size: 1, integer: remainder }
                    trailer: [ { checksum: sum-8, over: [0, here] } ]

                """ + pay(method, "prefix: { size: 1 }, text: orderId"),
            size: 8,
            reports: [
                "8007" + ascii("TRUEM") + "14", "8102" + ascii("ONEY") + "02" + "c0", "0200" + ascii("A1") + "00000074",
            ]),
        Wording(
            name: "a message over reports: the bytes that are left, those of the report as well",
            profile: """
                framing:
                  output: { header: [ { integer: pieceAndRemainder, size: 1 } ] }

                """ + pay(method, "prefix: { size: 1 }, text: orderId"),
            size: 8,
            reports: ["0c" + ascii("TRUEMON"), "05" + ascii("EY") + "02" + ascii("A1") + "0000"]),
        Wording(
            name: "a message over reports: a check over the whole of it",
            profile: """
                framing:
                  output: { header: [ { integer: index, size: 1 }, { integer: total, size: 1 } ] }

                """ + pay(method, "checksum: crc-16/xmodem, over: [0, here], order: big"),
            size: 8,
            reports: ["000b" + ascii("TRUEMO"), "010b" + ascii("NEY") + "db02" + "00"]),
        Wording(
            name: "a message over reports: a mark ends it",
            profile: """
                framing:
                  output: { header: [ { integer: index, size: 1 } ], end: { mark: 0D0A } }

                """ + pay(method, "prefix: { size: 1 }, text: orderId"),
            size: 8,
            reports: ["00" + ascii("TRUEMON"), "01" + ascii("EY") + "02" + ascii("A1") + "0d0a"]),
        Wording(
            name: "a message over reports: its own length tells the end",
            profile: """
                framing:
                  output: { end: { length: { at: 0, size: 1, plus: -1 } } }

                """ + pay("size: 1, length: [after, end]", method, "prefix: { size: 1 }, text: orderId"),
            size: 8,
            reports: ["0c" + ascii("TRUEMON"), ascii("EY") + "02" + ascii("A1") + "000000"]),
        Wording(
            name: "a message over reports: empty ones are left out",
            profile: """
                framing:
                  output: { reports: 4, leavesOutEmpty: true, header: [ { integer: index, size: 1 } ] }

                """ + pay(method, "size: 12, fill: \"00\"", "size: 2, text: orderId"),
            size: 8,
            reports: ["00" + ascii("TRUEMON"), "01" + ascii("EY") + "0000000000", "03" + ascii("A1") + "0000000000"]),
        Wording(
            name: "a message over reports: always as many",
            profile: """
                framing:
                  output: { reports: 3, header: [ { integer: index, size: 1 } ] }

                """ + pay(method),
            size: 8,
            reports: ["00" + ascii("TRUEMON"), "01" + ascii("EY") + "0000000000", "0200000000000000"]),
        Wording(
            name: "a message over reports: command and length in the first, the others numbered from 0",
            profile: """
                framing:
                  output:
                    first: [ { size: 1, enum: command, values: { pay: "90", cancel: "91" } }, { integer: total, size: 2, order: big } ]
                    header: [ { integer: index, size: 1, plus: -1 } ]

                """ + pay(method),
            size: 8,
            reports: ["900009" + ascii("TRUEM"), "00" + ascii("ONEY") + "000000"]),
        Wording(
            name: "a message over reports: position, pieces, remaining reports, sequence",
            profile: """
                framing:
                  output:
                    header:
                      - { size: 1, enum: position, values: { only: "10", first: "11", middle: "12", last: "13" } }
                      - { size: 1, integer: sequence }
                      - { size: 1, integer: piece }
                      - { size: 1, integer: remaining }

                """ + pay(method),
            size: 8,
            reports: ["11070402" + ascii("TRUE"), "12070401" + ascii("MONE"), "13070100" + ascii("Y") + "000000"]),
        Wording(
            name: "replies over reports",
            profile: """
                framing:
                  input: { header: [ { integer: index, size: 1 }, { integer: remaining, size: 1 } ] }

                """ + pay(method, "size: 4, text: orderId") + """
                    replies:
                      pay: [ { constant: "70" }, { echo: [9, 13] }, { text: paymentMethod, size: 9 }, { enum: result, size: 1, values: { SUCCESS: "59" } } ]

                    """,
            size: 16,
            reports: [padded(name + ascii("A1"), to: 16)],
            answer: ["0001" + "70" + ascii("A1") + "0000" + ascii("TRUEMONEY"), padded("0100" + "59", to: 16)]),
        Wording(
            name: "commands and replies as feature reports",
            profile: """
                hid:
                  reportDescriptor: A101C0
                  outputReport: { size: 16, padding: "00", feature: true }
                  inputReport: { size: 16, padding: "00", feature: true }

                """ + pay("constant: \"50\"", method) + """
                    replies:
                      pay: [ { constant: "70" }, { size: 1, enum: result, values: { SUCCESS: "00" } } ]

                    """,
            size: 16,
            reports: [padded("50" + name, to: 16)],
            answer: [padded("7000", to: 16)]),
        Wording(
            name: "armour: COBS, with a zero at the end",
            profile: """
                armour:
                  output: [ { cobs: { terminated: true } } ]
                commands:
                  pay:
                    - { constant: "00" }
                    - { size: 9, text: paymentMethod }
                    - { size: 4, text: orderId }
                """,
            reports: ["010c545255454d4f4e4559413101010000000000000000000000000000000000"]),
        Wording(
            name: "armour: SLIP",
            profile: """
                armour:
                  output: [ { stuffed: { start: C0, end: C0, escape: DB, codes: { C0: DC, DB: DD } } } ]
                commands:
                  pay:
                    - { constant: C0 }
                    - { size: 9, text: paymentMethod }
                    - { prefix: { size: 1 }, text: orderId }
                """,
            reports: ["c0dbdc545255454d4f4e4559024131c000000000000000000000000000000000"]),
        Wording(
            name: "armour: hexadecimal text in a sentence with a check, as in NMEA 0183",
            profile: """
                armour:
                  output:
                    - { wrapped: { head: [ { constant: "24" } ], tail: [ { constant: 2A }, { size: 2, checksum: xor-8, over: [1, here-1], as: hexadecimal }, { constant: 0D0A } ] } }
                    - { hexadecimal: {} }
                commands:
                  pay:
                    - { size: 9, text: paymentMethod }
                    - { prefix: { size: 1 }, text: orderId }
                """,
            reports: ["243534353235353435344434463445343535393032343133312a37430d0a0000"]),
        Wording(
            name: "armour: base64, of a message XORed with a byte",
            profile: """
                armour:
                  output: [ { base64: {} }, { xor: { key: 5A } } ]
                commands:
                  pay:
                    - { constant: "50" }
                    - { size: 9, text: paymentMethod }
                    - { prefix: { size: 1 }, text: orderId }
                """,
            reports: ["4367344944783858465251664131676261773d3d000000000000000000000000"]),
        Wording(
            name: "armour: XOR with the message's own sequence number",
            profile: """
                armour:
                  output: [ { xor: { keyAt: 1, keySize: 1, from: 2, sizes: [13] } } ]
                commands:
                  pay:
                    - { constant: A5 }
                    - { size: 1, integer: sequence }
                    - { size: 9, text: paymentMethod }
                    - { size: 2, text: orderId }
                """,
            reports: ["a507535552424a4849425e463600000000000000000000000000000000000000"]),
        Wording(
            name: "BER tags and lengths, one in another",
            profile: """
                commands:
                  pay:
                    - { rest: true, records: { tags: ber, lengths: ber, items: [ { tag: E1, records: { tags: ber, lengths: ber, items: [ { tag: C1, text: paymentMethod }, { tag: 9F02, size: 6, integer: amount, as: bcd, decimals: 2, order: big }, { tag: DF8102, text: orderId } ] } } ] } }
                """,
            size: 40,
            reports: ["e11ac109545255454d4f4e45599f0206000000001250df8102024131000000000000000000000000"]),
        Wording(
            name: "a bitmap says what is there, and what is not there takes no bytes",
            profile: """
                commands:
                  pay:
                    - { size: 9, text: paymentMethod }
                    - { size: 1, presence: { base: "00", bits: { "1": amount, "2": orderId, "3": expiryTime } } }
                    - { if: amount, size: 4, integer: amount, decimals: 2, order: big }
                    - { if: orderId, prefix: { size: 1 }, text: orderId }
                    - { if: expiryTime, size: 2, integer: expiryTime, order: big }
                """,
            reports: ["545255454d4f4e4559e0000004e2024131038400000000000000000000000000"]),
        Wording(
            name: "values behind lengths, filled up to four bytes, as XDR has them",
            profile: """
                commands:
                  pay:
                    - { prefix: { size: 4, order: big }, text: paymentMethod }
                    - { boundary: { of: 4 }, fill: "00" }
                    - { prefix: { size: 4, order: big }, text: orderId }
                    - { boundary: { of: 4 }, fill: "00" }
                """,
            reports: ["00000009545255454d4f4e455900000000000002413100000000000000000000"]),
        Wording(
            name: "Protocol Buffers: a varint, text, and a message in the message",
            profile: """
                commands:
                  pay:
                    - { rest: true, document: { notation: protobuf, items: [ { key: 1, kind: number, constant: "31", required: true }, { key: 2, document: { notation: protobuf, items: [ { key: 1, text: paymentMethod }, { key: 2, kind: number, integer: amount, as: decimal, decimals: 2 }, { key: 3, text: orderId } ] } } ] } }
                """,
            size: 40,
            reports: ["080112120a09545255454d4f4e455910e2091a024131000000000000000000000000000000000000"]),
    ]

    /// The wording whose reports have all that tells messages apart.
    private static let numbered = wordings.first { $0.name.contains("position, pieces") }!

    @Test("each thing has its bytes, and its bytes are read as what they were made of", arguments: wordings)
    func bytes(wording: Wording) throws {
        let codec = try wording.file().codec
        let reports = try codec.encode(wording.command, stamp: wording.stamp)
        #expect(reports.map { HexBytes($0).description } == wording.reports)
        let (command, _) = try codec.decode(reports: reports)
        #expect(command == expected(wording))
    }

    @Test("replies have their bytes, and are read again", arguments: wordings.filter { !$0.answer.isEmpty })
    func answered(wording: Wording) throws {
        let file = try wording.file()
        let (_, context) = try file.codec.decode(reports: file.codec.encode(wording.command, stamp: wording.stamp))
        let answer = file.codec.reply(to: context, result: .success)
        #expect(answer.map { HexBytes($0).description } == wording.answer)
        #expect(try file.codec.decodeReply(reports: answer).result == .success)
        let isFeature = wording.profile.contains("feature: true")
        #expect(
            file.profile.hid.outputReport.isFeature == isFeature && file.profile.hid.inputReport.isFeature == isFeature)
    }

    /// What the profile cannot carry is not read.
    private func expected(_ wording: Wording) -> Command {
        guard case .pay(var pay) = wording.command else { return wording.command }
        if !wording.profile.contains("amount") { pay.amount = nil }
        if !wording.profile.contains("orderId") { pay.orderID = nil }
        if !wording.profile.contains("expiryTime") { pay.expiryTime = nil }
        return .pay(pay)
    }

    @Test("the documentation has each thing as it is tested here")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Examples/profiles/README.md"), encoding: .utf8)
        for wording in Self.wordings {
            let lines = wording.profile.split(separator: "\n").joined(separator: "\n")
            #expect(text.contains("```yaml\n\(lines)\n```"), "\(wording)")
            for reports in [wording.reports, wording.answer] where !reports.isEmpty {
                #expect(text.contains(reports.map(Self.quoted).joined(separator: "\n")), "\(wording)")
            }
        }
        for example in [answers, exchanges] { #expect(text.contains("```yaml\n\(example)\n```")) }
        #expect(text.contains(Self.interleaved.map(Self.quoted).joined(separator: "\n")))
    }

    /// A report as the documentation has it: of a long one its ends.
    private static func quoted(_ report: String) -> String {
        report.count <= 160 ? "`\(report)`" : "`\(report.prefix(32))…\(report.suffix(16))`"
    }

    @Test(
        "of JSON a value where an object belongs, or the reverse, ends in an error",
        arguments: [
            #"{"m":"TRUEMONEY","d":"x"}"#, #"{"m":"TRUEMONEY","d":7}"#, #"{"m":{"a":1},"d":{"a":12.50,"o":"A"}}"#,
        ])
    func kinds(json: String) throws {
        let wording = try #require(Self.wordings.first { $0.name == "JSON, an object in it, a number without quotes" })
        let codec = try wording.file().codec
        #expect(throws: Malformation.self) { try codec.decode(reports: [Array(json.utf8)]) }
    }

    private static let checked = wordings.filter { $0.profile.contains("checksum") }

    @Test("a report of which one byte is wrong is no command, where a check covers it", arguments: checked)
    func corrupted(wording: Wording) throws {
        let codec = try wording.file().codec
        var reports = try codec.encode(wording.command, stamp: wording.stamp)
        reports[0][1] ^= 0x04
        #expect(throws: Malformation.self) { try codec.decode(reports: reports) }
    }

    @Test("reports cut short or garbled anywhere end in an error or a command, never a trap", arguments: wordings)
    func garbled(wording: Wording) throws {
        let codec = try wording.file().codec
        let reports = try codec.encode(wording.command, stamp: wording.stamp)
        var generator = SeededGenerator(seed: 5)
        var refused = 0
        for _ in 0..<2000 {
            var broken = reports
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = broken.indices.randomElement(using: &generator)!
                let at = Int.random(in: 0..<max(1, broken[index].count), using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0 where !broken[index].isEmpty: broken[index][at] = UInt8.random(in: 0...255, using: &generator)
                case 1: broken[index].removeLast(min(at, broken[index].count))
                default: broken.swapAt(index, broken.indices.randomElement(using: &generator)!)
                }
            }
            do {
                _ = try codec.decode(reports: broken)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    // MARK: Replies

    private let answers = """
        commands:
          pay: [ { constant: "50" }, { size: 9, text: paymentMethod }, { size: 4, text: orderId }, { size: 1, integer: sequence } ]
          cancel: [ { constant: "43" }, { size: 9, fill: "00" }, { size: 4, text: orderId }, { size: 1, integer: sequence } ]
        replies:
          pay:
            - { constant: "70" }
            - { size: 1, integer: sequence }
            - { echo: [10, 14] }
            - { size: 2, enum: result, values: { SUCCESS: "4F4B", PARAM_ILLEGAL: "4531", UNKNOWN_EXCEPTION: "4532" } }
            - { size: 1, integer: counter }
          cancel: [ { constant: "6F6B" } ]
        acknowledgements:
          pay: [ { constant: "06" }, { size: 1, integer: sequence } ]
        replyDelay: 0.5
        notifications:
          linkTapped: [ { constant: "21" }, { size: 4, text: orderId } ]
          linkCancelled: [ { constant: "22" }, { size: 1, integer: sequence } ]
          paymentSucceeded: [ { constant: "23" }, { size: 4, text: orderId }, { size: 1, integer: counter } ]
          paymentFailed: [ { constant: "2458" } ]
        """

    private let exchanges = """
        exchanges:
          - { output: "01 ?? 3? ..", answers: ["81 01", "81 02"] }
          - { setFeature: "05 ..", answers: [] }
          - { getFeature: 5, answers: ["05 01 02"] }
        """

    @Test("a device may know exchanges and nothing else: what matches a pattern has its answers")
    func onlyExchanges() throws {
        let file = try Wording(name: "", profile: exchanges, size: 16, reports: []).file()
        let known = file.codec.exchanges
        #expect(known.map { $0.request.matches([0x01, 0xAA, 0x3F, 0x00], isFeature: false) } == [true, false, false])
        #expect(known.map { $0.request.matches([0x01, 0xAA, 0x4F], isFeature: false) } == [false, false, false])
        #expect(known.map { $0.request.matches([0x05, 0x09], isFeature: true) } == [false, true, false])
        #expect(
            known.map { $0.answers.map(\.description) }
                == [[padded("8101", to: 16), padded("8102", to: 16)], [], ["050102"]])
        #expect(known[2].request == .getFeature(id: 5))
    }

    @Test("a reply echoes the command, tells the result from a table, and counts; one may be constant")
    func replies() throws {
        let codec = try Wording(name: "", profile: answers, size: 16, reports: []).file().codec
        let pay = try codec.decode(
            reports: codec.encode(.pay(PayCommand(.trueMoney, orderID: "A1")), stamp: Codec.Stamp(sequence: 9)))
        func hex(_ reports: [[UInt8]]) -> [String] { reports.map { HexBytes($0).description } }
        #expect(
            hex(codec.reply(to: pay.context, result: .success, counter: 5))
                == [padded("70" + "09" + "41310000" + "4f4b" + "05", to: 16)])
        #expect(
            hex(codec.reply(to: pay.context, result: .parameterIllegal))
                == [padded("70" + "09" + "41310000" + "4531" + "01", to: 16)])
        // What the table does not have is told as the next that says as much.
        #expect(
            hex(codec.reply(to: pay.context, result: .processFail))
                == [padded("70" + "09" + "41310000" + "4532" + "01", to: 16)])
        #expect(hex(codec.acknowledgement(of: pay.context)) == [padded("0609", to: 16)])
        for (occasion, bytes) in [
            (Occasion.linkTapped, "21" + "41310000"), (.linkCancelled, "22" + "09"),
            (.paymentSucceeded, "23" + "41310000" + "0c"), (.paymentFailed, "2458"),
        ] {
            #expect(hex(codec.notification(of: occasion, about: pay.context, counter: 12)) == [padded(bytes, to: 16)])
        }
        #expect(codec.notification(of: .linkExpired, about: pay.context).isEmpty)
        let cancel = try codec.decode(reports: codec.encode(.cancel(CancelCommand()), stamp: Codec.Stamp()))
        #expect(hex(codec.reply(to: cancel.context, result: .success)) == [padded("6f6b", to: 16)])
        let read = try codec.decodeReply(reports: codec.reply(to: pay.context, result: .parameterIllegal))
        #expect(read.result == .parameterIllegal && read.context.sequence == 9)
    }

    @Test("a command without a reply is not answered")
    func noReply() throws {
        let codec = try Wording(
            name: "",
            profile: pay("constant: \"50\"", method) + "  cancel: [ { constant: \"43\" } ]\n"
                + "replies: { cancel: [ { constant: \"63\" } ] }", size: 16, reports: []
        ).file().codec
        let pay = try codec.decode(reports: [HexBytes(padded("50" + name, to: 16))!.bytes])
        #expect(!codec.answers(.pay) && codec.reply(to: pay.context, result: .success).isEmpty)
        let cancel = try codec.decode(reports: [HexBytes(padded("43", to: 16))!.bytes])
        let answer = codec.reply(to: cancel.context, result: .success)
        #expect(answer.map { HexBytes($0).description } == [padded("63", to: 16)])
    }

    // MARK: Messages over reports

    /// A pay of number 1 and one of number 2, of which the second is whole first.
    private static let interleaved = [
        "11010402" + ascii("TRUE"), "11020402" + ascii("TRUE"), "12010401" + ascii("MONE"), "12020401" + ascii("MONE"),
        "13020100" + ascii("Y") + "000000", "13010100" + ascii("Y") + "000000",
    ]

    @Test("messages that are interleaved are told apart by their numbers, and one that is broken off is named")
    func interleaved() throws {
        let codec = try Self.numbered.file().codec
        func reports(_ sequence: Int64) throws -> [[UInt8]] {
            try codec.encode(.pay(PayCommand(.trueMoney)), stamp: Codec.Stamp(sequence: sequence))
        }
        let (first, second) = (try reports(1), try reports(2))
        var assembler = codec.assembler
        var whole: [String?] = []
        let mixed = [first[0], second[0], first[1], second[1], second[2], first[2]]
        #expect(mixed.map { HexBytes($0).description } == Self.interleaved)
        for report in mixed {
            let (message, brokenOff) = try assembler.receive(report)
            #expect(brokenOff.isEmpty)
            if let message { whole.append(String(try codec.decode(message).context.sequence)) }
        }
        #expect(whole == ["2", "1"])
        // Broken off: the next of the same number begins anew.
        _ = try assembler.receive(first[0])
        let (message, brokenOff) = try assembler.receive(first[0])
        #expect(message == nil && brokenOff == [first[0]])
        #expect(throws: Malformation.brokenOff("the middle report of a message came where report 1 was due")) {
            var fresh = codec.assembler
            _ = try fresh.receive(first[1])
        }
    }

    @Test("a host that only begins messages does not make the device remember without end")
    func bounded() throws {
        let codec = try Self.numbered.file().codec
        var assembler = codec.assembler
        var dropped = 0
        for sequence in 0..<200 {
            let reports = try codec.encode(
                .pay(PayCommand(.trueMoney)), stamp: Codec.Stamp(sequence: Int64(sequence)))
            dropped += try assembler.receive(reports[0]).brokenOff.count
        }
        #expect(dropped == 192)
    }
}
