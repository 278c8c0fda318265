"""A host that sends and never fetches. Arguments: the USB device's folder in sysfs, a report in hex, how often.

Through usbfs: the kernel's own HID driver would fetch what the device sends. It gets the device back when the host
enumerates it again.
"""

import ctypes
import fcntl
import os
import sys


class BulkTransfer(ctypes.Structure):  # struct usbdevfs_bulktransfer
    _fields_ = [
        ("endpoint", ctypes.c_uint),
        ("length", ctypes.c_uint),
        ("timeout", ctypes.c_uint),
        ("data", ctypes.c_void_p),
    ]


class Ioctl(ctypes.Structure):  # struct usbdevfs_ioctl
    _fields_ = [("interface", ctypes.c_int), ("code", ctypes.c_int), ("data", ctypes.c_void_p)]


def request(direction, number, size):
    return direction << 30 | size << 16 | ord("U") << 8 | number


DISCONNECT = request(0, 22, 0)
CLAIM = request(2, 15, 4)
BULK = request(3, 2, ctypes.sizeof(BulkTransfer))
IOCTL = request(3, 18, ctypes.sizeof(Ioctl))

folder, report, count = sys.argv[1], bytes.fromhex(sys.argv[2]), int(sys.argv[3])


def number(name):
    with open(f"{folder}/{name}") as attribute:
        return int(attribute.read())


# The OUT endpoint's address, as the kernel shows it.
interface = next(name for name in os.listdir(folder) if name.endswith(":1.0"))
endpoint = next(
    int(name[3:], 16) for name in os.listdir(f"{folder}/{interface}") if name.startswith("ep_0")
)
node = os.open(f"/dev/bus/usb/{number('busnum'):03}/{number('devnum'):03}", os.O_RDWR)
fcntl.ioctl(node, IOCTL, Ioctl(0, DISCONNECT, None))
fcntl.ioctl(node, CLAIM, ctypes.c_uint(0))
data = ctypes.create_string_buffer(report, len(report))
for _ in range(count):
    fcntl.ioctl(node, BULK, BulkTransfer(endpoint, len(report), 5000, ctypes.addressof(data)))
