#!/usr/bin/env python3
"""Made-up wire formats of imaginary vendors' USB HID payment accessories, with labelled samples of each.

They judge a program that learns a wire format from samples: `vendors.py OUTDIR [SEED]` writes for each format
OUTDIR/NAME.learn.json (20 samples to learn from) and OUTDIR/NAME.fresh.json (200 others to be judged by), the
same for the same seed, and prints `NAME clear` or `NAME ambiguous`. For an ambiguous format the learn samples
leave something open, and the right answer is doubt. Every encoder is written by hand and stands alone.
"""

import datetime
import json
import random
import string
import sys
from pathlib import Path

METHODS = ["TRUEMONEY", "SEVEN_11", "ALIPAY_CN", "ALIPAY_PLUS"]
RESULTS = ["SUCCESS", "PARAM_ILLEGAL", "PROCESS_FAIL", "UNKNOWN_EXCEPTION"]


# Small helpers

def pad(data, size, fill=0):
    """The bytes, filled up at the end to the size."""
    assert len(data) <= size, f"{len(data)} bytes do not fit into {size}"
    return bytes(data) + bytes([fill]) * (size - len(data))


def text(value):
    """The value as ASCII text; nothing when it is absent."""
    return b"" if value is None else str(value).encode("ascii")


def minor(amount):
    """The amount in minor units."""
    whole, cents = amount.split(".")
    return int(whole) * 100 + int(cents)


def be(value, size):
    return value.to_bytes(size, "big")


def le(value, size):
    return value.to_bytes(size, "little")


def xor(data):
    value = 0
    for byte in data:
        value ^= byte
    return value


class Vendor:
    """What the samples of a format must respect. A format's `exchange` gives its reports and its replies."""

    clear = True
    counts_minor_units = False  # amounts have exactly two decimals
    cancel_has_order = True
    order_has_specials = False  # order ids may contain ' ', '&' and '/'
    order_limit = 16
    only_expiry = None          # the one expiry time ever used
    leaves_out = True           # some of the samples to learn from have no amount, no order, or no expiry time
    unseen = {}                 # values that the samples to learn from do not have, and those in their places
    expiry_limit = 86400
    first_number = 1            # the sequence number of the first learn sample

    def exchange(self, s, number, rng):
        raise NotImplementedError


# The clear formats

