internal import ArgumentParser
internal import ProfileFiles
internal import WireFormat

/// Which device this is about: a profile, and perhaps another USB identity.
struct ProfileOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The wire format: a built-in profile, or a file.", valueName: "name|file"))
    var profile = ProfileLibrary.standardName

    @Option(
        name: .customLong("usb-id"),
        help: ArgumentHelp("The USB identity instead of the profile's, in hexadecimal.", valueName: "vid:pid"))
    var usbID: USBID?

    /// Reads and compiles the profile.
    func load() throws -> (profile: Profile, codec: Codec) {
        let file = try ProfileLibrary.profile(profile)
        var profile = file.profile
        if let usbID {
            profile.usb.vendorID = usbID.vendorID
            profile.usb.productID = usbID.productID
        }
        return (profile, file.codec)
    }
}

/// Four hexadecimal digits, a colon, four hexadecimal digits.
struct USBID: ExpressibleByArgument, CustomStringConvertible {
    let vendorID: UInt16
    let productID: UInt16

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let vendorID = UInt16(parts[0], radix: 16), let productID = UInt16(parts[1], radix: 16)
        else { return nil }
        self.vendorID = vendorID
        self.productID = productID
    }

    /// As `lsusb` prints it.
    var description: String { "\(Self.digits(vendorID)):\(Self.digits(productID))" }

    private static func digits(_ number: UInt16) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}
