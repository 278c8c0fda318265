import BlueTap
import Documents
import Learning
import ProfileFiles
import Testing
import WireFormat

@Suite("Replies that are added to a profile")
struct ProfileTextTests {
    private static let text = """
        profile: cut
        usb: { vendorID: 1, productID: 2, release: 256, manufacturer: m, product: p, serialNumber: "1" }
        hid:
          reportDescriptor: "0600FF0901A101150026FF0075089510090281029510090391 02C0"
          outputReport: { size: 16, padding: "00" }
          inputReport: { size: 16, padding: "00" }
        framing:
            output:
                header:
                    - { size: 1, integer: total }
        armour: # from the outside inwards
          output:
            - { hexadecimal: {} }
        commands:
          pay:
            - { constant: "50" }
            - { size: 1, integer: sequence }
            - { rest: true, text: paymentMethod }
        """

    @Test("stand below, and what they need stands beside what is there")
    func adding() throws {
        let profile = try ProfileFile(Document(parsing: Self.text, name: "<cut>")).profile
        for candidate in ReplyCandidate.candidates(for: profile, most: 40) {
            let text = ProfileText.adding(
                replies: candidate.replies, acknowledgements: candidate.acknowledgements, framing: candidate.framing,
                armour: candidate.armour, comment: candidate.summary, to: Self.text)
            let read = try ProfileFile(Document(parsing: text, name: "<cut>")).profile
            let wanted = candidate.applied(to: profile)
            #expect(read.replies == wanted.replies && read.acknowledgements == wanted.acknowledgements, "\(text)")
            #expect(read.framing == wanted.framing && read.armour == wanted.armour, "\(text)")
        }
    }
}
