internal import BlueTapHost
internal import Glibc
internal import SandboxServer

/// How CMD finds the sandbox under the gateways' own names, at the ports that SDKs have in their code, and never the real
/// ones.
enum GatewayNames {
    private static let fileName = "libbluetap-names.so"

    /// Makes a link to the resolver in a directory, and returns its path, for LD_PRELOAD: one without spaces and colons.
    static func link(in directory: String) throws(CommandError) -> String {
        let (library, path) = (try SharedLibrary.locate(fileName), "\(directory)/\(fileName)")
        guard symlink(library, path) == 0 else {
            throw CommandError("no link can be made in \(directory): \(String(cString: strerror(errno)))")
        }
        return path
    }

    /// What the resolver reads, and what keeps CMD from asking others in its place.
    static func variables(_ places: [SandboxConfiguration.Place]) -> [(String, String)] {
        // Proxies resolve names by themselves.
        let direct = GatewayHosts.domains.flatMap { [$0, ".\($0)"] } + ["localhost", "127.0.0.1", "::1"]
        let proxies = ["no_proxy", "NO_PROXY"].map { name in
            (name, ([Environment[name]].compactMap(\.self) + direct).joined(separator: ","))
        }
        // Go asks the C library only where it is told to.
        let go = ([Environment["GODEBUG"]].compactMap(\.self) + ["netdns=cgo"]).joined(separator: ",")
        return [
            ("BLUETAP_HOSTS_NAMES", GatewayHosts.names.joined(separator: ",")),
            ("BLUETAP_HOSTS_DOMAINS", GatewayHosts.domains.joined(separator: ",")),
            ("BLUETAP_HOSTS_PORTS", ports(places).joined(separator: ",")), ("GODEBUG", go),
        ] + proxies
    }

    /// Of several addresses of a kind the first.
    private static func ports(_ places: [SandboxConfiguration.Place]) -> [String] {
        [(443, true), (80, false)].compactMap { port, isSecure in
            places.first { $0.isSecure == isSecure }.map { place in
                let address = ["0.0.0.0": "127.0.0.1", "::": "::1"][place.address] ?? place.address
                return "\(port)=\(address.contains(":") ? "[\(address)]" : address):\(place.port)"
            }
        }
    }
}
