import BlueTap
import Testing

@testable import NFCTag

/// A generator that counts, so that a token can be foretold.
private struct Counter: RandomNumberGenerator {
    var value: UInt64

    mutating func next() -> UInt64 {
        defer { value += 1 }
        return value
    }
}

/// A link whose message has 81 bytes, or a longer one.
func link(_ seed: UInt64 = 1, path: String = "") throws -> Link {
    let template = LinkTemplate(url: "https://pay.example/\(path){token}", androidPackage: "example.wallet")
    var device = Device(policy: DevicePolicy(), templates: [.trueMoney: template])
    _ = device.attach()
    var generator = Counter(value: seed)
    let action = device.pay(
        PayCommand(.trueMoney), token: LinkToken(using: &generator), at: Instant(secondsSinceEpoch: 1_767_268_800))
    guard case .linkMade(let link, _) = action else { throw Refused(action: action) }
    return link
}

private struct Refused: Error {
    let action: Device.PayAction
}

func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).compactMap { place in
        let start = digits.index(digits.startIndex, offsetBy: place)
        return UInt8(digits[start...].prefix(2), radix: 16)
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
}

extension Type4Tag {
    /// A reader that sends one command after another.
    fileprivate mutating func answers(_ commands: String..., link: Link?) -> [String] {
        commands.map { hex(respond(to: bytes($0), link: link).response) }
    }

    fileprivate mutating func selectMessage() {
        _ = respond(to: bytes(selectApplication), link: nil)
        _ = respond(to: bytes(selectNDEF), link: nil)
    }

    /// READ BINARY.
    fileprivate mutating func read(_ offset: Int, _ count: Int, _ link: Link?) -> (response: [UInt8], action: Action) {
        respond(to: [0x00, 0xB0, UInt8(offset >> 8), UInt8(offset & 0xFF), UInt8(count)], link: link)
    }
}

private let selectApplication = "00 A4 04 00 07 D2760000850101 00"
private let selectContainer = "00 A4 00 0C 02 E103"
private let selectNDEF = "00 A4 00 0C 02 E104"

