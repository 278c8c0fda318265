/// How the links of one wallet look.
///
/// The URL's placeholders are `{token}`, `{paymentMethod}`, `{amount}` and `{orderId}`; a value that was not given is
/// empty, and every value is percent-encoded.
public struct LinkTemplate: Hashable, Sendable {
    public var url: String
    /// The Android application that shall open the link.
    public var androidPackage: String

    public init(url: String, androidPackage: String) {
        self.url = url
        self.androidPackage = androidPackage
    }

    public static let placeholders = ["token", "paymentMethod", "amount", "orderId"]

    /// The placeholders that stand in the URL, known or not, in order; nil where a brace is not closed.
    public var usedPlaceholders: [String]? {
        var names: [String] = []
        var rest = url[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            names.append(String(rest[rest.index(after: open)..<close]))
            rest = rest[rest.index(after: close)...]
        }
        return names
    }

    func url(token: LinkToken, paymentMethod: PaymentMethod, amount: String?, orderID: String?) -> String {
        var result = ""
        result.reserveCapacity(url.utf8.count + 48)
        // Braces are found among bytes, which is far quicker than among characters.
        var rest = url.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
        {
            result += url[rest.startIndex..<open]
            switch url[url.utf8.index(after: open)..<close] {
            case "token": result += token.description
            case "paymentMethod": result += percentEncoded(paymentMethod.rawValue)
            case "amount": result += percentEncoded(amount ?? "")
            case "orderId": result += percentEncoded(orderID ?? "")
            default: result += url[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + url[rest.startIndex...]
    }

    /// RFC 3986: everything but the unreserved characters.
    private func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
