import BlueTap
import Foundation
import HID
import Testing
import USBDevice

/// A request of `requests.json`, which the USB/IP tests read as well, and what it is answered.
struct ControlRow: Codable, Sendable, CustomTestStringConvertible {
    let name: String
    /// SETUP packets without data that come first.
    let before: [String]?
    let setup: String
    let data: String?
    /// Bytes, `acknowledge`, or `stall`.
    let answer: String

    var testDescription: String { name }

    static let all: [ControlRow] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "requests.json")
        do {
            return try JSONDecoder().decode([ControlRow].self, from: Data(contentsOf: file))
        } catch {
            fatalError("\(file.path): \(error)")
        }
    }()
}

private func bytes(_ hex: String) -> [UInt8] { hex.split(separator: " ").compactMap { UInt8($0, radix: 16) } }

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

@Suite("A USB device as its host sees it")
struct USBHIDDeviceTests {
    private static let description = HIDDescription(
        vendorID: 0x1209, productID: 0x0001, release: 0x0100, manufacturer: "bluetap", product: "BlueTap emulator",
        serialNumber: "000001",
        reportDescriptor: bytes("06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 40 09 02 81 02 95 40 09 03 91 02 C0"))

    private static func setup(_ hex: String) throws -> SetupPacket { try #require(SetupPacket(bytes(hex))) }

    /// A device that its host has configured.
    private static func configured() throws -> USBHIDDevice {
        var device = USBHIDDevice(description)
        _ = device.control(try setup("00 09 01 00 00 00 00 00"))
        return device
    }

    /// The answer as the host gets it, of a device without feature reports that has sent nothing yet.
    private static func answer(_ action: USBHIDDevice.ControlAction) -> String {
        switch action {
        case .answer(let bytes): hex(bytes)
        case .acknowledge, .clear, .halt: "acknowledge"
        case .stall: "stall"
        case .getReport(.input, _, let length): hex([UInt8](repeating: 0, count: min(length, 64)))
        case .setReport(.output, _): "acknowledge"
        case .getReport, .setReport: "stall"
        }
    }

    @Test("each request is answered as USB and HID have it", arguments: ControlRow.all)
    func control(row: ControlRow) throws {
        var device = try Self.configured()
        for request in row.before ?? [] { _ = device.control(try Self.setup(request)) }
        #expect(Self.answer(device.control(try Self.setup(row.setup), bytes(row.data ?? ""))) == row.answer)
    }

    @Test(
        "before it is configured, and after a reset, only endpoint 0 takes part", arguments: [false, true])
    func unconfigured(isReset: Bool) throws {
        var device = USBHIDDevice(Self.description)
        if isReset {
            device = try Self.configured()
            // To the port, as usbip-win2 sends it.
            #expect(
                device.control(try Self.setup("23 03 04 00 01 00 00 00"))
                    == .clear([USBDescriptors.inEndpoint, USBDescriptors.outEndpoint]))
        }
        #expect(!device.isConfigured && !device.canSend(from: 0x81) && device.output([1], to: 0x01) == .stall)
        for (request, answer) in [
            ("80 08 00 00 00 00 01 00", "00"), ("81 0a 00 00 00 00 01 00", "stall"),
            ("82 00 00 00 81 00 02 00", "stall"), ("82 00 00 00 00 00 02 00", "00 00"),
            ("81 00 00 00 00 00 02 00", "stall"), ("a1 01 00 01 00 00 40 00", "stall"),
            ("81 06 00 21 00 00 02 00", "09 21"), ("00 05 07 00 00 00 00 00", "acknowledge"),
        ] {
            #expect(Self.answer(device.control(try Self.setup(request))) == answer, "\(request)")
        }
        _ = device.control(try Self.setup("00 09 01 00 00 00 00 00"))
        #expect(device.isConfigured && device.canSend(from: 0x81))
        // Configuration 0 takes it back.
        _ = device.control(try Self.setup("00 09 00 00 00 00 00 00"))
        #expect(!device.isConfigured)
    }

