"""Sends commands to a BlueTap device."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from typing import Callable, Union

from . import reference_format
from .commands import CancelCommand, PayCommand, ResultCode
from .reference_format import IllegalParameter
from .usb import Device, Disconnected, WriteFailed

# Enough for an emulated device on a machine that is busy; a real one takes milliseconds.
_SECONDS_TO_REPLY = 10.0

_log = logging.getLogger("bluetaplib")

# hidapi is not thread-safe, and a second reader of the same device would take replies away.
_lock = threading.Lock()

# It starts anywhere, so that two programs in turn do not take each other's replies for theirs.
_sequence = itertools.count(random.randrange(0x10000))


class TinyCommand:
    """A connection is made for each command, so that a device may be unplugged and plugged in again between two."""

    def SendPayCommand(self, payCommand: PayCommand) -> ResultCode:
        return _send(reference_format.encode_pay, payCommand)

    def SendCancelCommand(self, cancelCommand: CancelCommand) -> ResultCode:
        return _send(reference_format.encode_cancel, cancelCommand)


def _send(encode: Callable[..., bytes], command: Union[PayCommand, CancelCommand]) -> ResultCode:
    try:
        with _lock:
            report = encode(command, next(_sequence) & 0xFFFF)
            with Device() as device:
                device.write(report)
                return _await_reply(device, report)
    except IllegalParameter as error:
        _log.info("%s", error)
        return ResultCode.PARAM_ILLEGAL
    except Disconnected as error:
        _log.info("%s", error)
        return ResultCode.DEVICE_DISCONNECTED
    except WriteFailed as error:
        _log.info("%s", error)
        return ResultCode.PROCESS_FAIL
    except Exception:
        # The result code hides the cause.
        _log.exception("a command failed in an unforeseen way")
        return ResultCode.UNKNOWN_EXCEPTION


def _await_reply(device: Device, report: bytes) -> ResultCode:
    deadline = time.monotonic() + _SECONDS_TO_REPLY
    while (remaining := deadline - time.monotonic()) > 0:
        reply = device.read(reference_format.REPORT_LENGTH, round(remaining * 1000))
        result = reference_format.decode_reply(reply, report)
        if result is not None:
            return result
    _log.info("no reply within %g s", _SECONDS_TO_REPLY)
    return ResultCode.PROCESS_FAIL
