"""Nordic Till AB's library for the NordTap 2. Vendor, device and format are made up."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from . import frames

__all__ = ["NordTap", "NordTapError", "PRODUCT_ID", "VENDOR_ID"]

# Made up, like the vendor.
VENDOR_ID = 0x4E54
PRODUCT_ID = 0x0212

_FIRMWARE = b"NT2 1.4"
# Enough for an emulated device on a machine that is busy; a real one takes milliseconds.
_SECONDS_TO_REPLY = 10.0

_log = logging.getLogger("nordtap")


class NordTapError(Exception):
    """No NordTap could be opened; `result` is the name that tells why."""

    def __init__(self, message: str, result: str) -> None:
        super().__init__(message)
        self.result = result


class Connection(Protocol):
    """What is used of `hid.Device`."""

    def write(self, data: bytes) -> int: ...

    def read(self, size: int, timeout: int) -> bytes: ...

    def close(self) -> None: ...


class NordTap:
    """An open NordTap 2. A context manager."""

    @classmethod
    def open(cls) -> NordTap:
        """Opens the first NordTap and checks its firmware."""
        import hid

        try:
            connection = hid.Device(VENDOR_ID, PRODUCT_ID)
        except (OSError, hid.HIDException) as error:
            usb_id = f"{VENDOR_ID:04x}:{PRODUCT_ID:04x}"
            raise NordTapError(f"no NordTap at {usb_id}: {error}", "DEVICE_DISCONNECTED") from error
        return cls(connection, (OSError, hid.HIDException))

    def __init__(self, connection: Connection, errors: tuple[type[Exception], ...] = (OSError,)) -> None:
        self._connection = connection
        self._errors = errors
        self._sequence = 0
        try:
            self._check_firmware()
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> NordTap:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def pay(
        self, method: str, amount: str | None = None, order_id: str | None = None, expiry: int | None = 900
    ) -> str:
        """Asks for a payment link and returns the result's name; what is None is left to the device."""
        try:
            records = frames.pay_records(method, amount, order_id, expiry)
        except frames.IllegalParameter as error:
            return self._refused(error)
        return self._run(frames.PAY, records)

    def cancel(self, order_id: str | None = None) -> str:
        """Disables that order's link, or whichever is live, and returns the result's name."""
        try:
            records = frames.order_records(order_id)
        except frames.IllegalParameter as error:
            return self._refused(error)
        return self._run(frames.CANCEL, records)

    def _check_firmware(self) -> None:
        try:
            version = self._exchange(frames.VERSION, 0)
        except self._errors as error:
            raise NordTapError(f"the NordTap went away: {error}", "DEVICE_DISCONNECTED") from error
        if version is None:
            raise NordTapError("the NordTap does not tell its firmware's version", "UNKNOWN_EXCEPTION")
        if not version.startswith(_FIRMWARE):
            raise NordTapError(f"firmware {_FIRMWARE.decode()} is needed, not {version!r}", "UNKNOWN_EXCEPTION")

    def _run(self, kind: int, records: bytes) -> str:
        # 0 is the version query's.
        self._sequence = self._sequence % 0xFF + 1
        try:
            payload = self._exchange(kind, self._sequence, records)
        except self._errors as error:
            _log.info("the NordTap went away: %s", error)
            return "DEVICE_DISCONNECTED"
        if payload is None:
            _log.info("no reply within %g s", _SECONDS_TO_REPLY)
            return "UNKNOWN_EXCEPTION"
        return frames.result(payload)

    def _exchange(self, kind: int, sequence: int, records: bytes = b"") -> bytes | None:
        self._connection.write(frames.command(kind, sequence, records))
        deadline = time.monotonic() + _SECONDS_TO_REPLY
        while (remaining := deadline - time.monotonic()) > 0:
            report = self._connection.read(frames.REPORT_SIZE, timeout=max(1, round(remaining * 1000)))
            payload = frames.payload_of_reply(report, kind, sequence)
            if payload is not None:
                return payload
        return None

    def _refused(self, error: frames.IllegalParameter) -> str:
        _log.info("%s", error)
        return "PARAM_ILLEGAL"
