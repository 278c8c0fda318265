import Testing

@Suite("The tag in a PC/SC reader", .serialized, .timeLimit(.minutes(10)))
struct TagTests {
    private func pay(_ device: Serving, _ order: String) async throws -> String {
        let paid = try await Program.bluetap(
            "pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", order, environment: device.environment)
        try #require(paid.status == 0, "\(paid)")
        return try await Program.bluetap("link", "--format", "url", environment: device.environment).lines[0]
    }

    /// A device with its tag in the reader, and a journal.
    private func present(
        _ options: String..., body: @escaping @Sendable (Serving, CardReader) async throws -> Void
    ) async throws {
        let folder = try Folder()
        try await CardReader.use { reader in
            try await Serving.startWell("loopback", in: folder, ["--tag", "vpcd"] + options) { device in
                try await reader.find()
                try await body(device, reader)
            }
        }
    }

    @Test("the live link is two records with the device's URL; once the last byte is read, it was tapped")
    func link() async throws {
        try await present("--tag-wallet", "Nok", "--tag-outcome", "declines") { device, reader in
            let url = try await pay(device, "A1")
            try await reader.find()
            let answer = try await reader.ask("message")
            #expect(answer["types"] as? [String] == ["urn:nfc:wkt:U", "urn:nfc:ext:android.com:pkg"])
            #expect(answer["uris"] as? [String] == [url])
            #expect(answer["packages"] as? [String] == ["example.bluetap.truemoney"])
            let link = try await Program.bluetap("link", "--format", "hex", environment: device.environment)
            #expect(try #require(answer["ndef"] as? String) == link.lines[0])
            let taps = try device.journalled().filter { $0["kind"] as? String == "linkTapped" }
            #expect(taps.map { $0["wallet"] as? String } == ["Nok"])
            #expect(try device.journalledKinds().last == "paymentFailed")
            // Read again it is the same tap.
            _ = try await reader.ask("message")
            #expect(try device.journalledKinds().count { $0 == "linkTapped" } == 1)
            // Nobody writes.
            #expect(try await reader.ask("apdu 00D60000020000", "status") == "6982")
            #expect(try await reader.ask("message")["uris"] as? [String] == [url])
        }
    }

    @Test("with no link the message is empty, and a link that has ended is gone")
    func empty() async throws {
        try await present("--clock", "virtual") { device, reader in
            #expect(try await reader.ask("message", "ndef") == "")
            #expect(try device.journalledKinds().last == "tapMissed")
            _ = try await pay(device, "A1")
            try await Program.bluetap("clock", "advance", "900s", environment: device.environment)
            try await reader.find()
            #expect(try await reader.ask("message", "ndef") == "")
            #expect(try !device.journalledKinds().contains("linkTapped"))
        }
    }

    @Test("a link that is replaced while it is read gives an error, no mixture, and the next read is of the new one")
    func replaced() async throws {
        try await present { device, reader in
            _ = try await pay(device, "OLD")
            try await reader.find()
            #expect(try await reader.ask("read 0")["place"] as? Int == 0)
            #expect(try await reader.ask("read 40", "status") == "9000")
            let url = try await pay(device, "NEW")
            #expect(try await reader.ask("read 40", "status") == "6985")
            #expect(try await reader.ask("message")["uris"] as? [String] == [url])
            let taps = try device.journalled().filter { $0["kind"] as? String == "linkTapped" }
            #expect(taps.map { $0["orderId"] as? String } == ["NEW"])
        }
    }

    @Test("an unplugged device is taken off the reader, and found again when it is plugged in")
    func unplugged() async throws {
        try await present { device, reader in
            try await Program.bluetap("unplug", environment: device.environment)
            try await eventually("the card is gone") { try await reader.ask("find")["reader"] is String == false }
            try await Program.bluetap("plug", environment: device.environment)
            let url = try await pay(device, "A1")
            try await reader.find()
            #expect(try await reader.ask("message")["uris"] as? [String] == [url])
        }
    }
}
