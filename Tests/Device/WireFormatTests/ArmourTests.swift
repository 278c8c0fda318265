import BlueTap
import Testing

@testable import WireFormat

@Suite("Armour")
struct ArmourTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(HexBytes(text)).bytes }

    private static let slip = StuffedLayer(start: [0xC0], end: [0xC0], escape: 0xDB, codes: [0xC0: 0xDC, 0xDB: 0xDD])
    private static let hdlc = StuffedLayer(start: [0x7E], end: [0x7E], escape: 0x7D, codes: [0x7E: 0x5E, 0x7D: 0x5D])
    private static let dle = StuffedLayer(
        start: [0x10, 0x02], end: [0x10, 0x03], escape: 0x10, codes: [0x10: 0x10], keptEnd: 1,
        span: ArmourSpan(to: Place(.end, -2)))
    /// A start, digits, and a checksum of all that in digits, as in NMEA 0183.
    private static let sentence = WrappedLayer(
        head: [FieldLayout(size: 1, content: .constant([0x24]))],
        tail: [
            FieldLayout(size: 1, content: .constant([0x2A])),
            FieldLayout(
                size: 2,
                content: .checksum(
                    ChecksumField(
                        algorithm: .xor, over: PlaceRange(from: Place(.start, 1), to: Place(.here, -1)),
                        format: IntegerFormat(form: .hexadecimal)))),
        ])

    /// Each layer, a message, and what is made of it.
    private static let examples: [(ArmourLayout, message: String, armour: String)] = [
        // RFC 1055
        ([.stuffed(slip)], "01 C0 DB 02", "C0 01 DB DC DB DD 02 C0"),
        // RFC 1662, section 4.2
        ([.stuffed(hdlc)], "01 7E 7D 02", "7E 01 7D 5E 7D 5D 02 7E"),
        // The check bytes AA 10 stand behind the end as they are; 03 is covered by them.
        ([.stuffed(dle)], "10 01 03 AA 10", "10 02 10 10 01 10 03 AA 10"),
        // Cheshire and Baker
        ([.cobs(COBSLayer())], "11 22 00 33", "03 11 22 02 33"),
        ([.cobs(COBSLayer(isLed: true, isTerminated: true))], "00", "00 01 01 00"),
        // cobs of PyPI: the last byte 33 is no less than its code.
        ([.cobs(COBSLayer(isReduced: true))], "11 22 00 33", "03 11 22 33"),
        ([.cobs(COBSLayer(isReduced: true))], "11 22 00 01", "03 11 22 02 01"),
        // RFC 4648, section 10: "fooba", "foob"
        ([.base64(Base64Layer())], "66 6F 6F 62 61", "5A 6D 39 76 59 6D 45 3D"),
        ([.base64(Base64Layer(isPadded: false))], "66 6F 6F 62", "5A 6D 39 76 59 67"),
        ([.base64(Base64Layer(isURL: true))], "FB FF FE", "2D 5F 5F 2D"),
        ([.hexadecimal(HexadecimalLayer())], "0A BC", "30 41 42 43"),
        (
            [.hexadecimal(HexadecimalLayer(isLowercase: true, span: ArmourSpan(from: 1, to: Place(.end, -1))))],
            "02 AB 03", "02 61 62 03"
        ),
        ([.exclusiveOr(ExclusiveOrLayer(key: .constant(HexBytes([0x5A]))))], "00 5A FF", "5A 00 A5"),
        (
            [.exclusiveOr(ExclusiveOrLayer(key: .constant(HexBytes([1, 2])), span: ArmourSpan(from: 1)))],
            "10 10 10 10", "10 11 12 11"
        ),
        // The key is the byte 07 at 1.
        (
            [.exclusiveOr(ExclusiveOrLayer(key: .at(Place(.start, 1), size: 1), span: ArmourSpan(from: 2)))],
            "A5 07 00 01", "A5 07 07 06"
        ),
        ([.exclusiveOr(ExclusiveOrLayer(key: .constant(HexBytes([0])), chain: .written))], "01 02 04", "01 03 07"),
        ([.exclusiveOr(ExclusiveOrLayer(key: .constant(HexBytes([0])), chain: .plain))], "01 02 04", "01 03 06"),
        ([.exclusiveOr(ExclusiveOrLayer(key: .constant(HexBytes([0x40])), step: 1))], "00 00 00", "40 41 42"),
        ([.swapped(SwappedLayer(.nibbles))], "12 34", "21 43"),
        ([.swapped(SwappedLayer(.bits))], "01 02", "80 40"),
        // The last word is filled with padding before it is swapped.
        ([.swapped(SwappedLayer(.words16))], "01 02 03", "02 01 00 03"),
        ([.swapped(SwappedLayer(.words32))], "01 02 03 04", "04 03 02 01"),
        ([.wrapped(sentence), .hexadecimal(HexadecimalLayer())], "12 AB", "24 31 32 41 42 2A 30 30"),
    ]

    @Test("each layer makes what its source says, and takes it off", arguments: examples)
    func layer(layout: ArmourLayout, message: String, armour: String) throws {
        for padding in [nil, 0x00] as [UInt8?] where padding != nil || !layout[0].isPadded {
            let compiled = try CompiledArmour(layout, padding: padding, path: [])
            let inside = try bytes(message)
            let outside = try bytes(armour)
            #expect(try HexBytes(compiled.close(inside)) == HexBytes(outside))
            let report = padding.map { outside + [UInt8](repeating: $0, count: 5) } ?? outside
            var opened = try compiled.open(report)
            // Where nothing says where the message ends, its padding stands behind it.
            if let inner = compiled.innerPadding {
                while opened.last == inner, opened != inside { opened.removeLast() }
            }
            #expect(HexBytes(opened) == HexBytes(inside))
        }
    }

    @Test("what is no armour ends in a line that says so")
    func refused() throws {
        func complaint(_ layout: ArmourLayout, _ text: String) throws -> Malformation? {
            let armour = try CompiledArmour(layout, padding: 0x00, path: [])
            let bytes = try #require(HexBytes(text)).bytes
            do throws(Malformation) {
                _ = try armour.open(bytes)
                return nil
            } catch {
                return error
            }
        }
        #expect(try complaint([.stuffed(Self.slip)], "C0 01 DB") == .unreadable("an escape sequence is not whole"))
        #expect(try complaint([.stuffed(Self.slip)], "C0 01") == .unreadable("the stuffed message does not end"))
        #expect(
            try complaint([.stuffed(Self.slip)], "C0 01 C0 02")
                == .unreadable("1 bytes stand behind the end of the message"))
        #expect(try complaint([.stuffed(Self.hdlc)], "7D 01 7E") == .unknownCommand)
        #expect(
            try complaint([.stuffed(Self.dle)], "10 02 01 10 03 AA")
                == .unreadable("the message ends before what stands behind its end"))
        #expect(try complaint([.cobs(COBSLayer())], "05 01") == .unreadable("a block of COBS is not whole"))
        #expect(try complaint([.cobs(COBSLayer())], "00") == .unreadable("the message is empty"))
        #expect(try complaint([.base64(Base64Layer())], "41") == .unreadable("the base64 is not whole"))
        #expect(
            try complaint([.base64(Base64Layer(isPadded: false))], "41 42")
                == .unreadable("the base64 ends with bits that mean nothing"))
        #expect(
            try complaint([.hexadecimal(HexadecimalLayer())], "41 41 41")
                == .unreadable("the hexadecimal digits are no pairs"))
        #expect(
            try complaint([.wrapped(Self.sentence), .hexadecimal(HexadecimalLayer())], "24 31 32 41 42 2A 30 31")
                == .wrongChecksum(actual: 1, expected: 0))
    }

    @Test("layers that cannot be taken off again are refused")
    func unsound() {
        func isRefused(_ layer: ArmourLayer) -> Bool {
            (try? CompiledArmour([layer], padding: 0, path: [])) == nil
        }
        // Two bytes of one code, an end that stands for an escaped byte, and an end without a code.
        #expect(isRefused(.stuffed(StuffedLayer(escape: 0x10, codes: [0x10: 1, 0x11: 1]))))
        #expect(isRefused(.stuffed(StuffedLayer(end: [0x10, 0x10], escape: 0x10, codes: [0x10: 0x10]))))
        #expect(isRefused(.stuffed(StuffedLayer(end: [0x03], escape: 0x10, codes: [0x10: 0x10]))))
        #expect(
            isRefused(.exclusiveOr(ExclusiveOrLayer(key: .at(Place(.start, 1), size: 2), span: ArmourSpan(from: 2)))))
        #expect(isRefused(.exclusiveOr(ExclusiveOrLayer(key: .constant(HexBytes([]))))))
        #expect(isRefused(.base64(Base64Layer(span: ArmourSpan(to: Place(.start, 4))))))
    }

    @Test("random messages come back through every layer, with a printed seed")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for (layout, _, _) in Self.examples {
            for _ in 0..<200 {
                // Checks kept behind an end are the message's own bytes; the end that is kept is always the same.
                var message = (0..<Int.random(in: 8...600, using: &random)).map { _ in random.byte() }
                if case .stuffed(let stuffed) = layout[0], stuffed.keptEnd > 0 { message[message.count - 3] = 0x03 }
                if case .swapped(let swapped) = layout[0] { message.removeLast(message.count % swapped.unit.width) }
                let armour = try CompiledArmour(layout, padding: nil, path: [])
                let opened = try armour.open(try armour.close(message))
                #expect(opened == message, "seed \(seed), \(armour.name)")
            }
        }
    }

    @Test("random bytes end in a message or in a line, and what is read is written again, with a printed seed")
    func hostile() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for (layout, _, text) in Self.examples {
            for padding in [nil, 0x00, 0xFF] as [UInt8?] {
                let armour = try CompiledArmour(layout, padding: padding, path: [])
                for _ in 0..<300 {
                    // Noise, or good armour with a few bytes changed, cut off or put in.
                    var bytes = try self.bytes(text)
                    if random.byte() < 0x80 {
                        bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in random.byte() }
                    }
                    for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                        let place = Int.random(in: 0..<bytes.count, using: &random)
                        switch random.byte() % 3 {
                        case 0: bytes[place] = random.byte()
                        case 1: bytes.removeSubrange(place...)
                        default: bytes.insert(random.byte(), at: place)
                        }
                    }
                    guard let opened = try? armour.open(bytes) else { continue }
                    #expect(opened.count <= bytes.count + 1, "seed \(seed), \(armour.name)")
                    // Padding is left, words are filled, and COBS/R may be written in two ways.
                    guard armour.innerPadding == nil, armour.name != "cobs/r", !armour.name.contains("swapped") else {
                        continue
                    }
                    let closed = try armour.close(opened)
                    #expect(bytes.starts(with: closed), "seed \(seed), \(armour.name), \(HexBytes(bytes))")
                }
            }
        }
    }
}

extension ArmourLayer {
    /// Whether the layer fills its last word with padding.
    fileprivate var isPadded: Bool { if case .swapped(let swapped) = self { swapped.unit.width > 1 } else { false } }
}

extension SeededGenerator {
    fileprivate mutating func byte() -> UInt8 { UInt8.random(in: 0...0xFF, using: &self) }
}
