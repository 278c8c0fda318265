"""A stand-in for the NordTap 2 itself, and the program that records what it and the library say."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass

import captures
import recordings

VENDOR_ID = 0x4E54
PRODUCT_ID = 0x0212
MANUFACTURER = "Nordic Till AB"
PRODUCT = "NordTap 2"
SERIAL = "NT2-000417"

REPORT_DESCRIPTOR = bytes.fromhex(
    "0600ff0901a101"  # usage page 0xFF00, usage 1, application collection
    "150026ff007508"  # logical 0 to 255, 8 bits each
    "85210902953f9102"  # report ID 0x21, usage 2, 63 bytes, output
    "85220903953f8102"  # report ID 0x22, usage 3, 63 bytes, input
    "c0"
)

METHOD_CODES = (0x03, 0x07, 0x0A, 0x0B)
LARGEST_AMOUNT = 9_999_999
SHORTEST_EXPIRY = 10
LONGEST_EXPIRY = 43_200

DONE = b"\x90\x00"
WRONG_PARAMETER = b"\x6A\x80"
REFUSED = b"\x69\x85"
INTERNAL_ERROR = b"\x6F\x00"


class BadRecords(Exception):
    """Records that do not parse, or hold a value that the device does not take."""


@dataclass
class Device:
    """A NordTap 2 without a clock: its links do not expire."""

    firmware: str = "NT2 1.4.2"
    nfc_broken: bool = False
    link_is_live: bool = False
    live_order: str | None = None

    def answer(self, report: bytes) -> list[bytes]:
        """The input reports that follow an output report."""
        if len(report) != 64 or report[0] != 0x21 or report[1] != 0x5A or report[4] > 57:
            return []
        end = 5 + report[4]
        if crc16(report[2 : end + 2]) != 0:
            return []
        sequence, kind, payload = report[2], report[3], report[5:end]
        body = bytes([sequence, kind | 0x80])
        answer = self._answer_payload(kind, payload)
        body += bytes([len(answer)]) + answer
        frame = b"\x22\xA5" + body + crc16(body).to_bytes(2, "big")
        return [frame + bytes(64 - len(frame))]

    def _answer_payload(self, kind: int, payload: bytes) -> bytes:
        if kind == 0x01:
            return self.firmware.encode("ascii")
        try:
            records = parse_records(payload)
            if kind == 0x10:
                return self._pay(records)
            if kind == 0x1F:
                return self._cancel(records)
        except BadRecords:
            pass
        return WRONG_PARAMETER

    def _pay(self, records: dict[int, bytes]) -> bytes:
        order = order_of(records)
        if number(records, 0xC1, 1) not in METHOD_CODES:
            raise BadRecords
        if 0xC2 in records and not 1 <= number(records, 0xC2, 4) <= LARGEST_AMOUNT:
            raise BadRecords
        if 0xC4 in records and not SHORTEST_EXPIRY <= number(records, 0xC4, 2) <= LONGEST_EXPIRY:
            raise BadRecords
        if self.nfc_broken:
            return INTERNAL_ERROR
        self.link_is_live, self.live_order = True, order
        return DONE

    def _cancel(self, records: dict[int, bytes]) -> bytes:
        order = order_of(records)
        if self.nfc_broken:
            return INTERNAL_ERROR
        if not self.link_is_live or order not in (None, self.live_order):
            return REFUSED
        self.link_is_live, self.live_order = False, None
        return DONE


def parse_records(payload: bytes) -> dict[int, bytes]:
    records: dict[int, bytes] = {}
    while payload:
        if len(payload) < 2 or len(payload) < 2 + payload[1] or payload[0] in records:
            raise BadRecords
        records[payload[0]] = payload[2 : 2 + payload[1]]
        payload = payload[2 + payload[1] :]
    return records


def number(records: dict[int, bytes], tag: int, size: int) -> int:
    value = records.get(tag, b"")
    if len(value) != size:
        raise BadRecords
    return int.from_bytes(value, "big")


def order_of(records: dict[int, bytes]) -> str | None:
    if 0xC3 not in records:
        return None
    if not re.fullmatch(rb"[A-Za-z0-9._/-]{1,16}", records[0xC3]):
        raise BadRecords
    return records[0xC3].decode("ascii")


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE; 0 over data that ends in its own checksum."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def session() -> dict[str, object]:
    exchanges, commands = recordings.session(Device())
    return {
        "vendorID": VENDOR_ID,
        "productID": PRODUCT_ID,
        "manufacturer": MANUFACTURER,
        "product": PRODUCT,
        "serial": SERIAL,
        "reportDescriptor": REPORT_DESCRIPTOR.hex(),
        "outVia": "interrupt",
        "exchanges": exchanges,
        "commands": commands,
    }


def main(arguments: list[str]) -> int:
    match arguments:
        case ["samples"]:
            output: dict[str, object] = {"samples": recordings.samples(Device())}
        case ["fresh", *seed] if len(seed) <= 1 and all(text.isdecimal() for text in seed):
            output = {"samples": recordings.fresh(Device(), int(seed[0]) if seed else 1)}
        case ["session"]:
            output = session()
        case ["commands"]:
            output = {"commands": session()["commands"]}
        case ["capture", path]:
            captures.write(path, session())
            return 0
        case _:
            print("usage: device.py samples | fresh [SEED] | session | commands | capture FILE", file=sys.stderr)
            return 64
    print(json.dumps(output, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
