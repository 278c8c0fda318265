import Testing

/// Wireshark's dissectors, on a capture file.
struct Tshark {
    let path: String

    private func fields(_ names: String..., where filter: String) async throws -> [[String]] {
        try await run(arguments: ["-Y", filter, "-T", "fields"] + names.flatMap { ["-e", $0] })
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    private func run(arguments: [String]) async throws -> [String] {
        let ran = try await Program.run("tshark", ["-n", "-r", path] + arguments)
        // A file that is cut off is read up to there.
        try #require(ran.status == 0 || ran.errors.contains("cut short"), "\(ran)")
        return ran.lines
    }

    /// What it finds wrong in the packets: malformed ones, and remarks that are no comments.
    func complaints() async throws -> [String] {
        try await run(arguments: ["-Y", "_ws.malformed or (_ws.expert and not frame.comment)"])
    }

    /// VID, PID and strings of the devices, without repetition.
    func identities() async throws -> Set<String> {
        Set(
            try await fields("usb.idVendor", "usb.idProduct", where: "usb.idVendor").map { $0.joined(separator: ":") }
                + fields("usb.bString", where: "usb.bString").flatMap { $0 })
    }

    /// The reports on interrupt endpoints, as USB HID dissects them: endpoint and bytes, with the comment.
    func reports() async throws -> [[String]] {
        try await fields("usb.endpoint_address", "usbhid.data", "frame.comment", where: "usbhid.data")
    }

    /// Expects the reference profile's device, and so many reports of its.
    func check(reports count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await complaints() == [], sourceLocation: sourceLocation)
        #expect(
            try await identities() == ["0x1209:0x0001", "bluetap", "BlueTap emulator", "000001"],
            sourceLocation: sourceLocation)
        #expect(try await reports().count == count, sourceLocation: sourceLocation)
    }
}
