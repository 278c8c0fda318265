"""A till with a BlueTap: the customer taps the device, and the back end asks Alipay+ whether the money has come.

The order is asked for first (`pay`, OrderCode), then the device gets its pay command. USB never tells whether somebody
paid: a notification does, or `inquiryPayment`, every 3 seconds, until the payment has ended, at the latest after 900
seconds. What was sold is in a file before anybody is asked for money: a till that was switched off in between goes on
where it was.

    bluetap run --clock virtual --sandbox 127.0.0.1:0 --scenario Examples/sandbox/till-paid.yaml -- \\
      python3 Examples/sandbox/till.py --order A1 --amount 12.50
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from datetime import datetime, timedelta
from typing import Any, Callable, Dict, List, Optional, Tuple

import control
from acquirer_api import AcquirerAPI, NoAnswer, NotificationServer
from bluetaplib import CancelCommand, PayCommand, PaymentMethod, ResultCode, TinyCommand
from keys import Keys
from money import decimal, units
from sales import Sale, Sales


class Refused(Exception):
    """The till does not sell that."""


class Till:
    INQUIRE_EVERY = timedelta(seconds=3)
    TIME_TO_PAY = timedelta(seconds=900)
    TRIES = 5
    # What the device takes.
    LONGEST_AMOUNT = 8

    def __init__(
        self, api: AcquirerAPI, clock, tell: Callable[[str], None] = print, sales: Optional[Sales] = None,
        currency: str = "THB", notify: Optional[Callable[[Callable[[Dict[str, Any]], None]], NotificationServer]] = None,
    ) -> None:
        self._api = api
        self._clock = clock
        self._tell = tell
        self._device = TinyCommand()
        self._sales = sales or Sales()
        self._currency = currency
        # The sales that are open, by the name of their request. Notifications come on a thread of their own.
        self._open: Dict[str, Sale] = {}
        self._lock = threading.RLock()
        self._server = notify(self._heard) if notify else None

    def close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    # MARK: A sale

    def start(self, order: str, amount: int) -> Sale:
        """Asks for the order and lets the device show it. An order that was tried before gets a request of its own."""
        for earlier in self._sales.of_order(order):
            if earlier.state in ("paid", "unknown"):
                raise Refused(f"{order} is {earlier.state} already: {earlier.request}")
            if earlier.state == "open":
                # Two payments of one order would charge the customer twice.
                earlier = self.inquire(self._open.get(earlier.request, earlier))
                if earlier.state == "paid":
                    raise Refused(f"{order} is paid already: {earlier.request}")
                if earlier.state == "open":
                    self.cancel(earlier, reason="tried anew")
        sale = self._sales.begin(order, amount, self._currency, self._clock.now() + self.TIME_TO_PAY)
        self._open[sale.request] = sale
        result = self._order(sale)
        if result["resultStatus"] == "F":
            return self._end(sale, "failed", result["resultCode"])
        text = decimal(amount, self._currency)
        sent = self._device.SendPayCommand(
            PayCommand(
                PaymentMethod.ALIPAY_PLUS, Amount=text if len(text) <= self.LONGEST_AMOUNT else None, OrderId=order,
                ExpiryTime=int(self.TIME_TO_PAY.total_seconds()),
            )
        )
        if sent is not ResultCode.SUCCESS:
            # It may show the link all the same, if only its reply was lost.
            return self.cancel(sale, reason=sent.value)
        self._tell("please tap")
        return sale

    def resume(self) -> List[Sale]:
        """After a restart: what became of the sales that were open. Those that wait still can be waited for."""
        sales = self._sales.open()
        for sale in sales:
            self._open[sale.request] = sale
            self._tell(f"{sale.order} was open")
            status = self._ask(sale)
            if status[1] == "ORDER_NOT_EXIST":
                # It was never asked for, and nobody can pay it. The device may show it all the same.
                self.cancel(sale, reason="never asked for")
            else:
                self._take(sale, *status)
            if sale.state == "open" and self._clock.now() >= sale.expires:
                self.cancel(sale, state="expired")
        return sales

    def wait(self, sale: Sale, until: Optional[datetime] = None) -> Sale:
        """Inquires until the sale has ended, or until then: the cashier may have something else to do."""
        due = self._clock.now()
        while sale.state == "open":
            due += self.INQUIRE_EVERY
            if until is not None and due > until:
                self._clock.wait_until(until)
                break
            self._clock.wait_until(due)
            if sale.state == "open":
                self.inquire(sale)
            if sale.state == "open" and due >= sale.expires:
                self.cancel(sale, state="expired")
        return sale

    def inquire(self, sale: Sale) -> Sale:
        """Asks once whether the customer has paid."""
        return self._take(sale, *self._ask(sale))

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

    # MARK: What the gateway says

    def _heard(self, told: Dict[str, Any]) -> None:
        """The gateway notifies. It may do so twice, late, or of what is not this till's."""
        result = told["paymentResult"]
        with self._lock:
            sale = self._open.get(told["paymentRequestId"])
            if sale is not None and result["resultStatus"] in ("S", "F"):
                self._take(sale, result["resultStatus"], result["resultCode"], told)

    def _take(self, sale: Sale, status: str, code: str, answer: Dict[str, Any]) -> Sale:
        """What an inquiry or a notification tells of a payment."""
        with self._lock:
            if sale.state != "open":
                return sale
            if status == "S":
                return self._paid(sale, answer)
            if status == "F" and code in ("ORDER_IS_CLOSED", "ORDER_IS_CANCELED"):
                return self._end(sale, "expired" if self._clock.now() >= sale.expires else "cancelled")
            if status == "F":
                # The wallet has refused: nobody is to tap that link any more.
                self._device.SendCancelCommand(CancelCommand(OrderId=sale.order))
                return self._end(sale, "failed", code)
            return sale

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
        amount = {"currency": sale.currency, "value": str(sale.amount)}
        address = {"paymentNotifyUrl": self._server.url} if self._server else {}
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
                    **address,
                )["result"]
                break
            except NoAnswer as error:
                self._tell(f"the order is not answered: {error}")
        return result

    def _paid(self, sale: Sale, answer: Dict[str, Any]) -> Sale:
        paid = answer["paymentAmount"]
        if paid != {"currency": sale.currency, "value": str(sale.amount)}:
            return self._end(sale, "unknown", f"paid {paid['value']} {paid['currency']}")
        sale.receipt = "\n".join(
            [
                f"order    {sale.order}",
                f"paid     {decimal(sale.amount, sale.currency)} {sale.currency}",
                f"at       {answer['paymentTime']}",
                f"payment  {answer['paymentId']}",
            ]
        )
        self._end(sale, "paid")
        self._tell(sale.receipt)
        return sale

    def _end(self, sale: Sale, state: str, reason: str = "") -> Sale:
        with self._lock:
            sale.state, sale.reason = state, reason
            self._sales.keep(sale)
            self._open.pop(sale.request, None)
        self._tell(f"{sale.order}  {state}  {reason}".rstrip())
        return sale


