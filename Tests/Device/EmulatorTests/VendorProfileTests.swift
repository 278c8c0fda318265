import BlueTap
import Documents
import Emulator
import HID
import ProfileFiles
import Testing
import WireFormat

/// A cable that hands everything to a host that keeps it.
private final class RecordingCable: Cable {
    let host = RecordingHost()
    let abilities: CableAbilities = []

    func sendInputReport(_ report: [UInt8]) -> Delivery { host.sendInputReport(report) }
    func unplug() {}
    func plug() -> Bool { true }
    func stall() {}
    func setReading(_ isReading: Bool) {}
}

@Suite("A device of a vendor's ways")
struct VendorProfileTests {
    private let cable = RecordingCable()

    private func bench(_ text: String, hid: String = "") throws -> Bench {
        let head = """
            profile: test
            usb: { vendorID: 1, productID: 2, release: 1, manufacturer: m, product: p, serialNumber: s }
            hid:
              reportDescriptor: A101C0
              outputReport: { size: 8, padding: "00"\(hid) }
              inputReport: { size: 8, padding: "00"\(hid) }
            links:
              TRUEMONEY: { url: "https://t.example/{token}", androidPackage: a.b }

            """
        let bench = try Bench(profile: ProfileFile(Document(parsing: head + text, name: "p.yaml")))
        bench.device.connected(to: cable)
        return bench
    }

    private func received() -> [String] { cable.host.received.map { HexBytes($0).description } }

    private static let commands = """
        commands:
          pay:
            - { constant: "50" }
            - { size: 1, integer: sequence }
            - { size: 1, enum: paymentMethod, values: { TRUEMONEY: "01" } }
            - { size: 2, integer: expiryTime, absent: 0 }
          cancel: [ { constant: "43" }, { size: 1, integer: sequence } ]

        """

