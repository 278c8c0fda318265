import BlueTap
import SandboxFaults
import Testing

@testable import Sandbox

@Suite("Faults of the sandbox")
struct SandboxFaultTests {
    /// What Alipay+'s pages name, and what a public implementation adds.
    private static let codes =
        """
        PROCESS_FAIL PARAM_ILLEGAL KEY_NOT_FOUND ACCESS_DENIED INVALID_CONTRACT INVALID_CODE EXPIRED_CODE \
        CURRENCY_NOT_SUPPORT INVALID_API ORDER_NOT_EXIST ORDER_IS_CLOSED RISK_REJECT USER_BALANCE_NOT_ENOUGH \
        USER_NOT_EXIST USER_STATUS_ABNORMAL UNAVAILABLE_PAYMENT_METHOD USER_PAYMENT_VERIFICATION_FAILED \
        MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED REPEAT_REQ_INCONSISTENT INVALID_CLIENT \
        MEDIA_TYPE_NOT_ACCEPTABLE METHOD_NOT_SUPPORTED BUSINESS_NOT_SUPPORT INVALID_SIGNATURE INVALID_TOKEN \
        NO_INTERFACE_DEF PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT REGULATION_RESTRICTION \
        USER_AMOUNT_EXCEED_LIMIT USER_KYC_NOT_QUALIFIED CANCEL_WINDOW_EXCEED REFUND_AMOUNT_EXCEED REFUND_WINDOW_EXCEED
        """.split(separator: " ").map(String.init)
    private static let unknowns = ["PAYMENT_IN_PROCESS", "REQUEST_TRAFFIC_EXCEED_LIMIT", "UNKNOWN_EXCEPTION"]

    @Test("every documented code of Alipay+ is an answer that a rule gives, and nothing has changed")
    func answers() throws {
        let bench = try AcquirerBench()
        for code in Self.codes + Self.unknowns {
            _ = bench.api.faults.add(SandboxFault(.answer(code: code), on: .pay))
            let status = Self.unknowns.contains(code) ? "U" : "F"
            #expect(try AcquirerBench.result(bench.send("pay", AcquirerBench.pay())) == "\(status) \(code)")
        }
        #expect(try bench.kinds().isEmpty)
        #expect(try AcquirerBench.result(bench.send("pay", AcquirerBench.pay())) == "S SUCCESS")
    }

    @Test("every documented code is one with which a payment fails by a rule, and so it stays", arguments: codes)
    func failures(_ code: String) throws {
        let bench = try AcquirerBench()
        _ = bench.api.faults.add(SandboxFault(.failure(code: code), on: .pay))
        #expect(try AcquirerBench.result(bench.send("pay", AcquirerBench.pay())) == "F \(code)")
        let found = try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#)
        #expect(try AcquirerBench.result(found) == "S SUCCESS")
        #expect(try AcquirerBench.result(found, "paymentResult") == "F \(code)")
        #expect(try bench.kinds() == [.created, .failed])
    }

    /// What is known of the legacy gateway's.
    private static let ofRequests =
        """
        ILLEGAL_SIGN ILLEGAL_SIGN_TYPE ILLEGAL_ARGUMENT ILLEGAL_PARTNER ILLEGAL_SERVICE ILLEGAL_EXTERFACE \
        ILLEGAL_PARTNER_EXTERFACE HAS_NO_PRIVILEGE SESSION_TIMEOUT SYSTEM_ERROR
        """.split(separator: " ").map(String.init)
    private static let ofBusiness =
        """
        INVALID_PARAMETER TRADE_NOT_EXIST TRANS_NOT_FOUND TRADE_HAS_SUCCESS TRADE_HAS_CLOSE TRADE_HAS_FINISHED \
        TRADE_STATUS_ERROR TRADE_BUYER_NOT_MATCH REASON_TRADE_BEEN_FREEZEN REASON_ILLEGAL_STATUS \
        BUYER_BALANCE_NOT_ENOUGH BUYER_NOT_EXIST BUYER_SELLER_EQUAL BUYER_ENABLE_STATUS_FORBID \
        BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR BEYOND_PAY_RESTRICTION CLIENT_VERSION_NOT_MATCH SOUNDWAVE_PARSER_FAIL \
        PULL_MOBILE_CASHIER_FAIL REFUND_AMT_RESTRICTION REFUND_AMT_NOT_EQUAL_TOTAL DISCORDANT_REPEAT_REQUEST \
        REQUEST_AMOUNT_EXCEED RETURN_AMOUNT_EXCEED EXIST_FORBIDDEN_WORD
        """.split(separator: " ").map(String.init)

    @Test("every code of the legacy gateway is an answer that a rule gives: of the request, or of the business")
    func legacyAnswers() throws {
        let bench = try LegacyBench()
        for code in Self.ofRequests + Self.ofBusiness {
            _ = bench.gateway.faults.add(SandboxFault(.answer(code: code), on: .any, count: 2))
            let isOfRequest = Self.ofRequests.contains(code)
            let paid = LegacyBench.result(try bench.send(LegacyBench.pay()))
            #expect(paid == "\(isOfRequest ? "F" : "FAILED") \(code)")
            let found = LegacyBench.result(try bench.send(LegacyBench.query()))
            #expect(found == "\(isOfRequest ? "F" : "FAIL") \(code)")
        }
        #expect(try bench.kinds().isEmpty)
        #expect(LegacyBench.result(try bench.send(LegacyBench.pay())) == "SUCCESS")
    }

    @Test("a payment of the legacy gateway fails by a rule, and so it stays")
    func legacyFailure() throws {
        let bench = try LegacyBench()
        _ = bench.gateway.faults.add(SandboxFault(.failure(code: "BUYER_SELLER_EQUAL"), on: .pay))
        for _ in 0..<2 {
            #expect(LegacyBench.result(try bench.send(LegacyBench.pay())) == "FAILED BUYER_SELLER_EQUAL")
        }
        #expect(LegacyBench.status(try bench.send(LegacyBench.query())) == "TRADE_CLOSED")
        #expect(try bench.kinds() == [.created, .failed])
    }

    @Test(
        "where nobody knows, the legacy gateway says so, has done it all the same, and says what at the next question")
    func legacyUnknown() throws {
        let bench = try LegacyBench()
        _ = bench.gateway.faults.add(SandboxFault(.unknown, on: .any, count: 3))
        #expect(LegacyBench.result(try bench.send(LegacyBench.pay())) == "UNKNOW")
        #expect(LegacyBench.result(try bench.send(LegacyBench.query())) == "F SYSTEM_ERROR")
        #expect(LegacyBench.field("retry_flag", try bench.send(LegacyBench.cancel())) == "Y")
        let again = try bench.send(LegacyBench.cancel())
        #expect(LegacyBench.result(again) == "SUCCESS" && LegacyBench.field("action", again) == "refund")
        #expect(try bench.kinds() == [.created, .paid, .reversed])
    }

    @Test("faults that happen no more make room for others; those that wait do not")
    func room() {
        let board = SandboxFaultBoard()
        let spent = SandboxFault(.unknown, on: .pay)
        for _ in 0..<SandboxFaultBoard.capacity {
            #expect(board.add(spent) != nil)
            _ = board.take(SandboxFault.Moment(occasion: .pay, orderID: "A1", amount: 1, time: Instant(nanoseconds: 0)))
        }
        for _ in 0..<SandboxFaultBoard.capacity { #expect(board.add(spent) != nil) }
        #expect(board.add(spent) == nil)
        #expect(board.armed.count == SandboxFaultBoard.capacity)
    }
}
