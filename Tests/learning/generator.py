#!/usr/bin/env python3
"""Random wire formats, composed of layers: cutting, armour, envelope, body, number forms and replies.

They judge a program that learns a wire format from samples, so that nobody tunes it to a list: `generator.py OUTDIR [SEED]
[--count N | --pairs]` writes for each format OUTDIR/NAME.learn.json (20 samples to learn from), OUTDIR/NAME.fresh.json (60
others to be judged by) and OUTDIR/NAME.truth.json (its layers, and where the fields of its samples begin), the same for the
same seed, and prints NAME and the format in one line. `--pairs` makes every pair of layers that go together at least once.
"""

import argparse
import base64
import itertools
import json
import random
import string
import struct
import sys
import zlib
from pathlib import Path

METHODS = ["TRUEMONEY", "SEVEN_11", "ALIPAY_CN", "ALIPAY_PLUS"]
RESULTS = ["SUCCESS", "PARAM_ILLEGAL", "PROCESS_FAIL", "UNKNOWN_EXCEPTION"]
KEYS = ["paymentMethod", "amount", "orderId", "expiryTime"]


def number(value, size, order):
    return value.to_bytes(size, "big" if order == "be" else "little")


def cents(amount):
    whole, fraction = amount.split(".")
    return int(whole) * 100 + int(fraction)


def varint(value):
    """A number in groups of seven bits, the lowest first."""
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(result + bytes([value]))


def bcd(value, size):
    return bytes.fromhex(f"{value:0{2 * size}d}")


# Checks

def crc(data, width, polynomial, start, is_reflected, end):
    """The CRC of the data, bit by bit."""
    value, mask = start, (1 << width) - 1
    for byte in data:
        if is_reflected:
            byte = int(f"{byte:08b}"[::-1], 2)
        value ^= byte << (width - 8)
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value >> (width - 1) else 0)) & mask
    if is_reflected:
        value = int(f"{value:0{width}b}"[::-1], 2)
    return value ^ end


def xor(data):
    value = 0
    for byte in data:
        value ^= byte
    return value


def fletcher16(data):
    low = high = 0
    for byte in data:
        low = (low + byte) % 255
        high = (high + low) % 255
    return high << 8 | low


# Name: width in bytes, and the number of the bytes before it.
CHECKS = {
    "xor": (1, xor),
    "xor-of-55": (1, lambda data: xor(data) ^ 0x55),
    "sum8": (1, lambda data: sum(data) & 0xFF),
    "negated-sum8": (1, lambda data: -sum(data) & 0xFF),
    "complemented-sum8": (1, lambda data: ~sum(data) & 0xFF),
    "seeded-sum8": (1, lambda data: (sum(data) + 0xA5) & 0xFF),
    "sum16": (2, lambda data: sum(data) & 0xFFFF),
    "negated-sum16": (2, lambda data: -sum(data) & 0xFFFF),
    "complemented-sum16": (2, lambda data: ~sum(data) & 0xFFFF),
    "crc8": (1, lambda data: crc(data, 8, 0x07, 0, False, 0)),
    "crc8-maxim": (1, lambda data: crc(data, 8, 0x31, 0, True, 0)),
    "crc16-ccitt": (2, lambda data: crc(data, 16, 0x1021, 0xFFFF, False, 0)),
    "crc16-xmodem": (2, lambda data: crc(data, 16, 0x1021, 0, False, 0)),
    "crc16-modbus": (2, lambda data: crc(data, 16, 0x8005, 0xFFFF, True, 0)),
    "crc16-x25": (2, lambda data: crc(data, 16, 0x1021, 0xFFFF, True, 0xFFFF)),
    "crc16-own": (2, lambda data: crc(data, 16, 0x3D65, 0x1D0F, False, 0)),
    "crc32": (4, zlib.crc32),
    "crc32c": (4, lambda data: crc(data, 32, 0x1EDC6F41, 0xFFFFFFFF, True, 0xFFFFFFFF)),
    "fletcher16": (2, fletcher16),
    "adler32": (4, zlib.adler32),
}


# Axes: what can be chosen for each layer

BODIES = [
    "fixed", "tlv", "ber", "protobuf", "cbor", "msgpack", "der", "bitmap", "prefixed", "netstring", "xdr", "delimited",
    "key-value", "json", "xml"]
TEXT_BODIES = {"netstring", "delimited", "key-value", "json", "xml"}
TYPED_BODIES = {"protobuf", "cbor", "msgpack", "der", "xdr"}
AXES = {
    "cutting": [
        "none", "as-long-as-needed", "index-total", "index-last-flag", "count-and-flag", "count-only", "left-over",
        "bytes-left", "longer-first", "channel", "short-last", "pieces", "terminator"],
    "size": ["8", "16", "20", "32", "64"],
    "armour": [
        "none", "slip", "hdlc", "cobs", "dle", "base64", "base64url", "hex", "xor", "xor-key", "nibbles", "words"],
    "magic": ["none", "one", "two", "three-version"],
    "length": ["none", "u8", "u16be", "u16le", "u32be", "u32le", "digits"],
    "counts": ["body", "following", "whole", "body-and-check"],
    "sequence": ["none", "u8", "u16be", "u16le", "u32be", "u32le"],
    "check": ["none", *CHECKS],
    "place": ["end", "header"],
    "covers": ["all", "without-magic", "body"],
    "tail": ["none", "one", "crlf"],
    "body": BODIES,
    "amount": ["integer", "big", "text", "digits", "bcd", "double", "float", "thousandths", "currency", "varint", "zigzag"],
    "expiry": ["integer", "text", "bcd", "minutes", "milliseconds", "varint", "absolute"],
    "method": ["code", "letter", "text"],
    "order": ["text", "utf16"],
    "absence": ["left-out", "empty"],
    "reply": ["code", "text", "plain-code", "plain-text", "ack-done", "echo", "nonce"],
}
# What a body can carry; what is not named can carry everything.
AMOUNTS = {
    "fixed": {"integer", "big", "text", "digits", "bcd", "double", "float", "thousandths", "currency"},
    "tlv": {"integer", "big", "text", "digits", "bcd", "double", "thousandths", "currency", "varint"},
    "ber": {"integer", "text", "digits", "bcd", "thousandths"},
    "protobuf": {"integer", "text", "double", "float", "thousandths", "currency", "varint", "zigzag"},
    "cbor": {"varint", "text", "double", "thousandths"},
    "msgpack": {"varint", "text", "double", "thousandths"},
    "der": {"varint", "text", "thousandths"},
    "bitmap": {"integer", "text", "digits", "bcd", "thousandths"},
    "prefixed": {"integer", "big", "text", "digits", "thousandths", "currency"},
    "xdr": {"integer", "big", "text", "double", "thousandths"},
    "netstring": {"text", "digits", "integer", "currency"},
    "delimited": {"text", "digits", "integer", "currency"},
    "key-value": {"text", "digits", "integer", "currency"},
    "json": {"text", "integer", "double", "thousandths", "currency"},
    "xml": {"text", "digits", "integer", "currency"},
}
EXPIRIES = {
    "fixed": {"integer", "text", "bcd", "minutes", "milliseconds", "absolute"},
    "tlv": {"integer", "text", "bcd", "minutes", "milliseconds", "varint"},
    "ber": {"integer", "text", "bcd", "minutes"},
    "bitmap": {"integer", "text", "bcd", "minutes"},
    "prefixed": {"integer", "text", "minutes", "milliseconds"},
    "xdr": {"integer", "text", "minutes", "milliseconds"},
    "protobuf": {"integer", "text", "varint", "minutes", "milliseconds"},
    **{name: {"varint", "text", "minutes", "milliseconds"} for name in ["cbor", "msgpack", "der"]},
    **{name: {"text", "minutes", "milliseconds"} for name in TEXT_BODIES},
}


