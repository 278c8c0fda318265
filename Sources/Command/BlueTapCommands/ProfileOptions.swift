internal import ArgumentParser
internal import Documents
internal import ProfileFiles
internal import WireFormat

/// Which device this is about: a profile, and perhaps another USB identity.
struct ProfileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The wire format: a built-in profile, or a file; else BLUETAP_PROFILE, else \(ProfileLibrary.standardName).",
            valueName: "name|file"))
    var profile: String?

    @Option(
        name: .customLong("usb-id"),
        help: ArgumentHelp(
            "The USB identity instead of the profile's, in hexadecimal; else BLUETAP_USB_ID.", valueName: "vid:pid"))
    var usbID: USBID?

    /// Reads and compiles the profile.
    ///
    /// - Parameter outer: the same options where they stand before a subcommand.
    func load(outer: ProfileOptions? = nil) throws -> (profile: Profile, codec: Codec) {
        let name = profile ?? outer?.profile ?? Environment["BLUETAP_PROFILE"] ?? ProfileLibrary.standardName
        let file = try ProfileLibrary.profile(name)
        var profile = file.profile
        if let reason = profile.draft {
            complain("the profile \(name) is a draft, which is not right in all of its samples: \(reason.printable)")
        }
        var usbID = usbID ?? outer?.usbID
        if usbID == nil, let text = Environment["BLUETAP_USB_ID"] {
            guard let parsed = USBID(argument: text) else {
                throw CommandError("BLUETAP_USB_ID is \"\(text)\", which is not VID:PID in hexadecimal, like 1209:0001")
            }
            usbID = parsed
        }
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

    init(vendorID: UInt16, productID: UInt16) {
        self.vendorID = vendorID
        self.productID = productID
    }

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
