internal import Glibc

/// An IPv4 or IPv6 address as it is written.
package struct IPAddress: Hashable, Sendable {
    /// Four or sixteen bytes.
    let bytes: [UInt8]

    /// Nil where it is none: a name, say.
    package init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        // As resolvers read it: 2130706433 and 0x7f.1 are addresses, too.
        if inet_aton(text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let all = withUnsafeBytes(of: six) { Array($0) }
            // One that stands for an IPv4 address is that.
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            bytes = all.starts(with: mapped) ? Array(all.suffix(4)) : all
        } else {
            return nil
        }
    }

    /// Whether it is of an internal network, which is not this machine.
    var isInternal: Bool {
        if bytes.count == 4 {
            return bytes[0] == 10 || bytes[0] == 172 && bytes[1] & 0xF0 == 16 || bytes[0] == 192 && bytes[1] == 168
                || bytes[0] == 100 && bytes[1] & 0xC0 == 64
        }
        return bytes[0] & 0xFE == 0xFC
    }

    /// Whether nobody is to be told anything there: no host's, of a link alone (where clouds keep their secrets), or many's.
    var isUnfit: Bool {
        if bytes.count == 4 {
            return bytes[0] == 0 || bytes[0] == 169 && bytes[1] == 254 || bytes[0] >= 224
        }
        return bytes.allSatisfy { $0 == 0 } || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 || bytes[0] == 0xFF
            || bytes.starts(with: [0xFD, 0x00, 0x0E, 0xC2])
    }
}