    @Test(
        "a reply comes after its acknowledgement, by the delay that the profile says; a notification when its time has come"
    )
    func delayed() throws {
        let bench = try bench(
            Self.commands + """
                acknowledgements: { pay: [ { constant: "06" }, { size: 1, integer: sequence } ] }
                replyDelay: 0.5
                replies: { pay: [ { constant: "70" }, { size: 1, integer: sequence }, { size: 1, enum: result, values: { SUCCESS: "00", PARAM_ILLEGAL: "01" } } ] }
                notifications: { linkTapped: [ { constant: "54" } ], linkExpired: [ { constant: "58" }, { size: 1, integer: sequence } ] }
                """)
        bench.device.outputReport([0x50, 9, 1, 10, 0, 0, 0, 0], from: cable)
        #expect(received() == ["0609000000000000"])
        bench.emulator.advance(by: .milliseconds(499))
        #expect(received().count == 1)
        bench.emulator.advance(by: .milliseconds(1))
        #expect(received().last == "7009000000000000")
        bench.device.tap(Customer())
        #expect(received().last == "5400000000000000")
        bench.emulator.advance(by: .seconds(10))
        #expect(received().last == "5809000000000000")
        // A method that the profile does not know is refused, a cancel has no reply.
        bench.device.outputReport([0x50, 10, 9, 0, 0, 0, 0, 0], from: cable)
        bench.emulator.advance(by: .seconds(1))
        #expect(received().last == "700a010000000000")
        let count = received().count
        bench.device.outputReport([0x43, 11, 0, 0, 0, 0, 0, 0], from: cable)
        #expect(received().count == count)
        #expect(
            bench.kinds() == [
                "attached", "payReceived", "acknowledgementSent", "linkReady", "replySent", "linkTapped",
                "notificationSent", "paymentSucceeded", "linkExpired", "notificationSent", "payReceived",
                "acknowledgementSent", "commandRejected", "replySent", "cancelReceived",
            ])
    }

    @Test(
        "what a reply or a notification repeats of the command stands there, also where every field has its fixed place"
    )
    func repeated() throws {
        let bench = try bench(
            """
            commands:
              pay:
                - { constant: "50" }
                - { size: 1, integer: sequence }
                - { size: 1, enum: paymentMethod, values: { TRUEMONEY: "01" } }
                - { size: 2, integer: expiryTime, absent: 0 }
                - { size: 3, text: orderId, pad: "20" }
            replies:
              pay:
                - { constant: "70" }
                - { size: 1, integer: sequence }
                - { size: 4, text: orderId, pad: "20" }
                - { size: 2, integer: expiryTime, absent: 0 }
            notifications:
              linkTapped: [ { constant: "54" }, { size: 7, text: orderId, pad: "00" } ]

            """)
        bench.device.outputReport([0x50, 9, 1, 10, 0, 0x41, 0x31, 0x20], from: cable)
        #expect(received() == ["7009413120200a00"])
        bench.device.tap(Customer())
        #expect(received().last == "5441310000000000")
    }

    @Test("payments that succeed or fail, and links that are cancelled, are told with the number of their pay")
    func occasions() throws {
        let bench = try bench(
            Self.commands + """
                notifications:
                  linkCancelled: [ { constant: "22" }, { size: 1, integer: sequence } ]
                  paymentSucceeded: [ { constant: "23" }, { size: 1, integer: sequence } ]
                  paymentFailed: [ { constant: "2458" }, { size: 1, integer: sequence } ]
                """)
        bench.device.outputReport([0x50, 9, 1, 0, 0, 0, 0, 0], from: cable)
        bench.device.tap(Customer())
        #expect(received() == ["2309000000000000"])
        bench.device.outputReport([0x50, 10, 1, 0, 0, 0, 0, 0], from: cable)
        bench.device.tap(Customer(outcome: .declines))
        #expect(received().last == "24580a0000000000")
        bench.device.outputReport([0x43, 11, 0, 0, 0, 0, 0, 0], from: cable)
        #expect(received() == ["2309000000000000", "24580a0000000000", "220a000000000000"])
        #expect(bench.kinds().count { $0 == "notificationSent" } == 3)
    }

    @Test("what an exchange knows is answered, and only that; a device may know nothing else")
    func exchanges() throws {
        let bench = try bench(
            """
            exchanges:
              - { output: "01 ?? 3? ..", answers: ["81 01", "81 02"] }
              - { setFeature: "05 ..", answers: [] }
              - { getFeature: 5, answers: ["05 01 02"] }
            """)
        bench.device.outputReport([1, 0xAA, 0x35, 0, 0], from: cable)
        // Input reports are all as long as the descriptor says.
        #expect(received() == ["8101000000000000", "8102000000000000"])
        bench.device.outputReport([1, 0xAA, 0x45], from: cable)
        #expect(received().count == 2)
        #expect(bench.device.setFeatureReport([5, 1]))
        #expect(bench.device.featureReport(id: 5) == [5, 1, 2] && bench.device.featureReport(id: 6) == nil)
        #expect(bench.kinds() == ["attached", "reportAnswered", "reportMalformed", "reportAnswered"])
        #expect(
            bench.device.events(after: 0)[1].json.contains(
                #""report":"01aa350000","answers":"8101000000000000 8102000000000000""#))
    }

    @Test("commands and replies that are feature reports")
    func features() throws {
        let bench = try bench(
            Self.commands
                + "replies: { pay: [ { constant: \"70\" }, { size: 1, enum: result, values: { SUCCESS: \"00\" } } ] }",
            hid: ", feature: true")
        #expect(bench.device.featureReport(id: 0) == nil)
        #expect(bench.device.setFeatureReport([0x50, 9, 1, 0, 0, 0, 0, 0]))
        #expect(bench.device.featureReport(id: 0) == [0x70, 0, 0, 0, 0, 0, 0, 0])
        #expect(received().isEmpty)
        bench.device.outputReport([0x50, 9, 1, 0, 0, 0, 0, 0], from: cable)
        #expect(bench.kinds() == ["attached", "payReceived", "linkReady", "replySent", "reportMalformed"])
    }

    @Test("a message over reports is carried out once it is whole; one that is broken off is named")
    func framed() throws {
        let bench = try bench(
            """
            framing: { output: { header: [ { size: 1, integer: index }, { size: 1, integer: count } ] } }
            commands: { pay: [ { size: 9, text: paymentMethod } ] }
            replies: { pay: [ { constant: "70" } ] }
            """)
        let first: [UInt8] = [0, 2] + Array("TRUEMO".utf8)
        let second: [UInt8] = [1, 2] + Array("NEY".utf8) + [0, 0, 0]
        bench.device.outputReport(first, from: cable)
        #expect(received().isEmpty)
        bench.device.outputReport(first, from: cable)
        bench.device.outputReport(second, from: cable)
        #expect(received() == ["7000000000000000"])
        // A host that comes back does not go on where another stopped.
        bench.device.outputReport(first, from: cable)
        bench.device.hostDetached()
        bench.device.hostAttached()
        bench.device.outputReport(second, from: cable)
        #expect(
            bench.kinds() == [
                "attached", "reportMalformed", "payReceived", "linkReady", "replySent", "linkLost", "detached",
                "attached", "reportMalformed",
            ])
    }
}
