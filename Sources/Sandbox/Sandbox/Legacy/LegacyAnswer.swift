/// What the gateway answers: XML, in the order in which the gateway writes it.
///
/// Source: public samples. A refused request is not echoed, nor is that answer signed.
enum LegacyAnswer {
    /// A request that was well-formed, whatever came of it.
    ///
    /// - Parameters:
    ///   - fields: what came of it; those without a value are left out.
    ///   - signature: nil: the answer is not signed.
    static func accepted(
        _ request: LegacyParameters, _ fields: [String: String], signature: (sign: String, type: LegacySignType)?
    ) -> String {
        let echo = request.all.map { #"<param name="\#($0.name)">\#(escaped($0.value))</param>"# }.joined()
        let members = fields.sorted { $0.key < $1.key }.map { "<\($0)>\(escaped($1))</\($0)>" }.joined()
        let end =
            signature.map { "<sign>\(escaped($0.sign))</sign><sign_type>\($0.type.rawValue)</sign_type>" } ?? ""
        return "<alipay><is_success>T</is_success><request>\(echo)</request>"
            + "<response><alipay>\(members)</alipay></response>\(end)</alipay>"
    }

    static func refused(_ code: LegacyCode) -> String { refused(code: code.rawValue) }

    static func refused(code: String) -> String {
        "<alipay><is_success>F</is_success><error>\(code)</error></alipay>"
    }

    /// With XML's declaration, in an encoding.
    static func document(_ root: String, _ charset: LegacyCharset) -> [UInt8] {
        charset.bytes(of: "<?xml version=\"1.0\" encoding=\"\(charset.rawValue)\"?>\n\(root)")
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            // Readers would make a line feed of it.
            case "\r": escaped += "&#13;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
