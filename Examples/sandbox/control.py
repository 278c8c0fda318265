"""Where the programs of this folder get the time from, and how the demonstrations have a customer do something.

A real machine has neither: it takes `SystemClock`, and its customers are people. With `bluetap run` or `bluetap serve`,
BLUETAP_CONTROL names the control API, and time is the device's.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from datetime import datetime, timezone
from typing import Any, Dict, Optional


class Refused(Exception):
    """The device or its sandbox refused what a customer wanted to do."""


class Control:
    """The control API, at `unix:PATH` or `HOST:PORT`."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str) -> Dict[str, Any]:
        return self._request("GET", path, None)

    def post(self, path: str, **body: Any) -> Dict[str, Any]:
        return self._request("POST", path, json.dumps(body))

    def scan(self, code: str, value: int, wallet: str = "Alice") -> Dict[str, Any]:
        """A customer scans a merchant's code and pays that amount, in its currency's smallest unit."""
        return self.post("/v1/sandbox/codes/pay", code=code, value=str(value), wallet=wallet)

    def _request(self, method: str, path: str, body: Optional[str]) -> Dict[str, Any]:
        connection = self._connection()
        headers = {"Content-Type": "application/json"}
        if token := os.environ.get("BLUETAP_TOKEN"):
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise Refused(answer["detail"])
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        if not self._address.startswith("unix:"):
            return http.client.HTTPConnection(self._address, timeout=30)
        connection = http.client.HTTPConnection("localhost", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(30)
        connection.sock.connect(self._address.removeprefix("unix:"))
        return connection


class SystemClock:
    """This machine's."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def wait_until(self, instant: datetime) -> None:
        time.sleep(max(0, (instant - self.now()).total_seconds()))


class DeviceClock:
    """The device's and its sandbox's. Where time stands still (`--clock virtual`), whoever waits advances it."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> datetime:
        return datetime.fromisoformat(self._control.get("/v1/sandbox")["now"])

    def wait_until(self, instant: datetime) -> None:
        device = self._control.get("/v1/device")
        left = (instant - datetime.fromisoformat(device["now"])).total_seconds()
        if left <= 0:
            return
        if device["clock"] == "frozen":
            self._control.post("/v1/clock", to=instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        else:
            time.sleep(left)


def control() -> Control:
    """The one that `bluetap run` or its like has named."""
    return Control(os.environ["BLUETAP_CONTROL"])


def clock() -> SystemClock | DeviceClock:
    return DeviceClock(control()) if "BLUETAP_CONTROL" in os.environ else SystemClock()
