#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension Encodable {
    /// As JSON, the members in their order by name, so that runs are alike. Only for what consists of strings: that can
    /// always be encoded.
    var jsonBytes: [UInt8] { (try? encoder.encode(self)).map(Array.init) ?? [] }
}

private let encoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
}()
