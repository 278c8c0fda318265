internal import Glibc
internal import HID
internal import LinuxIO
internal import Synchronization
internal import SystemPackage

/// A pcapng file that is written while things happen: each packet is with the kernel when its report goes on, so that a
/// process that is killed leaves a file that can be read. Several devices may share it.
///
/// The link type is `LINKTYPE_USB_LINUX_MMAPPED`, which Wireshark dissects as USB HID.
public final class CaptureWriter: Sendable {
    private struct State: ~Copyable {
        let descriptor: OwnedDescriptor
        /// Its length in whole blocks; nil where it is no regular file.
        var size: Int?
        var failure: String?
        /// Packets that are not in it, for that reason.
        var missing = 0
        /// Those of them that the next packet has still to tell of.
        var untold = 0
        /// What a pipe has not taken of a block that it took the beginning of.
        var rest: [UInt8] = []
    }

    private let path: String
    private let now: @Sendable () -> Int64
    private let complain: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Makes the file, in the place of a capture that was there.
    ///
    /// - Parameters:
    ///   - application: what made it, with its version.
    ///   - now: nanoseconds since 1970.
    ///   - complain: hears, in one line, that the file cannot be written any more; and when it can again.
    public init(
        path: String, application: String, now: @escaping @Sendable () -> Int64,
        complain: @escaping @Sendable (String) -> Void
    ) throws(USBCaptureError) {
        self.path = path
        self.now = now
        self.complain = complain
        let beginning = PcapngBlocks.beginning(application: application)
        do throws(Errno) {
            var opened = try Self.open(path)
            try Self.write(beginning, to: &opened)
            state = Mutex(opened)
        } catch {
            let reason =
                switch error {
                case .fileExists: "it is there, and no capture"
                case .noSuchAddressOrDevice: "nobody reads the pipe"
                case .wouldBlock: "another program writes it"
                default: error.description
                }
            throw USBCaptureError(
                .notWritable, "the capture \(path) cannot be written: \(reason); name another with --capture")
        }
    }

    /// Why the file lacks packets; nil where it has all.
    public var shortcoming: String? {
        state.withLock { state in
            state.missing == 0
                ? nil
                : "the capture \(path) lacks \(state.missing) packets: \(state.failure ?? "it could not be written for a while")"
        }
    }

    /// Adds packets, all of them or none.
    func append(_ packets: [BusPacket]) {
        if packets.isEmpty { return }
        if let news = state.withLock({ add(packets, to: &$0) }) { complain(news) }
    }

    /// Adds packets of what is about to be sent: a host that has got it finds it in the file, whatever becomes of this
    /// process. What is not sent after all is taken out again.
    ///
    /// - Parameter send: whether it was sent.
    func append(_ packets: [BusPacket], sending send: () -> Bool) {
        let news = state.withLock { state -> String? in
            // Of a pipe nothing is taken out.
            guard let size = state.size else { return send() ? add(packets, to: &state) : nil }
            let (untold, missing) = (state.untold, state.missing)
            let news = add(packets, to: &state)
            if !send() {
                Self.cut(&state, to: size)
                (state.untold, state.missing) = (untold, missing)
            }
            return news
        }
        if let news { complain(news) }
    }

    /// Returns what there is to tell of the file.
    private func add(_ packets: [BusPacket], to state: inout State) -> String? {
        let time = now()
        var blocks: [UInt8] = []
        for (index, packet) in packets.enumerated() {
            var comment = packet.comment
            if index == 0, state.untold > 0 {
                let gap = "\(state.untold) packets before this one could not be written"
                comment = comment.map { "\(gap)\n\($0)" } ?? gap
            }
            blocks += PcapngBlocks.packet(packet.bytes(time: time), time: time, comment: comment)
        }
        do throws(Errno) {
            try Self.write(blocks, to: &state)
            state.untold = 0
            guard state.failure != nil else { return nil }
            state.failure = nil
            return "the capture \(path) can be written again; it lacks \(state.missing) packets"
        } catch {
            state.missing += packets.count
            state.untold += packets.count
            defer { state.failure = error.description }
            return state.failure == nil ? "the capture \(path) cannot be written: \(error)" : nil
        }
    }

    // MARK: Inside

    private static func open(_ path: String) throws(Errno) -> State {
        var status = stat()
        let isPipe = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        // Whoever reads a pipe too slowly holds no device up.
        let flags = (isPipe ? O_WRONLY : O_RDWR) | O_CREAT | O_CLOEXEC | O_NONBLOCK
        let descriptor = try OwnedDescriptor(orThrow: Glibc.open(path, flags, 0o600))
        guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno.last }
        guard status.st_mode & S_IFMT == S_IFREG else { return State(descriptor: descriptor) }
        // Two that write one file would destroy it.
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno.last }
        if status.st_size > 0 {
            var magic = [UInt8](repeating: 0, count: 4)
            guard pread(descriptor.rawValue, &magic, 4, 0) == 4, magic == [0x0A, 0x0D, 0x0D, 0x0A] else {
                throw .fileExists
            }
            guard ftruncate(descriptor.rawValue, 0) == 0 else { throw Errno.last }
        }
        return State(descriptor: descriptor, size: 0)
    }

    private static func write(_ blocks: [UInt8], to state: inout State) throws(Errno) {
        if !state.rest.isEmpty {
            let (count, failure) = write(state.rest, to: state.descriptor.rawValue)
            state.rest.removeFirst(count)
            if let failure { throw failure }
        }
        let (count, failure) = write(blocks, to: state.descriptor.rawValue)
        guard let failure else {
            state.size? += blocks.count
            return
        }
        // Whole blocks only: a file ends before these, and a pipe gets the rest of them first.
        if let size = state.size {
            cut(&state, to: size)
        } else if count > 0 {
            state.rest = Array(blocks[count...])
            return
        }
        throw failure
    }

    /// How many bytes were written, and why not all.
    private static func write(_ bytes: [UInt8], to descriptor: CInt) -> (count: Int, failure: Errno?) {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count >= 0 {
                    written += count
                } else if errno != EINTR {
                    return (written, Errno.last)
                }
            }
            return (written, nil)
        }
    }

    private static func cut(_ state: inout State, to size: Int) {
        _ = ftruncate(state.descriptor.rawValue, off_t(size))
        lseek(state.descriptor.rawValue, off_t(size), SEEK_SET)
        state.size = size
    }
}
