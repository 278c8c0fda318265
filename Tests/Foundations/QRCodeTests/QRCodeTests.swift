import Subprocess
import SystemPackage
import Testing

@testable import QRCode

@Suite("QR codes")
struct QRCodeTests {
    static let texts = [
        "A", "https://bluetap.example/pay/0123456789abcdef0123456789abcdef",
        String(repeating: "https://bluetap.example/", count: 60), "ünï©ode 支付宝",
    ]

    /// What Debian's zbar reads in a picture.
    private static func read(_ picture: [UInt8]) async throws -> String {
        let result = try await Subprocess.run(
            .name("zbarimg"), arguments: ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-"],
            input: .array(picture), output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
        return result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "\n")
    }

    /// Pixels as a picture of the simplest format that there is: PGM.
    private static func picture(width: Int, height: Int, scale: Int = 4, _ isDark: (Int, Int) -> Bool) -> [UInt8] {
        var bytes = Array("P5 \(width * scale) \(height * scale) 255\n".utf8)
        for row in 0..<height * scale {
            for column in 0..<width * scale { bytes.append(isDark(column / scale, row / scale) ? 0 : 255) }
        }
        return bytes
    }

    @Test("a PNG is read as the text that it is of", arguments: texts)
    func png(text: String) async throws {
        #expect(try await Self.read(QRCode(text).png(scale: 3)) == text)
    }

    @Test("the half blocks of a terminal are read as the text that they are of", arguments: texts)
    func terminal(text: String) async throws {
        let code = try QRCode(text)
        for (style, isInverted) in [(QRCode.TextStyle.darkOnLight, false), (.lightOnDark, true)] {
            let lines = code.lines(style).map(Array.init)
            #expect(Set(lines.map(\.count)) == [code.size + 8])
            let picture = Self.picture(width: lines[0].count, height: 2 * lines.count) { column, row in
                let character = lines[row / 2][column]
                let isSet = character == "█" || character == (row % 2 == 0 ? "▀" : "▄")
                return isSet != isInverted
            }
            #expect(try await Self.read(picture) == text)
        }
        let coloured = code.lines(.coloured)
        #expect(coloured.allSatisfy { $0.hasPrefix("\u{1B}[30;47m") && $0.hasSuffix("\u{1B}[0m") })
        #expect(coloured.map { $0.dropFirst(8).dropLast(4) } == code.lines(.darkOnLight).map { $0[...] })
    }

    @Test("an SVG has the same modules", arguments: texts)
    func svg(text: String) async throws {
        let code = try QRCode(text)
        let svg = code.svg(title: "A & <B>")
        #expect(svg.contains("<title>A &amp; &lt;B&gt;</title>"))
        let side = code.size + 8
        #expect(svg.contains("viewBox=\"0 0 \(side) \(side)\""))
        var dark: Set<[Int]> = []
        for match in svg.matches(of: /M(\d+) (\d+)h(\d+)v1h-\d+z/) {
            let (x, y, width) = (Int(match.1) ?? 0, Int(match.2) ?? 0, Int(match.3) ?? 0)
            for column in x..<x + width { dark.insert([column, y]) }
        }
        #expect(
            try await Self.read(Self.picture(width: side, height: side) { dark.contains([$0, $1]) }) == text)
    }

    @Test("what no QR code holds is refused", arguments: ["", String(repeating: "x", count: 3000)])
    func tooLong(text: String) {
        #expect(throws: QRCode.TooLong(bytes: text.utf8.count)) { try QRCode(text) }
    }
}
