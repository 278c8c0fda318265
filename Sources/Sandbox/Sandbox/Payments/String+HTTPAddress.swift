extension String {
    /// Whether this is an HTTP URL so far as a notification can be sent there: without a user's name, and to an address
    /// where a back end can be.
    var isHTTPAddress: Bool {
        guard let scheme = ["http://", "https://"].first(where: { hasPrefix($0) && utf8.count > $0.utf8.count }),
            utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return false }
        let authority = dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { return false }
        return !hostOfAddress.isEmpty && IPAddress(hostOfAddress)?.isUnfit != true
    }

    /// The host of an HTTP URL, in lower case; an IPv6 address without its brackets.
    var hostOfAddress: String {
        guard let scheme = firstRange(of: "://") else { return "" }
        let authority = self[scheme.upperBound...].prefix { !"/?#".contains($0) }.lowercased()
        return String(
            authority.hasPrefix("[") ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" })
    }
}
