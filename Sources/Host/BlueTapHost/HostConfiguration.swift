internal import BlueTap
public import ControlAPI
public import Emulator
internal import Glibc
public import Logging
public import ProfileFiles
public import Scenario
internal import USBIPTransport
public import WireFormat

/// What a ``BlueTapHost`` runs: devices, how a POS sees them, and what is beside them.
public struct HostConfiguration: Sendable {
    /// How a POS sees the devices, with what only that way has.
    public enum Transport: Hashable, Sendable {
        /// Unix sockets, for programs with the drop-in libhidapi: the first device's; a further one's has its number.
        /// `hidraw` is a folder for programs with the hidraw seam, where the devices are seen as the kernel shows them.
        case loopback(socket: String, hidraw: String? = nil)
        /// A virtual HID device of this machine's kernel.
        case uhid
        /// A real USB device at this machine's USB device controller; nil: there is only one.
        case gadget(controller: String?)
        /// USB devices that other machines import over the network.
        case usbip(host: String, port: Int)

        /// `loopback`, `uhid`, `gadget` or `usbip`.
        public var name: String {
            switch self {
            case .loopback: "loopback"
            case .uhid: "uhid"
            case .gadget: "gadget"
            case .usbip: "usbip"
            }
        }

        /// Whether it can show a POS several devices.
        public var takesSeveralDevices: Bool {
            switch self {
            case .loopback, .usbip: true
            case .uhid, .gadget: false
            }
        }

        /// On this machine alone, at the port that USB/IP clients ask.
        public static let localUSBIP = usbip(host: "127.0.0.1", port: Int(USBIPTransport.defaultPort))
    }

    /// What time the devices live in.
    public enum Clock: String, CaseIterable, Sendable {
        /// Time passes as it does outside.
        case real
        /// Time stands still until it is advanced, and begins at 2026-01-01T00:00:00Z.
        case virtual
    }

    /// Where the control API listens, and who may call it.
    public struct Control: Sendable {
        public var address: ControlAddress
        /// What callers must know; nil: only this machine may call.
        public var token: String?

        public init(address: ControlAddress, token: String? = nil) {
            self.address = address
            self.token = token
        }
    }

    /// A card reader that has the first device's tag in it.
    public struct TagReader: Sendable {
        public var host: String
        public var port: Int
        /// Whose phone the reader is.
        public var customer: Customer

        public init(host: String, port: Int, customer: Customer) {
            self.host = host
            self.port = port
            self.customer = customer
        }
    }

    /// What the devices look like on the wire.
    public var profile: Profile
    public var codec: Codec
    /// How many devices, each with a serial number of its own; 0 for a payment sandbox alone.
    public var devices = 1
    /// Nil: no POS sees the devices, but the program that runs them.
    public var transport: Transport?
    public var clock = Clock.real
    /// What link tokens are drawn from, so that two runs are alike; nil: the system's random numbers.
    public var seed: UInt64?
    /// Where events are kept.
    public var journal: JournalOptions?
    /// The pcapng file of what crosses the cable. One that is there is replaced.
    public var capture: String?
    /// What happens beside each device, and what is expected of it.
    public var scenario: Scenario?
    public var control: Control?
    public var sandbox: SandboxConfiguration?
    public var tag: TagReader?
    /// What captures and others are told has made them.
    public var application = "bluetap"
    /// Everything that goes on.
    public var logger = Logger(label: "bluetap") { _ in SwiftLogNoOpLogHandler() }
    /// What a person is to hear of, though nothing ends by it.
    public var warnings = Logger(label: "bluetap") { _ in SwiftLogNoOpLogHandler() }

    public init(profile: Profile, codec: Codec) {
        self.profile = profile
        self.codec = codec
    }

    public init(_ file: ProfileFile) {
        self.init(profile: file.profile, codec: file.codec)
    }

    /// Whether devices and those who reach them may want more descriptors than a process usually has.
    var needsManyDescriptors: Bool {
        if case .usbip = transport { true } else { devices > 1 }
    }

    func makeClock() -> EmulatorClock {
        switch clock {
        case .real:
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            let start = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            return EmulatorClock(mode: .running, startingAt: Instant(nanoseconds: start))
        case .virtual: return EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        }
    }
}
