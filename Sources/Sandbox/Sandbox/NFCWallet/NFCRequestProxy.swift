/// The app's part of the SDK's way to its servers: every request to Mastercard and to the Ant server goes through it.
///
/// Source: Alipay+, "Proxy SDK requests". Its signature could not be read.
public protocol NFCRequestProxy: Sendable {
    /// Takes a request through the app and the wallet's server. May be called from any thread.
    func forward(_ request: NFCRequest) -> NFCProxyReply
}
