internal import BlueTap
internal import Documents
public import Learning
internal import WireFormat

// Nothing that was learned is taken for right that does not give back what it was learned from.
extension LearnedProfile {
    /// Something that keeps it from being right.
    public struct Flaw: Hashable, Sendable {
        public let text: String
        /// Whether there is a profile all the same.
        public let isUsable: Bool
    }

    /// What keeps the profile from giving back every sample and every reply to the byte; empty where it does.
    public func flaws(in samples: [Sample]) -> [Flaw] {
        guard lesson.commands[.pay] != nil else {
            return [Flaw(text: "no layout gives back every pay of the samples", isUsable: false)]
        }
        let codec: Codec
        do throws(DocumentError) {
            codec = try ProfileFile(Document(parsing: text, name: "<the learned profile>")).codec
        } catch {
            return [Flaw(text: "what was learned makes no profile: \(error.key): \(error.reason)", isUsable: false)]
        }
        let proofs = samples.map { SampleProof($0, codec: codec) }
        var flaws: [Flaw] = []
        let wrong = proofs.filter { !$0.differences.isEmpty }.map(\.sample.name)
        if !wrong.isEmpty {
            let others = wrong.count > 4 ? " and \(wrong.count - 4) others" : ""
            flaws.append(
                Flaw(
                    text: "the profile is wrong in \(wrong.prefix(4).joined(separator: ", "))\(others)", isUsable: true)
            )
        }
        let unknown = proofs.reduce(0) { $0 + $1.unknownBytes }
        if unknown > 0 {
            flaws.append(
                Flaw(text: "\(unknown) bytes of the samples are in fields that nothing explains", isUsable: true))
        }
        return flaws
    }
}
