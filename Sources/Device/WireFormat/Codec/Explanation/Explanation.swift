/// What each byte of a message's reports is, and why: for people who ask what a profile makes of them.
public struct Explanation: Hashable, Sendable {
    /// How deep in a message bytes stand.
    public enum Layer: String, Hashable, Sendable {
        /// What cuts messages into reports, and fills these.
        case cutting
        /// What is around the message as a whole, and says nothing but how to take it off.
        case armour
        /// What tells messages apart, counts and checks them.
        case envelope
        /// What the message says.
        case body
        /// Behind the place where reading stopped.
        case unread
    }

    /// Bytes that belong together.
    public struct Part: Hashable, Sendable {
        public var layer: Layer
        /// The first byte's place in its block.
        public var at: Int
        public var bytes: [UInt8]
        /// What people call the field.
        public var field: String
        /// What it carries; nil where it carries nothing, or it cannot be read.
        public var value: String?
        /// Why it is taken for that.
        public var reason: String
        /// Where the profile says it: `commands.pay.3`.
        public var path: String?
        /// Whether it is what it should be; nil where nothing tells.
        public var isRight: Bool?
    }

    /// A report; or a message that cannot be seen in its reports.
    public struct Block: Hashable, Sendable {
        public var title: String
        public var parts: [Part]
    }

    /// What the message is, or is most like: `pay TRUEMONEY 12.50, order A1`.
    public private(set) var meaning: String
    public private(set) var blocks: [Block]
    /// Why reading stopped; nil where it did not.
    public private(set) var stop: String?

    /// - Parameter reports: those of one message, as on the wire.
    public init(of reports: [[UInt8]], with profile: Profile) throws(ProfileError) {
        let attempts = try Attempt.all(of: reports, with: profile)
        // What is wrong with a message that goes far says more than that others are not meant.
        let best = attempts.first { $0.stop == nil } ?? attempts.max { $0.reach < $1.reach }
        guard let best else {
            meaning = "no message: the profile has none"
            blocks = []
            return
        }
        meaning = best.meaning
        blocks = best.blocks(reports, profile)
        stop = best.stop.map(\.description)
    }
}

extension Explanation: CustomStringConvertible {
    /// An annotated hexdump.
    public var description: String { lines.joined(separator: "\n") }

    /// The lines of an annotated hexdump.
    public var lines: [String] {
        let width = blocks.flatMap(\.parts).map(\.title.count).max() ?? 0
        var lines = [meaning]
        for block in blocks {
            lines.append(block.title)
            for part in block.parts { lines += part.lines(width: width) }
        }
        if let stop { lines.append("stopped: \(stop)") }
        return lines
    }
}

extension Explanation.Part {
    /// Bytes in a line of a hexdump.
    private static let bytesPerLine = 8

    fileprivate var title: String { field + (value.map { " = \($0)" } ?? "") }

    fileprivate func lines(width: Int) -> [String] {
        func padded(_ text: String, _ size: Int) -> String {
            text + String(repeating: " ", count: max(0, size - text.count))
        }
        func hexadecimal(_ number: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        var rows: [String] = []
        if bytes.count > Self.bytesPerLine, Set(bytes).count == 1 {
            rows = ["\(HexBytes([bytes[0]])) \(bytes.count) times"]
        } else {
            for start in stride(from: 0, to: bytes.count, by: Self.bytesPerLine) {
                let row = bytes[start..<min(start + Self.bytesPerLine, bytes.count)]
                rows.append(row.map { HexBytes([$0]).description }.joined(separator: " "))
            }
        }
        let dump = 3 * Self.bytesPerLine - 1
        return rows.enumerated().map { index, row in
            let place = "  \(hexadecimal(at + index * Self.bytesPerLine))  "
            guard index == 0 else { return place + row }
            let why = reason + (path.map { " (\($0))" } ?? "")
            return place + padded(row, dump) + "  " + padded(layer.rawValue, 8) + "  "
                + padded(title, width) + "  " + why
        }
    }
}
