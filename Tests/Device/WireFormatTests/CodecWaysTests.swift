import BlueTap
import TestSupport
import Testing

@testable import WireFormat

/// The quick way and the general one are one codec: nobody can tell from the bytes or the errors which was taken.
@Suite("The two ways of the codec")
struct CodecWaysTests {
    /// A profile compiled both ways, and what they said that was not the same.
    private struct Pair {
        let profile: Profile
        let quick: Codec
        let general: Codec
        var differences: [String] = []
        /// How many reports both have read.
        var reports = 0
        /// How many of these were messages.
        var messages = 0

        /// Nil where the profile cannot be compiled. That, too, both have to say.
        init?(_ profile: Profile, _ complaints: inout [String]) {
            func compiled(_ way: Codec.Way) -> Result<Codec, ProfileError> {
                Result { () throws(ProfileError) in try Codec(profile, way: way) }
            }
            let (quick, general) = (compiled(.quick), compiled(.general))
            guard case .success(let quick) = quick, case .success(let general) = general else {
                let (one, other) = (quick.complaint, general.complaint)
                if one != other { complaints.append("compiled: \(one) and \(other)") }
                return nil
            }
            self.profile = profile
            self.quick = quick
            self.general = general
        }

        mutating func compare<Value: Equatable>(_ what: String, _ body: (Codec) -> Value) {
            let (one, other) = (body(quick), body(general))
            if one != other { differences.append("\(what): the quick way \(one), the general \(other)") }
        }

        /// A command through both, there and back.
        mutating func exchange(_ command: Command, sequence: Int64, _ random: inout RandomProfile) {
            compare("encode \(command), \(sequence)") { codec in
                Answer { () throws(EncodingError) in
                    try codec.encode(command, stamp: Codec.Stamp(sequence: sequence, counter: 3, time: 1_700_000_000))
                }
            }
            compare("encode \(command), \(sequence), in one report") { codec in
                Answer { () throws(EncodingError) in try codec.encode(command, sequence: sequence) }
            }
            guard let reports = try? general.encode(command, stamp: Codec.Stamp(sequence: sequence)),
                let report = reports.first
            else { return }
            commanded(report)
            guard let layout = profile.commands[command.kind] else { return }
            for _ in 0..<2 { commanded(random.spoiled(report, layout)) }
        }

        /// A report of the host's.
        mutating func commanded(_ report: [UInt8]) {
            reports += 1
            compare("decode \(HexBytes(report))") { codec in
                Answer { () throws(Malformation) in
                    let (command, context) = try codec.decode(report)
                    return Decoded(
                        command: command, sequence: context.sequence, message: context.message, values: context.values)
                }
            }
            compare("interpret \(HexBytes(report))") { codec in
                var interpreter = Interpreter(codec)
                return Interpreted(interpreter.host(report))
            }
            if (try? general.decode(report)) != nil { messages += 1 }
        }

        /// What the device says of a command that each has read by itself.
        mutating func answered(_ report: [UInt8]) -> [[UInt8]] {
            let told = HexBytes(report)
            guard let (_, one) = try? quick.decode(report), let (_, other) = try? general.decode(report) else {
                return []
            }
            var said: [[UInt8]] = []
            func compare(_ what: String, _ say: (Codec, Codec.Context) -> [[UInt8]]) {
                let (first, second) = (say(quick, one), say(general, other))
                said += second
                if first != second { differences.append("\(what): the quick way \(first), the general \(second)") }
            }
            for result in ResultCode.allCases {
                compare("reply \(result) to \(told)") { $0.reply(to: $1, result: result, counter: 9, time: 99) }
            }
            compare("acknowledge \(told)") { $0.acknowledgement(of: $1, counter: 8, time: 98) }
            for occasion in Occasion.allCases where profile.notifications[occasion] != nil {
                compare("notify \(occasion) about \(told)") {
                    $0.notification(of: occasion, about: $1, counter: 7, time: 97)
                }
            }
            return said
        }

