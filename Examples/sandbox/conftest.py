"""What the tests have in common: a device and a sandbox of their own, in virtual time, and a clock with plans."""

import os
from datetime import datetime, timedelta

import pytest

import control
from bluetap_testing import BlueTap
from keys import Keys
from legacy_gateway import LegacyGateway


class PlannedClock(control.DeviceClock):
    """The device's. Whoever waits advances it, and what is planned meanwhile happens at its instant."""

    def __init__(self, device_control):
        super().__init__(device_control)
        self._plans = []
        self._start = self.now()

    def elapsed(self):
        """Seconds since the beginning."""
        return (self.now() - self._start).total_seconds()

    def at(self, seconds, action):
        """Plans something, so many seconds after the beginning."""
        self._plans.append((self._start + timedelta(seconds=seconds), action))
        self._plans.sort(key=lambda plan: plan[0])

    def go_to(self, seconds):
        self.wait_until(self._start + timedelta(seconds=seconds))

    def wait_until(self, instant: datetime) -> None:
        while self._plans and self._plans[0][0] <= instant:
            when, action = self._plans.pop(0)
            super().wait_until(when)
            action()
        super().wait_until(instant)


class Sandbox:
    """A payment sandbox beside a device, and what people do there."""

    def __init__(self, device, keys=None):
        self.device = device
        self.url = device.sandbox
        self.control = control.control()
        self.clock = PlannedClock(self.control)
        self.keys = Keys(keys) if keys else None
        self.said = []

    def tell(self, text):
        self.said.append((self.clock.elapsed(), text))

    def legacy(self):
        """A client of the legacy gateway that gives up after a moment where no answer comes."""
        return LegacyGateway(self.url, self.clock, keys=self.keys, timeout=0.5)

    def code_of(self, wallet):
        return self.control.get(f"/v1/sandbox/code?wallet={wallet}")["code"]

    def fault(self, name, **settings):
        self.control.post("/v1/sandbox/faults", name=name, **settings)

    def pay(self, payment, wallet="Alice"):
        return self.control.post(f"/v1/sandbox/payments/{payment}/pay", wallet=wallet)["settlement"]

    def scan(self, code, value, wallet="Alice"):
        """A customer scans a merchant's code and pays; the name of the payment."""
        paid = self.control.scan(code, value, wallet)
        assert paid["settlement"] == "paid"
        return paid["payment"]["payment"]["requestId"]

    def notify(self, payment):
        """The gateway tells of a payment once more."""
        self.control.post(f"/v1/sandbox/payments/{payment}/notify")

    def payment(self, name):
        """All that is in the ledger of a payment."""
        return self.control.get(f"/v1/sandbox/payments/{name}")

    def refunds(self, name):
        """How much was refunded, at which second after the beginning."""
        return [
            (self._second(refund["time"]), int(refund["value"])) for refund in self.payment(name)["refunds"]
        ]

    def changes(self, name):
        """What became of a payment, at which second after the beginning; without what was told of it."""
        return [
            (self._second(change["time"]), change["kind"])
            for change in self.payment(name)["changes"]
            if not change["kind"].startswith("notification")
        ]

    def _second(self, time):
        return (datetime.fromisoformat(time) - self.clock._start).total_seconds()


@pytest.fixture
def sandbox(tmp_path):
    """One that believes only who signs."""
    keys = tmp_path / "keys"
    with BlueTap("--sandbox", "127.0.0.1:0", "--sandbox-keys", str(keys)) as device:
        yield Sandbox(device, keys)


@pytest.fixture
def open_sandbox():
    """One that believes everybody."""
    with BlueTap("--sandbox", "127.0.0.1:0") as device:
        yield Sandbox(device)
