internal import BlueTap
internal import Glibc
internal import HID
internal import LinuxIO
internal import Synchronization
internal import SystemPackage

/// Where a journal is, and how large its files grow.
public struct JournalOptions: Hashable, Sendable {
    public var path: String
    /// A file that would grow beyond so many bytes is put aside as `FILE.1`, the one before as `FILE.2`, and so on. Nil: it
    /// grows without end.
    public var maximumSize: Int?
    /// How many files put aside are kept.
    public var keptFiles: Int

    public init(path: String, maximumSize: Int? = nil, keptFiles: Int = 5) {
        self.path = path
        self.maximumSize = maximumSize
        self.keptFiles = keptFiles
    }
}

/// A file of events, one JSON object a line, handed to the kernel as they happen. Several devices may share it.
public final class Journal: Sendable {
    private struct File: ~Copyable {
        var descriptor: OwnedDescriptor
        /// Its length in whole lines; nil where it is no regular file.
        var size: Int?
        /// Whether the file has been put aside, and a new one is still to be made.
        var isAside = false
    }

    private let options: JournalOptions
    private let file: Mutex<File>

    /// Opens the file, and mends what a run left that was killed while it wrote.
    public init(_ options: JournalOptions) throws(EmulatorError) {
        self.options = options
        do throws(Errno) {
            file = Mutex(try Self.open(options.path))
        } catch {
            throw EmulatorError(
                "the journal \(options.path) cannot be written: \(error); name another with --journal", code: .storage)
        }
    }

    public var path: String { options.path }

    /// Writes the events' lines, with one system call where there is room: all of them, or none. Returns why that failed.
    func append(_ events: [Event]) -> String? {
        let wallTime = Self.wallTime
        var lines = ""
        for event in events {
            lines += event.json(wallTime: wallTime)
            lines += "\n"
        }
        return file.withLock { file in
            do throws(Errno) {
                try rotate(&file, before: lines.utf8.count)
                try Self.write(&lines, to: &file)
                return nil
            } catch {
                return "the journal \(options.path) cannot be written: \(error)"
            }
        }
    }

    // MARK: Inside

    private static func open(_ path: String) throws(Errno) -> File {
        let descriptor = try OwnedDescriptor(orThrow: Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600))
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno.last }
        guard status.st_mode & S_IFMT == S_IFREG else { return File(descriptor: descriptor, size: nil) }
        let size = try mend(descriptor.rawValue, size: Int(status.st_size))
        return File(descriptor: descriptor, size: size)
    }

    /// Cuts a torn last line off, of a command that was never answered. Returns the length that is left.
    private static func mend(_ descriptor: CInt, size: Int) throws(Errno) -> Int {
        var end = size
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while end > 0 {
            let start = max(0, end - chunk.count)
            let count = pread(descriptor, &chunk, end - start, off_t(start))
            guard count == end - start else { throw Errno.last }
            if let newline = chunk[..<count].lastIndex(of: UInt8(ascii: "\n")) {
                end = start + newline + 1
                break
            }
            end = start
        }
        if end == size { return size }
        // Of a file that is no journal nothing is cut off.
        let start = Array(#"{"seq":"#.utf8)
        var tail = [UInt8](repeating: 0, count: min(start.count, size - end))
        guard pread(descriptor, &tail, tail.count, off_t(end)) == tail.count else { throw Errno.last }
        if start.starts(with: tail) {
            if ftruncate(descriptor, off_t(end)) != 0 { throw Errno.last }
            return end
        }
        if Glibc.write(descriptor, "\n", 1) != 1 { throw Errno.last }
        return size + 1
    }

    private static func write(_ lines: inout String, to file: inout File) throws(Errno) {
        let descriptor = file.descriptor.rawValue
        let failure = lines.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    return Errno.last as Errno?
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return nil
        }
        guard let failure else {
            file.size? += lines.utf8.count
            return
        }
        // Whole lines only.
        if let size = file.size { _ = ftruncate(descriptor, off_t(size)) }
        throw failure
    }

    /// Puts the file aside where it would grow too large.
    private func rotate(_ file: inout File, before count: Int) throws(Errno) {
        guard let maximum = options.maximumSize, let size = file.size, size > 0, size + count > maximum else { return }
        if !file.isAside { try putAside() }
        file.isAside = true
        file = try Self.open(options.path)
    }

    private func putAside() throws(Errno) {
        for number in stride(from: options.keptFiles, to: 0, by: -1) {
            let source = number == 1 ? options.path : "\(options.path).\(number - 1)"
            if rename(source, "\(options.path).\(number)") != 0 && errno != ENOENT { throw Errno.last }
        }
        if options.keptFiles == 0, unlink(options.path) != 0 { throw Errno.last }
    }

    private static var wallTime: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)).description
    }
}

/// Hands a device's events to its journal, and knows which it has.
struct JournalRecorder: Sendable {
    private let journal: Journal
    /// The last event that the journal has.
    private var sequence: UInt64 = 0
    /// Why it is behind.
    private(set) var failure: String?
    /// Events that are in it nowhere: they were forgotten before it could be written again.
    private(set) var missing: UInt64 = 0

    /// Those of them that were found out since it failed.
    private var lost: UInt64 = 0

    /// Most events that are written at once.
    private static let chunk = 64

    init(_ journal: Journal) {
        self.journal = journal
    }

    /// Writes what the journal does not have yet. Returns the event that tells of a change.
    mutating func write(_ log: EventLog) -> Event.Body? {
        while sequence < log.lastSequence {
            // So many at a time that a disk that is full costs each command little.
            let events = log.events(after: sequence, limit: Self.chunk)
            guard let first = events.first, let last = events.last else { break }
            if let reason = journal.append(events) {
                defer { failure = reason }
                return failure == nil ? .journalFailed(reason: reason) : nil
            }
            lost += first.sequence - sequence - 1
            sequence = last.sequence
        }
        guard failure != nil else { return nil }
        defer {
            failure = nil
            missing += lost
            lost = 0
        }
        return .journalRestored(missing: lost)
    }

    /// What the journal's reader must know; nil where it is complete.
    var shortcoming: String? {
        if let failure { return failure }
        return missing > 0
            ? "the journal \(journal.path) lacks \(missing) events: it could not be written for a while" : nil
    }
}
