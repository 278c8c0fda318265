/// What somebody may have meant who wrote a name that is none.
public enum NearestName {
    /// `: did you mean orderId?`, or nothing where no name is near.
    public static func hint(_ text: String, among names: [String]) -> String {
        nearest(text, among: names).map { ": did you mean \($0)?" } ?? ""
    }

    /// The name that takes the fewest changes, if these are few.
    public static func nearest(_ text: String, among names: [String]) -> String? {
        let written = Array(text.lowercased().unicodeScalars.prefix(64))
        let ranked = names.map { (name: $0, distance: distance(written, Array($0.lowercased().unicodeScalars))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, best.name.count / 3) ? best.name : nil
    }

    /// Letters to put in, leave out, replace, or change places of neighbours.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    least = min(least, before[column - 1] + 1)
                }
                current.append(least)
            }
            (before, last) = (last, current)
        }
        return last[right.count]
    }
}
