import BlueTap
import TestSupport
import Testing
import WireFormat

@testable import Learning

@Suite("The next question")
struct NextQuestionTests {
    /// 26 bytes: 50 or 43, the method's place, cents and expiry big-endian, 16 characters of the order.
    private static func sample(
        _ method: PaymentMethod?, _ amount: String? = nil, _ order: String? = nil, _ expiry: Int64? = nil,
        _ result: ResultCode = .success
    ) -> Sample {
        let command: Command =
            method.map { .pay(PayCommand($0, amount: amount, orderID: order, expiryTime: expiry)) }
            ?? .cancel(CancelCommand(orderID: order))
        let cents = IntegerFormat(decimals: 2).number(of: amount ?? "0") ?? 0
        func bytes(_ number: Int64) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
        let text = Array((order ?? "").utf8)
        let report =
            [method == nil ? 0x43 : 0x50, UInt8(method.flatMap { PaymentMethod.allCases.firstIndex(of: $0) } ?? 0)]
            + bytes(cents) + bytes(expiry ?? 0) + text + [UInt8](repeating: 0, count: 16 - text.count)
        let code = UInt8(ResultCode.allCases.firstIndex(of: result) ?? 0)
        return Sample(command: command, reports: [report], replies: [[0x52, code]], result: result, name: "one")
    }

    @Test("of three samples it asks for what is missing, several things in one command")
    func first() throws {
        let samples = [
            Self.sample(.trueMoney, "12.50", "A1", 900), Self.sample(.trueMoney, "0.07", "B", 60),
            Self.sample(nil, nil, "C7"),
        ]
        let question = try #require(try Learner(samples, now: { .zero }).learn().nextQuestion)
        #expect(question.commands.count == 1 && !question.isLast && !question.reason.isEmpty)
        #expect(!samples.map(\.command).contains(question.commands[0]))
        #expect(question.result.map { $0 != .success } ?? false, "\(question)")
    }

    @Test("what is asked for is not asked again, and obeying comes to an end")
    func obeyed() throws {
        var samples = [
            Self.sample(.trueMoney, "12.50", "A1", 900), Self.sample(.sevenEleven, "0.07", "B", 60),
            Self.sample(nil, nil, "C7"),
        ]
        var asked: [NextQuestion] = []
        while samples.count < 25, let question = try Learner(samples, now: { .zero }).learn().nextQuestion,
            !question.isLast
        {
            asked.append(question)
            for command in question.commands {
                let values = FieldValues(command)
                let method = values[.paymentMethod].flatMap(PaymentMethod.init(rawValue:))
                samples.append(
                    Self.sample(
                        method, values[.amount], values[.orderID],
                        values.number(.expiryTime),
                        question.result ?? .success))
            }
        }
        #expect(samples.count < 25, "\(asked.suffix(3))")
        #expect(Set(asked).count == asked.count)
    }

    @Test("bytes that are as even as a cipher's cannot be said, once all was sent")
    func cipher() throws {
        var generator = SeededGenerator(seed: 11)
        let methods = PaymentMethod.allCases
        let samples = (0..<24).map { number in
            var sample = Self.sample(
                methods[number % 4], "\(number + 1).\(10 + number)", "A\(number)", Int64(60 * number + 60))
            sample.reports = [[0x01] + (0..<63).map { _ in UInt8.random(in: 0...255, using: &generator) }]
            return sample
        }
        #expect(Survey(samples).looksRandom)
        #expect(!Survey(samples.map { sample in Self.sample(.trueMoney, "1.00", "A", 9) }).looksRandom)
        let lesson = try Learner(samples, now: { .zero }).learn()
        #expect(!lesson.unexplained.isEmpty)
        #expect(lesson.nextQuestion != nil)
    }

    @Test("what bytes change with")
    func variation() {
        func variation(_ rows: [(String, String, [UInt8])]) -> Variation {
            Variation(
                rows.map { method, order, bytes in
                    (FieldValues(.pay(PayCommand(paymentMethod: method, orderID: order))), .pay, bytes)
                })
        }
        #expect(variation([("a", "1", [7]), ("b", "2", [7])]) == .never)
        #expect(
            variation([("a", "1", [7]), ("a", "2", [7]), ("b", "3", [8]), ("b", "4", [8])]) == .with(.paymentMethod))
        #expect(variation([("a", "1", [7]), ("a", "1", [8]), ("b", "3", [8])]) == .byThemselves)
        #expect(variation([("a", "1", [7]), ("a", "2", [8]), ("b", "3", [9])]) == .always)
        #expect(variation([("a", "1", [7]), ("a", "2", [8]), ("b", "3", [8])]) == .otherwise)
    }

    @Test("an advice in words is found again as data")
    func advice() {
        #expect(Request(advice: "send a cancel") == Request(kind: .cancel))
        #expect(Request(advice: Documented.probe(.expiryTime)).wishes == [.expiryTime: .text("86400")])
        #expect(Request(advice: "have the device answer PROCESS_FAIL").result == .processFail)
        #expect(Request(advice: "wait for rain") == Request())
    }

    @Test("wishes join where one command can have them all")
    func joined() throws {
        let method = Request.method(.alipayCN)
        let joined = try #require(method.joined(with: Request(kind: .pay, wishes: [.amount: .absent])))
        #expect(joined.description == "send a pay with the method ALIPAY_CN, without an amount")
        #expect(joined.joined(with: Request(kind: .cancel)) == nil)
        #expect(joined.joined(with: Request(wishes: [.amount: .given])) == nil)
        #expect(joined.joined(with: Request(result: .success))?.joined(with: Request(isRefused: true)) == nil)
    }
}
