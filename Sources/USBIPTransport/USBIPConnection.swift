internal import Logging
internal import NIOCore
internal import USBDevice
internal import VirtualHID

/// One client's connection: an operation, and after an import the device's transfers.
final class USBIPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a client may take to say what it wants.
    static let patience = TimeAmount.seconds(10)

    private let devices: [USBIPDevice]
    private let logger: Logger
    private var received = ByteBuffer()
    private var device: USBIPDevice?
    private var deadline: Scheduled<Void>?

    init(_ devices: [USBIPDevice], logger: Logger) {
        self.devices = devices
        self.logger = logger
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        device?.release(by: context.channel)
        device = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        do throws(USBIPError) {
            try work(context)
        } catch {
            refuse(error.description, context)
        }
        received.discardReadBytes()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        device?.flushNow(context.channel)
    }

    /// Who does not read what it is sent is not read either.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.channel.setOption(.autoRead, value: context.channel.isWritable).whenFailure { _ in }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("a USB/IP client's connection broke", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }

    private func refuse(_ reason: String, _ context: ChannelHandlerContext) {
        let address = context.remoteAddress.map { "\($0)" } ?? "unknown"
        logger.warning("a USB/IP client is turned away", metadata: ["address": "\(address)", "reason": "\(reason)"])
        context.close(promise: nil)
    }

    private func work(_ context: ChannelHandlerContext) throws(USBIPError) {
        while context.channel.isActive {
            if let device {
                guard let command = try USBIPCommand.read(from: &received) else { return }
                device.receive(command, from: context.channel)
            } else {
                guard let operation = try USBIPOperation.read(from: &received) else { return }
                carryOut(operation, context)
            }
        }
    }

    private func carryOut(_ operation: USBIPOperation, _ context: ChannelHandlerContext) {
        var answer = ByteBuffer()
        switch operation {
        case .listDevices:
            let listed = devices.filter(\.isPlugged)
            USBIPOperation.writeHeader(USBIPOperation.Code.listReply, .done, to: &answer)
            answer.writeInteger(UInt32(listed.count))
            for device in listed { device.write(to: &answer, withInterfaces: true) }
            // Clients ask one thing of a connection.
            context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { [channel = context.channel] _ in
                channel.close(promise: nil)
            }
        case .importDevice(let busID):
            let found = devices.first { $0.busID == busID }
            let status = found?.claim(by: context.channel) ?? .noDevice
            USBIPOperation.writeHeader(USBIPOperation.Code.importReply, status, to: &answer)
            if status == .done, let found {
                found.write(to: &answer, withInterfaces: false)
                device = found
                deadline?.cancel()
                logger.info("imported", metadata: ["device": "\(busID)"])
            }
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }
}

extension USBIPOperation {
    static func writeHeader(_ code: UInt16, _ status: USBIPStatus, to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(version, code, status.rawValue)
    }
}

extension USBIPDevice {
    /// USB_SPEED_FULL of Linux.
    private static let fullSpeed: UInt32 = 2

    /// As lists and imports have it.
    fileprivate func write(to buffer: inout ByteBuffer, withInterfaces: Bool) {
        func write(_ text: String, _ size: Int) {
            let bytes = Array(text.utf8.prefix(size - 1))
            buffer.writeBytes(bytes)
            buffer.writeRepeatingByte(0, count: size - bytes.count)
        }
        write("/sys/devices/bluetap/usb1/\(busID)", 256)
        write(busID, USBIPOperation.busIDSize)
        buffer.writeMultipleIntegers(UInt32(1), UInt32(number + 1), Self.fullSpeed)
        buffer.writeMultipleIntegers(description.vendorID, description.productID, description.release)
        // Class, subclass and protocol stand in the interface; one configuration, of one interface.
        buffer.writeBytes([0, 0, 0, 1, 1, 1])
        if withInterfaces { buffer.writeBytes([3, 0, 0, 0]) }
    }
}
