internal import NIOCore
internal import USBDevice

// What crosses a USB/IP connection, all numbers big-endian. Source: Linux, Documentation/usb/usbip_protocol.rst.

/// What a client asks before it has a device.
enum USBIPOperation: Hashable {
    case listDevices
    case importDevice(busID: String)

    /// USBIP_VERSION of Linux and of usbip-win2.
    static let version: UInt16 = 0x0111
    /// Bytes of a bus id, with zeros behind it.
    static let busIDSize = 32

    enum Code {
        static let listRequest: UInt16 = 0x8005
        static let listReply: UInt16 = 0x0005
        static let importRequest: UInt16 = 0x8003
        static let importReply: UInt16 = 0x0003
    }

    /// Takes one from the beginning of what came; nil while it is not whole.
    static func read(from buffer: inout ByteBuffer) throws(USBIPError) -> USBIPOperation? {
        guard let version = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
            let code = buffer.getInteger(at: buffer.readerIndex + 2, as: UInt16.self)
        else { return nil }
        guard version == Self.version else {
            throw USBIPError(
                "the client speaks version \(hexadecimal(version)) of USB/IP, not \(hexadecimal(Self.version))")
        }
        switch code {
        case Code.listRequest:
            guard buffer.readableBytes >= 8 else { return nil }
            buffer.moveReaderIndex(forwardBy: 8)
            return .listDevices
        case Code.importRequest:
            guard buffer.readableBytes >= 8 + busIDSize else { return nil }
            buffer.moveReaderIndex(forwardBy: 8)
            let bytes = buffer.readBytes(length: busIDSize) ?? []
            return .importDevice(busID: String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        default: throw USBIPError("there is no USB/IP operation \(hexadecimal(code))")
        }
    }
}

/// What became of an operation.
enum USBIPStatus: UInt32 {
    case done = 0
    case busy = 2
    case noDevice = 4
}

/// What a client has a device do.
enum USBIPCommand: Hashable {
    struct Submission: Hashable {
        /// Echoed as it came.
        var sequence: UInt32
        var isToHost: Bool
        var endpoint: UInt8
        /// Of a transfer to the host: how much of it is wanted at most.
        var length: Int
        var setup: [UInt8]
        /// Of a transfer to the device.
        var data: [UInt8]
    }

    case submit(Submission)
    /// Takes back what was submitted as `target`.
    case unlink(sequence: UInt32, target: UInt32)

    static let headerSize = 48
    /// The longest transfer: a control transfer's length has 16 bits.
    static let longestTransfer = 0x1_0000

    private enum Code {
        static let submit: UInt32 = 1
        static let unlink: UInt32 = 2
        static let submitted: UInt32 = 3
        static let unlinked: UInt32 = 4
    }

    /// Takes one from the beginning of what came; nil while it is not whole.
    static func read(from buffer: inout ByteBuffer) throws(USBIPError) -> USBIPCommand? {
        guard buffer.readableBytes >= headerSize else { return nil }
        func header(_ place: Int) -> UInt32 { buffer.getInteger(at: buffer.readerIndex + 4 * place) ?? 0 }
        let (sequence, direction, endpoint) = (header(1), header(3), header(4))
        switch header(0) {
        case Code.submit:
            let isToHost = direction == 1
            guard direction <= 1, endpoint <= 15 else {
                throw USBIPError("there is no endpoint \(endpoint) in direction \(direction)")
            }
            let (length, packets) = (Int(header(6)), header(8))
            guard length <= longestTransfer else {
                throw USBIPError("a transfer of \(length) bytes is longer than any of this device")
            }
            // Of transfers that are not isochronous some send all ones.
            guard packets == 0 || packets == .max else {
                throw USBIPError("the device has no isochronous endpoint, for which \(packets) packets are")
            }
            let setup = endpoint == 0 ? buffer.getBytes(at: buffer.readerIndex + 40, length: 8) ?? [] : []
            guard isToHost || buffer.readableBytes >= headerSize + length else { return nil }
            buffer.moveReaderIndex(forwardBy: headerSize)
            let data = isToHost ? [] : buffer.readBytes(length: length) ?? []
            return .submit(
                Submission(
                    sequence: sequence, isToHost: isToHost, endpoint: UInt8(endpoint), length: length, setup: setup,
                    data: data))
        case Code.unlink:
            let command = USBIPCommand.unlink(sequence: sequence, target: header(5))
            buffer.moveReaderIndex(forwardBy: headerSize)
            return command
        case let other: throw USBIPError("there is no USB/IP command \(hexadecimal(other))")
        }
    }
}

/// What a device tells its client.
enum USBIPAnswer: Hashable {
    /// How a transfer ended: as errno has it, negative.
    enum Ending: Int32, Hashable {
        case done = 0
        /// -EPIPE
        case stall = -32
        /// -ESHUTDOWN: the endpoint was reset under it.
        case shutdown = -108
        /// -EOVERFLOW: more came than was asked for.
        case overflow = -75
        /// -ENOMEM
        case refused = -12
    }

    case submitted(sequence: UInt32, Ending, count: Int, data: [UInt8])
    /// - wasCancelled: false where it had ended already.
    case unlinked(sequence: UInt32, wasCancelled: Bool)

    func write(to buffer: inout ByteBuffer) {
        switch self {
        case .submitted(let sequence, let ending, let count, let data):
            buffer.writeMultipleIntegers(
                UInt32(3), sequence, UInt32(0), UInt32(0), UInt32(0), ending.rawValue, UInt32(count))
            // Start frame, packets, errors, and what a SETUP packet has in the question.
            buffer.writeRepeatingByte(0, count: 20)
            buffer.writeBytes(data)
        case .unlinked(let sequence, let wasCancelled):
            // -ECONNRESET
            let status: Int32 = wasCancelled ? -104 : 0
            buffer.writeMultipleIntegers(UInt32(4), sequence, UInt32(0), UInt32(0), UInt32(0), status)
            buffer.writeRepeatingByte(0, count: 24)
        }
    }
}

/// Bytes that no client of this protocol sends.
struct USBIPError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

private func hexadecimal(_ number: some FixedWidthInteger) -> String { "0x" + String(number, radix: 16) }
