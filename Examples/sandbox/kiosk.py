"""A self-service kiosk of a fast-food restaurant. The customer pays in one of two ways:

- Shows a code of the wallet, which the kiosk scans. In offline mode the answer tells what came of it. In
  offline-to-online mode nobody knows yet: the kiosk queries every 5 seconds for 60 seconds, and then cancels.
- Scans the kiosk's own code and types the amount. The kiosk is told by the gateway's notification.

    bluetap run --clock virtual --sandbox 127.0.0.1:0 -- sh -c '
      python3 Examples/sandbox/kiosk.py --order K1 --amount 85.00 --code $(bluetap sandbox code --wallet Nok)'
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Callable, Dict, Optional

import control
from keys import Keys
from legacy_gateway import Fields, LegacyGateway, NotificationServer, Refused, Unknown
from money import decimal, units

CURRENCY = "THB"


@dataclass
class Sale:
    order: str
    amount: int
    # open, paid, failed, cancelled; or unknown, which is somebody's to look at.
    state: str = "open"
    reason: str = ""


class Kiosk:
    QUERY_EVERY = timedelta(seconds=5)
    QUERY_FOR = timedelta(seconds=60)
    CANCEL_TRIES = 5

    def __init__(self, name: str, gateway: LegacyGateway, clock, tell: Callable[[str], None] = print) -> None:
        self._gateway = gateway
        self._clock = clock
        self._tell = tell
        # The sale whose customer is to scan the kiosk's code; and refunds that are not confirmed yet.
        self.sale: Optional[Sale] = None
        self.owed: Dict[str, int] = {}
        self._seen: set[str] = set()
        # Notifications come on the server's thread.
        self._lock = threading.RLock()
        self._server = NotificationServer(gateway, self._heard)
        self.code = gateway.create_code(
            store=name, name="Burger Hut", industry="5814", currency=CURRENCY, notify_url=self._server.url,
            passback={"kiosk": name},
        )

    def close(self) -> None:
        self._server.close()

    # MARK: The customer shows a code

    def charge(self, order: str, amount: int, code: str) -> Sale:
        """Scans the customer's code; returns when it is known what came of it."""
        sale = Sale(order, amount)
        asked = self._clock.now()
        try:
            answer = self._gateway.pay(order, amount, CURRENCY, code, "Burgers", self._server.url)
            match answer["result_code"]:
                case "SUCCESS":
                    return self._end(sale, "paid")
                case "FAIL" | "FAILED":
                    return self._end(sale, "failed", answer["error"])
        except Refused as error:
            return self._end(sale, "failed", str(error))
        except Unknown as error:
            self._tell(f"no answer: {error}")
        # UNKNOW, UNKNOWN or no answer at all: the customer types a password, perhaps.
        self._tell("please finish the payment in your wallet")
        for count in range(1, self.QUERY_FOR // self.QUERY_EVERY + 1):
            self._clock.wait_until(asked + count * self.QUERY_EVERY)
            match self._status(order):
                case "TRADE_SUCCESS":
                    return self._end(sale, "paid")
                case "TRADE_CLOSED" | "TRADE_FAIL":
                    return self._end(sale, "failed", "TRADE_CLOSED")
        return self._cancel(sale)

    def _status(self, order: str) -> str:
        """The gateway's word for it; empty where it has none. That is not the end: the request may be on its way."""
        try:
            return self._gateway.query(order).get("alipay_trans_status", "")
        except (Unknown, Refused) as error:
            self._tell(f"the query is not answered: {error}")
            return ""

    def _cancel(self, sale: Sale) -> Sale:
        """Until it is answered: a cancel may be repeated."""
        for _ in range(self.CANCEL_TRIES):
            try:
                answer = self._gateway.cancel(sale.order)
                if answer["result_code"] == "SUCCESS" or answer.get("error") == "TRADE_NOT_EXIST":
                    return self._end(sale, "cancelled", answer.get("action", "nothing was paid"))
                if answer["result_code"] == "FAIL" and answer.get("retry_flag") != "Y":
                    return self._end(sale, "unknown", answer.get("error", ""))
            except Refused as error:
                return self._end(sale, "unknown", str(error))
            except Unknown as error:
                self._tell(f"the cancel is not answered: {error}")
            self._clock.wait_until(self._clock.now() + self.QUERY_EVERY)
        return self._end(sale, "unknown", "nobody answers a cancel")

    # MARK: The customer scans the kiosk's code

    def show(self, order: str, amount: int) -> Sale:
        """Asks the customer to scan the code. The sale is paid once the gateway tells so."""
        with self._lock:
            self.sale = Sale(order, amount)
            self._tell(f"scan {self.code} and pay {decimal(amount)}")
            return self.sale

    def withdraw(self) -> None:
        """The customer goes away: what is paid from now on goes back."""
        with self._lock:
            if self.sale:
                self._end(self.sale, "cancelled")
            self.sale = None

    def _heard(self, told: Fields) -> None:
        """The gateway notifies. What customers paid by showing a code is told too, and known already."""
        with self._lock:
            if told["notify_action_type"] != "payByAccountAction" or told["trade_status"] != "TRADE_SUCCESS":
                return
            if told.get("qrcode") != self.code or told["currency"] != CURRENCY or told["out_trade_no"] in self._seen:
                return
            self._seen.add(told["out_trade_no"])
            paid = units(told["total_fee"])
            if self.sale and self.sale.amount == paid:
                self._end(self.sale, "paid")
                self.sale = None
            else:
                # Nobody's order, or a wrong amount, which the customer has typed.
                self.owed[told["out_trade_no"]] = paid
            self.give_back()

    def give_back(self) -> None:
        """Refunds what is owed; to be called again where an answer does not come."""
        with self._lock:
            for order, amount in list(self.owed.items()):
                try:
                    answer = self._gateway.refund(order, f"{order}-R", amount, CURRENCY, self._server.url)
                except (Unknown, Refused) as error:
                    self._tell(f"the refund of {decimal(amount)} waits: {error}")
                    continue
                if answer["result_code"] == "SUCCESS":
                    del self.owed[order]
                    self._tell(f"refunded {decimal(amount)}")

    def _end(self, sale: Sale, state: str, reason: str = "") -> Sale:
        sale.state, sale.reason = state, reason
        self._tell(f"{sale.order}  {decimal(sale.amount)} {CURRENCY}  {state}  {reason}".rstrip())
        return sale


def main() -> None:
    parser = argparse.ArgumentParser(description="A kiosk. Without --code the customer scans the kiosk's own code.")
    parser.add_argument("--order", required=True)
    parser.add_argument("--amount", required=True, type=units, help="such as 85.00")
    parser.add_argument("--code", help="the code that the customer shows")
    parser.add_argument("--wallet", default="Alice", help="who scans the kiosk's code")
    parser.add_argument("--keys", metavar="FOLDER", help="sign by RSA2 with the keys in it; else by MD5")
    arguments = parser.parse_args()
    clock = control.clock()
    keys = Keys(arguments.keys) if arguments.keys else None
    kiosk = Kiosk("kiosk-1", LegacyGateway(os.environ["BLUETAP_SANDBOX"], clock, keys=keys), clock)
    if arguments.code:
        sale = kiosk.charge(arguments.order, arguments.amount, arguments.code)
    else:
        sale = kiosk.show(arguments.order, arguments.amount)
        control.control().scan(kiosk.code, arguments.amount, arguments.wallet)
    kiosk.close()
    # Each end that is known is a good one.
    sys.exit(sale.state in ("open", "unknown"))


if __name__ == "__main__":
    main()
