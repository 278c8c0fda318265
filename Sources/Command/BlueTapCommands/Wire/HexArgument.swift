internal import ArgumentParser
internal import WireFormat

/// A report on the command line: pairs of hexadecimal digits.
struct HexArgument: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        guard let hex = HexBytes(argument), !hex.bytes.isEmpty else { return nil }
        bytes = hex.bytes
    }
}
