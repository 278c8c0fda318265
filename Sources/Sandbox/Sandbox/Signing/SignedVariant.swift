/// A string that a client may have signed in the place of the one that is verified.
struct SignedVariant {
    /// What it did, in one line.
    let reason: String
    let bytes: [UInt8]

    /// The mistakes that public reports tell of: one thing different, or the path and the body.
    static func all(of message: SignedMessage) -> [SignedVariant] {
        let paths = [(nil, message.path)] + self.paths(of: message.path)
        let bodies = [(nil, message.body)] + self.bodies(of: message.body)
        var variants: [SignedVariant] = []
        for (pathReason, path) in paths {
            for (bodyReason, body) in bodies where pathReason != nil || bodyReason != nil {
                let reason = [pathReason, bodyReason].compactMap(\.self).joined(separator: ", and ")
                let other = SignedMessage(path: path, clientID: message.clientID, time: message.time, body: body)
                variants.append(SignedVariant(reason: reason, bytes: other.bytes))
            }
        }
        func add(_ reason: String, _ head: String) {
            variants.append(SignedVariant(reason: reason, bytes: Array(head.utf8) + message.body))
        }
        let (path, client, time) = (message.path, message.clientID, message.time)
        add("the client id was left out", "POST \(path)\n.\(time).")
        add("the time was left out", "POST \(path)\n\(client)..")
        add("client id and time were left out", "POST \(path)\n")
        add("the client id was signed in lower case", "POST \(path)\n\(client.lowercased()).\(time).")
        add("the method GET was signed, and POST sent", "GET \(path)\n\(client).\(time).")
        add("the method was signed in lower case", "post \(path)\n\(client).\(time).")
        add(
            "a carriage return and a line feed stand behind the path, in place of a line feed",
            "POST \(path)\r\n\(client).\(time).")
        add("a backslash and an n stand behind the path, in place of a line feed", "POST \(path)\\n\(client).\(time).")
        add("there is no line feed behind the path", "POST \(path)\(client).\(time).")
        add("time and client id were signed in the other order", "POST \(path)\n\(time).\(client).")
        variants.append(SignedVariant(reason: "the body alone was signed", bytes: message.body))
        return variants
    }

    private static func paths(of path: String) -> [(String?, String)] {
        var paths: [(String?, String)] = []
        func add(_ reason: String, _ other: String) { if other != path { paths.append((reason, other)) } }
        let bare = String(path.prefix { $0 != "?" })
        add("the query was left out of the path", bare)
        add("the path was signed without its first slash", String(path.dropFirst()))
        add("a slash was signed behind the path", bare + "/")
        if bare.hasSuffix("/") { add("the slash behind the path was not signed", String(bare.dropLast())) }
        add(
            "the path was signed without /sandbox, and sent with it",
            path.replacing("/ams/sandbox/api", with: "/ams/api"))
        add(
            "the path was signed with /sandbox, and sent without it",
            path.replacing("/ams/api", with: "/ams/sandbox/api"))
        for host in ["open-sea-global.alipay.com", "open-na-global.alipay.com", "open-sea-global.alipayplus.com"] {
            add("the whole URL was signed in place of the path", "https://\(host)\(path)")
        }
        add("the path was left out", "")
        return paths
    }

    private static func bodies(of body: [UInt8]) -> [(String?, [UInt8])] {
        var bodies: [(String?, [UInt8])] = []
        func add(_ reason: String, _ other: [UInt8]) { if other != body { bodies.append((reason, other)) } }
        add("the body was left out", [])
        add("the body was signed with a line feed behind it, and sent without", body + [0x0A])
        if body.last == 0x0A {
            add(
                "the body was signed without the line feed behind it",
                Array(body.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed()))
        }
        for style in JSONSpacing.all {
            guard let other = style.applied(to: body) else { continue }
            add("the body was signed \(style.name), and sent in another form", other)
        }
        let text = String(decoding: body, as: UTF8.self)
        add(
            #"the body was signed with \/ for each slash, and sent with slashes"#,
            Array(text.replacing("/", with: #"\/"#).utf8))
        add(#"the body was signed with slashes, and sent with \/"#, Array(text.replacing(#"\/"#, with: "/").utf8))
        add(#"the body was signed with \u for what is not ASCII, and sent without"#, Array(escaped(text).utf8))
        return bodies
    }

    private static func escaped(_ text: String) -> String {
        text.utf16.reduce(into: "") { result, unit in
            if unit < 0x80 {
                result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            } else {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}

/// How JSON is written out: its members stay in their order.
struct JSONSpacing {
    let name: String
    /// Behind commas and colons where there are no lines.
    let comma: String
    let colon: String
    /// Nil: all in one line.
    let indent: Int?

    static let all = [
        JSONSpacing(name: "without white space", comma: ",", colon: ":", indent: nil),
        JSONSpacing(name: "with spaces behind commas and colons", comma: ", ", colon: ": ", indent: nil),
        JSONSpacing(name: "with lines indented by 2", comma: ",", colon: ": ", indent: 2),
        JSONSpacing(name: "with lines indented by 3", comma: ",", colon: ": ", indent: 3),
        JSONSpacing(name: "with lines indented by 4", comma: ",", colon: ": ", indent: 4),
    ]

    /// Nil where it is no object, or deeper than anybody's.
    func applied(to body: [UInt8]) -> [UInt8]? {
        guard body.first(where: { !Self.isSpace($0) }) == UInt8(ascii: "{") else { return nil }
        var result: [UInt8] = []
        var depth = 0
        var (isInText, isEscaped) = (false, false)
        func breakLine() {
            guard let indent else { return }
            result.append(0x0A)
            result += Array(repeating: 0x20, count: indent * depth)
        }
        for byte in body {
            if isInText {
                result.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case _ where Self.isSpace(byte): break
            case UInt8(ascii: "\""):
                isInText = true
                result.append(byte)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                result.append(byte)
                depth += 1
                guard depth <= 64 else { return nil }
                breakLine()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth >= 0 else { return nil }
                breakLine()
                result.append(byte)
            case UInt8(ascii: ","):
                result += comma.utf8
                breakLine()
            case UInt8(ascii: ":"): result += colon.utf8
            default: result.append(byte)
            }
        }
        return result
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x0A, 0x0D, 0x09].contains(byte) }
}
