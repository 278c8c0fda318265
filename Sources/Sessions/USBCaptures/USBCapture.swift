/// The USB HID conversations in a capture file.
///
/// Containers: pcap and pcapng. Link types: `LINKTYPE_USB_LINUX` and `LINKTYPE_USB_LINUX_MMAPPED` (usbmon: Linux, with
/// tcpdump or Wireshark) and `LINKTYPE_USBPCAP` (USBPcap: Windows). Packets of other link types are skipped.
public struct USBCapture: Hashable, Sendable {
    /// The HID devices, in the order of their first packets. A device that was plugged in again has another address, and
    /// is listed again. At most 128.
    public var devices: [CapturedDevice]
    /// What was left out and why, one line each.
    public var warnings: [String]

    /// Reads a capture file's bytes. A file that is damaged or cut off counts up to there, with a warning.
    ///
    /// - Throws: ``USBCaptureError``, if the file is no capture, or none of USB.
    public init(_ bytes: [UInt8]) throws(USBCaptureError) {
        var reader = try Self.reader(of: bytes)
        var conversations = Conversations()
        var damage: USBCaptureError?
        do throws(USBCaptureError) {
            while let packet = try reader.next() { conversations.receive(packet) }
        } catch {
            damage = error
        }
        guard reader.linkTypes.contains(where: { USBLinkType(rawValue: $0) != nil }) else {
            if reader.linkTypes.isEmpty, let damage { throw damage }
            throw .noUSB(linkTypes: reader.linkTypes)
        }
        (devices, warnings) = conversations.results()
        if let damage { warnings.append("\(damage.description): only what comes before it was read") }
    }

    private static func reader(of bytes: [UInt8]) throws(USBCaptureError) -> any PacketReader {
        guard !bytes.isEmpty else {
            throw USBCaptureError(.notACapture, "the file is empty: was the capture stopped before it was written?")
        }
        if PcapngReader.isPcapng(bytes) { return PcapngReader(bytes) }
        if let format = PcapReader.Format(magic: bytes.prefix(4)) { return try PcapReader(bytes, format) }
        if bytes.starts(with: [0x1F, 0x8B]) {
            throw USBCaptureError(.notACapture, "the file is compressed: unpack it with gunzip first")
        }
        throw USBCaptureError(
            .notACapture, "the file is neither pcap nor pcapng: save the capture as one of these, as Wireshark does")
    }
}
