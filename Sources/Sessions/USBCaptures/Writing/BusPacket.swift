internal import USBDevice

/// One step of a transfer, as Linux's usbmon writes it. Source: `struct mon_bin_hdr`, Documentation/usb/usbmon.rst.
struct BusPacket: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        /// The host asks for the transfer.
        case submission
        /// The transfer is over, with this status: 0, or a negative errno.
        case completion(status: Int32)
    }

    /// Of both kinds of transfer that a HID device has.
    enum Transfer: Hashable, Sendable {
        case interrupt
        /// Its setup packet stands in the submission.
        case control(SetupPacket)
    }

    /// What a submission and its completion have in common.
    let id: UInt64
    var phase: Phase
    var transfer: Transfer
    /// With 0x80 for data to the host.
    var endpoint: UInt8
    var bus: UInt16
    var device: UInt8
    /// Those that this packet carries.
    var data: [UInt8] = []
    /// Of the data, or of the room for them.
    var length: Int
    var comment: String?

    static let headerSize = 64

    /// -EINPROGRESS, the status of every submission.
    private static let inProgress: Int32 = -115
    private static let directionIn: UInt32 = 0x0200

    /// Header and data, in little-endian order.
    ///
    /// - Parameter time: in nanoseconds since 1970.
    func bytes(time: Int64) -> [UInt8] {
        var bytes = LittleEndianBytes(capacity: Self.headerSize + data.count)
        let isToHost = endpoint & 0x80 != 0
        var status = Self.inProgress
        if case .completion(let ended) = phase { status = ended }
        bytes.append(id)
        bytes.append(phase == .submission ? UInt8(ascii: "S") : UInt8(ascii: "C"))
        if case .interrupt = transfer { bytes.append(UInt8(1)) } else { bytes.append(UInt8(2)) }
        bytes.append(endpoint)
        bytes.append(device)
        bytes.append(bus)
        // A zero says that the setup packet is there.
        var setup: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        if case .control(let packet) = transfer, phase == .submission {
            setup = packet.bytes
            bytes.append(UInt8(0))
        } else {
            bytes.append(UInt8(ascii: "-"))
        }
        // A zero says that the data are there; an arrow, that they stand with the other packet of the transfer.
        switch (phase, isToHost) {
        case (.submission, true): bytes.append(UInt8(ascii: "<"))
        case (.completion, false): bytes.append(UInt8(ascii: ">"))
        case (.submission, false), (.completion, true): bytes.append(UInt8(0))
        }
        let (seconds, rest) = max(0, time).quotientAndRemainder(dividingBy: 1_000_000_000)
        bytes.append(UInt64(bitPattern: seconds))
        bytes.append(UInt32(rest / 1000))
        bytes.append(UInt32(bitPattern: status))
        bytes.append(UInt32(length))
        bytes.append(UInt32(data.count))
        bytes.append(setup)
        // Each frame, as the descriptors say.
        if case .interrupt = transfer { bytes.append(UInt32(1)) } else { bytes.append(UInt32(0)) }
        bytes.append(UInt32(0))
        bytes.append(isToHost ? Self.directionIn : 0)
        bytes.append(UInt32(0))
        bytes.append(data)
        return bytes.bytes
    }
}
