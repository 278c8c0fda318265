extension PaymentSandbox {
    /// Why nobody is told at an address, for people; nil: they are.
    ///
    /// Whoever may ask for a payment says where it is told, and is not to reach internal networks so.
    public func refusalToTell(_ url: String) -> String? {
        let host = url.hostOfAddress
        guard IPAddress(host)?.isInternal == true, !settings.notifiableHosts.contains(host),
            host != settings.link.notifyURL?.hostOfAddress
        else { return nil }
        return "\(host) is of an internal network: allow it with --sandbox-notify-allow \(host)"
    }
}
