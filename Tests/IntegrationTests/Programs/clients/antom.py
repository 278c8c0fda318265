"""PyPI global-open-sdk-python, as ant-intl-antom-mcp and antom-test-server bring it: Antom's in-store API."""

import json
from datetime import datetime, timedelta, timezone

import till
from com.alipay.ams.api.default_alipay_client import DefaultAlipayClient
from com.alipay.ams.api.exception.exception import AlipayApiException
from com.alipay.ams.api.model.amount import Amount
from com.alipay.ams.api.model.env import Env
from com.alipay.ams.api.model.merchant import Merchant
from com.alipay.ams.api.model.order import Order
from com.alipay.ams.api.model.store import Store
from com.alipay.ams.api.request.pay.alipay_pay_cancel_request import AlipayPayCancelRequest
from com.alipay.ams.api.request.pay.alipay_pay_query_request import AlipayPayQueryRequest
from com.alipay.ams.api.request.pay.alipay_refund_request import AlipayRefundRequest
from com.alipay.ams.api.request.pay.entry_code_payment_request import EntryCodePaymentRequest
from com.alipay.ams.api.request.pay.order_code_payment_request import OrderCodePaymentRequest
from com.alipay.ams.api.request.pay.user_presented_code_payment_request import UserPresentedCodePaymentRequest
from com.alipay.ams.api.tools.webhook_tool import check_signature

gateway = "https://open-sea-global.alipay.com"
private_key, public_key = till.key("client-private-pkcs1.txt"), till.key("gateway-public.txt")
client = DefaultAlipayClient(gateway, till.client_id, private_key, public_key)
listener = till.Listener(lambda *_: ({"Content-Type": "application/json"}, till.acknowledgement()))
now = datetime.now(timezone.utc)
expiry = (now + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")


def order(name):
    order = Order()
    order.reference_order_id, order.order_description = f"order-{name}", "Tea"
    order.order_amount = Amount("THB", "1250")
    order.merchant = Merchant()
    order.merchant.reference_merchant_id, order.merchant.merchant_name = "M1", "Tea shop"
    order.merchant.merchant_mcc = "5411"
    order.merchant.store = Store()
    order.merchant.store.reference_store_id, order.merchant.store.store_name = "S1", "Tea shop"
    order.merchant.store.store_mcc = "5411"
    order.env = Env()
    order.env.store_terminal_id, order.env.user_agent = "T1", "till"
    order.env.store_terminal_request_time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return order


def inquiry(name):
    request = AlipayPayQueryRequest()
    request.payment_request_id = name
    return client.execute(request)


@till.works("pay by shown code")
def _():
    code = till.bluetap("sandbox", "code")
    answer = client.execute(
        UserPresentedCodePaymentRequest("P1", order("P1"), "THB", "1250", code, listener.url, expiry))
    till.expect(till.status(answer) == "S SUCCESS", answer)


@till.works("notification verified by the SDK")
def _():
    path, headers, body = listener.next()
    is_true = check_signature(
        "POST", path, headers["client-id"], headers["request-time"], body, headers["signature"], public_key)
    till.expect(is_true and till.status(body) == "S SUCCESS", body)
    till.expect("notificationAcknowledged" in till.bluetap("sandbox", "show", "P1"), "it is not acknowledged")


@till.works("order code")
def _():
    answer = json.loads(client.execute(OrderCodePaymentRequest("P2", order("P2"), "THB", "1250", listener.url, expiry)))
    till.expect(answer["orderCodeForm"]["codeDetails"][0]["codeValue"], answer)


@till.works("entry code")
def _():
    request = EntryCodePaymentRequest("P3", order("P3"), "THB", "1250", listener.url, "https://shop.example/", expiry)
    answer = json.loads(client.execute(request))
    till.expect(answer["redirectActionForm"]["redirectUrl"], answer)


@till.works("inquiry")
def _():
    till.expect(json.loads(inquiry("P2"))["paymentStatus"] == "PROCESSING", "P2 is not open")
    till.bluetap("sandbox", "pay", "P2")
    till.expect(json.loads(inquiry("P2"))["paymentStatus"] == "SUCCESS", "P2 is not paid")


@till.works("cancel")
def _():
    request = AlipayPayCancelRequest()
    request.payment_request_id = "P3"
    till.expect(till.status(client.execute(request)) == "S SUCCESS", "it is not cancelled")


@till.works("refund")
def _():
    paid = json.loads(inquiry("P1"))
    request = AlipayRefundRequest()
    request.payment_id, request.refund_request_id = paid["paymentId"], "R1"
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
            request = AlipayPayQueryRequest()
            request.payment_request_id = "P1"
            wrong.execute(request)
        except AlipayApiException:
            continue
        raise AssertionError("it is not detected")
    why = till.bluetap("sandbox", "show")
    till.expect("it was made with another private key than the client's" in why, why)


@till.works("faults noticed")
def _():
    for fault in ["unsigned", "no-response-time", "wrong-signature", "bad-gateway", "reset", "bad-certificate"]:
        till.bluetap("sandbox", "fault", "add", fault)
        try:
            inquiry("P1")
        except Exception:
            # It happens once.
            inquiry("P1")
            continue
        raise AssertionError(f"{fault} is not noticed")