    @Test("an endpoint that is halted stalls until the host clears it, or configures the device anew")
    func halt() throws {
        for remedy in ["02 01 00 00 01 00 00 00", "00 09 01 00 00 00 00 00", "01 0b 00 00 00 00 00 00"] {
            var device = try Self.configured()
            #expect(device.output([1, 2], to: 0x01) == .report([1, 2]))
            device.halt(USBDescriptors.outEndpoint)
            #expect(device.output([1, 2], to: 0x01) == .stall && device.canSend(from: 0x81))
            _ = device.control(try Self.setup(remedy))
            #expect(device.output([1, 2], to: 0x01) == .report([1, 2]))
        }
        var device = try Self.configured()
        #expect(device.output([], to: 0x02) == .stall && !device.canSend(from: 0x82))
        // What waits there stalls as well.
        for endpoint: UInt8 in [0x81, 0x01] {
            let halt = "02 03 00 00 " + hex([endpoint]) + " 00 00 00"
            #expect(device.control(try Self.setup(halt)) == .halt(endpoint) && device.isHalted(endpoint))
        }
        // Endpoint 0 is never halted.
        #expect(device.control(try Self.setup("02 03 00 00 00 00 00 00")) == .acknowledge)
        #expect(Self.answer(device.control(try Self.setup("82 00 00 00 00 00 02 00"))) == "00 00")
    }

    @Test("reports with IDs are asked for and set by them")
    func numbered() throws {
        var description = Self.description
        // Input, output and feature reports 5 of 2 bytes.
        description.reportDescriptor = bytes("85 05 75 08 95 02 81 02 91 02 b1 02")
        var device = USBHIDDevice(description)
        _ = device.control(try Self.setup("00 09 01 00 00 00 00 00"))
        #expect(
            device.control(try Self.setup("a1 01 05 03 00 00 03 00")) == .getReport(.feature, id: 5, length: 3))
        #expect(
            device.control(try Self.setup("21 09 05 03 00 00 03 00"), [5, 1, 2]) == .setReport(.feature, [5, 1, 2]))
        // The ID stands in the data as well.
        #expect(device.control(try Self.setup("21 09 05 02 00 00 03 00"), [6, 1, 2]) == .stall)
        #expect(device.control(try Self.setup("21 09 05 02 00 00 00 00")) == .stall)
        // One rate for all, and one for a report.
        _ = device.control(try Self.setup("21 0a 00 10 00 00 00 00"))
        #expect(Self.answer(device.control(try Self.setup("a1 02 05 00 00 00 01 00"))) == "10")
        _ = device.control(try Self.setup("21 0a 05 20 00 00 00 00"))
        #expect(Self.answer(device.control(try Self.setup("a1 02 05 00 00 00 01 00"))) == "20")
        #expect(Self.answer(device.control(try Self.setup("a1 02 00 00 00 00 01 00"))) == "10")
    }

    @Test("strings of any length and script fit their descriptors")
    func strings() throws {
        var description = Self.description
        description.manufacturer = String(repeating: "x", count: 200)
        description.product = "支付宝"
        // The last takes two units, of which one has room.
        description.serialNumber = String(repeating: "x", count: 125) + "😀"
        var device = USBHIDDevice(description)
        #expect(Self.answer(device.control(try Self.setup("80 06 01 03 09 04 ff 00"))).hasPrefix("fe 03 78 00"))
        #expect(Self.answer(device.control(try Self.setup("80 06 02 03 09 04 ff 00"))) == "08 03 2f 65 d8 4e 9d 5b")
        #expect(Self.answer(device.control(try Self.setup("80 06 03 03 09 04 ff 00"))).hasPrefix("fc 03 78 00"))
    }

    @Test(
        "any SETUP packet with any data is answered, by no more than was asked for", arguments: [1, 2, 3] as [UInt64])
    func anything(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var device = try Self.configured()
        for round in 0..<20_000 {
            var packet = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Likely ones more often.
            if Bool.random(using: &generator) { packet[0] = [0x80, 0x81, 0x82, 0x21, 0xA1, 0x00, 0x02][round % 7] }
            if Bool.random(using: &generator) { packet[1] %= 13 }
            let setup = try #require(SetupPacket(packet))
            let data = [UInt8](repeating: 7, count: Bool.random(using: &generator) ? Int(setup.length) : 3)
            if case .answer(let bytes) = device.control(setup, setup.isToHost ? [] : data) {
                #expect(setup.isToHost && bytes.count <= Int(setup.length), "seed \(seed), round \(round): \(packet)")
            }
        }
    }
}
