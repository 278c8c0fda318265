"""Runs commands through the library against a stand-in device and records the reports."""

from __future__ import annotations

import random
import string
from typing import Any, Protocol

from nordtap import NordTap

Label = dict[str, Any]
Exchange = dict[str, list[str]]

METHODS = ("TRUEMONEY", "SEVEN_11", "ALIPAY_CN", "ALIPAY_PLUS")
ORDER_CHARACTERS = string.ascii_letters + string.digits + "._/-"


class StandIn(Protocol):
    """What is used of `device.Device`."""

    nfc_broken: bool

    def answer(self, report: bytes) -> list[bytes]: ...


class Wire:
    """A connection for the library, straight to a stand-in; keeps what passes."""

    def __init__(self, device: StandIn) -> None:
        self.exchanges: list[Exchange] = []
        self._device = device
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        replies = self._device.answer(data)
        self.exchanges.append({"out": [data.hex()], "in": [reply.hex() for reply in replies]})
        self._waiting += replies
        return len(data)

    def read(self, size: int, timeout: int) -> bytes:
        return self._waiting.pop(0)[:size] if self._waiting else b""

    def close(self) -> None:
        pass


def pay(method: str, amount: str | None = None, order: str | None = None, expiry: int | None = None) -> Label:
    fields = {"paymentMethod": method, "amount": amount, "orderId": order, "expiryTime": expiry}
    return {"command": "pay"} | {name: value for name, value in fields.items() if value is not None}


def cancel(order: str | None = None) -> Label:
    return {"command": "cancel"} | ({} if order is None else {"orderId": order})


# Commands in the order in which they are sent. The NFC part is broken during those that say so.
SCRIPT: list[tuple[Label, bool]] = [
    (pay("TRUEMONEY", "12.50", "A", 900), False),
    (pay("SEVEN_11", "0.01", "7E", 60), False),
    (cancel("7E"), False),
    (pay("ALIPAY_CN", "8.88", "cn3"), False),
    (pay("ALIPAY_PLUS"), False),
    (cancel(), False),
    (cancel(), False),
    (pay("TRUEMONEY", "99999.99", "TILL-04/20240917", 43_200), False),
    (cancel("T-05."), False),
    (pay("SEVEN_11", "655.36", "order6", 300), False),
    (pay("ALIPAY_CN", "0.00", "ZERO-07", 900), False),
    (pay("ALIPAY_PLUS", "2550.00", "88888888", 3600), False),
    (pay("ALIPAY_CN", order="nine_bad!", expiry=1800), False),
    (pay("TRUEMONEY", "43210.05", "B/2024.010"), False),
    (pay("SEVEN_11", order="Elevenchars", expiry=10), True),
    (cancel(), True),
    (pay("ALIPAY_PLUS", "167.77", expiry=12_345), False),
    (pay("ALIPAY_CN", "1.00", "Fourteen-14.zZ"), False),
    (pay("TRUEMONEY", order="fifteen.chars/5"), False),
    (cancel("fifteen.chars/5"), False),
]


def samples(device: StandIn) -> list[Label]:
    """The script's commands, labelled."""
    return _labelled(device, SCRIPT)


def fresh(device: StandIn, seed: int, count: int = 200) -> list[Label]:
    """Random commands, labelled."""
    return _labelled(device, _random_script(random.Random(seed), count))


def session(device: StandIn) -> tuple[list[Exchange], list[Label]]:
    """All exchanges of the script, the version query first, and the labels of its commands."""
    exchanges, results = _play(device, SCRIPT)
    return exchanges, [label | {"result": result} for (label, _), result in zip(SCRIPT, results, strict=True)]


def _labelled(device: StandIn, script: list[tuple[Label, bool]]) -> list[Label]:
    exchanges, results = _play(device, script)
    return [
        label | {"reports": exchange["out"], "replies": exchange["in"], "result": result}
        for (label, _), exchange, result in zip(script, exchanges[1:], results, strict=True)
    ]


def _play(device: StandIn, script: list[tuple[Label, bool]]) -> tuple[list[Exchange], list[str]]:
    wire = Wire(device)
    results = []
    with NordTap(wire) as till:
        for label, device.nfc_broken in script:
            order = label.get("orderId")
            if label["command"] == "pay":
                result = till.pay(label["paymentMethod"], label.get("amount"), order, label.get("expiryTime"))
            else:
                result = till.cancel(order)
            results.append(result)
    return wire.exchanges, results


def _random_script(source: random.Random, count: int) -> list[tuple[Label, bool]]:
    script: list[tuple[Label, bool]] = []
    last_order = None
    for _ in range(count):
        if source.random() < 0.7:
            label = pay(source.choice(METHODS), _amount(source), _order(source), _expiry(source))
            last_order = label.get("orderId")
        else:
            label = cancel(source.choice((None, last_order, _order(source))))
        script.append((label, source.random() < 0.05))
    return script


def _amount(source: random.Random) -> str | None:
    if source.random() < 0.2:
        return None
    minor_units = 0 if source.random() < 0.05 else source.randrange(1, 10 ** source.randint(1, 7))
    return f"{minor_units // 100}.{minor_units % 100:02}"


def _order(source: random.Random) -> str | None:
    if source.random() < 0.1:
        return None
    return "".join(source.choices(ORDER_CHARACTERS, k=source.randint(1, 16)))


def _expiry(source: random.Random) -> int | None:
    return source.choice((None, 900, source.randrange(20), source.randrange(10, 3600), source.randrange(10, 43_200)))
