"""The smallest POS on PyPI's hidapi or Debian's python3-hid. Arguments: the module (hid or hidraw), the report."""

import importlib
import sys

module = importlib.import_module(sys.argv[1])
pay = bytes.fromhex(sys.argv[2])

(found,) = module.enumerate()
print("%04x:%04x %04x" % (found["vendor_id"], found["product_id"], found["release_number"]))
print("%s|%s|%s" % (found["manufacturer_string"], found["product_string"], found["serial_number"]))
print("usage %04x:%04x interface %d" % (found["usage_page"], found["usage"], found["interface_number"]))
if "bus_type" in found:
    print("bus %d" % found["bus_type"])

device = module.device()
device.open(found["vendor_id"], found["product_id"])
assert device.get_product_string() == found["product_string"]
assert device.write(b"\0" + pay) == 65
reply = device.read(64, 30000)
while not reply:  # dummy_hcd sends packets without a byte, which hidapi on libusb hands on
    reply = device.read(64, 30000)
print(bytes(reply).hex())
device.close()
