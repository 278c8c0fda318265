import BlueTap
import Testing
import WireFormat

@testable import Learning

@Suite("Checks of which nothing is known")
struct CRCSearchTests {
    @Test("a CRC is found in messages of which no two have one size", arguments: [UInt32(0), 0x1D0F])
    func sizes(initial: UInt32) {
        var generator = SeededGenerator(seed: 5)
        let parameters = CRCParameters(16, 0x3D65, initial: initial)
        let checksum = Checksum(.crc(parameters))
        let specimens = (0..<12).map { index in
            var bytes = (0..<6 + index).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let check = checksum(bytes, over: bytes.indices)
            bytes += [UInt8(check >> 8), UInt8(check & 0xFF)]
            return Specimen(bytes: bytes, values: FieldValues(), kind: .pay, order: index, end: bytes.count)
        }
        var region = RegionLearner(specimens: specimens, starts: specimens.map { $0.end - 2 }, size: 2, wanted: [])
        region.findChecksums()
        let algorithms = region.fields().compactMap { finding -> ChecksumAlgorithm? in
            if case .checksum(let field) = finding.field.content { field.algorithm } else { nil }
        }
        #expect(algorithms == [.crc(parameters)])
    }
}
