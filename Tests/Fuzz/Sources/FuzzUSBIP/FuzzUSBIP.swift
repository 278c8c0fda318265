import BlueTap
import Emulator
import HID
import Logging
import NIOCore
import NIOEmbedded
import ProfileFiles
import USBIPTransport
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
    var account = Account()
    if choice & 1 == 1 { send(importRequest[...], to: channel, account: &account) }
    let size = [1, 7, 48, 65_536][choice >> 1 & 3]
    var offset = 0
    var pieces = 0
    while offset < rest.count, channel.isActive {
        send(rest[offset..<min(offset + size, rest.count)], to: channel, account: &account)
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
        account.settle(channel)
    }
    account.settle(channel)
    // What it is sent is no more than it asked for: an answer each.
    precondition(account.answered <= 8 * count + 65_536)
    _ = try? channel.finish(acceptAlreadyClosed: true)
    channel.embeddedEventLoop.run()
    _ = try? device.plug()
    _ = device.clearFaults()
    emulator.advance(by: .seconds(2))
    // Who has gone, has gone: the next client gets the device.
    precondition(device.status.state == .detached)
    return 0
}

private func send(_ bytes: some Sequence<UInt8>, to channel: EmbeddedChannel, account: inout Account) {
    let bytes = Array(bytes)
    // Before it is worked off: it may be answered at once.
    account.receive(bytes)
    _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    account.settle(channel)
}

/// What one client has asked and been answered: a kernel drops the connection that answers what was not asked, or what it
/// has been told is taken back. Reads the bytes for itself, not as the server does.
private struct Account {
    private(set) var answered = 0
    /// Transfers by their numbers.
    private var transfers: [UInt32: Transfer] = [:]
    /// Unlinks that are to be answered, by their numbers, with what they take back.
    private var unlinks: [UInt32: [UInt32]] = [:]
    private var received: [UInt8] = []
    private var sent: [UInt8] = []
    private var hasImported = false
    /// Whether what comes from the client means nothing any more, and what goes to it cannot be told apart.
    private var isOver = false

    private struct Transfer {
        /// Its data stand behind the answer.
        let isToHost: Bool
        /// Neither answered nor taken back.
        var isOpen = true
        /// The client has used its number again: which of them is meant, nobody can tell.
        var isAmbiguous = false
    }

    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        bytes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func receive(_ bytes: [UInt8]) {
        received += bytes
        while !isOver {
            if !hasImported {
                guard received.count >= 8 else { return }
                // Of what else it may ask, or of another version, no transfer follows.
                guard Array(received.prefix(4)) == [0x01, 0x11, 0x80, 0x03] else {
                    isOver = true
                    return
                }
                guard received.count >= importRequest.count else { return }
                received.removeFirst(importRequest.count)
                hasImported = true
                continue
            }
            guard received.count >= 48 else { return }
            let (command, number, direction) = (
                Self.word(received, 0), Self.word(received, 1), Self.word(received, 3)
            )
            switch command {
            case 1:
                let length = Int(Self.word(received, 6))
                // The server turns these away; that it does so is not looked at here.
                guard direction <= 1, length <= 65_536 else {
                    isOver = true
                    return
                }
                let size = 48 + (direction == 0 ? length : 0)
                guard received.count >= size else { return }
                received.removeFirst(size)
                if transfers[number] == nil {
                    transfers[number] = Transfer(isToHost: direction == 1)
                } else {
                    transfers[number]?.isAmbiguous = true
                }
            case 2:
                unlinks[number, default: []].append(Self.word(received, 5))
                received.removeFirst(48)
            default:
                isOver = true
                return
            }
        }
    }

    /// Looks at what the client has been sent since.
    mutating func settle(_ channel: EmbeddedChannel) {
        while let part = try? channel.readOutbound(as: ByteBuffer.self) {
            answered += part.readableBytes
            sent += Array(part.readableBytesView)
        }
        if sent.count >= 8, sent.starts(with: [0x01, 0x11]) {
            let isImport = sent[3] == 0x03 && sent[7] == 0
            // A list, or a refusal, is the last that is said.
            guard isImport else {
                sent = []
                return
            }
            guard sent.count >= 320 else { return }
            sent.removeFirst(320)
        }
        while sent.count >= 48 {
            let (kind, number, count) = (Self.word(sent, 0), Self.word(sent, 1), Int(Self.word(sent, 6)))
            switch kind {
            case 3:
                guard let transfer = transfers[number] else {
                    preconditionFailure("transfer \(number) is answered that was not submitted")
                }
                // Nor is it known whether data follow: what does is left out, too.
                if transfer.isAmbiguous {
                    sent = []
                    return
                }
                precondition(transfer.isOpen, "transfer \(number) is answered again, or was taken back")
                transfers[number]?.isOpen = false
                let size = 48 + (transfer.isToHost ? count : 0)
                precondition(sent.count >= size, "transfer \(number) is answered with less data than it says")
                sent.removeFirst(size)
            case 4:
                precondition(unlinks[number]?.isEmpty == false, "unlink \(number) is answered that was not asked")
                let target = unlinks[number]?.removeFirst() ?? 0
                // -ECONNRESET: it is not answered any more.
                if Self.word(sent, 5) == UInt32(bitPattern: -104) {
                    guard let transfer = transfers[target] else {
                        preconditionFailure("transfer \(target) is taken back that was not submitted")
                    }
                    precondition(transfer.isOpen || transfer.isAmbiguous, "transfer \(target) was over already")
                    transfers[target]?.isOpen = false
                }
                sent.removeFirst(48)
            default: preconditionFailure("the server says \(kind), which it never does")
            }
        }
    }
}
