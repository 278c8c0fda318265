internal import ArgumentParser
internal import ControlAPI
internal import ControlClient
internal import Documents
internal import Glibc
internal import NFCTag
internal import QRCode
internal import WireFormat

struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "The live link: its URL, its NDEF message, a QR code, a tag's memory.",
        discussion: "Reading it here is no tap. Fails where no link is live.")

    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// What it is of, the URL, the NDEF message and, in a terminal, the QR code.
        case text
        case url
        /// The NDEF message in hexadecimal digits.
        case hex
        /// The NDEF message, as bytes.
        case ndef
        /// The memory of the smallest NTAG sticker that holds it, as bytes.
        case type2
        /// A QR code of the URL in half blocks.
        case qr
        case svg
        case png

        var isBinary: Bool { self == .ndef || self == .type2 || self == .png }
    }

    @Option(help: "How it is written.")
    var format = Format.text

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to; else standard output.", valueName: "file"))
    var output: String?

    @Flag(help: "A QR code without colours is for dark text on a light background.")
    var light = false

    @OptionGroup var options: ControlOptions

    func validate() throws {
        if format.isBinary, output == nil, isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("\(format.rawValue) is not for a terminal: give -o FILE")
        }
        if options.json, format != .text { throw ValidationError("--json has all of it: leave --format out") }
    }

    func run() async throws {
        let answer = try await options.client().device()
        guard let link = try JSONText.parse(answer)["link"], let url = link["url"]?.text,
            let message = link["ndef"]?.text.flatMap(HexBytes.init)
        else { throw CommandError("no link is live: make one with `bluetap pay`") }
        let bytes: [UInt8]
        if options.json {
            bytes = Array("\(try JSONText.encode(link))\n".utf8)
        } else {
            bytes = try content(url: url, message: message, link: link)
        }
        guard let output else { return emit(bytes: bytes) }
        do {
            try WholeFile.write(bytes, to: output)
        } catch {
            throw CommandError("\(output) cannot be written: \(error)")
        }
    }

    private func content(url: String, message: HexBytes, link: JSONValue) throws -> [UInt8] {
        switch format {
        case .text:
            var lines = ["paymentMethod", "amount", "orderId", "expiresAt", "url"].compactMap { key in
                link[key]?.text.map { "\(key): \($0)" }
            }
            lines.append("ndef: \(message)")
            if output == nil, isatty(STDOUT_FILENO) == 1 { lines += try code(url) }
            return Array((lines.joined(separator: "\n") + "\n").utf8)
        case .url: return Array("\(url)\n".utf8)
        case .hex: return Array("\(message)\n".utf8)
        case .ndef: return message.bytes
        case .type2: return try Type2TagImage(message.bytes).bytes
        case .qr: return Array((try code(url).joined(separator: "\n") + "\n").utf8)
        case .svg: return Array("\(try QRCode(url).svg(title: url))\n".utf8)
        case .png: return try QRCode(url).png()
        }
    }

    /// The QR code, where the terminal has room for it.
    private func code(_ url: String) throws -> [String] {
        let code = try QRCode(url)
        let width = code.size + 2 * QRCode.margin
        if output == nil, let columns = Terminal.size?.columns, columns < width {
            complain("the QR code is \(width) columns wide, the terminal \(columns): widen it, or use --format svg")
            return []
        }
        return code.lines(style)
    }

    private var style: QRCode.TextStyle {
        if light { return .darkOnLight }
        return output == nil && Terminal.hasColours ? .coloured : .lightOnDark
    }
}
