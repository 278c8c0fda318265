extension String {
    /// Whether this is an HTTP URL so far as a notification can be sent there.
    var isHTTPAddress: Bool {
        ["http://", "https://"].contains { hasPrefix($0) && utf8.count > $0.utf8.count }
            && utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
