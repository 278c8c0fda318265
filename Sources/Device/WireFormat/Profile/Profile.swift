public import BlueTap

/// What the device looks like on the wire, as data: read from a profile file, or built in Swift.
///
/// A profile is checked when a ``Codec`` is compiled from it, not before. Its keys are those of the profile files;
/// `profile.schema.json` beside `ProfileFiles` describes them.
public struct Profile: Hashable, Sendable {
    /// What users call it.
    public var name: String
    public var summary: String?
    /// Why it is not proved, of a profile that was learned as a draft.
    public var draft: String?
    public var usb: USBIdentity
    public var hid: HIDLayout
    /// How messages of more than one report are cut; a direction that is not there has one report a message.
    public var framing: [Direction: FramingLayout]
    /// The layers around messages, outermost first; a direction that is not there has none.
    public var armour: [Direction: ArmourLayout]
    /// The layout of each command's message, host to device. A device that knows only ``exchanges`` has none.
    public var commands: [Command.Kind: MessageLayout]
    /// The layout of the reply to each command, device to host. A command without is not answered.
    public var replies: [Command.Kind: MessageLayout]
    /// What is sent at once where the reply comes later.
    public var acknowledgements: [Command.Kind: MessageLayout]
    /// What is said between that and the reply, in order.
    public var steps: [ReplyStep]
    /// How long after the acknowledgement the reply is sent. The steps are spread over it.
    public var replyDelay: Duration
    /// Messages that nobody asked for.
    public var notifications: [Occasion: MessageLayout]
    /// What is answered whatever it means.
    public var exchanges: [Exchange]
    public var links: [PaymentMethod: LinkTemplate]
    public var policy: DevicePolicy

    public init(
        name: String, summary: String? = nil, draft: String? = nil, usb: USBIdentity, hid: HIDLayout,
        framing: [Direction: FramingLayout] = [:], armour: [Direction: ArmourLayout] = [:],
        commands: [Command.Kind: MessageLayout] = [:],
        replies: [Command.Kind: MessageLayout] = [:], acknowledgements: [Command.Kind: MessageLayout] = [:],
        steps: [ReplyStep] = [], replyDelay: Duration = .zero, notifications: [Occasion: MessageLayout] = [:],
        exchanges: [Exchange] = [],
        links: [PaymentMethod: LinkTemplate] = [:], policy: DevicePolicy = DevicePolicy()
    ) {
        self.name = name
        self.summary = summary
        self.draft = draft
        self.usb = usb
        self.hid = hid
        self.framing = framing
        self.armour = armour
        self.commands = commands
        self.replies = replies
        self.acknowledgements = acknowledgements
        self.steps = steps
        self.replyDelay = replyDelay
        self.notifications = notifications
        self.exchanges = exchanges
        self.links = links
        self.policy = policy
    }
}

/// Who the device says it is.
public struct USBIdentity: Codable, Hashable, Sendable {
    public var vendorID: UInt16
    public var productID: UInt16
    /// bcdDevice, 0x0100 for 1.0.
    public var release: UInt16
    public var manufacturer: String
    public var product: String
    public var serialNumber: String

    public init(
        vendorID: UInt16, productID: UInt16, release: UInt16, manufacturer: String, product: String,
        serialNumber: String
    ) {
        self.vendorID = vendorID
        self.productID = productID
        self.release = release
        self.manufacturer = manufacturer
        self.product = product
        self.serialNumber = serialNumber
    }
}

/// The HID side: the report descriptor, and which reports carry commands and replies.
public struct HIDLayout: Codable, Hashable, Sendable {
    public var reportDescriptor: HexBytes
    public var outputReport: ReportLayout
    public var inputReport: ReportLayout

    public init(reportDescriptor: HexBytes, outputReport: ReportLayout, inputReport: ReportLayout) {
        self.reportDescriptor = reportDescriptor
        self.outputReport = outputReport
        self.inputReport = inputReport
    }
}

/// The reports of one direction, as they cross the wire.
public struct ReportLayout: Codable, Hashable, Sendable {
    /// In bytes, the report ID included where reports have one.
    public var size: Int
    /// What fills a report behind its message; nil where reports end with it.
    public var padding: HexBytes?
    /// Whether the reports are feature reports: set by the host to command, and read by it for the answer.
    public var feature: Bool?
    /// The sizes by report ID, where they differ; ``size`` is the largest then.
    public var sizes: [IdentifiedSize]?

    public init(size: Int, padding: UInt8? = nil, isFeature: Bool = false, sizes: [IdentifiedSize]? = nil) {
        self.size = size
        self.sizes = sizes
        self.padding = padding.map { HexBytes([$0]) }
        feature = isFeature ? true : nil
    }

    public var isFeature: Bool { feature ?? false }
}

/// The two directions of a cable.
public enum Direction: String, CaseIterable, Codable, Hashable, Sendable {
    /// Host to device.
    case output
    /// Device to host.
    case input
}
