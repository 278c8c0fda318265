public import BlueTap

/// What the device looks like on the wire, as data: read from a profile file, or built in Swift.
///
/// A profile is checked when a ``Codec`` is compiled from it, not before. Its keys are those of the profile files;
/// `profile.schema.json` beside `ProfileFiles` describes them.
public struct Profile: Hashable, Sendable {
    /// What users call it.
    public var name: String
    public var summary: String?
    public var usb: USBIdentity
    public var hid: HIDLayout
    /// The layout of each command's report, host to device.
    public var commands: [Command.Kind: MessageLayout]
    /// The layout of the reply to each command, device to host.
    public var replies: [Command.Kind: MessageLayout]
    public var links: [PaymentMethod: LinkTemplate]
    public var policy: DevicePolicy

    public init(
        name: String, summary: String? = nil, usb: USBIdentity, hid: HIDLayout,
        commands: [Command.Kind: MessageLayout], replies: [Command.Kind: MessageLayout],
        links: [PaymentMethod: LinkTemplate], policy: DevicePolicy = DevicePolicy()
    ) {
        self.name = name
        self.summary = summary
        self.usb = usb
        self.hid = hid
        self.commands = commands
        self.replies = replies
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

/// One report's size in bytes, without its report ID.
public struct ReportLayout: Codable, Hashable, Sendable {
    public var size: Int

    public init(size: Int) {
        self.size = size
    }
}

/// The fields of one message, each at a fixed place.
public typealias MessageLayout = [FieldLayout]

/// One field of a message.
public struct FieldLayout: Hashable, Sendable {
    /// Offset in the message, in bytes.
    public var at: Int
    /// Size in bytes.
    public var size: Int
    public var content: Content

    public init(at: Int, size: Int, content: Content) {
        self.at = at
        self.size = size
        self.content = content
    }

    public enum Content: Hashable, Sendable {
        /// Always these bytes. A report in which they differ is another message.
        case constant([UInt8])
        /// Bytes that mean nothing: written as this value, not read.
        case fill(UInt8)
        /// The text of a command's field.
        case text(Value, TextFormat)
        /// The number of a command's field, or the sequence number that a reply repeats.
        case integer(Value, IntegerFormat)
        /// The result code of a reply.
        case result([ResultCode: UInt64], IntegerFormat)
        /// A checksum over part of the message.
        case checksum(ChecksumField)
    }

    /// What a field carries.
    public enum Value: String, CaseIterable, Codable, Hashable, Sendable {
        case paymentMethod
        case amount
        case orderID = "orderId"
        case expiryTime
        case sequence
    }
}

/// Text in a field of fixed size.
public struct TextFormat: Hashable, Sendable {
    /// Fills what the text leaves, on the right. A field of nothing but padding is a value that was not given.
    public var pad: UInt8

    public init(pad: UInt8 = 0) {
        self.pad = pad
    }
}

/// A whole number in a field of 1 to 8 bytes.
public struct IntegerFormat: Hashable, Sendable {
    public enum ByteOrder: String, CaseIterable, Codable, Hashable, Sendable {
        case little
        case big
    }

    public var order: ByteOrder
    /// Two's complement.
    public var isSigned: Bool
    /// The number that stands for a value that was not given.
    public var absent: Int64?

    public init(order: ByteOrder = .little, isSigned: Bool = false, absent: Int64? = nil) {
        self.order = order
        self.isSigned = isSigned
        self.absent = absent
    }
}

/// A checksum and what it covers.
public struct ChecksumField: Hashable, Sendable {
    public var algorithm: ChecksumAlgorithm
    /// The bytes covered: from the first offset up to, not including, the second.
    public var over: Range<Int>
    public var order: IntegerFormat.ByteOrder

    public init(algorithm: ChecksumAlgorithm, over: Range<Int>, order: IntegerFormat.ByteOrder = .little) {
        self.algorithm = algorithm
        self.over = over
        self.order = order
    }
}