def problem(c):
    """Why these choices do not go together; some of them may be open."""
    def get(axis):
        return c.get(axis)

    def any_known(*axes):
        return all(get(axis) is not None for axis in axes)

    body = get("body")
    if body is not None:
        if get("amount") is not None and get("amount") not in AMOUNTS[body]:
            return "the body has no such amount"
        if get("expiry") is not None and get("expiry") not in EXPIRIES[body]:
            return "the body has no such expiry"
        if get("method") == "letter" and body in TYPED_BODIES:
            return "letters are for bytes"
        if get("order") == "utf16" and body not in {"fixed", "tlv", "prefixed"}:
            return "UTF-16 is for binary bodies"
        if body in TEXT_BODIES and (get("magic") == "three-version" or get("place") == "header"):
            return "text has a plain head"
        if get("absence") == "empty" and body not in {"key-value", "json", "xml", "tlv"}:
            return "only named values are left empty"
        if get("reply") in {"plain-code"} and body in TEXT_BODIES:
            return "text is answered by text"
        if get("length") == "digits" and body not in TEXT_BODIES:
            return "digits are for text"
    if get("place") == "header" and get("check") == "none":
        return "there is no check"
    if get("covers") in {"without-magic", "body"} and get("check") == "none":
        return "there is no check"
    if get("covers") == "without-magic" and get("magic") == "none":
        return "there is no magic"
    if get("place") == "header" and get("covers") in {"all", "without-magic"}:
        return "a check in the header is of the body"
    if get("counts") in {"following", "whole", "body-and-check"} and get("length") == "none":
        return "there is no length"
    if get("counts") == "body-and-check" and (get("check") == "none" or get("place") == "header"):
        return "there is no check behind the body"
    if get("cutting") in {"none", "as-long-as-needed"} and get("size") not in {None, "64"}:
        return "one report is as large as is needed"
    if get("cutting") in {"longer-first", "channel"} and get("size") in {"8"}:
        return "the first header does not fit"
    armour, cutting, length = get("armour"), get("cutting"), get("length")
    delimits = {"slip", "hdlc", "cobs", "dle", "base64", "hex"}
    tells = {"as-long-as-needed", "count-and-flag", "count-only", "bytes-left", "longer-first", "channel", "short-last"}
    if any_known("armour", "cutting", "length", "body", "tail"):
        if armour not in delimits and cutting not in tells and length == "none":
            if not (body in TEXT_BODIES and get("tail") != "none") and not (
                    body == "fixed" and cutting in {"none", "index-total", "index-last-flag", "left-over"}):
                return "nothing says where a message ends"
    if cutting == "pieces" and armour is not None and length is not None and armour not in delimits and length == "none":
        return "nothing says how many reports follow"
    if cutting == "pieces" and armour in {"base64url"}:
        return "nothing says how many reports follow"
    if cutting == "terminator" and (
            armour not in {None, "base64", "base64url", "hex", "cobs"} and body is not None
            and (body not in TEXT_BODIES or armour != "none")):
        return "the terminator may be in the message"
    if cutting == "terminator" and armour in {"none"} and (
            get("sequence") not in {None, "none"} or get("check") not in {None, "none"}
            or length not in {None, "none", "digits"} or get("magic") not in {None, "none"}):
        return "the terminator may be in the message"
    if armour == "words" and cutting == "pieces":
        return "words are swapped in whole messages"
    if get("reply") == "ack-done" and cutting not in {None, "none", "as-long-as-needed"}:
        return "an acknowledgement is a report"
    return None


class Refusal(Exception):
    """A format that cannot be made as it was chosen."""


# Pieces of notations

def ber_length(size):
    return bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + number(size, 2, "be")


def der_integer(value):
    return b"\x02" + ber_length(size := value.bit_length() // 8 + 1) + number(value, size, "be")


def cbor_head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    size = 1 if value < 0x100 else 2 if value < 0x10000 else 4
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26}[size]]) + number(value, size, "be")


def cbor(value):
    if isinstance(value, str):
        return cbor_head(3, len(value)) + value.encode()
    return b"\xfb" + struct.pack(">d", value) if isinstance(value, float) else cbor_head(0, value)


def msgpack(value):
    if isinstance(value, str):
        return (bytes([0xA0 | len(value)]) if len(value) < 32 else bytes([0xD9, len(value)])) + value.encode()
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if value < 0x80:
        return bytes([value])
    size = 1 if value < 0x100 else 2 if value < 0x10000 else 4
    return bytes([{1: 0xCC, 2: 0xCD, 4: 0xCE}[size]]) + number(value, size, "be")


