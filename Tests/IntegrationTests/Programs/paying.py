"""A POS that pays without end, on the loopback socket itself. Arguments: the socket, a hex report, and a file.

Each report has another sequence number; the number of each reply is appended to the file before the next pay.
"""
import os
import socket
import struct
import sys
import zlib

connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
connection.connect(sys.argv[1])
connection.send(struct.pack("<IBB", 0x504C5442, 1, 2))
connection.recv(8192)
report = bytearray.fromhex(sys.argv[2])
answered = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(1, 65536):
    struct.pack_into("<H", report, 2, number)
    struct.pack_into("<I", report, 60, zlib.crc32(bytes(report[:60])))
    try:
        connection.send(b"\1\0" + report)
        reply = connection.recv(8192)
    except OSError:
        break
    if not reply:
        break
    os.write(answered, b"%d\n" % struct.unpack_from("<H", reply, 4))
