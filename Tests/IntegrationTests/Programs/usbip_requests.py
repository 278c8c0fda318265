"""Sends the requests of a table to a device by USB/IP, without a kernel, and prints those that are answered otherwise; then
pays through the interrupt endpoints, and prints the replies.

usbip_requests.py HOST:PORT requests.json REPORT...
"""
import json
import sys

import usb.core
import usb.util
from usbip_backend import get_backend

STALL = 32  # EPIPE


def send(device, setup, data):
    """What one request is answered, as the table has it."""
    kind, request, value, index, length = (
        setup[0], setup[1], setup[2] | setup[3] << 8, setup[4] | setup[5] << 8, setup[6] | setup[7] << 8)
    try:
        if kind & 0x80:
            return bytes(device.ctrl_transfer(kind, request, value, index, length)).hex(" ")
        count = device.ctrl_transfer(kind, request, value, index, data)
        return "acknowledge" if count == len(data) else f"{count} of {len(data)} bytes"
    except usb.core.USBError as error:
        return "stall" if error.errno == STALL else f"{error!r}"


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    backend = get_backend(host, int(port))
    device = usb.core.find(idVendor=0x1209, idProduct=0x0001, backend=backend)
    rows = json.load(open(sys.argv[2], encoding="utf-8"))
    wrong = 0
    for row in rows:
        # As a host does it that finds the device.
        device.set_configuration(1)
        for setup in row.get("before", []):
            send(device, bytes.fromhex(setup), b"")
        answer = send(device, bytes.fromhex(row["setup"]), bytes.fromhex(row.get("data", "")))
        if answer != row["answer"]:
            wrong += 1
            print(f"{row['name']}: {answer} instead of {row['answer']}")
    print(f"{len(rows)} requests, {wrong} wrong")
    device.set_configuration(1)
    for report in sys.argv[3:]:
        assert device.write(0x01, bytes.fromhex(report)) == len(report) // 2
        print(bytes(device.read(0x81, 64, 5000)).hex())
    usb.util.dispose_resources(device)


main()
