internal import ArgumentParser
internal import VPCDReader

/// The card reader that the tag is put into: `vpcd`, `vpcd:HOST:PORT`.
struct TagReader: ExpressibleByArgument {
    var host = "127.0.0.1"
    var port = VPCDReader.defaultPort

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.first == "vpcd" else { return nil }
        if parts.count == 1 { return }
        // A host may be an IPv6 address.
        guard parts.count >= 3, let port = Int(parts[parts.count - 1]), (1...65_535).contains(port) else { return nil }
        let host = parts[1..<parts.count - 1].joined(separator: ":").trimmingBrackets
        guard !host.isEmpty else { return nil }
        self.host = host
        self.port = port
    }
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}