class Format:
    """One format. `exchange` makes the reports and replies of a command."""

    def __init__(self, name, choices, rng):
        self.name = name
        self.c = dict(choices)
        self.rng = rng
        self.axis = self.c.__getitem__
        self.order = rng.sample(KEYS, 4)
        self.byteorder = rng.choice(["be", "le"])
        start = rng.randrange(1, 0x20)
        self.tags = {key: tag for key, tag in zip([*KEYS, "kind", "status", "shop"], rng.sample(range(start, start + 14), 7))}
        self.wide_tags = rng.random() < 0.3
        self.wide_lengths = rng.random() < 0.3
        self.codes = dict(zip(METHODS, rng.choice([[0, 1, 2, 3], [1, 2, 3, 4], rng.sample(range(1, 120), 4)])))
        self.letters = dict(zip(METHODS, rng.sample(string.ascii_uppercase, 4)))
        self.statuses = dict(zip(RESULTS, rng.choice([[0, 1, 2, 3], [0, 1, 2, 255], rng.sample(range(0, 240), 4)])))
        self.status_texts = dict(zip(RESULTS, rng.choice([
            ["OK", "PARAM", "FAIL", "UNKNOWN"], ["00", "01", "02", "99"], RESULTS, ["success", "illegal", "fail", "exception"]])))
        self.kinds = dict(zip(["pay", "cancel"], rng.sample(range(0x01, 0x7F), 2)))
        self.answer = rng.choice([0x80, None, 0x40])
        self.verbs = dict(zip(["pay", "cancel"], rng.choice([["PAY", "CANCEL"], ["pay", "cancel"], ["P", "C"], ["SALE", "VOID"]])))
        self.magic = {
            "none": b"", "one": bytes([rng.choice([0xAA, 0x5A, 0xA5, 0x02, 0x68, 0x7B])]),
            "two": rng.choice([b"\xaa\x55", b"\x5a\xa5", b"VX", b"\xeb\x90"]), "three-version": b"\xdf\x20\x19\x01",
        }[self.axis("magic")]
        self.tail = {"none": b"", "one": bytes([rng.choice([0x03, 0x0D, 0x0A, 0xFE])]), "crlf": b"\r\n"}[self.axis("tail")]
        self.padding = rng.choice([0, 0, 0, 0, 0xFF, 0x20])
        self.fill = rng.choice([0, 0, 0x20, 0xFF])
        self.blank = rng.choice(["zero", "ones"])
        self.report_id = bytes([rng.randrange(1, 10)]) if rng.random() < 0.3 else b""
        self.type_in_head = self.axis("body") not in TEXT_BODIES and rng.random() < 0.7
        self.nested = rng.random() < 0.3
        self.has_shop = rng.random() < 0.25
        self.key = bytes(rng.sample(range(1, 256), 4 if self.axis("armour") == "xor-key" else 1))
        self.names = dict(zip(KEYS, rng.choice([
            ["paymentMethod", "amount", "orderId", "expiryTime"], ["m", "a", "o", "t"], ["method", "amt", "order", "ttl"]])))
        self.separator, self.equals = rng.choice([("&", "="), (";", "="), ("|", ":"), ("\n", "="), ("\x1c", "=")])
        self.delimiter = rng.choice(["|", ",", ";", "\t", "\x1c"])
        self.spaced = rng.random() < 0.3
        self.has_id = rng.random() < 0.3
        self.keyed = rng.random() < 0.4
        self.time = 1_767_200_000 + rng.randrange(1_000_000)
        self.first = rng.choice([1, 1, rng.randrange(2, 120), 250, 65_530])
        self.size = int(self.axis("size"))
        self.reply_size = None
        self.nonce = b""
        if self.axis("body") == "xdr":
            self.byteorder = "be"
        self.sizes = {}

    def describe(self):
        """The format in one line."""
        c = self.c
        envelope = [c["magic"] + " magic" if c["magic"] != "none" else "", "type" if self.type_in_head else ""]
        envelope += [f"length {c['length']} of {c['counts']}" if c["length"] != "none" else ""]
        envelope += [f"sequence {c['sequence']} from {self.first}" if c["sequence"] != "none" else ""]
        envelope += [f"{c['check']} at the {c['place']} over {c['covers']}" if c["check"] != "none" else ""]
        envelope += [f"tail {self.tail.hex()}" if self.tail else ""]
        cutting = c["cutting"] + (f" of {self.size}" if c["cutting"] not in {"none", "as-long-as-needed"} else "")
        body = c["body"] + ", nested" * (self.nested and c["body"] in {"ber", "protobuf", "json"})
        body += f" (amount {c['amount']}, expiry {c['expiry']}, method {c['method']}, order {c['order']}, {c['absence']})"
        return " > ".join([cutting, c["armour"], ", ".join(filter(None, envelope)) or "bare", body, "reply " + c["reply"]])

    # Values

    def amount(self, text):
        """A binary amount."""
        form = self.axis("amount")
        return {
            "integer": lambda: number(cents(text), 4, self.byteorder), "big": lambda: number(cents(text), 8, self.byteorder),
            "text": text.encode, "digits": lambda: b"%012d" % cents(text), "bcd": lambda: bcd(cents(text), 6),
            "double": lambda: struct.pack(">d" if self.byteorder == "be" else "<d", float(text)),
            "float": lambda: struct.pack(">f" if self.byteorder == "be" else "<f", float(text)),
            "thousandths": lambda: number(cents(text) * 10, 4, self.byteorder), "currency": lambda: b"THB" + text.encode(),
            "varint": lambda: varint(cents(text)), "zigzag": lambda: varint(cents(text) * 2),
        }[form]()

    def amount_text(self, text):
        form = self.axis("amount")
        return {
            "text": text, "integer": str(cents(text)), "thousandths": str(cents(text) * 10), "digits": f"{cents(text):012d}",
            "currency": "THB" + text}[form]

    def seconds(self, value):
        return {"minutes": value // 60, "milliseconds": value * 1000}.get(self.axis("expiry"), value)

    def expiry(self, value):
        form, value = self.axis("expiry"), self.seconds(value)
        return {
            "text": lambda: str(value).encode(), "bcd": lambda: bcd(value, 3), "varint": lambda: varint(value),
            "minutes": lambda: number(value, 2, self.byteorder),
            "absolute": lambda: number(self.time + value, 4, self.byteorder),
        }.get(form, lambda: number(value, 4, self.byteorder))()

    def method(self, name):
        form = self.axis("method")
        return name.encode() if form == "text" else (
            self.letters[name].encode() if form == "letter" else bytes([self.codes[name]]))

    def method_text(self, name):
        form = self.axis("method")
        return name if form == "text" else self.letters[name] if form == "letter" else str(self.codes[name])

    def text(self, value):
        return value.encode("utf-16-le" if self.axis("order") == "utf16" else "ascii")

    def binary(self, key, s):
        return {
            "paymentMethod": self.method, "amount": self.amount, "orderId": self.text, "expiryTime": self.expiry}[key](s[key])

    def plain_text(self, key, s):
        return {
            "paymentMethod": self.method_text, "amount": self.amount_text, "orderId": str,
            "expiryTime": lambda value: str(self.seconds(value))}[key](s[key])

    def typed(self, key, s):
        """A value as a string, an integer or a float."""
        value = s[key]
        if key == "paymentMethod":
            return value if self.axis("method") == "text" else self.codes[value]
        if key == "amount":
            form = self.axis("amount")
            if form in {"double", "float"}:
                return float(value)
            return {"text": value, "currency": "THB" + value, "thousandths": cents(value) * 10}.get(form, cents(value))
        if key == "expiryTime":
            return str(value) if self.axis("expiry") == "text" else self.seconds(value)
        return value

    def keys(self, s):
        """What a command of that kind can carry, in the format's order."""
        return [key for key in self.order if s["command"] == "pay" or key == "orderId"]

    # Bodies: names and bytes of the fields, one behind the other

    def body(self, s):
        kind = s["command"]
        make = {
            "fixed": self.fixed, "tlv": self.tlv, "ber": self.ber, "protobuf": self.protobuf, "cbor": self.cbor,
            "msgpack": self.msgpack, "der": self.der, "bitmap": self.bitmap, "prefixed": self.prefixed,
            "netstring": self.netstring, "xdr": self.xdr, "delimited": self.delimited, "key-value": self.key_value,
            "json": self.json, "xml": self.xml}[self.axis("body")]
        # Bodies without names for their values have their kind in front.
        in_front = self.axis("body") in {"fixed", "bitmap", "prefixed"} and not self.type_in_head
        return ([("kind", bytes([self.kinds[kind]]))] if in_front else []) + make(s)

    def fixed(self, s):
        sizes = {
            "amount": {"text": 8, "digits": 12, "bcd": 6, "double": 8, "float": 4, "big": 8, "currency": 11}.get(
                self.axis("amount"), 4),
            "expiryTime": {"text": 5, "bcd": 3, "minutes": 2}.get(self.axis("expiry"), 4),
            "paymentMethod": 12 if self.axis("method") == "text" else 1,
            "orderId": 32 if self.axis("order") == "utf16" else 16}
        result = [("time", number(self.time, 4, self.byteorder))] if self.axis("expiry") == "absolute" else []
        for key in self.keys(s):
            size = sizes[key]
            is_text = key == "orderId" or key == "paymentMethod" or "text" in (
                self.axis("amount") if key == "amount" else self.axis("expiry")) or (
                key == "amount" and self.axis("amount") in {"digits", "currency"})
            if key in s:
                value = self.binary(key, s)
                value += bytes([self.fill if is_text and key != "paymentMethod" or len(value) > 1 else 0]) * (size - len(value))
            elif is_text:
                value = bytes([self.fill]) * size
            else:
                value = (b"\xff" if self.blank == "ones" else b"\0") * size
            result.append((key, value))
        pay = sum(sizes.values())
        if not self.type_in_head or self.axis("length") == "none":
            # All commands are of one size.
            gap = pay - sum(len(value) for name, value in result if name in KEYS)
            gap += 4 * (self.axis("expiry") == "absolute" and not result)
            result += [("padding", bytes(gap))] if gap else []
        return result

    def tag(self, key):
        tag = self.tags[key]
        return bytes([0x9F, tag]) if self.wide_tags else bytes([tag])

    def tlv(self, s):
        result = [] if self.type_in_head else [("tag", self.tag("kind") + self.size_of(1)), ("kind", bytes([self.kinds[s["command"]]]))]
        result += [("tag", self.tag("shop") + self.size_of(6)), ("constant", b"POS-01")] if self.has_shop else []
        for key in self.keys(s):
            if key in s:
                value = self.binary(key, s)
                result += [("tag", self.tag(key) + self.size_of(len(value))), (key, value)]
            elif self.axis("absence") == "empty":
                result.append(("tag", self.tag(key) + self.size_of(0)))
        return result

    def size_of(self, size):
        return number(size, 2 if self.wide_lengths else 1, self.byteorder)

    def ber_tag(self, key):
        tag = self.tags[key]
        return [bytes([0xC0 | tag & 0x1E]), bytes([0x9F, tag]), bytes([0xDF, 0x81, tag])][tag % 3]

    def ber(self, s):
        result = []
        items = [key for key in self.keys(s) if key in s]
        for key in items:
            value = self.binary(key, s)
            result += [("tag", self.ber_tag(key) + ber_length(len(value))), (key, value)]
        if not self.type_in_head:
            result = [("tag", b"\xc1\x01"), ("kind", bytes([self.kinds[s["command"]]]))] + result
        if self.has_shop:
            # Long enough for a length of two bytes.
            result += [("tag", b"\xdf\x7f" + ber_length(130)), ("constant", b"BANGKOK-CENTRAL" + bytes(115))]
        if self.nested:
            size = sum(len(value) for _, value in result)
            result = [("tag", b"\xe1" + ber_length(size))] + result
        return result

    def protobuf(self, s):
        result = []
        if self.has_shop:
            result += [("tag", varint(15 << 3 | 2) + b"\x06"), ("constant", b"POS-01")]
        for key in self.keys(s):
            if key not in s:
                continue
            value, field = self.typed(key, s), self.tags[key]
            form = self.axis("amount") if key == "amount" else self.axis("expiry") if key == "expiryTime" else ""
            if isinstance(value, str):
                result += [("tag", varint(field << 3 | 2) + varint(len(value))), (key, value.encode())]
            elif isinstance(value, float):
                wire, pattern = (5, "<f") if form == "float" else (1, "<d")
                result += [("tag", varint(field << 3 | wire)), (key, struct.pack(pattern, value))]
            elif form == "integer":
                result += [("tag", varint(field << 3 | 5)), (key, number(value, 4, "le"))]
            elif value or self.absence_of_zero:
                result += [("tag", varint(field << 3)), (key, varint(value * 2 if form == "zigzag" else value))]
        if self.nested:
            size = sum(len(value) for _, value in result)
            field = 20 if s["command"] == "pay" else 21
            result = [("tag", varint(field << 3 | 2) + varint(size))] + result
        if not self.type_in_head and not self.nested:
            result = [("tag", varint(self.tags["kind"] << 3)), ("kind", varint(self.kinds[s["command"]]))] + result
        return result

    @property
    def absence_of_zero(self):
        """Whether zeros are written as well: proto2 writes them."""
        return self.wide_tags

    def mapped(self, s, head, write):
        items = [(key, self.typed(key, s)) for key in self.keys(s) if key in s]
        name = (lambda key: self.names.get(key, key)) if self.keyed else self.tags.__getitem__
        result = [] if self.type_in_head else [
            ("tag", write(name("kind"))), ("kind", write(self.verbs[s["command"]] if self.keyed else self.kinds[s["command"]]))]
        for key, value in items:
            result += [("tag", write(name(key))), (key, write(value))]
        return [("tag", head(len(items) + (not self.type_in_head)))] + result

    def cbor(self, s):
        return self.mapped(s, lambda count: cbor_head(5, count), cbor)

    def msgpack(self, s):
        return self.mapped(s, lambda count: bytes([0x80 | count]), msgpack)

    def der(self, s):
        result = []
        if not self.type_in_head:
            result.append(("kind", der_integer(self.kinds[s["command"]])))
        for key in self.keys(s):
            if key not in s:
                continue
            value = self.typed(key, s)
            value = der_integer(value) if isinstance(value, int) else b"\x0c" + ber_length(len(value)) + value.encode()
            result += [("tag", bytes([0xA0 | KEYS.index(key), len(value)])), (key, value)]
        return [("tag", b"\x30" + ber_length(sum(len(value) for _, value in result)))] + result

    def bitmap(self, s):
        bits, values = 0, []
        for place, key in enumerate(self.order):
            if key not in s:
                continue
            bits |= 0x80 >> place if self.wide_tags else 1 << place
            value = self.binary(key, s)
            form = {"amount": self.axis("amount"), "expiryTime": self.axis("expiry"), "paymentMethod": self.axis("method")}.get(key, "text")
            is_variable = form == "text"
            length = b"%02d" % len(value) if self.wide_lengths else bytes([len(value)])
            values += ([("length", length)] if is_variable else []) + [(key, value)]
        return [("bitmap", bytes([bits]))] + values

    def prefixed(self, s):
        """Strings behind their lengths among numbers of fixed sizes."""
        result = []
        for key in self.keys(s):
            form = {"amount": self.axis("amount"), "expiryTime": self.axis("expiry"), "paymentMethod": self.axis("method")}.get(key, "text")
            is_string = form in {"text", "currency"}
            if is_string:
                value = self.binary(key, s) if key in s else b""
                result += [("length", self.size_of(len(value))), (key, value)]
            elif key in s:
                result.append((key, self.binary(key, s)))
            else:
                size = {"digits": 12, "big": 8, "minutes": 2}.get(form, 4)
                result.append((key, (b"0" if form == "digits" else b"\xff" if self.blank == "ones" else b"\0") * size))
        if self.has_shop:
            result += [("length", self.size_of(6)), ("constant", b"POS-01")]
        return result

    def xdr(self, s):
        result = [] if self.type_in_head else [("kind", number(self.kinds[s["command"]], 4, "be"))]
        for key in self.keys(s):
            if key != "paymentMethod":
                result.append(("present", number(int(key in s), 4, "be")))
            if key not in s:
                continue
            value = self.typed(key, s)
            if isinstance(value, str):
                result += [("length", number(len(value), 4, "be")), (key, value.encode()), ("padding", bytes(-len(value) % 4))]
            elif isinstance(value, float):
                result.append((key, struct.pack(">d", value)))
            else:
                result.append((key, number(value, 8 if key == "amount" and self.axis("amount") == "big" else 4, "be")))
        return [(name, value) for name, value in result if value]

    def netstring(self, s):
        result = []
        for key, value in [("kind", self.verbs[s["command"]])] + [
                (key, self.plain_text(key, s) if key in s else "") for key in self.keys(s)]:
            result += [("length", b"%d:" % len(value)), (key, value.encode()), ("constant", b",")]
        return [(name, value) for name, value in result if value]

    def delimited(self, s):
        values = [("kind", self.verbs[s["command"]])]
        values += [(key, self.plain_text(key, s) if key in s else "") for key in self.keys(s)]
        result = []
        for index, (key, value) in enumerate(values):
            result += ([("separator", self.delimiter.encode())] if index else []) + [(key, value.encode())]
        return [(name, value) for name, value in result if value]

    def pairs(self, s):
        """Names and values as they are written, without those that are left out."""
        pairs = [("cmd", self.verbs[s["command"]], "kind")]
        pairs += [("store", "BKK-01", "constant")] if self.has_shop else []
        for key in self.keys(s):
            if key in s:
                pairs.append((self.names[key], self.plain_text(key, s), key))
            elif self.axis("absence") == "empty":
                pairs.append((self.names[key], "", key))
        return pairs

    def key_value(self, s):
        result = []
        for index, (name, value, key) in enumerate(self.pairs(s)):
            head = (self.separator if index else "") + name + self.equals
            result += [("tag", head.encode()), (key, value.encode())]
        return [(name, value) for name, value in result if value]

    def json(self, s):
        document = {"cmd": self.verbs[s["command"]]}
        if self.has_id:
            document["id"] = self.number
        if self.has_shop:
            document["store"] = "BKK-01"
        inner = {}
        for key in self.keys(s):
            if key in s:
                inner[self.names[key]] = self.typed(key, s)
            elif self.axis("absence") == "empty":
                inner[self.names[key]] = None
        document.update({"data": inner} if self.nested else inner)
        return [("json", json.dumps(document, separators=None if self.spaced else (",", ":")).encode())]

    def xml(self, s):
        inner = "".join(f"<{name}>{value}</{name}>" for name, value, key in self.pairs(s) if key != "kind")
        verb = self.verbs[s["command"]].lower()
        head = '<?xml version="1.0"?>' if self.spaced else ""
        return [("xml", f"{head}<{verb}>{inner}</{verb}>".encode())]

    def reply_body(self, s):
        """What the device says of the result."""
        kind, body, form = s["command"], self.axis("body"), self.axis("reply")
        code, text = self.statuses[s["result"]], self.status_texts[s["result"]]
        if form == "plain-code":
            return [("result", bytes([code]))]
        if form == "plain-text":
            return [("result", text.encode().ljust(20, b" "))]
        is_text = form == "text"
        echo = s.get("orderId") if form == "echo" else None
        value = text.encode() if is_text else bytes([code])
        if body == "json":
            document = {"result": text if is_text else code}
            document.update({"id": self.number} if self.has_id else {})
            document.update({self.names["orderId"]: echo} if echo else {})
            return [("json", json.dumps(document, separators=None if self.spaced else (",", ":")).encode())]
        if body in TEXT_BODIES:
            text = text if is_text else str(code)
            if body == "xml":
                return [("xml", f"<reply><result>{text}</result>{f'<order>{echo}</order>' if echo else ''}</reply>".encode())]
            if body == "netstring":
                return [("netstring", b"".join(b"%d:%s," % (len(part), part.encode()) for part in [text, echo or ""]))]
            if body == "key-value":
                pairs = [f"result{self.equals}{text}"] + ([f"{self.names['orderId']}{self.equals}{echo}"] if echo else [])
                return [("pairs", self.separator.join(pairs).encode())]
            return [("fields", self.delimiter.join(["R", text] + ([echo or ""] if form == "echo" else [])).encode())]
        if body in {"tlv", "ber"}:
            tag = self.tag("status") if body == "tlv" else b"\xdf\x31"
            result = [("tag", tag + (self.size_of if body == "tlv" else lambda size: ber_length(size))(len(value))), ("result", value)]
            if echo:
                order, echo = self.binary("orderId", s), None
                tag = self.tag("orderId") if body == "tlv" else self.ber_tag("orderId")
                result += [("tag", tag + (self.size_of if body == "tlv" else lambda size: ber_length(size))(len(order))), ("orderId", order)]
            return result
        if body == "protobuf":
            result = [("tag", b"\x0a" + bytes([len(value)])), ("result", value)] if is_text else [("tag", b"\x08"), ("result", varint(code))]
            return result + ([("tag", b"\x12" + bytes([len(echo)])), ("orderId", echo.encode())] if echo else [])
        if body in {"cbor", "msgpack"}:
            write, head = (cbor, 0xA0) if body == "cbor" else (msgpack, 0x80)
            result = [("tag", bytes([head | 1 + bool(echo)]) + write("r" if self.keyed else 1)), ("result", write(text if is_text else code))]
            return result + ([("tag", write("o" if self.keyed else 2)), ("orderId", write(echo))] if echo else [])
        if body == "der":
            result = der_integer(code) if not is_text else b"\x0c" + ber_length(len(value)) + value
            result += b"\x0c" + ber_length(len(echo)) + echo.encode() if echo else b""
            return [("tag", b"\x30" + ber_length(len(result))), ("result", result)]
        if body == "xdr":
            result = [("result", number(code, 4, "be") if not is_text else number(len(value), 4, "be") + value + bytes(-len(value) % 4))]
            return result + ([("orderId", number(len(echo or ""), 4, "be") + (echo or "").encode() + bytes(-len(echo or "") % 4))] if form == "echo" else [])
        if body == "fixed":
            order = (self.text(echo) if echo else b"").ljust(32 if self.axis("order") == "utf16" else 16, bytes([self.fill]))
            return [("result", value.ljust(20, b" ") if is_text else value)] + ([("orderId", order)] if form == "echo" else [])
        order = self.text(echo) if echo else b""
        return ([("length", bytes([len(value)]))] if is_text else []) + [("result", value)] + (
            [("length", bytes([len(order)])), ("orderId", order)] if form == "echo" else [])

    # Envelope

    def sealed(self, kind, body, is_reply):
        """Head, body, check and tail."""
        check, place, covers = self.axis("check"), self.axis("place"), self.axis("covers")
        size, of = CHECKS.get(check, (0, None))
        if check != "none" and self.axis("body") in TEXT_BODIES:
            size, of = 2 * size, lambda data: f"{CHECKS[check][1](data):0{size}X}".encode()
        elif check != "none":
            of = lambda data: number(CHECKS[check][1](data), size, self.byteorder)
        # Where the length is no binary number, nothing of text is.
        is_plain = self.axis("body") in TEXT_BODIES and self.axis("length") in {"none", "digits"}
        head = [("magic", self.magic)] if self.magic else []
        if self.type_in_head:
            head.append(("kind", bytes([self.kinds[kind] if not is_reply else (self.kinds[kind] | self.answer) if self.answer else 0x7F])))
        if self.axis("sequence") != "none":
            width = {"u8": 1, "u16be": 2, "u16le": 2}.get(self.axis("sequence"), 4)
            order = self.axis("sequence")[-2:]
            if is_plain:
                head.append(("sequence", b"%0*d" % ({1: 3, 2: 5}.get(width, 8), self.number % 10 ** {1: 3, 2: 5}.get(width, 8))))
            else:
                head.append(("sequence", number(self.number % (1 << 8 * width), width, order if width > 1 else "be")))
        if self.nonce:
            head.append(("nonce", self.nonce.hex().encode() if is_plain else self.nonce))
        length = self.axis("length")
        body_size = sum(len(value) for _, value in body)
        behind = size if place == "end" else 0
        if length != "none":
            width = {"u8": 1, "u16be": 2, "u16le": 2, "digits": 4}.get(length, 4)
            counted = body_size + {
                "body": 0, "body-and-check": behind,
                "following": (size if place == "header" else behind) + len(self.tail),
                "whole": sum(len(value) for _, value in head) + width + size + len(self.tail)}[self.axis("counts")]
            if counted >= 1 << 8 * width:
                raise Refusal("the length does not fit")
            head.append(("length", b"%04d" % counted if length == "digits" else number(counted, width, length[-2:] if width > 1 else "be")))
        content = b"".join(value for _, value in body)
        if of and place == "header":
            return head + [("check", of(content))] + body + ([("tail", self.tail)] if self.tail else [])
        all_before = b"".join(value for _, value in head) + content
        covered = {"all": all_before, "without-magic": all_before[len(self.magic):], "body": content}[covers]
        return head + body + ([("check", of(covered))] if of else []) + ([("tail", self.tail)] if self.tail else [])

    # Armour

    def armoured(self, fields):
        """The message's bytes, each with the name of its field; no names where bytes are mixed."""
        pairs = [(byte, index) for index, (_, value) in enumerate(fields) for byte in value]
        data = bytes(byte for byte, _ in pairs)
        armour = self.axis("armour")

        def stuffed(special, escape, mapped):
            result = []
            for byte, index in pairs:
                result += [(escape, index), (mapped(byte), index)] if byte in special else [(byte, index)]
            return result

        if armour == "slip":
            body = stuffed({0xC0, 0xDB}, 0xDB, lambda byte: 0xDC if byte == 0xC0 else 0xDD)
            return ([(0xC0, "mark")] if self.spaced else []) + body + [(0xC0, "end")]
        if armour == "hdlc":
            return [(0x7E, "mark")] + stuffed({0x7E, 0x7D}, 0x7D, lambda byte: byte ^ 0x20) + [(0x7E, "end")]
        if armour == "dle":
            return [(0x10, "mark"), (2, "mark")] + stuffed({0x10}, 0x10, lambda byte: byte) + [(0x10, "end"), (3, "end")]
        if armour == "cobs":
            result = bytearray()
            for block in data.split(b"\0"):
                while len(block) >= 254:
                    result += b"\xff" + block[:254]
                    block = block[254:]
                result += bytes([len(block) + 1]) + block
            return [(byte, None) for byte in result + b"\0"]
        if armour in {"base64", "base64url"}:
            text = base64.b64encode(data) + b"\n" if armour == "base64" else base64.urlsafe_b64encode(data).rstrip(b"=")
            return [(byte, None) for byte in text]
        if armour == "hex":
            text = data.hex() if self.spaced else data.hex().upper()
            return [(byte, None) for byte in b":" + text.encode() + b"\r\n"]
        if armour in {"xor", "xor-key"}:
            return [(byte ^ self.key[place % len(self.key)], index) for place, (byte, index) in enumerate(pairs)]
        if armour == "nibbles":
            return [(byte >> 4 | (byte & 15) << 4, index) for byte, index in pairs]
        if armour == "words":
            pairs += [(0, "padding")] * (len(pairs) % 2)
            return [pair for place in range(0, len(pairs), 2) for pair in (pairs[place + 1], pairs[place])]
        return pairs

    # Cutting

    def cut(self, pairs, is_reply):
        """Reports of bytes with names."""
        size, cutting = self.size, self.axis("cutting")
        head = [(byte, "report ID") for byte in self.report_id]

        def padded(report, to=size):
            if len(report) > to:
                raise Refusal("a report is too long")
            return report + [(self.padding, "fill")] * (to - len(report))

        def mark(*values):
            return [(value & 0xFF, f"cut {place}") for place, value in enumerate(values)]

        def pieces(room, first=None):
            cuts, rest = [pairs[:room if first is None else first]], pairs[room if first is None else first:]
            while rest:
                cuts.append(rest[:room])
                rest = rest[room:]
            return cuts

        if cutting == "none":
            report = padded(head + pairs, self.sizes.get(is_reply, 4096))
            if self.spaced and self.axis("armour") in {"xor", "xor-key"}:
                # What fills the report is put under the key as well.
                end, start = len(head + pairs), len(head)
                report[end:] = [(byte ^ self.key[(end + place - start) % len(self.key)], name)
                                for place, (byte, name) in enumerate(report[end:])]
            return [report]
        if cutting == "as-long-as-needed":
            return [head + pairs]
        room = size - len(head)
        if cutting == "index-total":
            cuts = pieces(room - 2)
            base = int(self.wide_tags)
            return [padded(head + mark(*((place + base, len(cuts)) if self.spaced else (len(cuts), place + base))) + cut)
                    for place, cut in enumerate(cuts)]
        if cutting == "index-last-flag":
            cuts = pieces(room - 1)
            return [padded(head + mark(place | (0x80 if place == len(cuts) - 1 else 0)) + cut) for place, cut in enumerate(cuts)]
        if cutting == "count-and-flag":
            cuts = pieces(room - 1)
            return [padded(head + mark(len(cut) | (0x80 if place == len(cuts) - 1 else 0)) + cut) for place, cut in enumerate(cuts)]
        if cutting == "count-only":
            # A piece that does not fill its report is the last; an empty one where all are full.
            cuts = pieces(room - 1)
            cuts += [[]] if len(cuts[-1]) == room - 1 else []
            return [padded(head + mark(len(cut)) + cut) for cut in cuts]
        if cutting == "left-over":
            cuts = pieces(room - 1)
            return [padded(head + mark(len(cuts) - 1 - place) + cut) for place, cut in enumerate(cuts)]
        if cutting == "bytes-left":
            cuts, left, result = pieces(room - 2), len(pairs), []
            for cut in cuts:
                result.append(padded(head + mark(*number(left, 2, self.byteorder)) + cut))
                left -= len(cut)
            return result
        if cutting == "longer-first":
            cuts = pieces(room - 1, room - 3)
            total = number(len(pairs), 2, self.byteorder)
            return [padded(head + mark(place, *(total if place == 0 else b"")) + cut) for place, cut in enumerate(cuts)]
        if cutting == "channel":
            cuts = pieces(room - 5, room - 7)
            total = number(len(pairs), 2, "be")
            channel = bytes([0x1C, 0x02, 0x00, self.size])
            return [padded(head + mark(*channel, *((0xC1, *total) if place == 0 else (place - 1,))) + cut)
                    for place, cut in enumerate(cuts)]
        if cutting == "short-last":
            cuts = pieces(room - 1)
            # Where they are counted upwards, nothing but its size says that a report is the last.
            cuts += [[]] if self.spaced and len(cuts[-1]) == room - 1 else []
            return [head + mark(place if self.spaced else len(cuts) - 1 - place) + cut for place, cut in enumerate(cuts)]
        if cutting == "terminator":
            pairs = pairs if self.axis("armour") == "cobs" else pairs + [(0, "end")]
        return [padded(head + cut) for cut in pieces(room)]

    # All together

    def exchange(self, s, sequence, rng):
        self.number = sequence
        self.time += rng.randrange(20, 400)
        self.nonce = rng.randbytes(8 if self.wide_tags else 4) if self.axis("reply") == "nonce" else b""
        fields = self.sealed(s["command"], self.body(s), False)
        self.names_of = [name for name, _ in fields]
        reports = self.cut(self.armoured(fields), False)
        answers = []
        if self.axis("reply") == "ack-done":
            ack = self.sealed(s["command"], [("received", b"\x06")], True)
            answers += self.cut(self.armoured(ack), True)
        answers += self.cut(self.armoured(self.sealed(s["command"], self.reply_body(s), True)), True)
        return reports, answers

    def prepare(self, labels):
        """Chooses sizes of reports into which everything fits."""
        if self.axis("cutting") != "none":
            return
        self.sizes = {}
        longest = [0, 0]
        state = self.time
        for place, s in enumerate(labels):
            self.sizes = {}
            reports, replies = self.unpadded(s, self.first + place)
            longest = [max(longest[0], reports), max(longest[1], replies)]
        self.time = state
        steps = [16, 32, 48, 64, 96, 128, 256, 512, 1024]
        if longest[0] > 512 or longest[1] > 512:
            raise Refusal("messages are too long")
        self.sizes = {bool(side): next(step for step in steps if step >= longest[side] + 2) for side in range(2)}
        if self.wide_lengths:
            self.sizes[True] = self.sizes[False] = max(self.sizes.values())

    def unpadded(self, s, sequence):
        rng = random.Random(1)
        original, self.c = self.c, {**self.c, "cutting": "as-long-as-needed"}
        self.axis = self.c.__getitem__
        try:
            reports, replies = self.exchange(s, sequence, rng)
        finally:
            self.c = original
            self.axis = original.__getitem__
        # Of stuffed bytes there may be more than here.
        slack = 12 if self.axis("armour") in {"slip", "hdlc", "dle", "cobs"} else 2
        return len(reports[0]) + slack, max(map(len, replies)) + slack


# The samples

def order_id(length, rng):
    return None if length is None else "".join(rng.choices(string.ascii_uppercase + string.digits, k=length))


def labels(command, method, amount, order, expiry, result):
    """A sample without its reports; absent values are left out."""
    values = {"command": command, "paymentMethod": method, "amount": amount, "orderId": order, "expiryTime": expiry}
    return {key: value for key, value in values.items() if value is not None} | {"result": result}


def learn_labels(rng):
    """A developer's choice: 14 pays and 6 cancels, in mixed order, beginning with a pay."""
    def shuffled(values):
        return rng.sample(values, len(values))

    amounts = ["0.07", "99999.99", "8.88", "655.36", "0.50", "2550.00", "43210.05", "167.77", "1.00", "310.00", "80.20", None, None]
    expiries = [60, 86400, 1800, 300, 3600, 12360, 43200, 120, 660, 600, None, None, None]
    orders = [1, 16, 4, 6, 8, 3, 12, 14, 16, 5, 10, None, None]
    methods = (METHODS * 4)[1:14]
    # Values that are always left out together cannot be told apart by what is not there.
    while True:
        values = [shuffled(amounts), shuffled(orders), shuffled(expiries)]
        if len({tuple(value is None for value in column) for column in values}) == len(values):
            break
    pays = [("TRUEMONEY", "12.50", 2, 900)] + list(zip(methods, *values))
    cancels = [(None, None, length, None) for length in shuffled([4, 1, None, 16, 9, None])]
    results = ["SUCCESS"] * 3 + shuffled(["SUCCESS"] * 6 + ["PARAM_ILLEGAL"] * 4 + ["PROCESS_FAIL"] * 4 + ["UNKNOWN_EXCEPTION"] * 3)
    commands = ["pay", "pay", "cancel"] + shuffled(["pay"] * 12 + ["cancel"] * 5)
    chosen = []
    for command, result in zip(commands, results):
        method, amount, length, expiry = (pays if command == "pay" else cancels).pop(0)
        chosen.append(labels(command, method, amount, order_id(length, rng), expiry, result))
    return chosen


def fresh_labels(rng, in_minutes):
    """One command at random."""
    result = rng.choice(RESULTS)
    length = None if rng.random() < 0.2 else rng.randint(1, 16)
    if rng.random() < 0.3:
        return labels("cancel", None, None, order_id(length, rng), None, result)
    units = rng.randrange(1, 10 ** rng.randint(1, 7))
    amount = None if rng.random() < 0.15 else f"{units // 100}.{units % 100:02d}"
    expiry = None if rng.random() < 0.2 else rng.randint(1, rng.choice([60, 999, 9999, 86400]))
    if in_minutes and expiry:
        expiry = 60 * max(1, expiry // 60)
    return labels("pay", rng.choice(METHODS), amount, order_id(length, rng), expiry, result)


# How many times as likely as others a choice is: formats mostly have one or two unusual layers, not ten.
USUAL = {
    "cutting": {"none": 14, "as-long-as-needed": 2},
    "size": {"64": 6},
    "armour": {"none": 18},
    "magic": {"one": 2},
    "length": {"none": 3, "u8": 3, "u16be": 2},
    "counts": {"body": 3, "following": 2},
    "sequence": {"none": 4, "u8": 2},
    "check": {"none": 4, "xor": 3, "sum8": 2, "crc16-ccitt": 2, "crc16-modbus": 2, "crc32": 2},
    "place": {"end": 9},
    "covers": {"all": 6},
    "tail": {"none": 6},
    "body": {"fixed": 2, "tlv": 2, "protobuf": 2, "json": 2},
    "amount": {"integer": 6, "text": 5, "varint": 3},
    "expiry": {"integer": 6, "text": 4, "varint": 3},
    "method": {"code": 3, "text": 2},
    "order": {"text": 12},
    "absence": {"left-out": 3},
    "reply": {"code": 5, "text": 2},
}


def choose(rng, wanted=None):
    """Choices for all axes that go together, those that are wanted among them; None where there are none."""
    for _ in range(400):
        chosen = dict(wanted or {})
        for axis in rng.sample(list(AXES), len(AXES)):
            if axis in chosen:
                continue
            fitting = [value for value in AXES[axis] if problem({**chosen, axis: value}) is None]
            if not fitting:
                break
            weights = [USUAL.get(axis, {}).get(value, 1) for value in fitting]
            chosen[axis] = rng.choices(fitting, weights)[0]
        if len(chosen) == len(AXES) and problem(chosen) is None:
            return chosen
    return None


def pairwise(rng):
    """Choices in which every pair of values of two axes comes at least once, where they go together."""
    left = {
        ((one, first), (other, second)) for one, other in itertools.combinations(AXES, 2)
        for first in AXES[one] for second in AXES[other] if problem({one: first, other: second}) is None}

    def covered(chosen):
        return {pair for pair in itertools.combinations(chosen.items(), 2)}

    while left:
        # What is wanted goes on from one pair that is missing; of some tries the one with the most others.
        pair = min(left)
        tries = [tried for tried in (choose(rng, dict(pair)) for _ in range(6)) if tried]
        if not tries:
            left.discard(pair)
            continue
        best = max(tries, key=lambda chosen: len(left & covered({axis: chosen[axis] for axis in AXES})))
        left -= covered({axis: best[axis] for axis in AXES})
        yield best


def made(name, choices, seed):
    """The format, its samples to learn from and those to be judged by."""
    vendor = Format(name, choices, random.Random(f"{seed} {name} format"))
    rng = random.Random(f"{seed} {name} samples")
    learn = learn_labels(rng)
    fresh = [fresh_labels(rng, choices["expiry"] == "minutes") for _ in range(60)]
    vendor.prepare(learn + fresh)
    truth = []
    samples = []
    most = {"reports": 0, "replies": 0}
    for place, given in enumerate(learn + fresh):
        # Where all samples fit in one report, nothing in them says how a longer message is cut: that is not judged.
        for _ in range(40):
            reports, replies = vendor.exchange(given, vendor.first + place, rng)
            if place < len(learn) or all(
                    most[side] > 1 or len(cut) <= 1 for side, cut in [("reports", reports), ("replies", replies)]):
                break
            given = fresh_labels(rng, choices["expiry"] == "minutes")
        else:
            raise Refusal("no sample shows how messages are cut")
        if place < len(learn):
            most = {"reports": max(most["reports"], len(reports)), "replies": max(most["replies"], len(replies))}
        if max(map(len, reports + replies)) > 1024 or len(reports) > 1000:
            raise Refusal("messages are too long")
        sample = {key: value for key, value in given.items() if key != "result"}
        sample["reports"] = [bytes(byte for byte, _ in report).hex() for report in reports]
        sample["replies"] = [bytes(byte for byte, _ in report).hex() for report in replies]
        sample["result"] = given["result"]
        samples.append(sample)
        truth.append([
            None if any(of is None for _, of in report)
            else [at for at in range(1, len(report)) if report[at][1] != report[at - 1][1]] for report in reports])
    return vendor, samples[:len(learn)], samples[len(learn):], truth[:len(learn)]


def formats(seed, count=None, names=None):
    """Formats with their samples: as many as that, or every pair of layers."""
    rng = random.Random(f"{seed} choices")
    if count is None:
        chosen = pairwise(rng)
    else:
        chosen = (choose(rng) for _ in itertools.count())
    place = 0
    for choices in chosen:
        if count is not None and place >= count:
            return
        name = f"g{seed}_{place:04d}".replace(" ", "_")
        try:
            # What is not asked for is chosen all the same, so that it has the same name.
            if names is None or name in names:
                yield made(name, choices, seed)
        except Refusal:
            continue
        place += 1


def write(folder, vendor, learn, fresh, truth):
    """The format's files."""
    for kind, samples in ("learn", learn), ("fresh", fresh):
        path = folder / f"{vendor.name}.{kind}.json"
        path.write_text(json.dumps({"samples": samples}, indent=1) + "\n", encoding="ascii")
    (folder / f"{vendor.name}.truth.json").write_text(
        json.dumps({"layers": vendor.c, "description": vendor.describe(), "boundaries": truth}) + "\n", encoding="ascii")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--count", type=int, default=100, help="how many")
    group.add_argument("--pairs", action="store_true", help="every pair of layers")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for vendor, learn, fresh, truth in formats(arguments.seed, None if arguments.pairs else arguments.count):
        write(arguments.folder, vendor, learn, fresh, truth)
        print(vendor.name, vendor.describe(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
