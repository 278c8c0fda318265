import BlueTap
import Testing

@Suite("Links")
struct LinkTests {
    @Test("a template's placeholders are filled in, percent-encoded")
    func placeholders() {
        let template = LinkTemplate(
            url: "https://x.example/{paymentMethod}?o={orderId}&a={amount}&t={token}", androidPackage: "a.b")
        var device = Device(policy: DevicePolicy(), templates: [.alipayCN: template])
        var generator = Counter(value: 0)
        _ = device.pay(
            PayCommand(.alipayCN, orderID: "A&1 ü".unicodeScalars.filter(\.isASCII).map(String.init).joined()),
            token: LinkToken(using: &generator), at: Instant(nanoseconds: 0))
        #expect(device.link?.url == "https://x.example/ALIPAY_CN?o=A%261%20&a=&t=00000000000000000000000000000001")
    }

    @Test("tokens are 128 bits of the generator, and two are never alike")
    func tokens() {
        var generator = SystemRandomNumberGenerator()
        let tokens = (0..<10_000).map { _ in LinkToken(using: &generator).description }
        #expect(Set(tokens).count == tokens.count)
        #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test("braces that are not closed are noticed")
    func braces() {
        #expect(LinkTemplate(url: "https://x/{token", androidPackage: "a").usedPlaceholders == nil)
        #expect(
            LinkTemplate(url: "https://x/{token}/{what}", androidPackage: "a").usedPlaceholders == ["token", "what"])
    }
}

@Suite("Instants")
struct InstantTests {
    @Test(
        "ISO 8601 with milliseconds",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ])
    func text(milliseconds: Int64, text: String) {
        #expect(Instant(nanoseconds: milliseconds * 1_000_000).description == text)
    }

    @Test("arithmetic is held at the ends instead of trapping")
    func saturation() {
        #expect(Instant(nanoseconds: 1) + .seconds(Int64.max) == .distantFuture)
        #expect(Instant(secondsSinceEpoch: .max) == .distantFuture)
        #expect(Instant(nanoseconds: 5) - Instant(nanoseconds: 3) == .nanoseconds(2))
    }
}
