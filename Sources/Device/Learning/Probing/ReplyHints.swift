internal import BlueTap
internal import WireFormat

/// What is known of a device's replies before one is tried.
struct ReplyHints {
    /// How they begin: with the answer to a handshake, or with the ID of a report that the descriptor has.
    var starts: [[UInt8]] = []
    /// Whether a first "received" may be looked for.
    var mayAcknowledge = true

    init(_ profile: Profile, _ frame: CommandFrame) {
        mayAcknowledge = profile.acknowledgements.isEmpty
        // Of messages in several reports the reports' headers have the ID.
        let ids = profile.framing[.output] == nil ? Self.inputIDs(profile.hid.reportDescriptor.bytes) : []
        guard case .mark(let marks)? = frame.header.first else {
            starts = ids.map { [$0] }
            return
        }
        // What devices answer a handshake with tells how they begin.
        let answers = profile.exchanges.compactMap { exchange -> [UInt8]? in
            if case .output = exchange.request { exchange.answers.first?.bytes } else { nil }
        }
        for answer in answers where answer.count > marks.count { add(Array(answer.prefix(marks.count))) }
        guard starts.isEmpty else { return }
        for id in ids { add([id] + marks.dropFirst()) }
    }

    private mutating func add(_ start: [UInt8]) {
        if !starts.contains(start) { starts.append(start) }
    }

    /// The IDs of the input reports in a report descriptor; none where reports have none.
    /// Source: HID 1.11, sections 6.2.2.2 to 6.2.2.7.
    static func inputIDs(_ descriptor: [UInt8]) -> [UInt8] {
        var ids: [UInt8] = []
        var id: UInt8?
        var offset = 0
        while offset < descriptor.count {
            let prefix = descriptor[offset]
            let size = [0, 1, 2, 4][Int(prefix & 3)]
            if prefix & 0xFC == 0x84, offset + 1 < descriptor.count { id = descriptor[offset + 1] }
            if prefix & 0xFC == 0x80, let id, !ids.contains(id) { ids.append(id) }
            offset += 1 + size
        }
        return ids
    }
}
