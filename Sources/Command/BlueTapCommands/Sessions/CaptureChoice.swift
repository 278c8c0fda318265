internal import WireFormat

/// What a user says of a capture: which device, which interface.
struct CaptureChoice {
    var usbID: USBID?
    /// A serial number, or `BUS.ADDRESS`.
    var device: String?
    var interface: UInt8?
    /// How the device is to talk, where that is known.
    var profile: Profile?
}
