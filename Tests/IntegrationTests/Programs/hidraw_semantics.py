"""What a program without any library meets at a hidraw device: one line for each step. Arguments: bluetap, a pay report.

The same lines come from a real kernel's hidraw (UHIDKernelTests) and from the seam (HIDRawSeamTests).
"""

import errno
import fcntl
import glob
import os
import select
import stat
import struct
import subprocess
import sys

bluetap, pay = sys.argv[1], bytes.fromhex(sys.argv[2])
NODE = "/dev/hidraw0"
SYSFS = "/sys/class/hidraw/hidraw0"


def ioctl(node, direction, number, data):
    buffer = bytearray(data)
    count = fcntl.ioctl(node, direction << 30 | len(buffer) << 16 | ord("H") << 8 | number, buffer)
    return count, bytes(buffer)


def error_of(action, *arguments):
    try:
        return action(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def answer(node):
    readable, _, _ = select.select([node], [], [], 600)
    return os.read(node, 4096).hex()[:4] if readable else "silence"


def until(condition):
    poller = select.poll()
    for _ in range(3000):
        if condition():
            return
        poller.poll(20)
    sys.exit("not within a minute")


def text(name):
    with open(f"{SYSFS}/{name}") as file:
        return file.read()


print("listed", glob.glob("/dev/hidraw*"), os.listdir("/sys/class/hidraw"))
status = os.stat(NODE)
device = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
print("node", stat.S_ISCHR(status.st_mode), text("dev") == device + "\n")
print("subsystem", os.path.basename(os.path.realpath(f"{SYSFS}/subsystem")),
      os.path.basename(os.path.realpath(f"{SYSFS}/device/subsystem")))
print("by number", os.path.realpath(f"/sys/dev/char/{device}") == os.path.realpath(SYSFS))
print("lines", sorted(line for line in text("device/uevent").split("\n") if line.startswith(("HID_ID", "HID_UNIQ", "HID_NAME"))))

node = os.open(NODE, os.O_RDWR)
print("opened", os.fstat(node).st_rdev == status.st_rdev)
size = struct.unpack("i", ioctl(node, 2, 0x01, bytes(4))[1])[0]
descriptor = ioctl(node, 2, 0x02, struct.pack("I", size) + bytes(4096))[1][4:4 + size]
with open(f"{SYSFS}/device/report_descriptor", "rb") as file:
    print("descriptor", size, descriptor == file.read())
print("info", struct.unpack("Ihh", ioctl(node, 2, 0x03, bytes(8))[1]))
print("name", *ioctl(node, 2, 0x04, bytes(256))[1].split(b"\0")[:1])
print("cut name", ioctl(node, 2, 0x04, bytes(8)))
print("serial number", ioctl(node, 2, 0x08, bytes(64))[1].split(b"\0")[0])
print("unknown requests", error_of(ioctl, node, 2, 0x7F, bytes(8)), error_of(fcntl.ioctl, node, 0x5401, bytes(64)))
print("too short", error_of(os.write, node, b"\0"), error_of(os.write, node, b""))
os.set_blocking(node, False)
print("nothing to read", error_of(os.read, node, 64), select.select([node], [node], [], 0)[:2] == ([], [node]))
os.set_blocking(node, True)

print("paid", os.write(node, b"\0" + pay), answer(node))
other = os.open(NODE, os.O_RDWR | os.O_NONBLOCK)
os.write(node, b"\0" + pay)
print("both handles", answer(node), answer(other))
os.close(other)
copy = os.dup(node)
os.close(node)
os.write(copy, b"\0" + pay)
print("a copy", answer(copy), error_of(os.read, node, 1))
# Children close what they inherit: with vfork in their parent's own memory.
subprocess.run(["true"], check=True, close_fds=True)
child = os.fork()
if child == 0:
    os.close(copy)
    os._exit(0)
os.waitpid(child, 0)
os.write(copy, b"\0" + pay)
print("after children", answer(copy))
os.write(copy, b"\0" + pay)
select.select([copy], [], [], 600)
print("a short buffer", len(os.read(copy, 10)), error_of(lambda: (os.set_blocking(copy, False), os.read(copy, 64))[1]))
os.set_blocking(copy, True)

subprocess.run([bluetap, "unplug"], check=True, stdout=subprocess.DEVNULL)
until(lambda: not glob.glob("/dev/hidraw*"))
print("unplugged", error_of(os.read, copy, 64), error_of(os.write, copy, b"\0" + pay), error_of(os.open, NODE, os.O_RDWR),
      os.path.exists(SYSFS))
os.close(copy)
subprocess.run([bluetap, "plug"], check=True, stdout=subprocess.DEVNULL)
until(lambda: glob.glob("/dev/hidraw*"))
node = os.open(glob.glob("/dev/hidraw*")[0], os.O_RDWR)
print("plugged in", os.write(node, b"\0" + pay), answer(node))
