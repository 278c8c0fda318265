public import BlueTap

/// An NFC Forum Type 4 tag that holds the live link: a state machine that answers APDUs.
///
/// It holds what the device holds at each moment. A message that is being read does not change under the reader: where the
/// link is replaced or dies meanwhile, the reading ends with an error, and begins anew with what there is then. Source:
/// NFC Forum, Type 4 Tag Technical Specification 1.2 (mapping version 2.0).
public struct Type4Tag: Sendable {
    /// What follows from a command.
    public enum Action: Equatable, Sendable {
        case nothing
        /// The reader has all of the link's message, for the first time since it found the tag.
        case messageRead(LinkToken)
        /// The reader has found out, for the first time since it found the tag, that there is nothing to read.
        case emptyTagRead
    }

    private enum File: Sendable {
        case capabilityContainer
        case ndef
    }

    /// What the reader is reading.
    private struct Reading: Sendable {
        /// Nil: an empty tag.
        let token: LinkToken?
        /// The length of the message, and the message.
        let bytes: [UInt8]
        var wasRead: [Bool]
        var isWhole: Bool { !wasRead.contains(false) }

        init(_ link: Link?) {
            token = link?.token
            let message = link?.message.bytes ?? []
            bytes = [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
            wasRead = [Bool](repeating: false, count: bytes.count)
        }
    }

    /// Largest NDEF file: offsets have fifteen bits.
    static let fileSize = 0x7FFF
    /// Most bytes that one READ BINARY brings.
    static let mostRead = 0xFF
    private static let application: [UInt8] = [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01]
    private static let ndefFile: [UInt8] = [0xE1, 0x04]
    private static let capabilityContainerFile: [UInt8] = [0xE1, 0x03]

    /// Its size; mapping version 2.0; most bytes of an answer and of a command; the NDEF file, its size, to be read by
    /// anyone and written by nobody. Section 5.1.
    private static let capabilityContainer: [UInt8] =
        [0x00, 0x0F, 0x20, 0x00, UInt8(mostRead), 0x00, UInt8(mostRead), 0x04, 0x06] + ndefFile
        + [UInt8(fileSize >> 8), UInt8(fileSize & 0xFF), 0x00, 0xFF]

    /// As readers learn it of contactless cards without historical bytes. Source: PC/SC, part 3, section 3.1.3.2.3.
    public static let answerToReset: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

    /// Four bytes; the first says that it is a made-up one. Source: ISO/IEC 14443-3, section 6.4.4.
    public let uid: [UInt8]

    private var isApplicationSelected = false
    private var file: File?
    private var reading: Reading?
    /// Whether what the reader had begun is there no longer: it has to begin again with the first byte.
    private var isBroken = false
    /// What was read whole since the reader found the tag: a link, or that there is none.
    private var told: LinkToken??

    /// - Parameter number: what distinguishes this tag from others.
    public init(number: UInt32) {
        uid = [0x08, UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
    }

    /// The field goes off, or on again: nothing is selected.
    public mutating func reset() { self = Type4Tag(uid: uid) }

    private init(uid: [UInt8]) { self.uid = uid }

    /// Whether the file has room for a link.
    static func holds(_ link: Link) -> Bool { link.message.bytes.count <= fileSize - 2 }

    /// - Parameter link: what is to be read at this moment; nil: nothing.
    public mutating func respond(to bytes: [UInt8], link: Link?) -> (response: [UInt8], action: Action) {
        guard let command = CommandAPDU(bytes) else { return (StatusWord.wrongLength.bytes, .nothing) }
        switch (command.instructionClass, command.instruction) {
        case (0x00, 0xA4): return (select(command).bytes, .nothing)
        case (0x00, 0xB0): return read(command, link.flatMap { Self.holds($0) ? $0 : nil })
        // UPDATE BINARY, in both forms.
        case (0x00, 0xD6), (0x00, 0xD7): return (StatusWord.securityNotSatisfied.bytes, .nothing)
        // Readers answer this one themselves. Source: PC/SC, part 3, section 3.2.2.1.3.
        case (0xFF, 0xCA) where command.p1 == 0 && command.p2 == 0:
            return (uid.prefix(command.expectedLength ?? uid.count) + StatusWord.success.bytes, .nothing)
        case (0x00, _): return (StatusWord.unknownInstruction.bytes, .nothing)
        default: return (StatusWord.unknownClass.bytes, .nothing)
        }
    }

    /// SELECT. Sections 5.4.2 and 5.4.3.
    private mutating func select(_ command: CommandAPDU) -> StatusWord {
        switch (command.p1, command.p2) {
        case (0x04, 0x00), (0x04, 0x0C):
            isApplicationSelected = command.data == Self.application
            file = nil
            return isApplicationSelected ? .success : .fileNotFound
        case (0x00, 0x00), (0x00, 0x0C):
            guard isApplicationSelected else { return .fileNotFound }
            switch command.data {
            case Self.capabilityContainerFile: file = .capabilityContainer
            case Self.ndefFile: file = .ndef
            default: return .fileNotFound
            }
            return .success
        default: return .wrongParameters
        }
    }

    /// READ BINARY. Section 5.4.4.
    private mutating func read(_ command: CommandAPDU, _ link: Link?) -> (response: [UInt8], action: Action) {
        guard let file else { return (StatusWord.noFileSelected.bytes, .nothing) }
        guard command.p1 & 0x80 == 0 else { return (StatusWord.wrongParameters.bytes, .nothing) }
        guard let length = command.expectedLength, command.data.isEmpty else {
            return (StatusWord.wrongLength.bytes, .nothing)
        }
        let offset = Int(command.p1) << 8 | Int(command.p2)
        let most = min(length, Self.mostRead)
        if file == .capabilityContainer {
            guard offset < Self.capabilityContainer.count else { return (StatusWord.offsetOutside.bytes, .nothing) }
            return (
                Self.capabilityContainer.dropFirst(offset).prefix(most) + StatusWord.success.bytes, .nothing
            )
        }
        guard offset < Self.fileSize else { return (StatusWord.offsetOutside.bytes, .nothing) }
        if let reading, reading.token != link?.token {
            self.reading = nil
            isBroken = true
        }
        if offset == 0 { isBroken = false }
        guard !isBroken else { return (StatusWord.conditionsNotSatisfied.bytes, .nothing) }
        var current = reading ?? Reading(link)
        let end = min(offset + most, Self.fileSize)
        let held = min(offset, current.bytes.count)..<min(end, current.bytes.count)
        for index in held { current.wasRead[index] = true }
        reading = current
        // Behind the message the file has zeros.
        let response = current.bytes[held] + [UInt8](repeating: 0, count: end - offset - held.count)
        let answer = Array(response) + StatusWord.success.bytes
        guard current.isWhole, told != .some(current.token) else { return (answer, .nothing) }
        told = .some(current.token)
        return (answer, current.token.map { .messageRead($0) } ?? .emptyTagRead)
    }
}
