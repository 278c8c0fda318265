"""A vending machine with a merchant's QR code on it: customers scan it and type an amount.

Its back end is told of payments by the gateway's asynchronous notification, never by the customer. It either

- lets customers pay first and then buy: what is left five minutes after the payment is refunded, or
- lets them buy first and then pay: it waits 25 seconds for the payment's result, then delivers or refunds.

    printf 'scan 50.00 Alice\\ntea\\nwait 300\\n' |
      bluetap run --clock virtual --sandbox 127.0.0.1:0 -- python3 Examples/sandbox/vending_machine.py pay-first
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Callable, Dict, List, Optional

import control
from keys import Keys
from legacy_gateway import Fields, LegacyGateway, NotificationServer, Refused, Unknown
from money import decimal, units

CURRENCY = "THB"


@dataclass
class Item:
    price: int
    left: int


@dataclass(frozen=True)
class Payment:
    # The gateway's name of it.
    order: str
    amount: int


@dataclass
class Credit:
    """Of a customer who has paid and may buy."""

    payment: Payment
    left: int
    until: datetime


@dataclass
class Choice:
    """Of a customer who has still to pay."""

    name: str
    price: int
    until: datetime


class VendingMachine:
    """What both kinds have. It does what is due whenever `tick` is called: in a machine, each second.

    One customer is served at a time. Money that buys nothing goes back, and each payment has at most one refund.
    """

    def __init__(
        self, name: str, items: Dict[str, Item], gateway: LegacyGateway, clock, tell: Callable[[str], None] = print
    ) -> None:
        self.items = items
        self.delivered: List[str] = []
        # Refunds that the gateway has yet to confirm: how much of which payment. A machine keeps them on its disk.
        self.owed: Dict[str, int] = {}
        # Refunds that the gateway will not make: somebody has to look at them.
        self.alarms: List[str] = []
        self._seen: set[str] = set()
        self._gateway = gateway
        self._clock = clock
        self._tell = tell
        # Notifications come on the server's thread.
        self._lock = threading.RLock()
        self._server = NotificationServer(gateway, self._heard)
        self.code = gateway.create_code(
            store=name, name="Tea Machines", industry="5814", currency=CURRENCY, notify_url=self._server.url,
            passback={"machine": name},
        )

    def close(self) -> None:
        self._server.close()

    def press(self, name: str) -> None:
        """The customer presses an item's button."""
        with self._lock:
            self.tick()
            item = self.items.get(name)
            if item is None or item.left == 0:
                self._tell(f"there is no {name}")
            else:
                self._chosen(name, item)

    def tick(self) -> None:
        with self._lock:
            self._end_what_is_over()
            self._give_back()

    # What the two kinds do differently.

    def _chosen(self, name: str, item: Item) -> None:
        raise NotImplementedError

    def _paid(self, payment: Payment) -> None:
        raise NotImplementedError

    def _end_what_is_over(self) -> None:
        raise NotImplementedError

    # What they do alike.

    def _heard(self, told: Fields) -> None:
        """The gateway notifies. The same payment may be told twice, and payments are not all that is told."""
        with self._lock:
            if told["notify_action_type"] != "payByAccountAction" or told["trade_status"] != "TRADE_SUCCESS":
                return
            if told.get("qrcode") != self.code or told["currency"] != CURRENCY or told["out_trade_no"] in self._seen:
                return
            self._seen.add(told["out_trade_no"])
            payment = Payment(told["out_trade_no"], units(told["total_fee"]))
            self._tell(f"paid {decimal(payment.amount)}")
            self._end_what_is_over()
            self._paid(payment)
            self._give_back()

    def _deliver(self, name: str) -> None:
        self.items[name].left -= 1
        self.delivered.append(name)
        self._tell(f"here is your {name}")

    def _owe(self, payment: Payment, amount: int) -> None:
        if amount > 0:
            self.owed[payment.order] = amount

    def _give_back(self) -> None:
        for order, amount in list(self.owed.items()):
            try:
                answer = self._gateway.refund(order, f"{order}-R", amount, CURRENCY, self._server.url)
            except Unknown as error:
                # Under the same name it is made once: asked again at the next tick.
                self._tell(f"the refund of {decimal(amount)} waits: {error}")
                continue
            except Refused as error:
                answer = {"result_code": "FAIL", "error": str(error)}
            del self.owed[order]
            if answer["result_code"] == "SUCCESS":
                self._tell(f"refunded {decimal(amount)}")
            else:
                self.alarms.append(f"{order}: {decimal(amount)} is not refunded: {answer.get('error')}")
                self._tell(self.alarms[-1])


