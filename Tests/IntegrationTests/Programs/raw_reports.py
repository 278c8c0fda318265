"""Talks to a /dev/hidraw node without any library. Arguments: the node, then steps, each of which prints a line.

write:HEX    writes these bytes as they are and prints the answer, or "silence" where none comes in ten minutes
send:HEX     the same, without waiting for an answer: where answers come in order, the next step's shows that there is none
feature:N    HIDIOCGFEATURE of report N: the bytes, or the error's name
input:N      HIDIOCGINPUT
output:HEX   HIDIOCSOUTPUT, then as write
set:HEX      HIDIOCSFEATURE: "done", or the error's name
"""

import errno
import fcntl
import os
import select
import sys


def request(direction, number, size):
    return direction << 30 | size << 16 | ord("H") << 8 | number


def control(node, number, data):
    buffer = bytearray(data)
    try:
        count = fcntl.ioctl(node, request(3, number, len(buffer)), buffer)
    except OSError as error:
        return errno.errorcode[error.errno]
    return bytes(buffer[:count]).hex()


def answer(node):
    ready, _, _ = select.select([node], [], [], 600)
    return os.read(node, 4096).hex() if ready else "silence"


node = os.open(sys.argv[1], os.O_RDWR)
for step in sys.argv[2:]:
    verb, value = step.split(":")
    if verb in ("write", "send"):
        os.write(node, bytes.fromhex(value))
        print(answer(node) if verb == "write" else "sent")
    elif verb == "feature":
        print(control(node, 0x07, bytes([int(value)]) + bytes(64)))
    elif verb == "input":
        print(control(node, 0x0A, bytes([int(value)]) + bytes(64)))
    elif verb == "output":
        result = control(node, 0x0B, bytes.fromhex(value))
        print(result if result.startswith("E") else answer(node))
    elif verb == "set":
        result = control(node, 0x06, bytes.fromhex(value))
        print(result if result.startswith("E") else "done")
    else:
        sys.exit("no step " + step)
