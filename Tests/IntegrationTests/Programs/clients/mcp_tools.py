"""The MCP servers of PyPI ant-intl-alipayplus-mcp and ant-intl-antom-mcp as assistants start them: asked by their tools for
a payment that a customer made by tapping a device. The server's command, its gateway, and its tool that asks."""

import asyncio
import json
import os
import sys

import till
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

command, gateway, inquiry = sys.argv[1:]
server = StdioServerParameters(
    command=os.path.join(os.path.dirname(sys.executable), command),
    env={
        **os.environ,
        "GATEWAY_URL": gateway,
        "CLIENT_ID": till.client_id,
        "MERCHANT_PRIVATE_KEY": till.key("client-private-pkcs1.txt"),
        "ALIPAY_PUBLIC_KEY": till.key("gateway-public.txt"),
        "PAYMENT_REDIRECT_URL": "https://shop.example/",
        "PAYMENT_NOTIFY_URL": "https://shop.example/notify",
        # One server warns of each that is missing where its protocol has JSON.
        "SETTLEMENT_CURRENCY": "THB",
        "MERCHANT_NAME": "Tea",
        "MERCHANT_ID": "M1",
        "MERCHANT_MCC": "5411",
        "MERCHANT_REGION": "TH",
    },
)


def call(tool):
    """What a tool says of the payment, by a server of its own."""

    async def ask():
        with open(os.devnull, "w") as log:
            async with stdio_client(server, errlog=log) as (read, write), ClientSession(read, write) as session:
                await session.initialize()
                return (await session.call_tool(tool, {"payment_request_id": "A1"})).content[0].text

    return json.loads(asyncio.run(ask()))


till.bluetap("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1")
till.bluetap("tap", "--wallet", "Nok")
till.bluetap("wait", "paymentSucceeded", "--timeout", "120")


@till.works("inquiry of a tapped link")
def _():
    answer = call(inquiry)
    is_paid = answer.get("paymentResult", {}).get("resultStatus") == "S" or answer.get("paymentStatus") == "SUCCESS"
    till.expect(is_paid, answer)


@till.works("cancel")
def _():
    till.expect(call("cancel_payment")["result"]["resultStatus"] == "S", "it is not cancelled")
    till.expect("reversed" in till.bluetap("sandbox", "show", "A1"), "the money is not back")
