internal import Glibc
internal import HID
internal import Logging
internal import NIOCore
internal import USBDevice

/// One client's connection: an operation, and after an import the device's transfers.
final class USBIPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a client may take to say what it wants.
    static let patience = TimeAmount.seconds(10)

    private enum Phase {
        /// It may ask one thing.
        case asking
        case holding(USBIPDevice)
        /// It has its answer.
        case served
    }

    private let devices: [USBIPDevice]
    private let log: USBIPLog
    private var received = ByteBuffer()
    private var phase = Phase.asking
    private var deadline: Scheduled<Void>?

    init(_ devices: [USBIPDevice], log: USBIPLog) {
        self.devices = devices
        self.log = log
    }

    func channelActive(context: ChannelHandlerContext) {
        deadline = context.eventLoop.scheduleTask(in: Self.patience) { [log, channel = context.channel] in
            log.complain(
                .silent, of: channel, "it took no device within \(Self.patience.nanoseconds / 1_000_000_000) s")
            channel.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        guard case .holding(let device) = phase else { return }
        device.release(by: context.channel)
        phase = .served
        log.logger.info("detached", metadata: ["device": "\(device.busID)"])
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
        if case .holding(let device) = phase { device.flushNow(context.channel) }
    }

    /// Who does not read what it is sent is not read either.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.channel.setOption(.autoRead, value: context.channel.isWritable).whenFailure { _ in }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = error as? IOError
        let reason = failure?.text ?? "\(error)"
        // Who leaves answers unread, or is killed, has gone like any other.
        let isOrdinary = failure.map { [ECONNRESET, EPIPE].contains($0.errnoCode) } ?? false
        if case .holding(let device) = phase, !isOrdinary {
            log.complain(.vanished, of: context.channel, reason, ["device": "\(device.busID)"])
        } else {
            log.logger.debug("a USB/IP client's connection broke", metadata: ["reason": "\(reason)"])
        }
        context.close(promise: nil)
    }

    private func refuse(_ reason: String, _ context: ChannelHandlerContext) {
        log.complain(.turnedAway, of: context.channel, reason)
        context.close(promise: nil)
    }

    private func work(_ context: ChannelHandlerContext) throws(USBIPError) {
        while context.channel.isActive {
            switch phase {
            case .asking:
                guard let operation = try USBIPOperation.read(from: &received) else { return }
                phase = carryOut(operation, context)
            case .holding(let device):
                guard let command = try USBIPCommand.read(from: &received) else { return }
                device.receive(command, from: context.channel)
            case .served: return received.clear()
            }
        }
    }

    private func carryOut(_ operation: USBIPOperation, _ context: ChannelHandlerContext) -> Phase {
        var answer = ByteBuffer()
        switch operation {
        case .listDevices:
            let listed = devices.filter(\.isPlugged)
            USBIPOperation.writeHeader(USBIPOperation.Code.listReply, .done, to: &answer)
            answer.writeInteger(UInt32(listed.count))
            for device in listed { device.write(to: &answer, withInterfaces: true) }
        case .importDevice(let busID):
            let device = devices.first { $0.busID == busID }
            let status = device?.claim(by: context.channel) ?? .noDevice
            USBIPOperation.writeHeader(USBIPOperation.Code.importReply, status, to: &answer)
            if status == .done, let device {
                device.write(to: &answer, withInterfaces: false)
                deadline?.cancel()
                let address = context.remoteAddress.text
                log.logger.info("imported", metadata: ["device": "\(busID)", "address": "\(address)"])
                context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
                return .holding(device)
            }
            log.complain(
                .importRefused, of: context.channel, Self.reason(for: status, device),
                // It may hold anything.
                ["device": "\(String(reflecting: busID))"])
        }
        context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { [channel = context.channel] _ in
            channel.close(promise: nil)
        }
        return .served
    }

    private static func reason(for status: USBIPStatus, _ device: USBIPDevice?) -> String {
        guard let device else { return "there is none of this bus id" }
        return status == .busy ? "\(device.holder.text) has it" : "its cable is unplugged"
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
