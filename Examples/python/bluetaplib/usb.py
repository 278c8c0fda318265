"""The USB side: one HID device, over either of the two packages that provide the module `hid`."""

from __future__ import annotations

import os
import re
from types import ModuleType
from typing import List, Tuple

import hid

# pid.codes' id for testing. bluetap's reference device has it.
_DEFAULT_USB_ID = "1209:0001"


class Disconnected(Exception):
    """There is no device, or it went away."""


class WriteFailed(Exception):
    """The report was not taken."""


def usb_id() -> Tuple[int, int]:
    """Vendor and product id: BLUETAP_USB_ID if set, else bluetap's own."""
    text = os.environ.get("BLUETAP_USB_ID") or _DEFAULT_USB_ID
    match = re.fullmatch(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})", text)
    if match is None:
        raise ValueError(f"BLUETAP_USB_ID must be VVVV:PPPP in hexadecimal, not {text!r}")
    return int(match[1], 16), int(match[2], 16)


class Device:
    """An open device. A context manager."""

    def __init__(self) -> None:
        vendor, product = usb_id()
        for module in _modules():
            self._errors = _errors(module)
            # `hidapi` has device, `hid` has Device.
            self._is_hidapi = hasattr(module, "device")
            try:
                if self._is_hidapi:
                    self._handle = module.device()
                    self._handle.open(vendor, product)
                else:
                    self._handle = module.Device(vendor, product)
                return
            except self._errors as error:
                cause = error
        raise Disconnected(f"cannot open USB HID device {vendor:04x}:{product:04x}") from cause

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *exception: object) -> None:
        self._handle.close()

    def write(self, report: bytes) -> None:
        numbered = b"\x00" + report
        try:
            written = self._handle.write(numbered)
        except self._errors as error:
            raise WriteFailed(str(error)) from error
        # `hidapi` gives -1 instead of raising.
        if written < len(numbered):
            raise WriteFailed(f"{written} of {len(numbered)} bytes were written")

    def read(self, length: int, milliseconds: int) -> bytes:
        """The next report; empty if there is none in time."""
        # `hidapi` takes a timeout of 0 as none at all, and would wait for ever.
        milliseconds = max(1, milliseconds)
        try:
            if self._is_hidapi:
                return bytes(self._handle.read(length, milliseconds))
            return bytes(self._handle.read(length, timeout=milliseconds))
        except self._errors as error:
            raise Disconnected(str(error)) from error


def _modules() -> List[ModuleType]:
    """What to try, in this order."""
    # On Linux `hidapi` has a second module. It leaves the kernel's driver where it is, and sees devices made by uhid;
    # `hid`, which speaks libusb there, does neither. A device may well be open to one of them only.
    try:
        import hidraw
    except ImportError:
        return [hid]
    return [hidraw, hid]


def _errors(module: ModuleType) -> Tuple[type, ...]:
    return (OSError, module.HIDException) if hasattr(module, "HIDException") else (OSError,)
