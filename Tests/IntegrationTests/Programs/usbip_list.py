"""Lists a USB/IP server's devices, then imports those named, each on a connection that stays, and prints what became of it.

usbip_list.py HOST:PORT [BUSID...]
"""
import socket
import struct
import sys

HOST, PORT = sys.argv[1].rsplit(":", 1)


def ask(code, rest=b""):
    connection = socket.create_connection((HOST, int(PORT)), timeout=60)
    connection.sendall(struct.pack("!HHI", 0x0111, code, 0) + rest)
    return connection, connection.makefile("rb")


_, answer = ask(0x8005)
version, code, status, count = struct.unpack("!HHII", answer.read(12))
assert (version, code, status) == (0x0111, 5, 0)
for _ in range(count):
    path, bus_id, bus, number, speed, vendor, product, release, *_, interfaces = struct.unpack(
        "!256s32sIIIHHHBBBBBB", answer.read(312))
    assert answer.read(4 * interfaces) == bytes([3, 0, 0, 0])
    print(f"{bus_id.rstrip(bytes(1)).decode()} {vendor:04x}:{product:04x} speed {speed}")
assert answer.read() == b""
kept = []
for name in sys.argv[2:]:
    kept.append(ask(0x8003, name.encode().ljust(32, b"\0")))
    version, code, status = struct.unpack("!HHI", kept[-1][1].read(8))
    assert (version, code) == (0x0111, 3)
    print(f"import {name}: {status}")
