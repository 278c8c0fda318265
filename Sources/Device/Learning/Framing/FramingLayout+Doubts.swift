internal import BlueTap
internal import WireFormat

extension FramingLayout {
    /// What no sample has shown of how commands are cut.
    ///
    /// - Parameter isCut: whether any command has several reports.
    func doubts(isCut: Bool) -> [Doubt] {
        if !isCut {
            return [
                Doubt(
                    place: "framing.output",
                    readings: ["longer commands go on in another report", "there are none"],
                    decidedBy: "send the longest command there is")
            ]
        }
        guard end == .short, !isFullClosed else { return [] }
        return [
            Doubt(
                place: "framing.output",
                readings: ["an empty report follows what fills its reports", "something else ends it"],
                decidedBy: "send commands that are a byte longer each, until one fills its reports")
        ]
    }
}