@Suite("The Type 4 tag")
struct Type4TagTests {
    @Test("a phone's usual way: application, capability container, length, message")
    func detection() throws {
        let link = try link()
        var tag = Type4Tag(number: 0xABC123)
        #expect(
            tag.answers(selectApplication, selectContainer, "00 B0 0000 0F", selectNDEF, "00 B0 0000 02", link: link)
                == [
                    "9000", "9000",
                    // 15 bytes; version 2.0; 255 bytes at most each way; NDEF file E104 of 7FFF bytes, read by all, written by none.
                    "000F20" + "00FF" + "00FF" + "0406E1047FFF00FF" + "9000",
                    "9000", "00519000",
                ])
        let message = link.message.bytes
        #expect(message.count == 0x51)
        let (response, action) = tag.read(2, message.count, link)
        #expect(response == message + [0x90, 0x00])
        #expect(action == .messageRead(link.token))
        // Two records: https:// as 04 and pay.example/…, 45 bytes; the Android application, 14.
        #expect(hex(message).hasPrefix("91012D5504" + "7061792E6578616D706C652F"))
        #expect(hex(message.suffix(32)).hasPrefix("540F0E" + "616E64726F69642E636F6D3A706B67"))
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let commands: [String]
        let last: String

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "an application that is not there", commands: ["00 A4 04 00 05 A000000003"], last: "6A82"),
        Case(name: "no name", commands: ["00 A4 04 00"], last: "6A82"),
        Case(name: "a file before the application", commands: [selectNDEF], last: "6A82"),
        Case(name: "a file that is not there", commands: [selectApplication, "00 A4 00 0C 02 E105"], last: "6A82"),
        Case(name: "another way to select", commands: [selectApplication, "00 A4 02 0C 02 E104"], last: "6A86"),
        Case(name: "reading before anything is selected", commands: ["00 B0 0000 02"], last: "6986"),
        Case(
            name: "reading after the application is selected anew",
            commands: [selectApplication, selectNDEF, selectApplication, "00 B0 0000 02"], last: "6986"),
        Case(name: "writing", commands: [selectApplication, selectNDEF, "00 D6 0000 02 0000"], last: "6982"),
        Case(
            name: "writing, the other form", commands: [selectApplication, selectNDEF, "00 D7 0000 04 54 0100 00"],
            last: "6982"),
        Case(name: "an instruction that it does not know", commands: ["00 CA 0000 00"], last: "6D00"),
        Case(name: "a class that it does not know", commands: ["90 60 0000 00"], last: "6E00"),
        Case(name: "its number, as readers ask for it", commands: ["FF CA 0000 00"], last: "08ABC1239000"),
        Case(name: "too short", commands: ["00 A4 04"], last: "6700"),
        Case(name: "nothing", commands: [""], last: "6700"),
        Case(name: "less data than it says", commands: ["00 A4 04 00 07 D276000085"], last: "6700"),
        Case(name: "more data than it says", commands: ["00 A4 00 0C 02 E104 00 00"], last: "6700"),
        Case(
            name: "an offset behind the container", commands: [selectApplication, selectContainer, "00 B0 000F 01"],
            last: "6B00"),
        Case(
            name: "the end of the container", commands: [selectApplication, selectContainer, "00 B0 000D 00"],
            last: "00FF9000"),
        Case(
            name: "the last byte of the file", commands: [selectApplication, selectNDEF, "00 B0 7FFE 02"],
            last: "009000"),
        Case(
            name: "an offset behind the file", commands: [selectApplication, selectNDEF, "00 B0 7FFF 01"], last: "6B00"),
        Case(
            name: "a short file identifier", commands: [selectApplication, selectNDEF, "00 B0 8400 02"], last: "6A86"),
        Case(name: "reading without a length", commands: [selectApplication, selectNDEF, "00 B0 0000"], last: "6700"),
        Case(
            name: "extended lengths",
            commands: ["00 A4 04 00 000007 D2760000850101 0000", selectNDEF, "00 B0 0000 000002"], last: "00519000"),
    ]

    @Test("each command has its answer", arguments: cases)
    func answers(test: Case) throws {
        let link = try link()
        var tag = Type4Tag(number: 0xABC123)
        let answers = test.commands.map { hex(tag.respond(to: bytes($0), link: link).response) }
        #expect(answers.last == test.last, "\(answers)")
    }

    @Test("with no link there is an empty message, and that this was read is said once")
    func empty() {
        var tag = Type4Tag(number: 1)
        tag.selectMessage()
        let (response, action) = tag.read(0, 2, nil)
        #expect(hex(response) == "00009000" && action == .emptyTagRead)
        #expect(tag.read(0, 2, nil).action == .nothing)
        tag.reset()
        tag.selectMessage()
        #expect(tag.read(0, 2, nil).action == .emptyTagRead)
    }

    @Test(
        "that a message was read is said when its last byte was, in whatever pieces, and once",
        arguments: [1, 7, 59, 255])
    func pieces(size: Int) throws {
        let link = try link(path: String(repeating: "long/", count: 100))
        let count = 2 + link.message.bytes.count
        var tag = Type4Tag(number: 1)
        tag.selectMessage()
        var file: [UInt8] = []
        var told: [Int] = []
        // From the last piece to the first, then once more from the first.
        let starts = Array(stride(from: 0, to: count, by: size))
        for start in starts.reversed() + starts {
            let (response, action) = tag.read(start, min(size, count - start), link)
            if action == .messageRead(link.token) { told.append(start) }
            if file.count == start { file += response.dropLast(2) }
        }
        #expect(told == [0])
        #expect(file.dropFirst(2) == link.message.bytes[...])
    }

    @Test(
        "a link that is replaced, ends or begins in the middle of a read gives no mixture, and the next read is whole")
    func replaced() throws {
        let (old, new) = (try link(1), try link(9))
        for (before, after) in [(old, new), (old, nil), (nil, new)] as [(Link?, Link?)] {
            var tag = Type4Tag(number: 1)
            tag.selectMessage()
            _ = tag.read(0, 50, before)
            let (broken, action) = tag.read(50, 58, after)
            #expect(hex(broken) == "6985" && action == .nothing)
            // Nor for a reader that does not heed that.
            #expect(hex(tag.read(50, 58, after).response) == "6985")
            let (whole, told) = tag.read(0, 200, after)
            let message = after?.message.bytes ?? []
            #expect(Array(whole.prefix(2 + message.count)) == [0, UInt8(message.count)] + message)
            #expect(told == (after.map { .messageRead($0.token) } ?? .emptyTagRead))
        }
    }

    @Test("a link that no offset reaches the end of is not on the tag")
    func tooLong() throws {
        let link = try link(path: String(repeating: "x", count: 40_000))
        #expect(!Type4Tag.holds(link))
        var tag = Type4Tag(number: 1)
        tag.selectMessage()
        #expect(hex(tag.read(0, 2, link).response) == "00009000")
    }

    @Test("any bytes are answered with a status, and never trap", arguments: [UInt64(1), 2, 3])
    func anyBytes(seed: UInt64) throws {
        var generator = Counter(value: seed &* 0x9E37_79B9_7F4A_7C15)
        let link = try link()
        var tag = Type4Tag(number: 1)
        var mixed: [UInt8] = []
        for round in 0..<20_000 {
            // A xorshift of the counter.
            var word = generator.next() &* 0xBF58_476D_1CE4_E5B9
            word ^= word >> 29
            let instructions: [UInt8] = [0xA4, 0xB0, 0xD6, UInt8(truncatingIfNeeded: word >> 8)]
            mixed = [0, instructions[Int(word % 4)]]
            for shift in 0..<Int(word >> 16 % 12) { mixed.append(UInt8(truncatingIfNeeded: word >> (shift * 5))) }
            if round % 7 == 0 { tag.selectMessage() }
            let (response, _) = tag.respond(to: round % 3 == 0 ? Array(mixed.dropFirst()) : mixed, link: link)
            try #require((2...257).contains(response.count), "\(mixed)")
        }
    }
}
