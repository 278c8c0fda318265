/// The names by which back ends know the gateways that a sandbox stands in for.
public enum GatewayHosts {
    /// Each leads to the sandbox. Source: Alipay+, "API overview" (`alipayplus.com`); Antom, the same (`alipay.com`, with the
    /// regions' plain and accelerated names); AlipayHK; the legacy gateway's and OpenAPI's documents and SDKs, with the names of
    /// their sandboxes (`alipaydev.com`, and `openapi.alipaydev.com` of before 2023).
    public static let names: [String] =
        ["na", "sea", "de", "eu"].flatMap { region in
            ["", "-global"].flatMap { way in ["open-\(region)\(way).alipay.com", "open-\(region)\(way).alipayplus.com"]
            }
        } + [
            "open-big-na.alipay.com", "open-big-sea.alipay.com", "open-big-de-global.alipay.com", "open.alipay.hk",
            "globalmapi.alipay.com", "intlmapi.alipay.com", "mapi.alipay.com", "mapi.alipay.net", "openapi.alipay.com",
            "globalopenapi.alipay.com", "openapi-global.alipay.com",
            "globalmapi.alipaydev.com", "mapi.alipaydev.com", "openapi.alipaydev.com",
            "openapi-sandbox.dl.alipaydev.com", "openapi.sandbox.dl.alipaydev.com", "openapi-sea.alipaydev.com",
        ]

    /// Whatever else is in these leads nowhere, so that a gateway that is not named here is never reached by mistake.
    public static let domains = ["alipay.com", "alipay.net", "alipay.hk", "alipayplus.com", "alipaydev.com"]

    /// By what programs on this machine, and in containers on it, call a server here.
    static let local = ["localhost", "127.0.0.1", "::1", "host.docker.internal", "host.containers.internal"]
}
