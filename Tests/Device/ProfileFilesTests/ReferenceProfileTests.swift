import BlueTap
import Documents
import ProfileFiles
import TestSupport
import Testing
import WireFormat

private func hex(_ bytes: [UInt8]) -> String { HexBytes(bytes).description }

/// A field of a report and its bytes, so that a test reads like the layout in reference.yaml.
private func report(_ fields: String...) -> String { fields.joined() }

@Suite("The built-in profile `reference`")
struct ReferenceProfileTests {
    let codec: Codec
    let profile: Profile

    init() throws {
        let file = try ProfileLibrary.profile("reference")
        (codec, profile) = (file.codec, file.profile)
    }

    // The bytes below were made by Python's struct and zlib, not by this project.

    @Test("a pay command with every field")
    func fullPay() throws {
        let command = Command.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1", expiryTime: 900))
        let bytes = report(
            "b7", "01", "3412", "545255454d4f4e4559000000", "31322e3530000000", "41310000000000000000000000000000",
            "84030000", "00000000000000000000000000000000", "c8adb032")
        #expect(hex(try codec.encode(command, sequence: 0x1234)) == bytes)
        #expect(try codec.decode(HexBytes(bytes)!.bytes).command == command)
    }

    @Test("a pay command with nothing but the method")
    func barePay() throws {
        let command = Command.pay(PayCommand(.sevenEleven))
        let bytes = report(
            "b7", "01", "0100", "534556454e5f313100000000", "0000000000000000", "00000000000000000000000000000000",
            "00000080", "00000000000000000000000000000000", "c92ed914")
        #expect(hex(try codec.encode(command, sequence: 1)) == bytes)
        #expect(try codec.decode(HexBytes(bytes)!.bytes).command == command)
    }

    @Test("a cancel command with and without an order id")
    func cancel() throws {
        let zeros = String(repeating: "00", count: 20)
        let named = report("b7", "02", "0200", zeros, "41310000000000000000000000000000", zeros, "4545d017")
        #expect(hex(try codec.encode(.cancel(CancelCommand(orderID: "A1")), sequence: 2)) == named)
        #expect(try codec.decode(HexBytes(named)!.bytes).command == .cancel(CancelCommand(orderID: "A1")))
        let bare = report("b7", "02", "ffff", zeros, "00000000000000000000000000000000", zeros, "122647bf")
        #expect(hex(try codec.encode(.cancel(CancelCommand()), sequence: 0xFFFF)) == bare)
        #expect(try codec.decode(HexBytes(bare)!.bytes).command == .cancel(CancelCommand()))
    }

    @Test("replies repeat the sequence number and carry the result code")
    func replies() {
        let zeros = String(repeating: "00", count: 55)
        #expect(
            codec.reply(to: Codec.Context(command: .pay, sequence: 0x1234), result: .success).map(hex)
                == [report("b7", "81", "3412", "00", zeros, "f5534941")])
        #expect(
            codec.reply(to: Codec.Context(command: .cancel, sequence: 2), result: .parameterIllegal).map(hex)
                == [report("b7", "82", "0200", "01", zeros, "09d8997b")])
    }

    @Test("fewer than 1 in 1,000 random corruptions pass as a command")
    func corruption() async throws {
        let seed: UInt64 = 7
        var generator = SeededGenerator(seed: seed)
        let good = try codec.encode(.pay(PayCommand(.trueMoney, amount: "1")), sequence: 1)
        _ = try codec.decode(good)
        let rounds = Rounds(20_000, soak: 2_000_000)
        var accepted = 0
        for await _ in rounds {
            var bad = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bad[Int.random(in: 0..<64, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            }
            if bad != good, (try? codec.decode(bad)) != nil { accepted += 1 }
        }
        #expect(accepted * 1000 < rounds.count, "seed \(seed)")
    }

    @Test("the identity is the pid.codes test id, and the policies are the documented defaults")
    func identity() {
        #expect(profile.usb.vendorID == 0x1209 && profile.usb.productID == 0x0001)
        #expect(profile.policy == DevicePolicy())
        #expect(Set(profile.links.keys) == Set(PaymentMethod.allCases))
    }
}

@Suite("Profile files")
struct ProfileFileTests {
    let text = ProfileLibrary.text(of: "reference")!

    @Test(
        "a change that makes no profile names line and key",
        arguments: [
            ("vendorID: 0x1209", "vendorID: 0x12090", "usb.vendorID: 73872 is more than 65535"),
            ("summary:", "sumary:", "sumary: unknown key"),
            (
                "outputReport: { size: 64 }", "outputReport: { size: 63 }",
                "commands.pay: the fields have 64 bytes, more than the report's 63"
            ),
            (
                "{token}\", androidPackage: example.bluetap.truemoney",
                "x\", androidPackage: example.bluetap.truemoney", "links.TRUEMONEY.url"
            ),
            (
                "{token}\", androidPackage: example.bluetap.truemoney",
                "{token}{x}\", androidPackage: example.bluetap.truemoney", "{x} is not one of"
            ),
            (
                "inputReport: { size: 64 }", "inputReport: { size: 65, padding: \"00\" }",
                "hid.inputReport.size: the report descriptor says 64 bytes, not 65"
            ),
            ("default: 900", "default: 90000", "policy.expiry.default: the default of 90000 s is not between"),
            ("secondPay: replace", "secondPay: newest", "policy.secondPay: \"newest\" is not one of replace, refuse"),
            ("checksum: crc-32, over: [0, 60] }", "checksum: crc-32, over: [60, 0] }", "over takes two offsets"),
            ("SUCCESS: 0,", "SUCCESS: -1,", "SUCCESS: -1 is less than 0"),
            ("profile: reference", "profile: ../etc", "profile: \"../etc\" does not fit"),
        ])
    func badProfiles(original: String, replacement: String, message: String) throws {
        let changed = try #require(text.firstRange(of: original)).lowerBound
        let broken = text[..<changed] + replacement + text[changed...].dropFirst(original.count)
        do {
            _ = try ProfileFile(Document(parsing: String(broken), name: "p.yaml"))
            #expect(Bool(false), "it was accepted")
        } catch {
            #expect(error.description.contains(message), "\(error)")
            #expect(error.line != nil, "\(error)")
        }
    }

    @Test("a profile that is missing says which there are")
    func missing() {
        do {
            _ = try ProfileLibrary.profile("nosuch")
            #expect(Bool(false))
        } catch {
            #expect(error.description.contains("there is reference"))
        }
    }
}
