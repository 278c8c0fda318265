"""PyPI ant-intl-alipayplus-mcp: the SDK in it, for acquirers, at the host name of its own documents."""

import json

import till
from alipayplusmcp.sdk.default_alipay_client import DefaultAlipayClient
from alipayplusmcp.sdk.exception.exception import AlipayApiException
from alipayplusmcp.sdk.model.amount import Amount
from alipayplusmcp.sdk.model.env import Env
from alipayplusmcp.sdk.model.in_store_payment_scenario import InStorePaymentScenario
from alipayplusmcp.sdk.model.order import Order
from alipayplusmcp.sdk.model.payment_factor import PaymentFactor
from alipayplusmcp.sdk.model.payment_method import PaymentMethod
from alipayplusmcp.sdk.request.pay.alipay_cancel_payment_request import AlipayCancelPaymentRequest
from alipayplusmcp.sdk.request.pay.alipay_inquiry_payment_request import AlipayInquiryPaymentRequest
from alipayplusmcp.sdk.request.pay.alipay_pay_request import AlipayPayRequest
from alipayplusmcp.sdk.request.pay.alipay_refund_request import AlipayRefundRequest
from alipayplusmcp.sdk.tools.date_tools import get_cur_iso8601_time
from alipayplusmcp.sdk.tools.signature_tool import sign, verify

gateway = "https://open-sea-global.alipayplus.com"
private_key, public_key = till.key("client-private-pkcs1.txt"), till.key("gateway-public.txt")
client = DefaultAlipayClient(gateway, till.client_id, private_key, public_key)


def acknowledge(path, headers, body):
    time, answer = get_cur_iso8601_time(), till.acknowledgement()
    signature = sign("POST", path, headers["client-id"], time, answer, private_key)
    return {
        "Content-Type": "application/json; charset=UTF-8",
        "client-id": headers["client-id"],
        "response-time": time,
        "signature": f"algorithm=RSA256,keyVersion=1,signature={signature}",
    }, answer


listener = till.Listener(acknowledge)


def payment(name, scenario, code=None):
    request = AlipayPayRequest()
    request.payment_request_id = name
    request.payment_amount = Amount("THB", "1250")
    request.order = Order()
    request.order.reference_order_id = f"order-{name}"
    request.order.order_description = "Tea"
    request.order.order_amount = Amount("THB", "1250")
    # Its own class knows no store.
    store = {"referenceStoreId": "S1", "storeName": "Tea shop", "storeMCC": "5411"}
    request.order.merchant = {
        "referenceMerchantId": "M1", "merchantName": "Tea shop", "merchantMCC": "5411", "store": store}
    request.order.env = Env()
    request.order.env.terminal_type = "WEB"
    request.order.env.user_agent = "till"
    request.payment_method = PaymentMethod()
    request.payment_method.payment_method_type = "CONNECT_WALLET"
    if code:
        # The SDK's own class leaves the code out.
        request.payment_method = {"paymentMethodType": "CONNECT_WALLET", "paymentMethodId": code}
    request.payment_factor = PaymentFactor()
    request.payment_factor.is_in_store_payment = True
    request.payment_factor.in_store_payment_scenario = scenario
    request.payment_notify_url = listener.url
    return client.execute(request)


def inquiry(name):
    request = AlipayInquiryPaymentRequest()
    request.payment_request_id = name
    return client.execute(request)


@till.works("pay by shown code")
def _():
    answer = payment("P1", InStorePaymentScenario.PaymentCode, till.bluetap("sandbox", "code"))
    till.expect(till.status(answer) == "S SUCCESS", answer)


@till.works("notification verified by the SDK")
def _():
    path, headers, body = listener.next()
    signature = headers["signature"].split("signature=")[1]
    is_true = verify("POST", path, headers["client-id"], headers["request-time"], body, signature, public_key)
    till.expect(is_true and till.status(body, "paymentResult") == "S SUCCESS", body)
    till.expect("notificationAcknowledged" in till.bluetap("sandbox", "show", "P1"), "it is not acknowledged")


@till.works("order code")
def _():
    answer = json.loads(payment("P2", InStorePaymentScenario.OrderCode))
    till.expect(answer["orderCodeForm"]["codeDetails"][0]["codeValue"], answer)


@till.works("entry code")
def _():
    answer = json.loads(payment("P3", InStorePaymentScenario.EntryCode))
    till.expect(answer.get("paymentUrl"), answer)


@till.works("inquiry")
def _():
    till.expect(till.status(inquiry("P2"), "paymentResult") == "U PAYMENT_IN_PROCESS", "P2 is not open")
    till.bluetap("sandbox", "pay", "P2")
    till.expect(till.status(inquiry("P2"), "paymentResult") == "S SUCCESS", "P2 is not paid")


@till.works("cancel")
def _():
    request = AlipayCancelPaymentRequest()
    request.payment_request_id = "P3"
    till.expect(till.status(client.execute(request)) == "S SUCCESS", "it is not cancelled")


@till.works("refund")
def _():
    request = AlipayRefundRequest()
    request.payment_request_id, request.refund_request_id = "P1", "R1"
    request.refund_amount = Amount("THB", "250")
    answer = client.execute(request)
    till.expect(till.status(answer) == "S SUCCESS" and json.loads(answer)["refundId"], answer)


@till.works("wrong key detected")
def _():
    for wrong in [
        DefaultAlipayClient(gateway, till.client_id, private_key, till.key("client-public.txt")),
        DefaultAlipayClient(gateway, till.client_id, till.key("other-private-pkcs1.txt"), public_key),
    ]:
        try:
            request = AlipayInquiryPaymentRequest()
            request.payment_request_id = "P1"
            wrong.execute(request)
        except AlipayApiException:
            continue
        raise AssertionError("it is not detected")
    why = till.bluetap("sandbox", "show")
    till.expect("it was made with another private key than the client's" in why, why)


@till.works("faults noticed")
def _():
    for fault in ["unsigned", "no-response-time", "wrong-signature", "bad-gateway", "reset"]:
        till.bluetap("sandbox", "fault", "add", fault)
        try:
            inquiry("P1")
        except Exception:
            # It happens once.
            inquiry("P1")
            continue
        raise AssertionError(f"{fault} is not noticed")
