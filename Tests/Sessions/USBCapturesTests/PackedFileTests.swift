import Testing
import USBCaptures

/// A capture with the input report 01 02 03, packed with gzip and with zstd by their own programs.
private let packed: [(name: String, bytes: [UInt8])] = [
    ("gzip", hex(gzip)), ("zstd", hex(zstd)),
]

@Suite("Captures that are packed, doubled, shifted")
struct PackedFileTests {
    @Test("gzip and zstd are unpacked, in one part or in several", arguments: packed)
    func packing(name: String, file: [UInt8]) throws {
        let capture = try USBCapture(file)
        #expect(capture.devices.first?.transfers.map(\.bytes) == [[1, 2, 3]] && capture.warnings.isEmpty)
        // What follows may be empty: a member or frame of its own.
        let more = name == "gzip" ? hex("1f8b0800000000000003 0300 00000000 00000000") : hex("28b52ffd2000010000")
        #expect(try USBCapture(file + more).devices == capture.devices)
    }

    @Test("a packed file that is cut or spoilt is one line, wherever", arguments: packed)
    func spoilt(name: String, file: [UInt8]) {
        for size in 0..<file.count {
            var changed = file
            changed[size] ^= 0xFF
            for bytes in [Array(file.prefix(size)), changed] {
                do {
                    let capture = try USBCapture(bytes)
                    #expect(capture.warnings.allSatisfy { !$0.contains { $0.isNewline } })
                } catch {
                    #expect(!error.description.contains { $0.isNewline }, "\(error)")
                }
            }
        }
    }

    @Test("a file that unpacks to far more than it has is refused")
    func bomb() {
        #expect(throws: USBCaptureError.self) { try USBCapture(hex(zstdBomb)) }
        do {
            _ = try USBCapture(hex(zstdBomb))
        } catch {
            #expect(error.description == "the file unpacks to more than 256 MB: give a part of it")
        }
    }

    @Test(
        "what is packed otherwise is named with what unpacks it",
        arguments: [
            ("04224d18 0000", "lz4", "unlz4"), ("fd377a585a00", "xz", "unxz"), ("425a6839", "bzip2", "bunzip2"),
            ("504b0304", "zip", "unzip"),
        ])
    func others(file: String, name: String, tool: String) {
        do {
            _ = try USBCapture(hex(file))
            Issue.record("it was read")
        } catch {
            #expect(error.description == "the file is packed with \(name): unpack it with \(tool) first")
        }
    }

    // MARK: pcapng

    private func pcapng(_ interfaces: [String], _ packets: [(interface: UInt8, time: UInt32, bytes: [UInt8])])
        -> [UInt8]
    {
        var file = hex("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000")
        for options in interfaces {
            let length = UInt32(20 + hex(options).count)
            file += bytes(1 as UInt32, length, 189 as UInt16, 0 as UInt16, 0 as UInt32) + hex(options) + bytes(length)
        }
        for (interface, time, packet) in packets {
            let padding = (4 - packet.count % 4) % 4
            let length = UInt32(32 + packet.count + padding)
            file += bytes(6 as UInt32, length, UInt32(interface), 0 as UInt32, time, UInt32(packet.count))
            file += bytes(UInt32(packet.count)) + packet + [UInt8](repeating: 0, count: padding) + bytes(length)
        }
        return file
    }

    private func packet(_ report: UInt8) -> [UInt8] {
        var builder = CaptureBuilder()
        builder.usbmon("C", [report])
        return builder.packets[0]
    }

    @Test("if_tsoffset moves an interface's times, forward and back")
    func offset() throws {
        let later = "0e00 0800 0100000000000000"
        let earlier = "0e00 0800 ffffffffffffffff 0900 0100 03000000"
        let file = pcapng(
            ["", later, earlier], [(0, 0, packet(1)), (1, 500_000, packet(2)), (2, 3000, packet(3))])
        let times = try USBCapture(file).devices.first?.transfers.map(\.time)
        #expect(times == [.zero, .seconds(1.5), .seconds(2)])
    }

    @Test("a packet that two interfaces saw counts once; the same again at another time is another")
    func doubled() throws {
        let twice = try USBCapture(pcapng(["", ""], [(0, 1, packet(1)), (1, 1, packet(1)), (0, 2, packet(1))]))
        #expect(twice.devices.first?.transfers.map(\.packet) == [1, 3])
        #expect(
            twice.warnings == [
                "1 packet is in the file twice, and counted once: capture the bus at one interface alone"
            ])
        // Without a time of usbmon's own, one interface means what it says.
        let once = try USBCapture(pcapng([""], [(0, 1, packet(1)), (0, 1, packet(1))]))
        #expect(once.devices.first?.transfers.count == 2 && once.warnings.isEmpty)
    }

    @Test("a snapshot length that costs something is known")
    func snapshotLength() throws {
        var builder = CaptureBuilder()
        builder.usbmon("C", [UInt8](repeating: 1, count: 64))
        var file = builder.pcap
        file.replaceSubrange(16..<20, with: bytes(60 as UInt32))
        file.replaceSubrange(32..<36, with: bytes(60 as UInt32))
        let capture = try USBCapture(Array(file.prefix(24 + 16 + 60)))
        #expect(capture.snapshotLength == 60)
        #expect(try USBCapture(builder.pcap).snapshotLength == nil)
    }

    // MARK: macOS

    @Test("macOS tells of an output report when it is gone, and of the identity in every packet")
    func darwin() throws {
        var builder = CaptureBuilder(linkType: 266)
        builder.darwin(isCompletion: false, endpoint: 1, length: 2)
        builder.darwin(isCompletion: true, endpoint: 1, [1, 2])
        builder.darwin(id: 4, isCompletion: false, type: 0, endpoint: 0, length: 2, hex("21 09 0003 0000 0200"))
        builder.darwin(id: 4, isCompletion: true, type: 0, endpoint: 0, [3, 4])
        builder.darwin(id: 5, isCompletion: true, [5])
        builder.darwin(id: 6, isCompletion: true, endpoint: 1, status: 0xE000_404F, [6])
        builder.darwin(id: 7, isCompletion: true, status: 0xE000_02EB)
        let device = try #require(try USBCapture(builder.pcap).devices.first)
        #expect(
            device.transfers.map(\.bytes) == [[1, 2], [3, 4], [5]] && device.transfers.map(\.packet) == [2, 4, 5])
        #expect(device.transfers.map(\.isFromHost) == [true, true, false])
        #expect(device.failedWrites.map(\.bytes) == [[6]] && device.abandonedReads.map(\.status.isCancelled) == [true])
        #expect(device.usbID == USBIdentifier(vendorID: 0x1209, productID: 1) && device.bus == 0x14)
    }
}

private let gzip = """
    1f8b0800000000000203bb7278d34226061606046061d88bc43386e2f7675777a6bb2a333a3336b23232e832a0036628
    8601462666009b6ed7f55b000000
    """

private let zstd = """
    28b52ffd245b8d01001402d4c3b2a1020004000400bd0033efcdab89674523014301810501002d00030102030620d03e
    0bb49768cdd7265be7023f97db4e
    """

/// 2100 blocks of 128 KiB of zeros each, as RFC 8878, section 3.1.1.2 has them.
private let zstdBomb = "28b52ffd 0058" + String(repeating: "02001000", count: 2100) + "03000000"
