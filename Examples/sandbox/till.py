"""A till with a BlueTap: the customer taps the device, and the back end asks Alipay+ whether the money has come.

The order is asked for first (`pay`, OrderCode), then the device gets its pay command. USB never tells whether somebody
paid: `inquiryPayment` does, every 3 seconds, until the payment has ended, at the latest after 900 seconds.

    bluetap run --clock virtual --sandbox 127.0.0.1:0 --scenario Examples/sandbox/till-paid.yaml -- \\
      python3 Examples/sandbox/till.py --order A1 --amount 12.50
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Callable, Dict, Optional, Tuple

import control
from bluetaplib import CancelCommand, PayCommand, PaymentMethod, ResultCode, TinyCommand
from money import decimal, units

CURRENCY = "THB"


class NoAnswer(Exception):
    """Nobody knows what came of a request."""


class AcquirerAPI:
    """A client of Alipay+'s API for acquirers. It signs nothing: Python's own library has no RSA."""

    def __init__(self, url: str, clock, client: str = "SANDBOX_BLUETAP", timeout: float = 5) -> None:
        self._url = url
        self._clock = clock
        self._client = client
        # For one answer, in real seconds.
        self._timeout = timeout

    def call(self, name: str, **body: Any) -> Dict[str, Any]:
        request = urllib.request.Request(
            f"{self._url}/aps/api/v1/payments/{name}",
            json.dumps(body).encode(),
            {
                "Content-Type": "application/json; charset=UTF-8",
                "Client-Id": self._client,
                "Request-Time": self._clock.now().isoformat(timespec="seconds"),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                return json.load(response)
        except (OSError, ValueError) as error:
            raise NoAnswer(str(error)) from error


@dataclass
class Sale:
    order: str
    # The idempotency key: repeated, it makes no second payment.
    request: str
    amount: int
    expires: datetime
    # open, paid, failed, cancelled, expired; or unknown, which is somebody's to look at.
    state: str = "open"
    reason: str = ""
    receipt: Optional[str] = None


class Till:
    INQUIRE_EVERY = timedelta(seconds=3)
    TIME_TO_PAY = timedelta(seconds=900)
    TRIES = 5

    def __init__(self, api: AcquirerAPI, clock, tell: Callable[[str], None] = print) -> None:
        self._api = api
        self._clock = clock
        self._tell = tell
        self._device = TinyCommand()

    def start(self, order: str, amount: int) -> Sale:
        """Asks for the order and lets the device show it."""
        sale = Sale(order, f"{order}-1", amount, self._clock.now() + self.TIME_TO_PAY)
        result = self._order(sale)
        if result["resultStatus"] == "F":
            return self._end(sale, "failed", result["resultCode"])
        sent = self._device.SendPayCommand(
            PayCommand(
                PaymentMethod.ALIPAY_PLUS, Amount=decimal(amount), OrderId=order,
                ExpiryTime=int(self.TIME_TO_PAY.total_seconds()),
            )
        )
        if sent is not ResultCode.SUCCESS:
            # It may show the link all the same, if only its reply was lost.
            return self.cancel(sale, reason=sent.value)
        self._tell("please tap")
        return sale

    def wait(self, sale: Sale, until: Optional[datetime] = None) -> Sale:
        """Inquires until the sale has ended, or until then: the cashier may have something else to do."""
        due = self._clock.now()
        while sale.state == "open":
            due += self.INQUIRE_EVERY
            if until is not None and due > until:
                self._clock.wait_until(until)
                break
            self._clock.wait_until(due)
            self.inquire(sale)
            if sale.state == "open" and due >= sale.expires:
                self.cancel(sale, state="expired")
        return sale

    def inquire(self, sale: Sale) -> Sale:
        """Asks once whether the customer has paid."""
        status, code, answer = self._ask(sale)
        if status == "S":
            return self._paid(sale, answer)
        if status == "F" and code == "ORDER_IS_CLOSED":
            return self._end(sale, "expired" if self._clock.now() >= sale.expires else "cancelled")
        if status == "F":
            # The wallet has refused: nobody is to tap that link any more.
            self._device.SendCancelCommand(CancelCommand(OrderId=sale.order))
            return self._end(sale, "failed", code)
        return sale

    def cancel(self, sale: Sale, state: str = "cancelled", reason: str = "") -> Sale:
        """The cashier cancels: the device first, so that nobody taps any more; then the payment.

        What was paid, or is on its way, goes back.
        """
        sent = self._device.SendCancelCommand(CancelCommand(OrderId=sale.order))
        if sent is not ResultCode.SUCCESS:
            self._tell(f"the device does not cancel: {sent.value}")
        # As documented: before a cancel there is at least one inquiry.
        if self._ask(sale)[0] == "S":
            reason = "what was paid goes back"
        for _ in range(self.TRIES):
            try:
                result = self._api.call("cancelPayment", paymentRequestId=sale.request)["result"]
                if result["resultStatus"] == "S" or result["resultCode"] == "ORDER_NOT_EXIST":
                    return self._end(sale, state, reason)
                if result["resultStatus"] == "F":
                    return self._end(sale, "unknown", result["resultCode"])
            except NoAnswer as error:
                self._tell(f"the cancel is not answered: {error}")
            self._clock.wait_until(self._clock.now() + self.INQUIRE_EVERY)
        return self._end(sale, "unknown", "nobody answers a cancel")

    def _ask(self, sale: Sale) -> Tuple[str, str, Dict[str, Any]]:
        """The payment's status and code, and the whole answer. U: nobody knows yet."""
        try:
            answer = self._api.call("inquiryPayment", paymentRequestId=sale.request)
        except NoAnswer as error:
            self._tell(f"the inquiry is not answered: {error}")
            return "U", "", {}
        # `result` is of the inquiry itself: F ORDER_NOT_EXIST, say, may be too early a question.
        if answer["result"]["resultStatus"] != "S":
            return "U", answer["result"]["resultCode"], answer
        payment = answer["paymentResult"]
        return payment["resultStatus"], payment["resultCode"], answer

    def _order(self, sale: Sale) -> Dict[str, str]:
        """What the request came to. Without an answer it is repeated, and the inquiries tell."""
        amount = {"currency": CURRENCY, "value": str(sale.amount)}
        result = {"resultStatus": "U", "resultCode": "UNKNOWN_EXCEPTION"}
        for _ in range(self.TRIES):
            try:
                result = self._api.call(
                    "pay",
                    paymentRequestId=sale.request,
                    order={"referenceOrderId": sale.order, "orderDescription": "Lunch", "orderAmount": amount},
                    paymentAmount=amount,
                    paymentMethod={"paymentMethodType": "CONNECT_WALLET"},
                    paymentFactor={"isInStorePayment": "true", "inStorePaymentScenario": "OrderCode"},
                    paymentExpiryTime=sale.expires.isoformat(timespec="seconds"),
                )["result"]
                break
            except NoAnswer as error:
                self._tell(f"the order is not answered: {error}")
        return result

    def _paid(self, sale: Sale, answer: Dict[str, Any]) -> Sale:
        paid = answer["paymentAmount"]
        if paid != {"currency": CURRENCY, "value": str(sale.amount)}:
            return self._end(sale, "unknown", f"paid {paid['value']} {paid['currency']}")
        sale.receipt = "\n".join(
            [
                f"order    {sale.order}",
                f"paid     {decimal(sale.amount)} {CURRENCY}",
                f"at       {answer['paymentTime']}",
                f"payment  {answer['paymentId']}",
            ]
        )
        self._end(sale, "paid")
        self._tell(sale.receipt)
        return sale

    def _end(self, sale: Sale, state: str, reason: str = "") -> Sale:
        sale.state, sale.reason = state, reason
        self._tell(f"{sale.order}  {state}  {reason}".rstrip())
        return sale


def main() -> None:
    parser = argparse.ArgumentParser(description="A sale at a till with a BlueTap.")
    parser.add_argument("--order", required=True)
    parser.add_argument("--amount", required=True, type=units, help="such as 12.50")
    parser.add_argument("--cancel-after", type=int, metavar="SECONDS", help="the cashier cancels then")
    arguments = parser.parse_args()
    clock = control.clock()
    till = Till(AcquirerAPI(os.environ["BLUETAP_SANDBOX"], clock), clock)
    sale = till.start(arguments.order, arguments.amount)
    if arguments.cancel_after is not None:
        till.wait(sale, until=clock.now() + timedelta(seconds=arguments.cancel_after))
        if sale.state == "open":
            till.cancel(sale)
    till.wait(sale)
    # Each end that is known is a good one.
    sys.exit(sale.state in ("open", "unknown"))


if __name__ == "__main__":
    main()
