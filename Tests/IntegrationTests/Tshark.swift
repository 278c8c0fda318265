import Testing

/// Wireshark's dissectors, on a capture file. They are asked once: in the virtual machine they take long to start.
struct Tshark {
    /// What is asked of each packet.
    private enum Field: String, CaseIterable {
        case malformed = "_ws.malformed"
        case expert = "_ws.expert.message"
        case comment = "frame.comment"
        case vendor = "usb.idVendor"
        case product = "usb.idProduct"
        case string = "usb.bString"
        case endpoint = "usb.endpoint_address"
        case data = "usbhid.data"
    }

    private let packets: [[Field: String]]

    init(_ path: String) async throws {
        let ran = try await Program.run(
            "tshark", ["-n", "-r", path, "-T", "fields"] + Field.allCases.flatMap { ["-e", $0.rawValue] })
        // A file that is cut off is read up to there.
        try #require(ran.status == 0 || ran.errors.contains("cut short"), "\(ran)")
        packets = ran.lines.map { line in
            let texts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Dictionary(uniqueKeysWithValues: zip(Field.allCases, texts)).filter { !$0.value.isEmpty }
        }
    }

    /// What it finds wrong in the packets: malformed ones, and remarks that are no comments.
    var complaints: [String] {
        packets.compactMap { $0[.malformed] ?? ($0[.comment] == nil ? $0[.expert] : nil) }
    }

    /// VID, PID and strings of the devices, without repetition.
    var identities: Set<String> {
        Set(
            packets.flatMap { packet in
                [packet[.string], packet[.vendor].map { "\($0):\(packet[.product] ?? "")" }].compactMap(\.self)
            })
    }

    /// The reports on interrupt endpoints, as USB HID dissects them: endpoint and bytes, with the comment.
    var reports: [[String]] {
        packets.filter { $0[.data] != nil }.map { packet in
            [Field.endpoint, .data, .comment].map { packet[$0] ?? "" }
        }
    }

    /// Expects the reference profile's device, and so many reports of its.
    func check(reports count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(!packets.isEmpty && complaints == [], sourceLocation: sourceLocation)
        #expect(
            identities == ["0x1209:0x0001", "bluetap", "BlueTap emulator", "000001"], sourceLocation: sourceLocation)
        #expect(reports.count == count, sourceLocation: sourceLocation)
    }
}
