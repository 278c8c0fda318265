internal import HTTPTypes
internal import Hummingbird
internal import Sandbox

/// Keeps web pages away from the gateways. Back ends name no origin and no fetch site; browsers do, for whatever a page of
/// theirs asks for. A page whose own name leads here (DNS rebinding) is told by the Host.
struct GatewayGuard: Sendable {
    /// What the server was told to listen on: its own name.
    let host: String

    /// Why a request is refused; nil: it is not.
    func refusal(of request: Request) -> Response? {
        let authority = request.head.authority ?? ""
        guard !authority.isEmpty, !authority.contains("@") else {
            return Self.answer(.badRequest, "the request has no Host, or one with a user's name")
        }
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        guard request.headers[.origin] == nil, site == nil || site == "none" else {
            return Self.answer(.forbidden, "a web page may not call the gateways")
        }
        guard isOurs(Self.name(in: authority)) else {
            return Self.answer(
                .forbidden, "the Host must be an address, a name without a dot, one of Alipay's, or what --sandbox says"
            )
        }
        return nil
    }

    /// The host without its port, in lower case; an IPv6 address without its brackets.
    static func name(in authority: String) -> String {
        let authority = authority.lowercased()
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return String(authority.prefix { $0 != ":" })
    }

    /// Names that no stranger can have. SDKs call Alipay's; a dot at the end says that a name is whole.
    private func isOurs(_ called: String) -> Bool {
        let name = called.hasSuffix(".") ? String(called.dropLast()) : called
        if name.isEmpty { return false }
        if IPAddress(name) != nil || !name.contains(".") || name == host.lowercased() { return true }
        let domains = GatewayHosts.domains + ["antom.com", "localhost", "local", "internal", "test"]
        return domains.contains { name.hasSuffix(".\($0)") }
    }

    private static func answer(_ status: HTTPResponse.Status, _ reason: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=UTF-8"],
            body: ResponseBody(byteBuffer: .init(string: reason + "\n")))
    }
}
