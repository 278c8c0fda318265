"""The messages of a NordTap 2, as HID reports."""

from __future__ import annotations

import binascii
import re
import struct

REPORT_SIZE = 64

VERSION = 0x01
PAY = 0x10
CANCEL = 0x1F

_OUTPUT_REPORT = 0x21
_INPUT_REPORT = 0x22
_START_OF_COMMAND = 0x5A
_START_OF_REPLY = 0xA5
_REPLY = 0x80
_PADDING = b"\xFF"

_METHOD = 0xC1
_AMOUNT = 0xC2
_ORDER_ID = 0xC3
_EXPIRY = 0xC4

_METHODS = {"TRUEMONEY": 0x03, "SEVEN_11": 0x07, "ALIPAY_CN": 0x0A, "ALIPAY_PLUS": 0x0B}

_RESULTS = {
    0x9000: "SUCCESS",
    0x6A80: "PARAM_ILLEGAL",
    0x6985: "PROCESS_FAIL",
    0x6F00: "UNKNOWN_EXCEPTION",
}


class IllegalParameter(ValueError):
    """A value that has no place in its record."""


def command(kind: int, sequence: int, records: bytes = b"") -> bytes:
    """The output report of a command."""
    body = struct.pack("BBB", sequence, kind, len(records)) + records
    frame = struct.pack("BB", _OUTPUT_REPORT, _START_OF_COMMAND) + body + _checksum(body)
    return frame.ljust(REPORT_SIZE, _PADDING)


def pay_records(method: str, amount: str | None, order_id: str | None, expiry: int | None) -> bytes:
    """The records of a pay command."""
    if method not in _METHODS:
        raise IllegalParameter(f"unknown payment method {method!r}")
    records = _record(_METHOD, struct.pack("B", _METHODS[method]))
    if amount is not None:
        records += _record(_AMOUNT, struct.pack(">I", _minor_units(amount)))
    records += order_records(order_id)
    if expiry is not None:
        if not isinstance(expiry, int) or not 0 <= expiry <= 0xFFFF:
            raise IllegalParameter(f"expiry must be 0 to 65535 seconds, not {expiry!r}")
        records += _record(_EXPIRY, struct.pack(">H", expiry))
    return records


def order_records(order_id: str | None) -> bytes:
    """The records of a cancel command."""
    if order_id is None:
        return b""
    if not isinstance(order_id, str) or not re.fullmatch(r"[ -~]{1,16}", order_id):
        raise IllegalParameter(f"order id must be 1 to 16 printable ASCII characters, not {order_id!r}")
    return _record(_ORDER_ID, order_id.encode("ascii"))


def payload_of_reply(report: bytes, kind: int, sequence: int) -> bytes | None:
    """The payload of the reply to that command; None if the report is not it."""
    head = struct.pack("BBBB", _INPUT_REPORT, _START_OF_REPLY, sequence, kind | _REPLY)
    if len(report) != REPORT_SIZE or not report.startswith(head):
        return None
    end = 5 + report[4]
    if report[end : end + 2] != _checksum(report[2:end]):
        return None
    return report[5:end]


def result(payload: bytes) -> str:
    """The name of the result in a reply's payload."""
    return _RESULTS.get(int.from_bytes(payload, "big"), "UNKNOWN_EXCEPTION")


def _record(tag: int, value: bytes) -> bytes:
    return struct.pack("BB", tag, len(value)) + value


def _minor_units(amount: str) -> int:
    match = isinstance(amount, str) and re.fullmatch(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?", amount)
    if not match or len(amount) > 8:
        raise IllegalParameter(f"amount must be like 12.50, in at most 8 characters, not {amount!r}")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _checksum(body: bytes) -> bytes:
    return struct.pack(">H", binascii.crc_hqx(body, 0xFFFF))
