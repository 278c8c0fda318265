internal import USBDevice

/// A step of a USB transfer, as the host's controller driver saw it, whatever captured it.
struct USBPacket {
    /// Of both usbmon and USBPcap.
    enum TransferType: UInt8 {
        case isochronous = 0
        case interrupt = 1
        case control = 2
        case bulk = 3
    }

    enum Phase: Equatable {
        /// The host asks for the transfer; has the data if they go to the device.
        case submission
        /// Data to the device that did not come with the submission.
        case dataStage
        /// The transfer is over; has the data if they come from the device.
        case completion(TransferStatus)
    }

    /// What a submission and its completion have in common.
    let id: UInt64
    let device: DeviceAddress
    /// With 0x80 for a device's input.
    let endpoint: UInt8
    /// Nil for what is no transfer.
    let type: TransferType?
    let phase: Phase
    /// Of a control transfer's submission.
    let setup: SetupPacket?
    let data: TransferData
    /// Of the device, where packets tell it.
    let identity: USBIdentifier?
}

/// Where a device is on the host's buses.
struct DeviceAddress: Hashable {
    let bus: UInt16
    let address: UInt16
}

/// The data of a transfer, as far as the capture has them.
struct TransferData {
    let captured: ArraySlice<UInt8>
    /// How many bytes there were.
    let length: Int

    init(captured: ArraySlice<UInt8>, length: UInt32) {
        self.captured = captured
        self.length = Int(length)
    }

    static let none = TransferData(captured: [], length: 0)

    /// The bytes, if all of them were captured.
    var whole: ArraySlice<UInt8>? { captured.count < length ? nil : captured }
}

extension USBPacket {
    /// Nil where the packet is too short for its header, or its header means nothing.
    init?(_ packet: CapturedPacket, _ linkType: USBLinkType) {
        switch linkType {
        case .usbmon: self.init(usbmon: ByteView(packet.bytes, packet.order), headerSize: 48)
        case .usbmonMmapped: self.init(usbmon: ByteView(packet.bytes, packet.order), headerSize: 64)
        case .usbpcap: self.init(usbpcap: ByteView(packet.bytes, .little))
        case .darwin: self.init(darwin: ByteView(packet.bytes, .little))
        }
    }
}
