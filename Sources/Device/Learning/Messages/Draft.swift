internal import BlueTap
internal import WireFormat

/// A layout that explains messages of one sort.
struct Draft: Sendable {
    let structure: Structure
    let frame: Frame
    var findings: [Finding]
    var doubts: [Doubt]
    /// Values that no field carries.
    var missing: [FieldLayout.Value]
    /// Bytes that nothing explains.
    var unexplained: Int
    /// The claims of header and trailer, for messages of other sorts.
    var headerClaims: [RegionLearner.Claim] = []
    var trailerClaims: [RegionLearner.Claim] = []

    /// Less is better.
    var cost: Int { ReadingCost.layout(self) }

    /// Whether some field ends before a byte that stands behind it.
    var isDelimited: Bool {
        findings.contains { if case .terminated = $0.field.extent { true } else { false } }
    }

    var layout: MessageLayout { findings.map(\.field) }

    /// Whether nothing is left to explain.
    var isComplete: Bool { missing.isEmpty && unexplained == 0 }
}
