/// The USB HID conversations in a capture file.
///
/// Containers: pcap and pcapng, as they are or packed with gzip or zstd. Link types: `LINKTYPE_USB_LINUX` and
/// `LINKTYPE_USB_LINUX_MMAPPED` (usbmon: Linux, with tcpdump or Wireshark), `LINKTYPE_USBPCAP` (USBPcap: Windows) and
/// `LINKTYPE_USB_DARWIN` (macOS). Packets of other link types are skipped.
public struct USBCapture: Hashable, Sendable {
    /// The HID devices, in the order of their first packets. A device that was plugged in again is listed
    /// again, with another address or with the same. At most 128.
    public var devices: [CapturedDevice]
    /// What was left out and why, one line each.
    public var warnings: [String]
    /// How many bytes of each packet the file has, where that cost something.
    public var snapshotLength: Int?

    /// Reads a capture file's bytes. A file that is damaged or cut off counts up to there, with a warning.
    ///
    /// - Throws: ``USBCaptureError``, if the file is no capture, or none of USB.
    public init(_ bytes: [UInt8]) throws(USBCaptureError) {
        let unpacked = try PackedFile.unpack(bytes)
        var damage = unpacked?.damage
        if let damage, unpacked?.bytes.isEmpty == true { throw damage }
        var reader = try Self.reader(of: unpacked?.bytes ?? bytes)
        var conversations = Conversations()
        do throws(USBCaptureError) {
            while let packet = try reader.next() { conversations.receive(packet) }
        } catch {
            // A packed file that was cut, was cut within a packet.
            damage = damage ?? error
        }
        guard reader.linkTypes.contains(where: { USBLinkType(rawValue: $0) != nil }) else {
            if reader.linkTypes.isEmpty, let damage { throw damage }
            throw .noUSB(linkTypes: reader.linkTypes)
        }
        (devices, warnings) = conversations.results()
        snapshotLength = conversations.snapshotLength
        if let damage { warnings.append("\(damage.description): only what comes before it was read") }
    }

    private static func reader(of bytes: [UInt8]) throws(USBCaptureError) -> any PacketReader {
        guard !bytes.isEmpty else {
            throw USBCaptureError(.notACapture, "the file is empty: was the capture stopped before it was written?")
        }
        if PcapngReader.isPcapng(bytes) { return PcapngReader(bytes) }
        if let format = PcapReader.Format(magic: bytes.prefix(4)) { return try PcapReader(bytes, format) }
        throw USBCaptureError(
            .notACapture, "the file is neither pcap nor pcapng: save the capture as one of these, as Wireshark does")
    }
}
