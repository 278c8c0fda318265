import BlueTap
import Documents
import Foundation
import ProfileFiles
import WireFormat

/// Every example of Examples/profiles/README.md: each layer and each sort of field has one.
private let profiles: [ProfileFile] = {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../../Examples/profiles/README.md")
    guard let text = try? String(contentsOf: path, encoding: .utf8) else { fatalError("\(path.path) cannot be read") }
    let identity = """
        profile: test
        usb: { vendorID: 1, productID: 2, release: 1, manufacturer: m, product: p, serialNumber: s }

        """
    func reports(_ size: Int) -> String {
        """
        hid:
          reportDescriptor: A101C0
          outputReport: { size: \(size), padding: "00" }
          inputReport: { size: \(size), padding: "00" }

        """
    }
    let files = text.components(separatedBy: "```yaml\n").dropFirst().map { part in
        let parts = part.components(separatedBy: "\n```")
        let example = parts[0]
        // As large as the reports beside it, of which a long one is cut.
        let shown = parts.dropFirst().joined().split(separator: "\n").first { $0.hasPrefix("`") }
        let size = shown.map { $0.contains("…") ? 1024 : $0.count / 2 - 1 } ?? 64
        let whole = (example.hasPrefix("hid:") ? identity : identity + reports(size)) + example + "\n"
        do {
            return try ProfileFile(Document(parsing: whole, name: "example"))
        } catch {
            fatalError("\(error)\n\(whole)")
        }
    }
    guard files.count >= 50 else { fatalError("only \(files.count) examples are in \(path.path)") }
    return files
}()

/// The first byte chooses the profile, the second the size of the pieces in which the rest comes as reports.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLayers(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let file = profiles[Int(input[0]) % profiles.count]
    let size = max(1, Int(input[1]))
    let reports = stride(from: 2, to: input.count, by: size).map { Array(input[$0..<min($0 + size, input.count)]) }
    let codec = file.codec

    if let (command, context) = try? codec.decode(reports: reports) {
        _ = codec.reply(to: context, result: .success)
        _ = try? codec.encode(command, stamp: Codec.Stamp(sequence: context.sequence))
    }
    _ = try? codec.decodeReply(reports: reports)
    var assembler = codec.assembler
    var interpreter = Interpreter(codec)
    for (index, report) in reports.enumerated() {
        if let message = try? assembler.receive(report).message { _ = try? codec.decode(message) }
        _ = index.isMultiple(of: 2) ? interpreter.host(report).description : interpreter.device(report).description
    }
    return 0
}
