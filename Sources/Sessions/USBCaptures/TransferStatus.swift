/// How a transfer ended, in the words of the system that captured it.
public struct TransferStatus: Hashable, Sendable, CustomStringConvertible {
    /// Whose numbers they are.
    public enum System: Hashable, Sendable {
        /// Negative errno. Source: Documentation/driver-api/usb/error-codes.rst.
        case linux
        /// USBD_STATUS. Source: Windows' usb.h.
        case windows
        /// IOReturn. Source: macOS' IOReturn.h and USB.h.
        case macOS
    }

    public var system: System
    /// 0 for a transfer that went well.
    public var code: UInt32

    public init(system: System, code: UInt32) {
        self.system = system
        self.code = code
    }

    public var isSuccess: Bool { code == 0 }

    /// The endpoint halted.
    public var isStall: Bool { sort == .stall }

    /// The host took the transfer back.
    public var isCancelled: Bool { sort == .cancelled }

    /// The device was not there any more.
    public var isGone: Bool { sort == .gone }

    /// `-EPIPE (-32)`, `USBD_STATUS_STALL_PID (0xc0000004)`
    public var description: String {
        let hex = String(code, radix: 16)
        let number = system == .linux ? String(Int32(bitPattern: code)) : "0x" + hex
        return known.map { "\($0.name) (\(number))" } ?? "status \(number)"
    }

    private enum Sort {
        case stall
        case cancelled
        case gone
        case other
    }

    private typealias Known = (name: String, sort: Sort)

    private var sort: Sort { known?.sort ?? .other }

    private var known: Known? {
        switch system {
        case .linux: Self.linux[Int32(bitPattern: code)]
        case .windows: Self.windows[code]
        case .macOS: Self.macOS[code]
        }
    }

    private static let linux: [Int32: Known] = [
        -2: ("-ENOENT", .cancelled), -19: ("-ENODEV", .gone), -32: ("-EPIPE", .stall), -62: ("-ETIME", .other),
        -71: ("-EPROTO", .other), -75: ("-EOVERFLOW", .other), -84: ("-EILSEQ", .other),
        -104: ("-ECONNRESET", .cancelled), -108: ("-ESHUTDOWN", .gone), -110: ("-ETIMEDOUT", .other),
        -121: ("-EREMOTEIO", .other),
    ]

    private static let windows: [UInt32: Known] = [
        0xC000_0004: ("USBD_STATUS_STALL_PID", .stall), 0xC000_0005: ("USBD_STATUS_DEV_NOT_RESPONDING", .gone),
        0xC000_0011: ("USBD_STATUS_XACT_ERROR", .gone), 0xC000_0030: ("USBD_STATUS_ENDPOINT_HALTED", .stall),
        0xC000_7000: ("USBD_STATUS_DEVICE_GONE", .gone), 0xC001_0000: ("USBD_STATUS_CANCELED", .cancelled),
    ]

    private static let macOS: [UInt32: Known] = [
        0xE000_02C0: ("kIOReturnNoDevice", .gone), 0xE000_02D6: ("kIOReturnTimeout", .other),
        0xE000_02D9: ("kIOReturnNotAttached", .gone), 0xE000_02EB: ("kIOReturnAborted", .cancelled),
        0xE000_02ED: ("kIOReturnNotResponding", .gone), 0xE000_404F: ("kIOUSBPipeStalled", .stall),
        0xE000_4051: ("kIOUSBTransactionTimeout", .other),
    ]
}
