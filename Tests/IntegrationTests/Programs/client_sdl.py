"""The smallest POS on SDL2's own hidapi: its argument is the report."""

import ctypes
import sys


class DeviceInfo(ctypes.Structure):
    pass


DeviceInfo._fields_ = [
    ("path", ctypes.c_char_p),
    ("vendor_id", ctypes.c_ushort),
    ("product_id", ctypes.c_ushort),
    ("serial_number", ctypes.c_wchar_p),
    ("release_number", ctypes.c_ushort),
    ("manufacturer_string", ctypes.c_wchar_p),
    ("product_string", ctypes.c_wchar_p),
    ("usage_page", ctypes.c_ushort),
    ("usage", ctypes.c_ushort),
    ("interface_number", ctypes.c_int),
    ("interface_class", ctypes.c_int),
    ("interface_subclass", ctypes.c_int),
    ("interface_protocol", ctypes.c_int),
    ("next", ctypes.POINTER(DeviceInfo)),
]

sdl = ctypes.CDLL("libSDL2-2.0.so.0")
sdl.SDL_hid_enumerate.restype = ctypes.POINTER(DeviceInfo)
sdl.SDL_hid_open.restype = ctypes.c_void_p
sdl.SDL_hid_open.argtypes = [ctypes.c_ushort, ctypes.c_ushort, ctypes.c_wchar_p]
sdl.SDL_hid_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
sdl.SDL_hid_read_timeout.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
sdl.SDL_hid_close.argtypes = [ctypes.c_void_p]

assert sdl.SDL_hid_init() == 0
devices = sdl.SDL_hid_enumerate(0, 0)
assert devices and not devices.contents.next, "there is one device"
found = devices.contents
print("%04x:%04x %04x" % (found.vendor_id, found.product_id, found.release_number))
print("%s|%s|%s" % (found.manufacturer_string, found.product_string, found.serial_number))

device = sdl.SDL_hid_open(found.vendor_id, found.product_id, None)
assert device, "the device opens"
packet = b"\0" + bytes.fromhex(sys.argv[1])
assert sdl.SDL_hid_write(device, packet, len(packet)) == 65
reply = ctypes.create_string_buffer(64)
assert sdl.SDL_hid_read_timeout(device, reply, 64, 30000) == 64
print(reply.raw.hex())
sdl.SDL_hid_close(device)
