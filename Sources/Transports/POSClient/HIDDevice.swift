/// An open HID device of a host.
public struct HIDDevice: ~Copyable {
    private let library: HIDLibrary
    private let handle: HIDLibrary.Handle

    /// Opens the first device with this identity: a loopback one, else a real one.
    public init(vendorID: UInt16, productID: UInt16) throws(HIDError) {
        for library in [.loopback] + HIDLibrary.system {
            guard let handle = library.open(vendorID, productID, nil) else { continue }
            self.library = library
            self.handle = handle
            return
        }
        let reason = HIDLibrary.loopback.lastError(nil)
        throw HIDError(
            HIDLibrary.system.isEmpty
                ? "\(reason); for real devices install libhidapi-hidraw0"
                : "\(reason); nor is there a real device that this user may open: see lsusb, and gadget/README.md for rights"
        )
    }

    deinit {
        library.close(handle)
    }

    /// Sends an output report, its report ID (or 0) first.
    public func write(_ report: [UInt8]) throws(HIDError) {
        guard library.write(handle, report, report.count) >= 0 else { throw HIDError(library.lastError(handle)) }
    }

    /// Sets a feature report, its report ID (or 0) first.
    public func setFeatureReport(_ report: [UInt8]) throws(HIDError) {
        guard library.sendFeature(handle, report, report.count) >= 0 else { throw HIDError(library.lastError(handle)) }
    }

    /// Reads the feature report of this ID, or of ID 0, which is then not part of it; at most `size` bytes. Nil where the
    /// device does not give it while it is there: it stalls the request.
    public func featureReport(id: UInt8, size: Int) throws(HIDError) -> [UInt8]? {
        var report = [id] + [UInt8](repeating: 0, count: size)
        let count = library.getFeature(handle, &report, report.count)
        if count < 0 {
            let reason = library.lastError(handle)
            // From a device that is gone nothing can be read either.
            var input: UInt8 = 0
            guard library.readTimeout(handle, &input, 1, 0) >= 0 else { throw HIDError(reason) }
            return nil
        }
        return Array(report[(id == 0 ? 1 : 0)..<max(1, Int(count))])
    }

    /// The next input report of at most `size` bytes; nil where none comes in time.
    public func read(size: Int, timeout: Duration) throws(HIDError) -> [UInt8]? {
        var report = [UInt8](repeating: 0, count: size)
        let (seconds, attoseconds) = timeout.components
        let milliseconds = CInt(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        let count = library.readTimeout(handle, &report, size, max(0, milliseconds))
        guard count >= 0 else { throw HIDError(library.lastError(handle)) }
        return count == 0 ? nil : Array(report[..<Int(count)])
    }
}

/// What libhidapi says went wrong.
public struct HIDError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
