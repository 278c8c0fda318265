"""Writes what a well-behaved USB/IP client sends, for the fuzzer of the server to begin with: usbip_seeds.py REQUESTS FOLDER"""
import json
import struct
import sys

requests, folder = json.load(open(sys.argv[1])), sys.argv[2]


def submit(sequence, endpoint, setup=bytes(8), data=b"", length=0):
    is_to_host = endpoint & 0x80 or setup[0] & 0x80
    return struct.pack(
        "!IIIIIIIIII8s", 1, sequence, 0x10002, bool(is_to_host), endpoint & 0x0F, 0, length or len(data), 0,
        0xFFFFFFFF, 0, setup) + data


def unlink(sequence, target):
    return struct.pack("!IIIIII24x", 2, sequence, 0x10002, 0, 0, target)


def write(name, choice, content):
    with open(f"{folder}/{name}", "wb") as file:
        file.write(bytes([choice]) + content)


configure = submit(1, 0, bytes([0, 9, 1, 0, 0, 0, 0, 0]))
reads = b"".join(submit(2 + number, 0x81, length=64) for number in range(4))
pay = bytes.fromhex("b7010900545255454d4f4e4559000000").ljust(64, b"\0")
session = configure + reads + submit(9, 1, data=pay) + unlink(10, 3) + unlink(11, 99)
for choice in range(64):
    write(f"session-{choice}", choice, session)
for index, request in enumerate(requests):
    if "setup" not in request:
        continue
    setup = bytes.fromhex(request["setup"])
    length = int.from_bytes(setup[6:8], "little")
    data = b"" if setup[0] & 0x80 else bytes.fromhex(request.get("data", "")).ljust(length, b"\0")[:length]
    write(f"request-{index}", 1, configure + submit(2, 0, setup, data, length))
write("list", 0, struct.pack("!HHI", 0x0111, 0x8005, 0))
