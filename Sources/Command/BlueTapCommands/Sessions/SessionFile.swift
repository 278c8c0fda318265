internal import Documents
internal import Replay
internal import USBCaptures
internal import WireFormat

/// The recorded sessions in a file: that of a capture of USB traffic, or the runs of a journal.
struct SessionFile {
    /// Never empty.
    let sessions: [RecordedSession]
    /// What users should know of the file, one line each.
    let notes: [String]

    /// - Parameters:
    ///   - choice: its device is a journal's by id.
    init(path: String, _ choice: CaptureChoice, profile: Profile) throws {
        var choice = choice
        choice.profile = profile
        let bytes = try Self.read(path)
        let path = Self.name(path)
        guard Self.isJournal(bytes) else {
            let source = try CaptureSource(
                bytes, path: path, choice,
                otherwise: "it is no journal either, which has an event as JSON on each line")
            sessions = [
                RecordedSession(
                    source.devices, interface: source.interface?.number,
                    reportDescriptor: source.interface?.reportDescriptor ?? profile.hid.reportDescriptor.bytes)
            ]
            notes = source.warnings
            return
        }
        if choice.interface != nil { throw CommandError("\(path) is a journal: leave --interface out") }
        let entries = try JournalFile.entries(in: bytes, name: path, device: choice.device)
        sessions = RecordedSession.runs(entries).map {
            RecordedSession($0, profile: profile)
        }
        notes = []
    }

    /// - Parameter run: from 1; nil: the last.
    func session(run: Int?, path: String) throws -> RecordedSession {
        let path = Self.name(path)
        let number = run ?? sessions.count
        guard (1...sessions.count).contains(number) else {
            throw CommandError(
                sessions.count == 1
                    ? "\(path) has one run: leave --run out"
                    : "\(path) has \(sessions.count) runs: give --run 1 to \(sessions.count)")
        }
        if run == nil, sessions.count > 1 {
            complain("\(path) has \(sessions.count) runs; this is the last: --run tells another")
        }
        return sessions[number - 1]
    }

    /// Journals are text; what pcapng begins with would be blank lines of one.
    private static func isJournal(_ bytes: [UInt8]) -> Bool {
        !bytes.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]) && bytes.first { !isBlank($0) } == UInt8(ascii: "{")
    }

    /// Whether a byte of text is a space, a tab or a line's end.
    static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0D, 0x0A].contains(byte) }

    /// What stands for standard input.
    static let standardInput = "-"

    /// What errors call it.
    static func name(_ path: String) -> String { path == standardInput ? "standard input" : path }

    /// Longest file, in bytes.
    private static let maximumSize = 1 << 28

    /// The bytes of a recording.
    static func read(_ path: String) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes =
                path == standardInput
                ? try WholeFile.readStandardInput(atMost: maximumSize)
                : try WholeFile.read(path, atMost: maximumSize)
        } catch {
            throw CommandError("\(name(path)) cannot be read: \(error)")
        }
        guard bytes.count <= maximumSize else {
            throw CommandError("\(name(path)) is larger than \(maximumSize >> 20) MB: give a part of it")
        }
        return bytes
    }
}
