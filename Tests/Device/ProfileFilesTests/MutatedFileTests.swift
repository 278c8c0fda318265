import BlueTap
import Documents
import ProfileFiles
import TestSupport
import Testing
import WireFormat

@Suite("Mutated files")
struct MutatedFileTests {
    struct Kind: CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let read: @Sendable (Document) throws(DocumentError) -> Void
    }

    private static let samples = """
        samples:
          - command: pay
            paymentMethod: TRUEMONEY
            amount: "12.50"
            orderId: "A1"
            expiryTime: 900
            reports: ["0150 4131 0384", "02ff"]
            replies: ["8100"]
            result: SUCCESS
          - { command: cancel, orderId: "A1", reports: ["0143 4131"], replies: ["8107"], result: PROCESS_FAIL }

        """

    static let kinds =
        [
            Kind(testDescription: "samples", text: samples) { document throws(DocumentError) in
                _ = try SampleFile(document)
            },
            profile("the profile reference", ProfileLibrary.text(of: "reference") ?? ""),
        ] + ProfileLanguageTests.wordings.map { profile("a profile with \($0.name)", $0.text) }

    private static func profile(_ name: String, _ text: String) -> Kind {
        Kind(testDescription: name, text: text) { document throws(DocumentError) in _ = try ProfileFile(document) }
    }

    @Test(
        "end in an error of one line, with its line and key, or are good; never in a trap", arguments: kinds,
        [UInt64(11), 12])
    func mutated(kind: Kind, seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        let bytes = Array(kind.text.utf8)
        for await _ in Rounds(kind.text.utf8.count > 1000 ? 250 : 40, soak: kind.text.utf8.count > 1000 ? 5000 : 500) {
            var mutant = bytes
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let at = Int.random(in: 0..<mutant.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: mutant[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: mutant.remove(at: at)
                case 2: mutant.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: at)
                default:
                    let end = min(mutant.count, at + Int.random(in: 1...60, using: &generator))
                    mutant.insert(
                        contentsOf: Array(mutant[at..<end]), at: Int.random(in: 0..<mutant.count, using: &generator))
                }
            }
            do throws(DocumentError) {
                let document: Document
                do throws(DocumentError) {
                    document = try Document(bytes: mutant, name: "mutant")
                } catch {
                    // What is no YAML has no keys.
                    #expect(error.line != nil && !error.description.contains("\n"), "seed \(seed): \(error)")
                    continue
                }
                try kind.read(document)
            } catch {
                #expect(!error.description.contains("\n"), "seed \(seed)")
                #expect(error.line != nil && !error.key.isEmpty, "seed \(seed): \(error)")
            }
        }
    }
}
