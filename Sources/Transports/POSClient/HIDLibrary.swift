internal import Glibc
internal import HIDAPILoopback

/// The functions of one libhidapi.
///
/// There are two: the drop-in, which sees loopback devices and is linked in, and the system's, which sees real ones and
/// is loaded when it is needed, so that loopback works where it is not installed.
struct HIDLibrary: Sendable {
    typealias Handle = OpaquePointer

    let open: @Sendable @convention(c) (UInt16, UInt16, UnsafePointer<wchar_t>?) -> Handle?
    let close: @Sendable @convention(c) (Handle?) -> Void
    let write: @Sendable @convention(c) (Handle?, UnsafePointer<UInt8>?, Int) -> CInt
    let readTimeout: @Sendable @convention(c) (Handle?, UnsafeMutablePointer<UInt8>?, Int, CInt) -> CInt
    let sendFeature: @Sendable @convention(c) (Handle?, UnsafePointer<UInt8>?, Int) -> CInt
    let getFeature: @Sendable @convention(c) (Handle?, UnsafeMutablePointer<UInt8>?, Int) -> CInt
    let error: @Sendable @convention(c) (Handle?) -> UnsafePointer<wchar_t>?

    static let loopback = HIDLibrary(
        open: hid_open, close: hid_close, write: hid_write, readTimeout: hid_read_timeout,
        sendFeature: hid_send_feature_report, getFeature: hid_get_feature_report, error: hid_error)

    /// The system's libhidapi in its two flavours, as far as they are installed. Each sees devices that the other does not:
    /// virtual ones of the kernel, and USB devices that have lost their driver.
    static let system: [HIDLibrary] = {
        // A library found under these names may be the drop-in again, which then finds nothing: no harm. The real one must
        // bind its own calls to itself, not to the drop-in that this program carries under the same names.
        let deepBind: CInt = 0x8  // RTLD_DEEPBIND, which Glibc's module leaves out
        return ["libhidapi-hidraw.so.0", "libhidapi-libusb.so.0"].compactMap { name in
            guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL | deepBind),
                let open = dlsym(library, "hid_open"),
                let close = dlsym(library, "hid_close"),
                let write = dlsym(library, "hid_write"),
                let readTimeout = dlsym(library, "hid_read_timeout"),
                let sendFeature = dlsym(library, "hid_send_feature_report"),
                let getFeature = dlsym(library, "hid_get_feature_report"),
                let error = dlsym(library, "hid_error")
            else { return nil }
            return HIDLibrary(
                open: unsafeBitCast(open, to: type(of: loopback.open)),
                close: unsafeBitCast(close, to: type(of: loopback.close)),
                write: unsafeBitCast(write, to: type(of: loopback.write)),
                readTimeout: unsafeBitCast(readTimeout, to: type(of: loopback.readTimeout)),
                sendFeature: unsafeBitCast(sendFeature, to: type(of: loopback.sendFeature)),
                getFeature: unsafeBitCast(getFeature, to: type(of: loopback.getFeature)),
                error: unsafeBitCast(error, to: type(of: loopback.error)))
        }
    }()

    /// What the library says of its last failure; with no handle, of the last failure to open.
    func lastError(_ handle: Handle?) -> String {
        guard let text = error(handle) else { return "no reason given" }
        var result = ""
        var index = 0
        while text[index] != 0, let scalar = Unicode.Scalar(UInt32(bitPattern: text[index])) {
            result.unicodeScalars.append(scalar)
            index += 1
        }
        return result
    }
}
