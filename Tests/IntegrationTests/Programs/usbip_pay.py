"""Pays over USB/IP, and prints each reply, or that the connection has ended: usbip_pay.py HOST:PORT REPORT..."""
import sys

from usbip_client import Client

client = Client(sys.argv[1])
client.control("0009010000000000")
client.answer()
try:
    for report in sys.argv[2:]:
        read = client.submit(0x81)
        write = client.submit(0x01, bytes.fromhex(report))
        assert client.answer() == ("submitted", write, 0, len(report) // 2)
        kind, sequence, status, reply = client.answer()
        assert (kind, sequence, status) == ("submitted", read, 0)
        print(reply.hex())
except (EOFError, ConnectionError):
    print("the connection has ended")
