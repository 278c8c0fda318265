"""The smallest POS on PyPI's hid: its argument is the report."""

import sys

import hid

(found,) = hid.enumerate()
print("%04x:%04x %04x" % (found["vendor_id"], found["product_id"], found["release_number"]))
print("%s|%s|%s" % (found["manufacturer_string"], found["product_string"], found["serial_number"]))
print("usage %04x:%04x interface %d" % (found["usage_page"], found["usage"], found["interface_number"]))
if "bus_type" in found:
    print("bus %d" % found["bus_type"].value)

with hid.Device(found["vendor_id"], found["product_id"]) as device:
    assert device.product == found["product_string"]
    assert device.write(b"\0" + bytes.fromhex(sys.argv[1])) == 65
    print(device.read(64, timeout=30000).hex())