class FixedBigEndian(Vendor):
    """5A, command, sequence u16, method, amount u32 (FF), expiry u32 (0 = absent), order; CRC-16/CCITT-FALSE last."""

    name = "v01_fixed_big_endian"
    counts_minor_units = True
    first_number = 250
    status = dict(zip(RESULTS, [0x00, 0x01, 0x02, 0xFF]))

    @staticmethod
    def crc(data):
        value = 0xFFFF
        for byte in data:
            value ^= byte << 8
            for _ in range(8):
                value = ((value << 1) ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
        return be(value, 2)

    def exchange(self, s, number, rng):
        sequence = be(number & 0xFFFF, 2)
        order = pad(text(s.get("orderId")), 16)
        if s["command"] == "pay":
            method = 1 + METHODS.index(s["paymentMethod"])
            amount = minor(s["amount"]) if "amount" in s else 0xFFFFFFFF
            report = b"\x5a\x10" + sequence + bytes([method]) + be(amount, 4)
            report += be(s.get("expiryTime", 0), 4) + order
        else:
            report = b"\x5a\x11" + sequence + order
        report = pad(report, 62)
        reply = pad(bytes([0xA5, self.status[s["result"]]]) + sequence, 62)
        return [report + self.crc(report)], [reply + self.crc(reply)]


class SpacePaddedText(Vendor):
    """Report ID 2, P or C, method (12), amount (8), order (16), expiry (5 digits); XOR without the ID last."""

    name = "v02_space_padded_text"
    status = dict(zip(RESULTS, [b"00APPROVED", b"E1BAD REQUEST", b"E2DECLINED", b"E3DEVICE ERROR"]))

    def exchange(self, s, number, rng):
        expiry = b"%05d" % s["expiryTime"] if "expiryTime" in s else b""
        body = b"P" if s["command"] == "pay" else b"C"
        body += pad(text(s.get("paymentMethod")), 12, 0x20) + pad(text(s.get("amount")), 8, 0x20)
        body += pad(text(s.get("orderId")), 16, 0x20) + pad(expiry, 5, 0x20)
        body = pad(body, 62, 0x20)
        answer = pad(self.status[s["result"]], 62, 0x20)
        return [b"\x02" + body + bytes([xor(body)])], [b"\x03" + answer + bytes([xor(answer)])]


class ShortRecords(Vendor):
    """AA 55, length of all that follows, command, records of tag, length and value; CRC-8 (07) of all before it."""

    name = "v03_tlv_short"
    status = dict(zip(RESULTS, [0x00, 0x21, 0x22, 0x7F]))

    def frame(self, command, records):
        data = bytes([0xAA, 0x55, len(records) + 2, command]) + records
        crc = 0
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = ((crc << 1) ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
        return pad(data + bytes([crc]), 64)

    def exchange(self, s, number, rng):
        command = 0x31 if s["command"] == "pay" else 0x32
        records = b""
        for tag, key in [(0x81, "paymentMethod"), (0x82, "amount"), (0x83, "orderId"), (0x84, "expiryTime")]:
            if key in s:
                value = be(s[key], 4) if key == "expiryTime" else text(s[key])
                records += bytes([tag, len(value)]) + value
        reply = self.frame(command | 0x80, bytes([0x90, 1, self.status[s["result"]]]))
        return [self.frame(command, records)], [reply]


class LongRecords(Vendor):
    """VX, total length u16, command, sequence u16, records of 2-byte tag and u16 length; CRC-32 of all before it."""

    name = "v04_tlv_long"
    counts_minor_units = True
    first_number = 248
    methods = dict(zip(METHODS, [0x11, 0x24, 0x38, 0x39]))
    status = dict(zip(RESULTS, [0x0000, 0x1001, 0x2001, 0xFFFF]))

    def record(self, tag, value):
        return be(tag, 2) + le(len(value), 2) + value

    def frame(self, command, sequence, records):
        data = b"VX" + le(len(records) + 11, 2) + bytes([command]) + sequence + records
        crc = 0xFFFFFFFF
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = (crc >> 1) ^ 0xEDB88320 if crc & 1 else crc >> 1
        return pad(data + le(crc ^ 0xFFFFFFFF, 4), 128)

    def exchange(self, s, number, rng):
        sequence = le(number & 0xFFFF, 2)
        command = 0x01 if s["command"] == "pay" else 0x02
        records = b""
        if "orderId" in s:
            records += self.record(0x0A01, text(s["orderId"]))
        if s["command"] == "pay":
            records += self.record(0x0A02, bytes([self.methods[s["paymentMethod"]]]))
        if "amount" in s:
            records += self.record(0x0B10, le(minor(s["amount"]), 4))
        if "expiryTime" in s:
            records += self.record(0x0B11, le(s["expiryTime"], 4))
        answer = self.record(0x0E00, le(self.status[s["result"]], 2))
        return [self.frame(command, sequence, records)], [self.frame(command | 0x40, sequence, answer)]


class PrefixedStrings(Vendor):
    """Command, counter, then strings with their lengths before them (empty = absent); all bytes sum up to 0."""

    name = "v05_prefixed_strings"
    first_number = 41
    status = dict(zip(RESULTS, ["OK", "PARAM", "FAIL", "UNKNOWN"]))

    def frame(self, code, number, values):
        data = bytes([code, number & 0xFF])
        for value in values:
            data += bytes([len(text(value))]) + text(value)
        return pad(data + bytes([-sum(data) & 0xFF]), 64)

    def exchange(self, s, number, rng):
        if s["command"] == "pay":
            code, keys = 0x10, ["orderId", "amount", "paymentMethod", "expiryTime"]
        else:
            code, keys = 0x20, ["orderId"]
        report = self.frame(code, number, [s.get(key) for key in keys])
        return [report], [self.frame(code | 0x80, number, [self.status[s["result"]]])]


class StxEtx(Vendor):
    """STX, fields separated by '|', ETX and the XOR of the fields and ETX; the number has four digits."""

    name = "v06_stx_etx"
    methods = dict(zip(METHODS, ["01", "02", "13", "14"]))
    status = dict(zip(RESULTS, ["00", "12", "05", "96"]))

    def frame(self, fields):
        body = text("|".join(fields)) + b"\x03"
        return pad(b"\x02" + body + bytes([xor(body)]), 64)

    def exchange(self, s, number, rng):
        sequence = "%04d" % (number % 10000)
        fields = ["PAY" if s["command"] == "pay" else "CAN", sequence]
        if s["command"] == "pay":
            fields += [self.methods[s["paymentMethod"]], s.get("amount", "")]
        fields.append(s.get("orderId", ""))
        if s["command"] == "pay":
            fields.append(str(s.get("expiryTime", "")))
        return [self.frame(fields)], [self.frame(["ACK", sequence, self.status[s["result"]]])]


class Sentence(Vendor):
    """$PAY,METHOD,AMOUNT,ORDER,EXPIRY*HH CR LF with HH the XOR between $ and *, filled up with FF."""

    name = "v07_sentence"
    status = dict(zip(RESULTS, ["OK", "ERR,400", "ERR,402", "ERR,500"]))

    def frame(self, sentence):
        data = text(sentence)
        return pad(b"$" + data + b"*%02X\r\n" % xor(data), 64, 0xFF)

    def exchange(self, s, number, rng):
        order = s.get("orderId", "")
        if s["command"] == "pay":
            sentence = f"PAY,{s['paymentMethod']},{s.get('amount', '')},{order},{s.get('expiryTime', '')}"
        else:
            sentence = f"CAN,{order}"
        return [self.frame(sentence)], [self.frame("RES," + self.status[s["result"]])]


class KeyValue(Vendor):
    """C=PAY;N=1;M=...;A=...;O=...;E=...; with absent keys left out; the reply has the device's own number T."""

    name = "v08_key_value"
    clear = False
    first_number = 5
    status = dict(zip(RESULTS, ["0", "1", "2", "9"]))

    def exchange(self, s, number, rng):
        line = "C=PAY;" if s["command"] == "pay" else "C=CANCEL;"
        line += f"N={number};"
        for letter, key in [("M", "paymentMethod"), ("A", "amount"), ("O", "orderId"), ("E", "expiryTime")]:
            if key in s:
                line += f"{letter}={s[key]};"
        reply = f"R={self.status[s['result']]};N={number};T={rng.randrange(10 ** 7, 10 ** 8)};"
        return [pad(text(line), 96)], [pad(text(reply), 96)]


class Query(Vendor):
    """c=pay&m=...&a=...&o=...&e=... with %XX for everything but letters, digits, '.', '-' and '_'."""

    name = "v09_query"
    order_has_specials = True
    methods = dict(zip(METHODS, ["truemoney", "seven11", "alipaycn", "alipayplus"]))
    status = dict(zip(RESULTS, ["ok", "param", "fail", "unknown"]))

    def escaped(self, value):
        plain = string.ascii_letters + string.digits + ".-_"
        return "".join(c if c in plain else "%%%02X" % ord(c) for c in str(value))

    def exchange(self, s, number, rng):
        line = "c=" + s["command"]
        if s["command"] == "pay":
            line += "&m=" + self.methods[s["paymentMethod"]]
        for letter, key in [("a", "amount"), ("o", "orderId"), ("e", "expiryTime")]:
            if key in s:
                line += f"&{letter}={self.escaped(s[key])}"
        return [pad(text(line), 128)], [pad(text(f"v=2&r={self.status[s['result']]}"), 128)]


class CompactJSON(Vendor):
    """{"v":1,"seq":1,"pay":{"method":...,"amount":"...","order":...,"expiry":...}}, absent members left out."""

    name = "v10_json"
    status = dict(zip(RESULTS, ["OK", "BAD_PARAM", "FAILED", "UNKNOWN"]))

    def packed(self, value):
        return pad(text(json.dumps(value, separators=(",", ":"))), 256)

    def exchange(self, s, number, rng):
        names = {"paymentMethod": "method", "amount": "amount", "orderId": "order", "expiryTime": "expiry"}
        body = {name: s[key] for key, name in names.items() if key in s}
        report = self.packed({"v": 1, "seq": number, s["command"]: body})
        return [report], [self.packed({"seq": number, "code": self.status[s["result"]]})]


class IndexedParts(Vendor):
    """A message in 16-byte reports of index, count and 14 bytes; a cancel is shorter than a pay."""

    name = "v11_indexed_parts"
    counts_minor_units = True
    methods = dict(zip(METHODS, b"tsca"))
    status = dict(zip(RESULTS, [0x0000, 0x4001, 0x4002, 0x5000]))

    def exchange(self, s, number, rng):
        order = pad(text(s.get("orderId")), 16, 0x20)
        if s["command"] == "pay":
            amount = minor(s["amount"]) if "amount" in s else 0
            message = b"P" + bytes([self.methods[s["paymentMethod"]]]) + b"POS-0001" + le(amount, 4)
            message += le(s.get("expiryTime", 0), 4) + order
        else:
            message = b"C" + order
        parts = [message[start:start + 14] for start in range(0, len(message), 14)]
        reports = [pad(bytes([index, len(parts)]) + part, 16) for index, part in enumerate(parts)]
        return reports, [pad(b"\x00\x01" + be(self.status[s["result"]], 2), 16)]


class FlaggedParts(Vendor):
    """8-byte reports: ID 1, flags (bit 7 = more follow, bits 0-6 = index), 6 bytes of u16 length and message.

    The length counts the message without itself. The message ends with the u16 sum of its bytes.
    """

    name = "v12_flagged_parts"
    first_number = 60
    methods = dict(zip(METHODS, [0x01, 0x02, 0x10, 0x20]))
    status = dict(zip(RESULTS, [0x4F, 0x50, 0x46, 0x55]))

    def parts(self, report_id, message):
        message += le(sum(message) & 0xFFFF, 2)
        data = le(len(message), 2) + message
        chunks = [data[start:start + 6] for start in range(0, len(data), 6)]
        reports = []
        for index, chunk in enumerate(chunks):
            more = 0x80 if index + 1 < len(chunks) else 0
            reports.append(pad(bytes([report_id, more | index]) + chunk, 8))
        return reports

    def exchange(self, s, number, rng):
        counter = number & 0xFF
        order = text(s.get("orderId"))
        if s["command"] == "pay":
            amount = text(s.get("amount"))
            message = bytes([0xC1, counter, self.methods[s["paymentMethod"]]])
            message += le(s.get("expiryTime", 0xFFFFFFFF), 4) + bytes([len(amount)]) + amount
        else:
            message = bytes([0xC2, counter])
        message += bytes([len(order)]) + order
        answer = bytes([message[0] ^ 0x10, counter, self.status[s["result"]]])
        return self.parts(1, message), self.parts(2, answer)


class BinaryCodedDecimal(Vendor):
    """B3, P or C, time u32, method (2), amount BCD (6), expiry BCD (3), order right-aligned; CRC-16/MODBUS last."""

    name = "v13_bcd"
    counts_minor_units = True
    methods = dict(zip(METHODS, [b"TM", b"7E", b"AC", b"AP"]))
    status = dict(zip(RESULTS, b"APFU"))

    def __init__(self):
        self.time = 1_767_225_000

    @staticmethod
    def bcd(value, size):
        return b"\xff" * size if value is None else bytes.fromhex(str(value).rjust(2 * size, "0"))

    @staticmethod
    def sealed(data):
        data = pad(data, 46)
        crc = 0xFFFF
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        return data + le(crc, 2)

    def exchange(self, s, number, rng):
        self.time += rng.randint(4, 400)
        time = be(self.time, 4)
        amount = minor(s["amount"]) if "amount" in s else None
        report = (b"\xb3P" if s["command"] == "pay" else b"\xb3C") + time
        report += self.methods.get(s.get("paymentMethod"), b"  ")
        report += self.bcd(amount, 6) + self.bcd(s.get("expiryTime"), 3)
        report += text(s.get("orderId", "").rjust(16))
        reply = bytes([0xB4, self.status[s["result"]]]) + time
        return [self.sealed(report)], [self.sealed(reply)]


class PackedFlags(Vendor):
    """Flags (1010, method, command), sequence u16 at random, amount u32, expiry u32, order UTF-16; odd CRC last."""

    name = "v14_packed_flags"
    counts_minor_units = True
    status = dict(zip(RESULTS, [0xE0, 0xE4, 0xE8, 0xEF]))

    @staticmethod
    def sealed(data, size):
        data = pad(data, size - 2)
        crc = 0
        for byte in data:
            for bit in range(7, -1, -1):
                top = (crc >> 15) ^ (byte >> bit & 1)
                crc = (crc << 1 & 0xFFFF) ^ (0x3DA7 if top else 0)
        return data + be(crc, 2)

    def exchange(self, s, number, rng):
        sequence = le(rng.randrange(0x10000), 2)
        if s["command"] == "pay":
            flags = 0xA0 | METHODS.index(s["paymentMethod"]) << 2 | 0x01
        else:
            flags = 0xA0 | 0x02
        amount = minor(s["amount"]) if "amount" in s else 0
        report = bytes([flags]) + sequence + le(amount, 4) + le(s.get("expiryTime", 0), 4)
        report += pad(s.get("orderId", "").encode("utf-16-le"), 32)
        reply = b"\x5a" + sequence + bytes([self.status[s["result"]]])
        return [self.sealed(report, 64)], [self.sealed(reply, 16)]


class StuffedFrame(Vendor):
    """7E ... 7E with 7D escapes around command, counter, method, amount u32, expiry u32, order (16) and sum."""

    name = "v15_stuffed_frame"
    counts_minor_units = True
    cancel_has_order = False
    first_number = 57
    status = dict(zip(RESULTS, [0x00, 0x10, 0x20, 0x30]))

    def frame(self, content):
        stuffed = b""
        for byte in content + bytes([sum(content) & 0xFF]):
            stuffed += bytes([0x7D, byte ^ 0x20]) if byte in (0x7D, 0x7E) else bytes([byte])
        return pad(b"\x7e" + stuffed + b"\x7e", 64)

    def exchange(self, s, number, rng):
        counter = number & 0xFF
        if s["command"] == "pay":
            content = bytes([0x50, counter, 0x30 + METHODS.index(s["paymentMethod"])])
            content += be(minor(s["amount"]) if "amount" in s else 0, 4) + be(s.get("expiryTime", 0), 4)
            content += pad(text(s.get("orderId")), 16)
        else:
            content = bytes([0x58, counter])
        received = pad(bytes([0x06, counter]), 16)
        done = pad(bytes([0x52, counter, self.status[s["result"]]]), 16)
        return [self.frame(content)], [received, done]


class EightByteParts(Vendor):
    """Always six reports of 8 bytes, numbered from 1: command, method, amount and order as text, expiry, XOR."""

    name = "v16_eight_byte_parts"
    first_number = 9
    status = dict(zip(RESULTS, b"KIFX"))

    def exchange(self, s, number, rng):
        if s["command"] == "pay":
            message = b"P" + bytes([0x41 + METHODS.index(s["paymentMethod"])]) + pad(text(s.get("amount")), 8, 0x20)
        else:
            message = pad(b"C", 10, 0x20)
        message += pad(text(s.get("orderId")), 16, 0x20) + be(s.get("expiryTime", 0), 3) + b"\x00" * 12
        message += bytes([xor(message)])
        reports = [bytes([index + 1]) + message[7 * index:7 * index + 7] for index in range(6)]
        return reports, [b"\x01" + message[:1].lower() + bytes([self.status[s["result"]]]) + b"\x00" * 5]


class LengthThenRest(Vendor):
    """The first report: 02, command, size u16 of all that follows; others go on without a header. CRC-8 last."""

    name = "v17_length_then_rest"
    status = dict(zip(RESULTS, [0x00, 0x81, 0x82, 0xFF]))
    fields = {"paymentMethod": 0x11, "amount": 0x12, "orderId": 0x13, "expiryTime": 0x14}

    @staticmethod
    def crc(data):
        crc = 0
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = (crc << 1) ^ 0x07 if crc & 0x80 else crc << 1
                crc &= 0xFF
        return crc

    def exchange(self, s, number, rng):
        body = b""
        for field, tag in self.fields.items():
            if field in s:
                value = be(s[field], 3) if field == "expiryTime" else text(s[field])
                body += bytes([tag, len(value)]) + value
        body += bytes([self.crc(body)])
        data = bytes([0x02, 0x70 if s["command"] == "pay" else 0x63]) + le(len(body), 2) + body
        reports = [pad(data[start:start + 16], 16, 0xFF) for start in range(0, len(data), 16)]
        return reports, [pad(bytes([0x02, data[1] ^ 0x80, self.status[s["result"]]]), 16, 0xFF)]


class BytesFollow(Vendor):
    """8-byte reports: how many bytes follow in others, 7 of the message: size, command, counter, strings, sum."""

    name = "v18_bytes_follow"
    first_number = 200
    status = dict(zip(RESULTS, [0x00, 0x31, 0x32, 0x3F]))

    @staticmethod
    def message(content):
        data = bytes([len(content) + 1]) + content
        return data + bytes([sum(data) & 0xFF])

    @staticmethod
    def parts(message):
        starts = range(0, len(message), 7)
        return [pad(bytes([max(0, len(message) - start - 7)]) + message[start:start + 7], 8) for start in starts]

    def exchange(self, s, number, rng):
        content = bytes([0x21 if s["command"] == "pay" else 0x22, number & 0xFF])
        keys = ["paymentMethod", "amount", "orderId", "expiryTime"] if s["command"] == "pay" else ["orderId"]
        for key in keys:
            content += bytes([len(text(s.get(key)))]) + text(s.get(key))
        reply = bytes([0xA1, number & 0xFF, self.status[s["result"]]])
        return self.parts(self.message(content)), self.parts(self.message(reply))


class BytesLeft(BytesFollow):
    """8-byte reports: how many bytes are left, these as well, 7 of the message: command, counter, records, sum."""

    name = "v19_bytes_left"

    @staticmethod
    def message(content):
        return content + bytes([sum(content) & 0xFF])

    @staticmethod
    def parts(message):
        starts = range(0, len(message), 7)
        return [pad(bytes([len(message) - start]) + message[start:start + 7], 8) for start in starts]

    def exchange(self, s, number, rng):
        content = bytes([0x21 if s["command"] == "pay" else 0x22, number & 0xFF])
        for tag, key in enumerate(["paymentMethod", "amount", "orderId", "expiryTime"], 1):
            if key in s:
                value = be(s[key], 4) if key == "expiryTime" else text(s[key])
                content += bytes([tag]) + be(len(value), 2) + value
        reply = bytes([0xA1, number & 0xFF, self.status[s["result"]]])
        return self.parts(self.message(content)), self.parts(self.message(reply))


class ReportsFollow(BytesFollow):
    """16-byte reports: ID 9, how many reports follow, 14 bytes of the message, as in bytes_follow; sums pass 255."""

    name = "v20_reports_follow"

    @staticmethod
    def parts(message):
        chunks = [message[start:start + 14] for start in range(0, len(message), 14)]
        return [pad(bytes([9, len(chunks) - 1 - index]) + chunk, 16) for index, chunk in enumerate(chunks)]


class Kilobyte(Vendor):
    """1,024 bytes: 13 37, command, sequence u32, method (12, FF), amount (8, zeros before it), order on the right (FF),
    expiry u64; CRC-32C last. An amount that is absent is all zeros; the reply of 64 bytes repeats the order."""

    name = "v21_kilobyte"
    first_number = 0xFFFFFA
    status = dict(zip(RESULTS, [b"OKAY", b"BADP", b"FAIL", b"UNKN"]))

    @staticmethod
    def sealed(data, size):
        data = pad(data, size - 4)
        crc = 0xFFFFFFFF
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = (crc >> 1) ^ 0x82F63B78 if crc & 1 else crc >> 1
        return data + le(crc ^ 0xFFFFFFFF, 4)

    def exchange(self, s, number, rng):
        order = text(s.get("orderId")).rjust(16, b"\xff")
        head = b"\x13\x37" + bytes([1 if s["command"] == "pay" else 2]) + le(number, 4)
        if s["command"] == "pay":
            amount = text(s.get("amount")).rjust(8, b"0")
            report = head + pad(text(s["paymentMethod"]), 12, 0xFF) + amount + order + be(s.get("expiryTime", 0), 8)
        else:
            report = head + order
        return [self.sealed(report, 1024)], [self.sealed(head + self.status[s["result"]] + order, 64)]


class WideRecords(Vendor):
    """Size u16 of all, command, records of 2-byte tag, u16 size with both, UTF-16 text, numbers as well; XOR last."""

    name = "v22_wide_records"
    status = dict(zip(RESULTS, [0x01, 0x02, 0x03, 0x04]))

    @staticmethod
    def sealed(content):
        data = le(len(content) + 3, 2) + content
        return pad(data + bytes([xor(data)]), 160)

    def exchange(self, s, number, rng):
        content = bytes([7 if s["command"] == "pay" else 8])
        for tag, key in enumerate(["orderId", "amount", "paymentMethod", "expiryTime"], 0x101):
            if key in s:
                value = str(s[key]).encode("utf-16-le")
                content += be(tag, 2) + be(len(value) + 4, 2) + value
        return [self.sealed(content)], [self.sealed(bytes([0x87, self.status[s["result"]]]))]


class Dated(Vendor):
    """C3, P or C, date BCD yyMMddHHmmss, method, amount u32, expiry u32 (FF), order, its reply's date as text; LRC last."""

    name = "v23_dates"
    counts_minor_units = True
    status = dict(zip(RESULTS, [0x00, 0x21, 0x22, 0x2F]))

    def __init__(self):
        # Ten minutes before the last midnight of 2025: the year cannot be taken for the day.
        self.time = datetime.datetime(2025, 12, 31, 23, 50)

    @staticmethod
    def sealed(data):
        data = pad(data, 63)
        return data + bytes([-sum(data) & 0xFF])

    def exchange(self, s, number, rng):
        self.time += datetime.timedelta(seconds=rng.randint(60, 400))
        report = (b"\xc3P" if s["command"] == "pay" else b"\xc3C") + bytes.fromhex(self.time.strftime("%y%m%d%H%M%S"))
        method = METHODS.index(s["paymentMethod"]) + 0x30 if s["command"] == "pay" else 0
        amount = minor(s["amount"]) if "amount" in s else 0xFFFFFFFF
        report += bytes([method]) + be(amount, 4) + be(s.get("expiryTime", 0xFFFFFFFF), 4)
        report += pad(text(s.get("orderId")), 16)
        reply = bytes([0xC4, self.status[s["result"]]]) + self.time.strftime("%d%m%Y%H%M%S").encode()
        return [self.sealed(report)], [self.sealed(reply)]


# The ambiguous formats

class OneExpiry(Vendor):
    """Fixed fields; the expiry time is 900 in every sample, so its field may as well be a constant."""

    name = "a1_one_expiry"
    clear = False
    counts_minor_units = True
    only_expiry = 900
    status = dict(zip(RESULTS, [1, 2, 3, 4]))

    def exchange(self, s, number, rng):
        order = pad(text(s.get("orderId")), 16)
        if s["command"] == "pay":
            amount = minor(s["amount"]) if "amount" in s else 0
            report = bytes([0x41, METHODS.index(s["paymentMethod"])]) + le(amount, 4)
            report += le(s["expiryTime"], 4) + order
        else:
            report = b"\x42" + order
        return [pad(report, 64)], [pad(bytes([0x61, self.status[s["result"]]]), 64)]


class ShortOrders(Vendor):
    """Fixed fields; no order id has more than 4 characters, so its field may be 4 to 16 wide."""

    name = "a2_short_orders"
    clear = False
    order_limit = 4
    status = dict(zip(RESULTS, [0x00, 0x0A, 0x0B, 0x0C]))

    def exchange(self, s, number, rng):
        report = b"\x70" if s["command"] == "pay" else b"\x71"
        report += bytes([1 + METHODS.index(s["paymentMethod"]) if "paymentMethod" in s else 0])
        report += pad(text(s.get("amount")), 8, 0x20) + be(s.get("expiryTime", 0), 4)
        report += pad(text(s.get("orderId")), 16)
        return [pad(report, 48)], [pad(bytes([0x7F, self.status[s["result"]]]), 48)]


class SmallExpiry(Vendor):
    """Fixed fields; every expiry time is below 256, so its u32 may as well be one byte and three zeros."""

    name = "a3_small_expiry"
    clear = False
    expiry_limit = 255
    status = dict(zip(RESULTS, b"0123"))

    def exchange(self, s, number, rng):
        report = b"p" if s["command"] == "pay" else b"c"
        report += bytes([0x61 + METHODS.index(s["paymentMethod"]) if "paymentMethod" in s else 0x2D])
        report += pad(text(s.get("amount")), 8, 0x20) + le(s.get("expiryTime", 0), 4)
        report += pad(text(s.get("orderId")), 16, 0x20)
        return [pad(report, 32)], [pad(bytes([0x72, self.status[s["result"]]]), 32)]


class SmallSums(ReportsFollow):
    """As v20, but no reply's sum passes 255: a sum of one byte and padding may as well be one of two or four."""

    name = "a4_small_sums"
    clear = False
    first_number = 1


class GivenAlways(OneExpiry):
    """As a1; every field is in every pay, so that nobody can tell what says that one is not."""

    name = "a5_given_always"
    only_expiry = None
    leaves_out = False


class UnseenResult(ShortOrders):
    """As a2 with long orders; no command fails, and no pay is one of SEVEN_11: both have codes that are not seen."""

    name = "a6_unseen_codes"
    order_limit = 16
    unseen = {"PROCESS_FAIL": "SUCCESS", "SEVEN_11": "TRUEMONEY"}


VENDORS = [FixedBigEndian, SpacePaddedText, ShortRecords, LongRecords, PrefixedStrings, StxEtx, Sentence, KeyValue,
           Query, CompactJSON, IndexedParts, FlaggedParts, BinaryCodedDecimal, PackedFlags, StuffedFrame,
           EightByteParts, LengthThenRest, BytesFollow, BytesLeft, ReportsFollow, Kilobyte, WideRecords, Dated,
           OneExpiry, ShortOrders, SmallExpiry, SmallSums, GivenAlways, UnseenResult]


# The samples

def order_id(vendor, length, rng):
    """An order id of the length; with special characters inside where the format takes them."""
    if length is None:
        return None
    characters = rng.choices(string.ascii_letters + string.digits, k=length)
    if vendor.order_has_specials and length >= 5:
        count = 3 if length == 16 else rng.randint(1, 3)
        for place, special in zip(rng.sample(range(1, length - 1), count), rng.sample(" &/", count)):
            characters[place] = special
    return "".join(characters)


def labels(command, method, amount, order, expiry, result):
    """A sample without its reports; absent values are left out."""
    values = {"command": command, "paymentMethod": method, "amount": amount, "orderId": order, "expiryTime": expiry}
    return {key: value for key, value in values.items() if value is not None} | {"result": result}


def learn_labels(vendor, rng):
    """A developer's choice: 14 pays and 6 cancels, in mixed order, beginning with a pay."""
    def shuffled(values):
        return rng.sample(values, len(values))

    if vendor.counts_minor_units:
        amounts = ["99999.99", "0.05", "12.50", "1000.00", "7.00", "0.50", "250.00", "1.26", "88.80", "322.81",
                   "31999.50", "1.25"]
    else:
        amounts = ["99999.99", "0.05", "12.50", "1000", "7", "0.5", "250.00", "1", "88.8", "40961", "31999.5", "19.99"]
    amounts += [None, None]
    if vendor.only_expiry is not None:
        expiries = [vendor.only_expiry] * 14
    elif vendor.expiry_limit < 86400:
        expiries = [None, None, None, 1, 255, 30, 60, 90, 120, 180, 240, 10, 200, 7]
    else:
        expiries = [None, None, None, 1, 300, 900, 86400, 60, 120, 3600, 600, 43200, 65537, 7]
    if vendor.order_limit < 16:
        pay_lengths = [None, None, None, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4]
        cancel_lengths = [None, None, 1, 2, 3, 4]
    else:
        pay_lengths = [None, None, None, 1, 1, 2, 3, 5, 6, 8, 10, 12, 16, 16]
        cancel_lengths = [None, None, 1, 5, 9, 16]
    if not vendor.cancel_has_order:
        cancel_lengths = [None] * 6
    if not vendor.leaves_out:
        amounts = [amount or "3.20" for amount in amounts]
        expiries = [expiry or 450 for expiry in expiries]
        pay_lengths = [length or 4 for length in pay_lengths]
        cancel_lengths = [length or 4 for length in cancel_lengths]
    results = shuffled(["SUCCESS"] * 9 + ["PARAM_ILLEGAL"] * 4 + ["PROCESS_FAIL"] * 4 + ["UNKNOWN_EXCEPTION"] * 3)
    pays = list(zip(shuffled(METHODS * 3 + METHODS[1:3]), shuffled(amounts), shuffled(pay_lengths), shuffled(expiries)))
    cancels = [(None, None, length, None) for length in shuffled(cancel_lengths)]
    commands = ["pay"] + shuffled(["pay"] * 13 + ["cancel"] * 6)
    chosen = []
    for command, result in zip(commands, results):
        method, amount, length, expiry = (pays if command == "pay" else cancels).pop()
        method, result = vendor.unseen.get(method, method), vendor.unseen.get(result, result)
        chosen.append(labels(command, method, amount, order_id(vendor, length, rng), expiry, result))
    return chosen


def fresh_amount(vendor, rng):
    """An amount of any size up to 99999.99, in any of the ways to write it that the format keeps."""
    if vendor.leaves_out and rng.random() < 0.15:
        return None
    units = rng.randrange(1, 10 ** rng.randint(1, 7))
    decimals = 2 if vendor.counts_minor_units else rng.choice([0, 1, 2, 2])
    if decimals == 0:
        return str(units // 100 + 1 if units < 100 else units // 100)
    if decimals == 1:
        return f"{units // 100}.{units % 9 + 1}"
    return f"{units // 100}.{units % 100:02d}"


def fresh_labels(vendor, rng):
    """One command at random, within what the format can say."""
    command = "pay" if rng.random() < 0.7 else "cancel"
    length = None if rng.random() < 0.2 and vendor.leaves_out else rng.randint(1, vendor.order_limit)
    result = rng.choice(RESULTS)
    result = vendor.unseen.get(result, result)
    if command == "cancel":
        order = order_id(vendor, length, rng) if vendor.cancel_has_order else None
        return labels(command, None, None, order, None, result)
    if vendor.only_expiry is not None:
        expiry = vendor.only_expiry
    elif rng.random() < 0.2 and vendor.leaves_out:
        expiry = None
    else:
        expiry = rng.randint(1, min(vendor.expiry_limit, rng.choice([60, 999, 9999, 86400])))
    method, amount = rng.choice(METHODS), fresh_amount(vendor, rng)
    method = vendor.unseen.get(method, method)
    return labels(command, method, amount, order_id(vendor, length, rng), expiry, result)


def write_samples(path, vendor, all_labels, first_number, rng):
    samples = []
    for number, given in enumerate(all_labels, first_number):
        reports, replies = vendor.exchange(given, number, rng)
        result = given["result"]
        sample = {key: value for key, value in given.items() if key != "result"}
        sample["reports"] = [report.hex() for report in reports]
        sample["replies"] = [reply.hex() for reply in replies]
        sample["result"] = result
        samples.append(sample)
    path.write_text(json.dumps({"samples": samples}, indent=1) + "\n", encoding="ascii")


def main(arguments):
    if len(arguments) not in (1, 2) or (len(arguments) == 2 and not arguments[1].isdecimal()):
        sys.exit("usage: vendors.py OUTDIR [SEED]")
    folder = Path(arguments[0])
    seed = int(arguments[1]) if len(arguments) == 2 else 1
    folder.mkdir(parents=True, exist_ok=True)
    for kind in VENDORS:
        vendor = kind()
        rng = random.Random(f"{seed} {vendor.name}")
        learn = learn_labels(vendor, rng)
        write_samples(folder / f"{vendor.name}.learn.json", vendor, learn, vendor.first_number, rng)
        fresh = [fresh_labels(vendor, rng) for _ in range(200)]
        write_samples(folder / f"{vendor.name}.fresh.json", vendor, fresh, vendor.first_number + len(learn), rng)
        print(vendor.name, "clear" if vendor.clear else "ambiguous")


if __name__ == "__main__":
    main(sys.argv[1:])
