import BlueTap
import TestSupport
import Testing

@testable import Sandbox

@Suite("Why a signature does not fit")
struct SignatureDiagnosisTests {
    private struct Keys {
        let client: PrivateKey
        let other: PrivateKey
        let gateway: PrivateKey

        init() throws {
            (client, other, gateway) = (try PrivateKey(), try PrivateKey(), try PrivateKey())
        }
    }

    private static let keys = Result { try Keys() }
    private static let sent = SignedMessage(
        path: "/ams/api/v1/payments/pay?lang=en", clientID: "SANDBOX_T", time: "2026-01-01T00:00:00Z",
        body: Array(#"{"a":"x/y","b":["1",{"c":"é"}]}"#.utf8))

    private func diagnosis(
        _ signed: [UInt8], _ hash: SignatureHash = .sha256, by key: KeyPath<Keys, PrivateKey> = \.client
    ) throws -> SignatureDiagnosis {
        let keys = try Self.keys.get()
        let header = SignatureHeader(keyVersion: 1, signature: try keys[keyPath: key].signature(of: signed, hash))
        return SignatureDiagnosis(
            of: Self.sent, header: header.description, keys: [1: keys.client.publicKey],
            others: [(name: "the gateway's key", key: keys.gateway.publicKey)])
    }

    private static let head = "POST /ams/api/v1/payments/pay?lang=en\nSANDBOX_T.2026-01-01T00:00:00Z."
    private static let body = #"{"a":"x/y","b":["1",{"c":"é"}]}"#

    private static let path = "/ams/api/v1/payments/pay"
    private static let tail = "\nSANDBOX_T.2026-01-01T00:00:00Z."

    /// What was signed before the body, and what that is called.
    private static let heads: [(head: String, reason: String)] = [
        ("POST \(path)\(tail)", "the query was left out of the path"),
        ("POST ams/api/v1/payments/pay?lang=en\(tail)", "the path was signed without its first slash"),
        (
            "POST /ams/sandbox/api/v1/payments/pay?lang=en\(tail)",
            "the path was signed with /sandbox, and sent without it"
        ),
        ("POST https://open-sea-global.alipay.com\(path)?lang=en\(tail)", "the whole URL was signed"),
        ("POST \(path)?lang=en\nSANDBOX_T..", "the time was left out"),
        ("POST \(path)?lang=en\n.2026-01-01T00:00:00Z.", "the client id was left out"),
        ("POST \(path)?lang=en\\nSANDBOX_T.2026-01-01T00:00:00Z.", "a backslash and an n"),
        ("POST \(path)?lang=en\r\nSANDBOX_T.2026-01-01T00:00:00Z.", "a carriage return"),
        ("GET \(path)?lang=en\(tail)", "the method GET was signed"), ("", "the body alone was signed"),
    ]

    @Test("another head that was signed is found", arguments: heads)
    func found(head: String, reason: String) throws {
        try expect(head + Self.body, reason)
    }

    /// Bodies that were signed, and what that is called.
    private static let bodies: [(body: String, reason: String)] = [
        ("", "the body was left out"), (body + "\n", "the body was signed with a line feed behind it"),
        (#"{"a": "x/y", "b": ["1", {"c": "é"}]}"#, "the body was signed with spaces behind commas and colons"),
        (
            "{\n   \"a\": \"x/y\",\n   \"b\": [\n      \"1\",\n      {\n         \"c\": \"é\"\n      }\n   ]\n}",
            "the body was signed with lines indented by 3"
        ),
        (#"{"a":"x\/y","b":["1",{"c":"é"}]}"#, #"the body was signed with \/ for each slash"#),
        (#"{"a":"x/y","b":["1",{"c":"\u00e9"}]}"#, #"the body was signed with \u"#),
    ]

    @Test("another body that was signed is found", arguments: bodies)
    func found(body: String, reason: String) throws {
        try expect(Self.head + body, reason)
        try expect("POST \(Self.path)\(Self.tail)\(body)", "the query was left out of the path, and \(reason)")
    }

    private func expect(_ signed: String, _ reason: String) throws {
        let diagnosis = try diagnosis(Array(signed.utf8))
        #expect(diagnosis.reason.hasPrefix(reason), "\(diagnosis)")
        #expect(diagnosis.signed == signed && diagnosis.verified == Self.head + Self.body)
        #expect(diagnosis.difference?.hasPrefix("from byte ") == true)
    }

    @Test("another key, another hash and another string are told apart")
    func others() throws {
        let right = Self.sent.bytes
        #expect(try diagnosis(right, by: \.other).reason == "it was made with another private key than the client's")
        #expect(
            try diagnosis(right, by: \.gateway).reason
                == "it was made with the gateway's key, not with the client's private key")
        #expect(try diagnosis(right, .sha1).reason == "SHA-1 was signed, not SHA-256")
        #expect(try diagnosis(Array("x".utf8), .sha1).reason == "SHA-1 was signed, not SHA-256, and of another string")
        #expect(try diagnosis(Array("x".utf8)).reason.hasPrefix("the key is right, and another string was signed"))
        let keys = [1: try Self.keys.get().client.publicKey]
        #expect(
            SignatureDiagnosis(of: Self.sent, header: nil, keys: keys, others: []).reason
                == "there is no header Signature")
        #expect(
            SignatureDiagnosis(of: Self.sent, header: "signature=%%", keys: keys, others: []).reason
                == "the header Signature is not algorithm=RSA256,keyVersion=1,signature=BASE64")
        let short = SignatureDiagnosis(
            of: Self.sent, header: "algorithm=RSA256,keyVersion=1,signature=AAAA", keys: keys, others: [])
        #expect(short.reason.hasSuffix("it has 3 bytes, the key's have 256"), "\(short.reason)")
    }

    @Test("the difference is told by its place")
    func difference() {
        #expect(
            SignatureDiagnosis.difference(signed: Array("abc1".utf8), verified: Array("abc".utf8))
                == #"from byte 4 on: signed "abc1", verified "abc""#)
    }

    @Test("random headers and bodies end in a reason of one line")
    func random() throws {
        var generator = SeededGenerator(seed: UInt64.random(in: 0...UInt64.max))
        let key = try Self.keys.get().client
        for round in 0..<200 {
            let bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            var message = Self.sent
            message.body = bytes
            let signature = round % 2 == 0 ? bytes : try key.signature(of: bytes, .sha256)
            let header = SignatureHeader(keyVersion: 1, signature: signature.isEmpty ? [0] : signature)
            let diagnosis = SignatureDiagnosis(
                of: message, header: header.description, keys: [1: key.publicKey], others: [])
            #expect(!diagnosis.reason.contains("\n") && !diagnosis.reason.isEmpty)
        }
    }

    private static let numbers: [[UInt64]] = [
        [4, 13, 497], [2, 10, 1025], [65_536, 65_537, 4_294_967_291], [7, 0, 9],
    ]

    @Test("powers are those of the textbook", arguments: numbers)
    func powers(numbers: [UInt64]) {
        func bytes(_ number: UInt64) -> [UInt8] {
            (0..<8).reversed().map { (place: Int) -> UInt8 in UInt8(truncatingIfNeeded: number >> UInt64(place * 8)) }
        }
        let (base, exponent, modulus) = (numbers[0], numbers[1], numbers[2])
        let power = ModularPower(modulus: bytes(modulus))?.power(bytes(base), exponent)
        let value = power?.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        var expected: UInt64 = 1
        for _ in 0..<exponent { expected = expected * base % modulus }
        #expect(value == expected)
        #expect(ModularPower(modulus: bytes(10)) == nil)
        #expect(ModularPower(modulus: bytes(7))?.power(bytes(7), 1) == nil)
    }

    @Test("the newest hundred refusals are kept, and a request that is refused is one of them")
    func refusals() throws {
        let refused = RefusedRequests()
        let diagnosis = try diagnosis([1])
        for number in 1...150 {
            refused.add(
                RefusedRequest(
                    time: Instant(nanoseconds: 0), target: "/\(number)", client: "T", requestID: nil, diagnosis))
        }
        #expect(refused.all.count == 100 && refused.all.first?.number == 51 && refused.all.last?.target == "/150")
    }
}
