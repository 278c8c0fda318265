"""What else is there beside two hidraw devices. Standard input: the classes that the machine has, on a line."""

import os

SERIALS = [f"/sys/class/hidraw/hidraw{number}/device/uevent" for number in range(2)]
print(sorted(os.listdir("/sys/class/hidraw")), [open(path).read().split("HID_UNIQ=")[1].split()[0] for path in SERIALS])
print(sorted(set(os.listdir("/sys/class")) - {"hidraw"}) == sorted(input().split()))
null = os.stat("/dev/null").st_rdev
print(os.path.exists("/dev/null"), null == os.makedev(1, 3), open("/dev/null").read() == "", os.path.isdir("/dev/shm"))
