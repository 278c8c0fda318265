import BlueTap
import Emulator
import Logging
import NIOCore
import NIOEmbedded
import ProfileFiles
import USBIPTransport
import VirtualHID
import WireFormat

private let file = try! ProfileLibrary.profile("reference")
private let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
private let device = EmulatedDevice(
    id: "1", profile: file.profile, codec: file.codec, clock: clock, generator: SeededGenerator(seed: 1))
private let emulator = Emulator(devices: [device], clock: clock)
private let transport = USBIPTransport(
    [.init(description: device.description, function: device)], host: "", port: 0,
    logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })

/// What a client says first that wants device 1-1.
private let importRequest: [UInt8] =
    [0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0] + Array("1-1".utf8) + [UInt8](repeating: 0, count: 29)

/// The first byte says whether the device is imported before, in pieces of which size the rest comes, and what happens at
/// the device meanwhile.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUSBIP(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, count > 0 else { return 0 }
    let choice = Int(bytes[0])
    let rest = UnsafeBufferPointer(start: bytes + 1, count: count - 1)
    let channel = EmbeddedChannel(handler: transport.connection())
    channel.connect(to: try! SocketAddress(unixDomainSocketPath: "/fuzz"), promise: nil)
    if choice & 1 == 1 { send(importRequest[...], to: channel) }
    let size = [1, 7, 48, 65_536][choice >> 1 & 3]
    var offset = 0
    var pieces = 0
    while offset < rest.count, channel.isActive {
        send(rest[offset..<min(offset + size, rest.count)], to: channel)
        offset += size
        pieces += 1
        guard pieces % 4 == 0 else { continue }
        switch choice >> 3 & 7 {
        case 1: device.tap(Customer())
        case 2: emulator.advance(by: .seconds(30))
        case 3: _ = try? device.unplug(replug: .seconds(1))
        case 4: _ = try? device.add(Fault(.stall))
        case 5: _ = try? device.add(Fault(.slowReader(.seconds(1))))
        default: break
        }
        channel.embeddedEventLoop.run()
    }
    // What it is sent is no more than it asked for: an answer each.
    var answered = 0
    while let answer = try? channel.readOutbound(as: ByteBuffer.self) { answered += answer.readableBytes }
    precondition(answered <= 8 * count + 65_536)
    _ = try? channel.finish(acceptAlreadyClosed: true)
    channel.embeddedEventLoop.run()
    _ = try? device.plug()
    _ = device.clearFaults()
    emulator.advance(by: .seconds(2))
    // Who has gone, has gone: the next client gets the device.
    precondition(device.status.state == .detached)
    return 0
}

private func send(_ bytes: some Sequence<UInt8>, to channel: EmbeddedChannel) {
    _ = try? channel.writeInbound(ByteBuffer(bytes: Array(bytes)))
}
