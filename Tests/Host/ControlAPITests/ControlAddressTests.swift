import ControlAPI
import Testing

@Suite("Control addresses")
struct ControlAddressTests {
    @Test(
        "an address is unix:PATH or HOST:PORT, and is written as it is read",
        arguments: [
            ("unix:/run/x.sock", ControlAddress.unix(path: "/run/x.sock")),
            ("127.0.0.1:80", .tcp(host: "127.0.0.1", port: 80)),
            ("localhost:0", .tcp(host: "localhost", port: 0)), ("[::1]:65535", .tcp(host: "::1", port: 65_535)),
        ])
    func good(text: String, address: ControlAddress) {
        #expect(ControlAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(
        "anything else is refused",
        arguments: ["", "unix:", "host", ":80", "host:", "host:x", "host:65536", "host:-1", "/run/x"])
    func bad(text: String) {
        #expect(ControlAddress(text) == nil)
    }
}
