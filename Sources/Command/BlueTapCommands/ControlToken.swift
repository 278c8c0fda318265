internal import Documents

/// The token of a control API that is open to the network.
enum ControlToken {
    /// From a file, else from `BLUETAP_TOKEN`; never from the command line, which every user of the machine can read.
    static func read(from file: String?) throws(CommandError) -> String? {
        guard let file else { return Environment["BLUETAP_TOKEN"] }
        do {
            let text = String(decoding: try WholeFile.read(file, atMost: 1024), as: UTF8.self)
            return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        } catch {
            throw CommandError("the token's file \(file) cannot be read: \(error)")
        }
    }
}