def main() -> None:
    parser = argparse.ArgumentParser(description="A sale at a till with a BlueTap.")
    parser.add_argument("--order", required=True)
    parser.add_argument("--amount", required=True, help="such as 12.50")
    parser.add_argument("--currency", default="THB", help="such as JPY; the sandbox's is --sandbox-currency")
    parser.add_argument("--cancel-after", type=int, metavar="SECONDS", help="the cashier cancels then")
    parser.add_argument("--keys", metavar="FOLDER", help="sign, and believe only who signs, with the keys in it")
    parser.add_argument("--sales", metavar="FILE", default=":memory:", help="keep the sales in this SQLite file")
    arguments = parser.parse_args()
    try:
        amount = units(arguments.amount, arguments.currency)
    except ValueError as error:
        parser.error(str(error))
    clock = control.clock()
    keys = Keys(arguments.keys) if arguments.keys else None
    till = Till(
        AcquirerAPI(os.environ["BLUETAP_SANDBOX"], clock, keys=keys), clock, sales=Sales(arguments.sales),
        currency=arguments.currency, notify=lambda heard: NotificationServer(clock, heard, keys),
    )
    try:
        for open_sale in till.resume():
            till.wait(open_sale)
        sale = till.start(arguments.order, amount)
        if arguments.cancel_after is not None:
            till.wait(sale, until=clock.now() + timedelta(seconds=arguments.cancel_after))
            if sale.state == "open":
                till.cancel(sale)
        till.wait(sale)
    except Refused as error:
        sys.exit(str(error))
    finally:
        till.close()
    # Each end that is known is a good one.
    sys.exit(sale.state in ("open", "unknown"))


if __name__ == "__main__":
    main()
