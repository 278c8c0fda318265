internal import Glibc
internal import HID
internal import LinuxIO
internal import Logging
internal import SystemPackage

/// `/dev/uhid`, opened for one device: what is written to it.
final class UHIDControl: Sendable {
    private let descriptor: OwnedDescriptor
    private let logger: Logger

    init(_ descriptor: consuming OwnedDescriptor, logger: Logger) {
        self.descriptor = descriptor
        self.logger = logger
    }

    var rawValue: CInt { descriptor.rawValue }

    func tell(_ request: [UInt8]) throws(Errno) {
        guard write(rawValue, request, request.count) == request.count else { throw Errno.last }
    }

    /// Asks for a device; false where the kernel takes none, which is logged.
    func takes(_ creation: [UInt8]) -> Bool {
        do {
            try tell(creation)
            return true
        } catch {
            logger.error("the kernel does not take the device: \(error)")
            return false
        }
    }

    /// Tells what the kernel may refuse without harm.
    func answer(_ request: [UInt8]) {
        do {
            try tell(request)
        } catch {
            logger.warning("the kernel does not take an answer: \(error)")
        }
    }
}
