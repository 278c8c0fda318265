import Documents
import Emulator
import Foundation
import Scenario
import Testing

@Suite("Names that are none")
struct TypoTests {
    @Test(
        "a pattern that fits no event is an error with its place and the nearest right name",
        arguments: [
            (
                "expect:\n  - event: payReceived\n    with: {orderID: A1}",
                "test:4:21: expect[0].with.orderID: payReceived has no field orderID: did you mean orderId?"
            ),
            (
                "never:\n  - event: replySent\n    with: {result: SUCESS}",
                "never[0].with.result: result of replySent is never \"SUCESS\": did you mean SUCCESS?"
            ),
            (
                "never:\n  - event: replySent\n    with: {reslut: SUCCESS}",
                "never[0].with.reslut: replySent has no field reslut: did you mean result?"
            ),
            (
                "rules:\n  - when: {event: linkReady, with: {oderId: A}}\n    then: [{plug: {}}]",
                "rules[0].when.with.oderId: linkReady has no field oderId: did you mean orderId?"
            ),
            ("expect: [{event: payRecieved}]", "did you mean payReceived?"),
            ("never: [{event: faultFired, with: {fault: reply-droped}}]", "did you mean reply-dropped?"),
            ("never: [{event: attached, with: {orderId: A}}]", "attached has no field orderId: it has none"),
            ("never: [{event: replySent, with: {command: \"x*\"}}]", "command of replySent is never \"x*\""),
        ])
    func typos(text: String, reason: String) {
        let error = #expect(throws: DocumentError.self) {
            try Scenario(Document(parsing: "scenario: x\n\(text)", name: "test"))
        }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("a value may end with a star, where something begins like it")
    func star() throws {
        for value in ["PROC*", "*", "SUCCESS"] {
            let text = "scenario: x\nnever: [{event: replySent, with: {result: \"\(value)\"}}]"
            _ = try Scenario(Document(parsing: text, name: "test"))
        }
    }

    @Test("the schema has the fields of all kinds, each with a description")
    func schema() throws {
        let schema = try #require(
            JSONSerialization.jsonObject(with: Data(ScenarioVocabulary.device.schemaText.utf8)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        let fields = try #require((definitions["fields"] as? [String: Any])?["properties"] as? [String: [String: Any]])
        #expect(Set(fields.keys) == Set(Event.Kind.allCases.flatMap { $0.fields.map(\.name) }))
        #expect(fields.values.allSatisfy { ($0["description"] as? String)?.isEmpty == false })
    }
}