class PayFirst(VendingMachine):
    """Case 1: the back end waits five minutes for what the customer does, then refunds what is left."""

    TIME_TO_BUY = timedelta(minutes=5)
    credit: Optional[Credit] = None

    def _paid(self, payment: Payment) -> None:
        if self.credit:
            self._tell("another customer is buying")
            self._owe(payment, payment.amount)
        else:
            self.credit = Credit(payment, payment.amount, self._clock.now() + self.TIME_TO_BUY)

    def _chosen(self, name: str, item: Item) -> None:
        if self.credit is None or self.credit.left < item.price:
            self._tell(f"{name} costs {decimal(item.price)}: scan the code to pay")
            return
        self.credit.left -= item.price
        self._deliver(name)
        if self.credit.left == 0:
            # The money has run out: there is nothing to refund.
            self.credit = None

    def _end_what_is_over(self) -> None:
        if self.credit and self._clock.now() >= self.credit.until:
            self._owe(self.credit.payment, self.credit.left)
            self.credit = None


class BuyFirst(VendingMachine):
    """Case 2: the back end waits 25 seconds for the payment's result, and then at once delivers or refunds."""

    TIME_TO_PAY = timedelta(seconds=25)
    choice: Optional[Choice] = None

    def _chosen(self, name: str, item: Item) -> None:
        self.choice = Choice(name, item.price, self._clock.now() + self.TIME_TO_PAY)
        self._tell(f"{name} costs {decimal(item.price)}: scan the code to pay")

    def _paid(self, payment: Payment) -> None:
        if self.choice is None or payment.amount < self.choice.price:
            self._owe(payment, payment.amount)
            return
        self._deliver(self.choice.name)
        self._owe(payment, payment.amount - self.choice.price)
        self.choice = None

    def _end_what_is_over(self) -> None:
        if self.choice and self._clock.now() >= self.choice.until:
            self._tell(f"nobody has paid for {self.choice.name}")
            self.choice = None


def main() -> None:
    parser = argparse.ArgumentParser(
        description="A vending machine. On standard input: an item's name, `wait SECONDS`, or `scan AMOUNT WALLET`."
    )
    parser.add_argument("kind", choices=["pay-first", "buy-first"])
    parser.add_argument("--keys", metavar="FOLDER", help="sign by RSA2 with the keys in it; else by MD5")
    arguments = parser.parse_args()
    kind = arguments.kind
    clock = control.clock()
    items = {"tea": Item(units("20.00"), 5), "water": Item(units("15.00"), 5)}
    keys = Keys(arguments.keys) if arguments.keys else None
    gateway = LegacyGateway(os.environ["BLUETAP_SANDBOX"], clock, keys=keys)
    machine = (PayFirst if kind == "pay-first" else BuyFirst)("machine-7", items, gateway, clock)
    print(machine.code, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["wait", seconds]:
                for _ in range(int(seconds)):
                    clock.wait_until(clock.now() + timedelta(seconds=1))
                    machine.tick()
            case ["scan", amount, wallet]:
                control.control().scan(machine.code, units(amount), wallet)
            case [name]:
                machine.press(name)
    machine.close()


if __name__ == "__main__":
    main()
