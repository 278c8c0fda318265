/// A run's result as CI servers read it. Source: the JUnit XML format as Jenkins and GitLab document it.
public struct JUnitReport: Sendable {
    private struct Case {
        let name: String
        let seconds: Double
        let failure: String?
        let details: String
    }

    private let suite: String
    private var cases: [Case] = []

    public init(suite: String) {
        self.suite = suite
    }

    /// - Parameters:
    ///   - failure: one line; nil where it passed.
    ///   - details: what helps to see why.
    public mutating func add(_ name: String, seconds: Double = 0, failure: String?, details: String = "") {
        cases.append(Case(name: name, seconds: seconds, failure: failure, details: details))
    }

    public var xml: String {
        let failures = cases.count { $0.failure != nil }
        let seconds = cases.reduce(0) { $0 + $1.seconds }
        let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" time=\"\(seconds)\""
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites \(counts)>\n"
        text += "  <testsuite name=\"\(Self.escape(suite))\" errors=\"0\" skipped=\"0\" \(counts)>\n"
        for test in cases {
            text += "    <testcase classname=\"\(Self.escape(suite))\" name=\"\(Self.escape(test.name))\""
            text += " time=\"\(test.seconds)\""
            if let failure = test.failure {
                text += ">\n      <failure message=\"\(Self.escape(failure))\">\(Self.escape(test.details))</failure>\n"
                text += "    </testcase>\n"
            } else {
                text += "/>\n"
            }
        }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    /// XML has no way to carry most control characters: they become question marks.
    private static func escape(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
