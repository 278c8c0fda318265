/// One measured number, what it stands beside, and what it should be.
struct Figure {
    enum Target {
        case atLeast(Double)
        case atMost(Double)
    }

    /// The JSON object's key.
    let key: String
    let name: String
    let value: Double
    let unit: String
    let target: Target?

    init(_ key: String, _ name: String, _ value: Double, _ unit: String, target: Target? = nil) {
        self.key = key
        self.name = name
        self.value = value
        self.unit = unit
        self.target = target
    }

    var isMissed: Bool {
        switch target {
        case .atLeast(let limit): value < limit
        case .atMost(let limit): value > limit
        case nil: false
        }
    }

    private var targetText: String {
        switch target {
        case .atLeast(let limit): ">= \(limit.text(2))"
        case .atMost(let limit): "<= \(limit.text(2))"
        case nil: ""
        }
    }

    static func table(_ figures: [Figure]) -> String {
        let rows = figures.map { figure in
            let verdict = figure.target == nil ? "" : figure.isMissed ? "MISSED" : "met"
            return [figure.name, figure.value.text(2), figure.unit, figure.targetText, verdict]
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                // Numbers end at the same column.
                return column == 1 ? space + row[column] : row[column] + space
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// One object; a target stands beside its figure. Keys and units need no escapes.
    static func json(_ figures: [Figure]) -> String {
        let members = figures.map { figure in
            var object = "\"value\":\(figure.value.text(4)),\"unit\":\"\(figure.unit)\""
            switch figure.target {
            case .atLeast(let limit): object += ",\"atLeast\":\(limit.text(2)),\"met\":\(!figure.isMissed)"
            case .atMost(let limit): object += ",\"atMost\":\(limit.text(2)),\"met\":\(!figure.isMissed)"
            case nil: break
            }
            return "\"\(figure.key)\":{\(object)}"
        }
        return "{\(members.joined(separator: ","))}"
    }
}
