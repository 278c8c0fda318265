"""The `reference` wire format of bluetap: 64-byte unnumbered HID reports, integers little-endian.

Command report, host to device:

     0      marker 0xB7
     1      command: 0x01 pay, 0x02 cancel
     2..3   sequence number
     4..15  PaymentMethod, ASCII, NUL-padded; zero in a cancel
    16..23  Amount, likewise; all NUL when not given
    24..39  OrderId, likewise; all NUL when not given
    40..43  ExpiryTime, int32 seconds; the smallest int32 when not given; zero in a cancel
    44..59  zero
    60..63  CRC-32 of bytes 0..59

Reply report, device to host:

     0      marker 0xB7
     1      command | 0x80
     2..3   sequence number of the command
     4      result
     5..59  zero
    60..63  CRC-32 of bytes 0..59
"""

from __future__ import annotations

import struct
import zlib
from typing import Optional

from .commands import CancelCommand, PayCommand, ResultCode

REPORT_LENGTH = 64

_MARKER = 0xB7
_PAY = 0x01
_CANCEL = 0x02
_REPLY = 0x80
_EXPIRY_NOT_GIVEN = -(2**31)
_LARGEST_EXPIRY = 2**31 - 1

_COMMAND = struct.Struct("<BBH12s8s16si16x")
_REPLY_HEAD = struct.Struct("<BBHB")
_CHECKSUM = struct.Struct("<I")

_RESULTS = {
    0: ResultCode.SUCCESS,
    1: ResultCode.PARAM_ILLEGAL,
    2: ResultCode.PROCESS_FAIL,
    3: ResultCode.UNKNOWN_EXCEPTION,
    4: ResultCode.DEVICE_DISCONNECTED,
}


class IllegalParameter(ValueError):
    """A value that has no place in its field."""


def encode_pay(command: PayCommand, sequence: int) -> bytes:
    return _seal(
        _COMMAND.pack(
            _MARKER,
            _PAY,
            sequence,
            _text("PaymentMethod", command.PaymentMethod, 12),
            _optional_text("Amount", command.Amount, 8),
            _optional_text("OrderId", command.OrderId, 16),
            _expiry(command.ExpiryTime),
        )
    )


def encode_cancel(command: CancelCommand, sequence: int) -> bytes:
    return _seal(_COMMAND.pack(_MARKER, _CANCEL, sequence, b"", b"", _optional_text("OrderId", command.OrderId, 16), 0))


def decode_reply(reply: bytes, command: bytes) -> Optional[ResultCode]:
    """The result that `reply` gives for the report `command`; None if it is no valid reply to that one."""
    if len(reply) != REPORT_LENGTH or reply != _seal(reply[:60]):
        return None
    _, code, sequence = struct.unpack_from("<BBH", command)
    marker, reply_code, reply_sequence, result = _REPLY_HEAD.unpack_from(reply)
    if (marker, reply_code, reply_sequence) != (_MARKER, code | _REPLY, sequence):
        return None
    return _RESULTS.get(result, ResultCode.UNKNOWN_EXCEPTION)


def _seal(contents: bytes) -> bytes:
    return contents + _CHECKSUM.pack(zlib.crc32(contents))


def _text(name: str, value: object, length: int) -> bytes:
    # A NUL inside the text would read as its end.
    if not isinstance(value, str) or not value.isascii() or "\0" in value or len(value) > length:
        raise IllegalParameter(f"{name} must be text of at most {length} ASCII characters, not {value!r}")
    # str.encode, because the members of PaymentMethod are text as well.
    return str.encode(value, "ascii")


def _optional_text(name: str, value: object, length: int) -> bytes:
    return b"" if value is None else _text(name, value, length)


def _expiry(value: object) -> int:
    if value is None:
        return _EXPIRY_NOT_GIVEN
    # The smallest int32 is taken: it would arrive as "not given".
    if not isinstance(value, int) or not _EXPIRY_NOT_GIVEN < value <= _LARGEST_EXPIRY:
        raise IllegalParameter(f"ExpiryTime must be a number of seconds within int32, not {value!r}")
    return value
