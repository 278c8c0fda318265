"""A device that runs as long as a test does, and the control API to steer it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
from typing import Any, Dict, List, Optional
from urllib.parse import urlencode

Event = Dict[str, Any]


class BlueTapError(Exception):
    """The device refused something, or something that was expected has not happened."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class BlueTap:
    """A device in virtual time, which stands still until it is advanced. A context manager.

    `options` are those of `bluetap serve`, such as "--scenario", "flaky-cable". While it runs, BLUETAP_LOOPBACK and
    BLUETAP_CONTROL name it, and with the option "--sandbox", "127.0.0.1:0" BLUETAP_SANDBOX the payment sandbox beside it:
    a POS in this process, or in one that it starts, finds them and no others.
    """

    def __init__(self, *options: str, program: Optional[str] = None) -> None:
        self._program = program or shutil.which("bluetap") or "bluetap"
        self._options = options
        self._folder = tempfile.mkdtemp(prefix="bluetap-")
        self.loopback = os.path.join(self._folder, "loopback.sock")
        self._control = os.path.join(self._folder, "control.sock")
        # The URL of the payment sandbox; None where there is none.
        self.sandbox: Optional[str] = None
        self._process: Optional[subprocess.Popen[str]] = None
        self._environment: Dict[str, Optional[str]] = {}

    def __enter__(self) -> BlueTap:
        # The emulator itself needs no libhidapi.
        environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
        command = [self._program, "serve", "--clock", "virtual", "--seed", "1"]
        command += ["--socket", self.loopback, "--control", f"unix:{self._control}", *self._options]
        try:
            self._process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise BlueTapError(f"bluetap cannot be started ({error}): put it on PATH") from error
        ready = self._process.stdout.readline()
        if not ready:
            message = self._process.stderr.read().strip()
            self.__exit__()
            raise BlueTapError(message or "bluetap ended before it was ready")
        self.sandbox = json.loads(ready).get("sandbox")
        for name, value in [
            ("BLUETAP_LOOPBACK", self.loopback),
            ("BLUETAP_CONTROL", f"unix:{self._control}"),
            ("BLUETAP_SANDBOX", self.sandbox),
        ]:
            self._environment[name] = os.environ.get(name)
            _set(name, value)
        return self

    def __exit__(self, *exception: object) -> None:
        for name, value in self._environment.items():
            _set(name, value)
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    # What is there.

    @property
    def state(self) -> str:
        """detached, idle, linkReady or linkOpened."""
        return self._get("/v1/device")["state"]

    @property
    def link(self) -> Optional[Dict[str, Any]]:
        """The live link: url, ndef, paymentMethod, amount, orderId, expiresAt; None where there is none."""
        return self._get("/v1/device")["link"]

    def events(self, kind: Optional[str] = None, after: int = 0, **fields: str) -> List[Event]:
        """The events so far; of this kind, and with these fields, if they are given.

        A kind or a field that there is not is a BlueTapError, with the nearest right name.
        """
        if kind is not None:
            # The device knows its kinds, and their fields; what a field may have ends with a * here as well.
            wanted = {key: value for key, value in fields.items() if isinstance(value, str)}
            self._get("/v1/events?" + urlencode({"kind": kind, **{key: f"{value}" for key, value in wanted.items()}}))
        found: List[Event] = []
        while True:
            page = self._get(f"/v1/events?after={after}")
            if not page["events"]:
                return [event for event in found if _fits(event, kind, fields)]
            found += page["events"]
            after = page["lastSequence"]

    # What happens.

    def tap(self, wallet: str = "wallet", outcome: Optional[str] = None, **settings: Any) -> List[Event]:
        """A customer taps; for outcomes and settings (after, reason) see `bluetap tap --help`."""
        if outcome is not None:
            settings["outcome"] = outcome
        return self._post("/v1/tap", wallet=wallet, **settings)["events"]

    def advance(self, seconds: float) -> List[Event]:
        """Advances time; returns what has happened meanwhile."""
        return self._post("/v1/clock", advance=seconds)["events"]

    def advance_to_next(self, side: str = "after") -> List[Event]:
        """Advances time to just before, or just after, the next thing that is due."""
        return self._post("/v1/clock", next=side)["events"]

    def fault(self, name: str, **settings: Any) -> int:
        """Sets a fault, as `bluetap fault add` does; a setting that Python keeps for itself has _ behind it (for_)."""
        return self._post("/v1/faults", name=name, **{key.rstrip("_"): value for key, value in settings.items()})["id"]

    def clear_faults(self) -> None:
        self._request("DELETE", "/v1/faults", None)

    def unplug(self, replug: Optional[float] = None) -> List[Event]:
        return self._post("/v1/unplug", **({} if replug is None else {"replug": replug}))["events"]

    def plug(self) -> List[Event]:
        return self._post("/v1/plug")["events"]

    def reset(self) -> List[Event]:
        return self._post("/v1/reset")["events"]

    # What is expected.

    def wait(self, what: str, timeout: float = 10, after: Optional[int] = None) -> Dict[str, Any]:
        """Waits, in real time, for a state or an event."""
        query = {"wait": what, "timeout": timeout, **({} if after is None else {"after": after})}
        return self._request("GET", "/v1/events?" + urlencode(query), None, timeout + 10)

    def expect(self, kind: str, after: int = 0, **fields: str) -> Event:
        """The first event of this kind with these fields; fails with the events that there are instead."""
        found = self.events(kind, after, **fields)
        if not found:
            wanted = " ".join([kind, *(f"{key}={value}" for key, value in fields.items())])
            lines = "\n".join(json.dumps(event) for event in self.events(after=after))
            raise BlueTapError(f"there is no event {wanted}; there are:\n{lines}")
        return found[0]

    def scenario_failures(self) -> List[str]:
        """What of the scenario's expectations does not hold by now, one line each; none where there is no scenario."""
        if not self._has_scenario:
            return []
        checks = self._get("/v1/scenario")["checks"]
        return [f"{check['title']}: {check['failure']}" for check in checks if check.get("failure") is not None]

    @property
    def _has_scenario(self) -> bool:
        return any(option == "--scenario" or option.startswith("--scenario=") for option in self._options)

    def _get(self, path: str) -> Dict[str, Any]:
        return self._request("GET", path, None)

    def _post(self, path: str, **body: Any) -> Dict[str, Any]:
        return self._request("POST", path, json.dumps(body))

    def _request(self, method: str, path: str, body: Optional[str], timeout: float = 30) -> Dict[str, Any]:
        connection = _UnixConnection(self._control, timeout)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise BlueTapError(answer["detail"])
        return answer


def _set(name: str, value: Optional[str]) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _fits(event: Event, kind: Optional[str], fields: Dict[str, str]) -> bool:
    return (kind is None or event["kind"] == kind) and all(event.get(key) == value for key, value in fields.items())
