#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What OpenAPI answers: one JSON object in another, and its signature.
enum OpenAPIAnswer {
    struct Token: Encodable {
        let user: String
        /// In a public sample beside the other, though not in the documentation.
        let alipayUser: String
        let access: String
        /// In seconds.
        let expiry: Int64
        let refresh: String
        /// In seconds.
        let refreshExpiry: Int64

        enum CodingKeys: String, CodingKey {
            case user = "user_id"
            case alipayUser = "alipay_user_id"
            case access = "access_token"
            case expiry = "expires_in"
            case refresh = "refresh_token"
            case refreshExpiry = "re_expires_in"
        }
    }

    /// Why a request is none. Source of codes and sub-codes: general knowledge of Alipay's OpenAPI; they are in no document
    /// that is at hand.
    struct Refusal: Error, Encodable, Hashable {
        let code: String
        let message: String
        let subCode: String
        let reason: String

        enum CodingKeys: String, CodingKey {
            case code
            case message = "msg"
            case subCode = "sub_code"
            case reason = "sub_msg"
        }

        static func missing(_ name: String) -> Refusal {
            Refusal(
                code: "40001", message: "Missing Required Arguments",
                subCode: "isv.missing-\(name.replacing("_", with: "-"))", reason: "\(name) is missing")
        }

        static func invalid(_ what: String, _ reason: String) -> Refusal {
            Refusal(code: "40002", message: "Invalid Arguments", subCode: "isv.\(what)", reason: reason)
        }

        static let unavailable = Refusal(
            code: "20000", message: "Service Currently Unavailable", subCode: "isp.unknow-error",
            reason: "the system is busy: ask again")
    }

    /// The member that is signed, as text.
    static func text(_ member: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers can always be encoded.
        return (try? encoder.encode(member)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// - Parameter sign: nil: the answer is not signed.
    static func document(_ name: String, _ member: String, sign: String?) -> [UInt8] {
        let end = sign.map { #","sign":"\#($0)""# } ?? ""
        return Array(#"{"\#(name)":\#(member)\#(end)}"#.utf8)
    }
}
