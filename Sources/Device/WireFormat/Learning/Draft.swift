internal import BlueTap

/// A layout that explains messages of one sort.
struct Draft: Sendable {
    let structure: Structure
    let frame: Frame
    /// What encloses all, where something does.
    var enclosure: EnclosedLayout?
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
    var cost: Int {
        missing.count * 1000 + unexplained * 20 + structure.cost * 2 + doubts.count * 3 + findings.count / 4
            + (enclosure == nil ? 0 : 3) + frame.trailer / 2
            + { if case .whole = frame.ending { 0 } else { 1 } }()
    }

    var layout: MessageLayout { findings.map(\.field) }

    /// Whether nothing is left to explain.
    var isComplete: Bool { missing.isEmpty && unexplained == 0 }
}
