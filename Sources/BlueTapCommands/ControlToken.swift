internal import SystemPackage

/// The token of a control API that is open to the network.
enum ControlToken {
    /// From a file, else from `BLUETAP_TOKEN`; never from the command line, which every user of the machine can read.
    static func read(from file: String?) throws(CommandError) -> String? {
        guard let file else { return Environment["BLUETAP_TOKEN"] }
        do {
            let descriptor = try FileDescriptor.open(FilePath(file), .readOnly, options: [.closeOnExec])
            return try descriptor.closeAfter {
                var bytes = [UInt8](repeating: 0, count: 1024)
                let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                return String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isNewline).first
                    .map(String.init) ?? ""
            }
        } catch {
            throw CommandError("the token's file \(file) cannot be read: \(error)")
        }
    }
}
