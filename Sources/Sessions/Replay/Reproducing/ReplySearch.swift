internal import BlueTap
internal import Documents
internal import Emulator
internal import Essentials
internal import HID
internal import WireFormat

/// Which faults make a device's own reply what was recorded.
struct ReplySearch {
    let codec: Codec
    let profile: Profile
    let context: Codec.Context

    /// By so many numbers a reply may bear another command's.
    static let mostOffset: Int64 = 2
    /// Seeds that are tried for one bit of thousands.
    private static let mostSeeds: UInt64 = 50_000

    /// The faults; none where it is the reply that a device gives of itself, nil where nothing makes it.
    ///
    /// - Parameters:
    ///   - natural: the result that a device gives of itself.
    ///   - mostOffset: by so many numbers the reply may bear another command's.
    func faults(
        making bytes: [UInt8], natural: ResultCode?, mostOffset: Int64 = mostOffset
    ) -> [ScenarioText.Fault]? {
        // What needs the fewest faults comes first.
        for isExact in [true, false] {
            for result in [natural].compactMap(\.self) + ResultCode.allCases.filter({ $0 != natural }) {
                for offset in 0...mostOffset {
                    var context = context
                    context.sequence &+= offset
                    let reports = codec.reply(to: context, result: result)
                    guard let last = reports.last else { continue }
                    let head = reports.dropLast().flatMap(\.self)
                    guard bytes.starts(with: head) else { continue }
                    let rest = Array(bytes.dropFirst(head.count))
                    guard let shape = isExact ? Self.length(of: rest, from: last) : bit(of: rest, from: last) else {
                        continue
                    }
                    return (result == natural ? [] : [Self.fault(for: result)])
                        + (0..<offset).map { _ in .init(.replyWrongSequence) } + shape
                }
            }
        }
        return nil
    }

    /// A device that refuses without a reason was busy.
    static func fault(for result: ResultCode) -> ScenarioText.Fault {
        result == .processFail ? .init(.busy) : .init(.replyResult, [("result", .plain(result.rawValue))])
    }

    /// Bytes that are missing at the end, and zeros that follow; nil where it is nothing like the other.
    private static func length(of report: [UInt8], from own: [UInt8]) -> [ScenarioText.Fault]? {
        if report == own { return [] }
        let common = zip(report, own).prefix { $0 == $1 }.count
        guard common > 0, report.dropFirst(common).allSatisfy({ $0 == 0 }) else { return nil }
        let (missing, more) = (own.count - common, report.count - common)
        // A report that is all zeros from somewhere on is nothing of this one.
        guard missing == 0 || more <= 16 else { return nil }
        return (missing > 0 ? [.init(.replyTruncated, [("bytes", .number(missing))])] : [])
            + (more > 0 ? [.init(.replyPadded, [("bytes", .number(more))])] : [])
    }

    /// One bit that is wrong, once the length is right.
    private func bit(of report: [UInt8], from own: [UInt8]) -> [ScenarioText.Fault]? {
        let base = Array(own.prefix(report.count)) + [UInt8](repeating: 0, count: max(0, report.count - own.count))
        let wrong = report.indices.filter { report[$0] != base[$0] }
        guard wrong.count == 1, let index = wrong.first, (report[index] ^ base[index]).nonzeroBitCount == 1 else {
            return nil
        }
        let bit = UInt8((report[index] ^ base[index]).trailingZeroBitCount)
        let hasReportIDs = ReportDescriptor(profile.hid.reportDescriptor.bytes).hasReportIDs
        let seed = (0..<Self.mostSeeds).first { seed in
            // As the fault draws.
            var generator = SeededGenerator(seed: seed)
            return Int.random(in: (hasReportIDs ? 1 : 0)..<report.count, using: &generator) == index
                && UInt8.random(in: 0..<8, using: &generator) == bit
        }
        let length = Self.length(of: base, from: own) ?? []
        return length + [.init(.replyCorrupted, seed.map { [("seed", .number(Int($0)))] } ?? [])]
    }
}
