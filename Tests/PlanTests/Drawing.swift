import Testing

/// The plan of the house, as CONTRIBUTING.md draws it: a heading for each room, and a table with a row for each target.
struct Drawing {
    struct Row: Equatable {
        let target: String
        let owns: String
        let uses: Set<String>
    }

    var rooms: [(name: String, rows: [Row])] = []

    init() throws {
        let text = try Repository.text("CONTRIBUTING.md")
        let start = try #require(text.firstRange(of: "\n## The plan of the house\n")).upperBound
        for line in text[start...].split(separator: "\n") {
            if line.hasPrefix("## ") { break }
            if line.hasPrefix("### ") {
                rooms.append((String(line.dropFirst("### ".count).prefix { $0 != ":" }), []))
            } else if line.hasPrefix("| `") {
                let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                    $0.trimming { $0 == " " }
                }
                try #require(cells.count == 3 && !rooms.isEmpty, "\(line)")
                let names = Self.names(cells[0])
                try #require(names.count == 1, "a row has one target: \(line)")
                rooms[rooms.count - 1].rows.append(
                    Row(target: names[0], owns: cells[1], uses: Set(Self.names(cells[2]))))
            }
        }
    }

    /// What stands between backticks.
    private static func names(_ cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }
}

extension Substring {
    fileprivate func trimming(_ isOutside: (Character) -> Bool) -> String {
        String(drop(while: isOutside).reversed().drop(while: isOutside).reversed())
    }
}
