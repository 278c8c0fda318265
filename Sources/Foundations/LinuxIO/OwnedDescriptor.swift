internal import Glibc
public import SystemPackage

/// A file descriptor that is closed when its owner lets go of it.
public struct OwnedDescriptor: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    public init(_ descriptor: FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Takes over what a system call returned, or throws its errno.
    public init(orThrow rawValue: Int32) throws(Errno) {
        guard rawValue >= 0 else { throw Errno.last }
        descriptor = FileDescriptor(rawValue: rawValue)
    }

    deinit {
        try? descriptor.close()
    }

    /// For system calls. Valid for as long as the owner lives.
    public var rawValue: CInt { descriptor.rawValue }
}

extension Errno {
    /// The errno that the last failed system call of this thread left.
    public static var last: Errno { Errno(rawValue: errno) }
}
