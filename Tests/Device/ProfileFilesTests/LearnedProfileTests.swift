import BlueTap
import Documents
import Learning
import ProfileFiles
import Testing
import WireFormat

@Suite("Learned profiles")
struct LearnedProfileTests {
    @Test("reports of 1,024 bytes are described as such, and what is not sure stands at its field")
    func largeReports() throws {
        let report = Array("PTRUEMONEY".utf8)
        var lesson = try Learner([Sample(command: .pay(PayCommand(.trueMoney)), reports: [report], name: "sample 1")])
            .learn()
        lesson.outputReport = ReportLayout(size: 1024, padding: 0)
        let text = LearnedProfile(lesson, name: "learned").text
        // A count of two bytes, a usage, an output item. Source: HID 1.11, section 6.2.2.
        #expect(text.contains("960004" + "0903" + "9102"))
        #expect(text.contains("unsure: \"TRUEMONEY, which every pay has, or something else that is always the same"))
        let file = try ProfileFile(Document(parsing: text, name: "learned.yaml"))
        #expect(try file.codec.encode(.pay(PayCommand(.trueMoney))).count == 1024)
    }
}
