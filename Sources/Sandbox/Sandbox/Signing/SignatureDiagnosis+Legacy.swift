extension SignatureDiagnosis {
    /// What is known of a request of the legacy gateway or of OpenAPI whose `sign` does not fit.
    ///
    /// - Parameter unsigned: the parameters that are not signed.
    init(
        of parameters: LegacyParameters, without unsigned: Set<String>, _ type: LegacySignType, _ partner: LegacyPartner
    ) {
        let verified = parameters.signedText(without: unsigned)
        guard let sign = parameters["sign"] else {
            self.init("there is no sign", verified: verified)
            return
        }
        for other in LegacySignType.allCases where other != type && other.isValid(sign, of: verified, from: partner) {
            self.init("it was signed by \(other.rawValue), and sign_type is \(type.rawValue)", verified: verified)
            return
        }
        for (reason, text) in Self.variants(of: parameters, without: unsigned)
        where text != verified && type.isValid(sign, of: text, from: partner) {
            self.init(reason, verified: verified, signed: text)
            return
        }
        if type != .md5, let key = partner.publicKey, let bytes = sign.base64Bytes {
            self.init(
                key.digest(in: bytes) == nil
                    ? "it was made with another private key than the partner's"
                    : "the key is right, and another string was signed: compare yours with the one that is verified",
                verified: verified)
            return
        }
        self.init("another key was used, or another string signed", verified: verified)
    }

    /// The mistakes that public reports tell of.
    private static func variants(of parameters: LegacyParameters, without unsigned: Set<String>) -> [(String, [UInt8])]
    {
        let all = parameters.all
        func joined(_ parameters: [LegacyParameters.Parameter], _ bytes: (LegacyParameters.Parameter) -> [UInt8])
            -> [UInt8]
        {
            Array(parameters.map { Array("\($0.name)=".utf8) + bytes($0) }.joined(separator: [UInt8(ascii: "&")]))
        }
        func text(_ names: Set<String>) -> [UInt8] { parameters.signedText(without: names) }
        let signed = all.filter { !unsigned.contains($0.name) }
        let sorted = signed.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let charset: Set = ["_input_charset", "charset"]
        return [
            (
                unsigned.contains("sign_type")
                    ? "sign_type was signed, which this gateway leaves out"
                    : "sign_type was not signed, which OpenAPI signs",
                text(unsigned.symmetricDifference(["sign_type"]))
            ),
            ("the parameters were signed in the order in which they were sent, not sorted", joined(signed, \.bytes)),
            ("values were signed percent-encoded", joined(sorted) { Array($0.value.percentEncodedForm.utf8) }),
            ("the encoding's name was not signed", text(unsigned.union(charset))),
            (
                "values were signed as UTF-8, and sent in \(parameters.charset.rawValue)",
                joined(sorted) { Array($0.value.utf8) }
            ),
            (
                "values were signed as GBK, and sent in \(parameters.charset.rawValue)",
                joined(sorted) { LegacyCharset.gbk.bytes(of: $0.value) }
            ),
        ]
    }
}

extension String {
    fileprivate var percentEncodedForm: String {
        utf8.reduce(into: "") { text, byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain || "-_.".utf8.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + LegacySignType.hexadecimal([byte]).uppercased()
            }
        }
    }
}