        /// A report of the device's, after a command.
        mutating func replied(_ report: [UInt8], after command: [UInt8]) {
            reports += 1
            for kind in Command.Kind.allCases {
                compare("reply to \(kind) \(HexBytes(report))") { codec in
                    Answer { () throws(Malformation) in
                        let (result, context) = try codec.decodeReply(report, to: kind)
                        return Reply(result: result, context: context)
                    }
                }
            }
            compare("reply \(HexBytes(report))") { codec in
                Answer { () throws(Malformation) in
                    let (result, context) = try codec.decodeReply(reports: [report])
                    return Reply(result: result, context: context)
                }
            }
            compare("interpret \(HexBytes(report)) after \(HexBytes(command))") { codec in
                var interpreter = Interpreter(codec)
                _ = interpreter.host(command)
                return [Interpreted(interpreter.device(report)), Interpreted(interpreter.device(report))]
            }
            if (try? general.decodeReply(report)) != nil { messages += 1 }
        }
    }

    /// What came of a call.
    private enum Answer<Value: Equatable, Failure: Error & Equatable>: Equatable {
        case value(Value)
        case error(Failure)

        init(_ body: () throws(Failure) -> Value) {
            do throws(Failure) {
                self = .value(try body())
            } catch {
                self = .error(error)
            }
        }
    }

    /// With all of the context, of which `==` compares only what crosses the wire.
    private struct Decoded: Equatable {
        let command: Command
        let sequence: Int64
        let message: [UInt8]
        let values: FieldValues?
    }

    private struct Reply: Equatable {
        let result: ResultCode
        let context: Codec.Context
    }

    private struct Interpreted: Equatable {
        let description: String
        var values = FieldValues()
        var places: [String] = []

        init(_ interpretation: Interpreter.Interpretation) {
            description = interpretation.description
            guard case .message(_, let anatomy, _) = interpretation else { return }
            values = anatomy.values
            places = anatomy.reports.flatMap { $0.map { "\($0.name) \($0.range)" } }
        }
    }

    @Test("random profiles say and understand the same both ways, with a printed seed")
    func randomProfiles() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomProfile(seed: seed)
        var reports = 0
        var messages = 0
        var quickSides: Set<String> = []
        let wanted = rounds(10_000, soak: 100_000)
        var profiles = 0
        while reports < wanted {
            await Task.yield()
            let profile = random.next()
            profiles += 1
            var complaints: [String] = []
            guard var pair = Pair(profile, &complaints) else {
                guard let complaint = complaints.first else { continue }
                Issue.record("seed \(seed), profile \(profiles): \(complaint)\n\(profile)")
                return
            }
            quickSides.formUnion(pair.quick.quickSides)
            for _ in 0..<4 {
                let kind: Command.Kind = random.chance(3) ? .cancel : .pay
                pair.exchange(random.command(kind), sequence: random.wildNumber() ?? 1, &random)
                let number = random.wildNumber() ?? 5
                guard let command = try? pair.general.encode(random.command(kind), sequence: number) else { continue }
                pair.commanded(command)
                for said in pair.answered(command).shuffled(using: &random.generator).prefix(4) {
                    pair.replied(said, after: command)
                    for layout in [profile.replies[kind], profile.acknowledgements[kind]].compactMap(\.self) {
                        pair.replied(random.spoiled(said, layout), after: command)
                    }
                }
            }
            if let difference = pair.differences.first {
                Issue.record("seed \(seed), profile \(profiles): \(difference)\n\(profile)")
                return
            }
            reports += pair.reports
            messages += pair.messages
        }
        // Else the same would have been compared with itself, or nothing but refusals.
        #expect(quickSides == ["pay", "cancel", "reply", "acknowledgement", "notification"], "seed \(seed)")
        #expect(messages * 4 > reports && messages * 10 < reports * 9, "\(messages) of \(reports), seed \(seed)")
    }
}

extension Result {
    fileprivate var complaint: String {
        switch self {
        case .success: "is good"
        case .failure(let error): "is refused: \(error)"
        }
    }
}

extension Codec {
    /// The sorts of messages that are read and written the quick way.
    fileprivate var quickSides: [String] {
        func isQuick(_ message: Message?) -> Bool { if case .fixed? = message { true } else { false } }
        var sides: [String] = []
        if isQuick(message(.pay)) { sides.append("pay") }
        if isQuick(message(.cancel)) { sides.append("cancel") }
        if Command.Kind.allCases.contains(where: { isQuick(reply($0)) }) { sides.append("reply") }
        if Command.Kind.allCases.contains(where: { isQuick(acknowledgement($0)) }) { sides.append("acknowledgement") }
        if Occasion.allCases.contains(where: { isQuick(notification($0)) }) { sides.append("notification") }
        return sides
    }
}
