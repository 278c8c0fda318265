import Testing

/// Reports of the reference profile in hex, for tests that need bytes and not the program that makes them: in the virtual
/// machine each start of a program takes long.
enum ReferenceReports {
    /// A pay command with TRUEMONEY.
    static func pay(amount: String = "", order: String = "", expiry: Int32 = .min, sequence: UInt16 = 1) -> String {
        report(0x01, sequence, texts: [4: "TRUEMONEY", 16: amount, 24: order], expiry: expiry)
    }

    static func cancel(order: String = "", sequence: UInt16 = 1) -> String {
        report(0x02, sequence, texts: [24: order])
    }

    /// SUCCESS to the command of a report that was made here; or another result, as the device codes it.
    static func reply(to command: String, result: UInt8 = 0) -> String {
        let bytes = bytes(command)
        return report(0x80 | bytes[1], UInt16(bytes[2]) | UInt16(bytes[3]) << 8, result: result)
    }

    static let processFail: UInt8 = 2

    static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).map { UInt8(hex.dropFirst($0).prefix(2), radix: 16)! }
    }

    private static func report(
        _ kind: UInt8, _ sequence: UInt16, texts: [Int: String] = [:], expiry: Int32 = 0, result: UInt8 = 0
    ) -> String {
        var report = [UInt8](repeating: 0, count: 64)
        report[0] = 0xB7
        report[1] = kind
        report.replaceSubrange(2..<4, with: littleEndian(sequence))
        report[4] = result
        for (offset, text) in texts { report.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8) }
        report.replaceSubrange(40..<44, with: littleEndian(expiry))
        report.replaceSubrange(60..., with: littleEndian(checksum(report[..<60])))
        return report.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }

    /// CRC-32 as Ethernet has it.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xEDB8_8320) }
        }
    }
}

@Suite("The reports that tests make", .timeLimit(.minutes(10)))
struct ReferenceReportsTests {
    @Test("are to the byte those of `bluetap encode`")
    func encoded() async throws {
        func encoded(_ arguments: String...) async throws -> String {
            let ran = try await Program.run(Program.bluetap, ["encode"] + arguments)
            return try #require(ran.lines.first, "\(ran)")
        }
        let pay = try await encoded("pay", "--method", "TRUEMONEY")
        #expect(pay == ReferenceReports.pay())
        #expect(
            try await encoded(
                "pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1", "--expiry", "900", "--sequence",
                "4660") == ReferenceReports.pay(amount: "12.50", order: "A1", expiry: 900, sequence: 4660))
        let cancel = try await encoded("cancel", "--order", "A1", "--sequence", "7")
        #expect(cancel == ReferenceReports.cancel(order: "A1", sequence: 7))
        #expect(try await encoded("cancel", "--sequence", "9") == ReferenceReports.cancel(sequence: 9))
        for command in [pay, cancel] {
            #expect(
                try await encoded("reply", "--to", command, "--result", "SUCCESS")
                    == ReferenceReports.reply(to: command))
            #expect(
                try await encoded("reply", "--to", command, "--result", "PROCESS_FAIL")
                    == ReferenceReports.reply(to: command, result: ReferenceReports.processFail))
        }
    }
}
