#!/usr/bin/env python3
"""Writes a USB capture of a HID session, as tcpdump, Wireshark or USBPcap would have.

captures.py OUTFILE --link usbmon|usbmon-mmapped|usbpcap --container pcap|pcapng
    [--big-endian] [--no-descriptors] [--snaplen N] SESSION.json

SESSION.json: {"vendorID": 1, "productID": 2, "manufacturer": "m", "product": "p", "serial": "s",
    "reportDescriptor": "hex", "outVia": "interrupt", "control" or "feature", "exchanges": [{"out": ["hex"], "in": ["hex"]}]}

The session's device is 1.5. A keyboard, 1.3, and a bulk device, 1.4, are there too.
"""
import argparse
import json
import random
import struct

ISO, INTERRUPT, CONTROL, BULK = range(4)
EINPROGRESS, EPIPE = -115, -32
STALL_PID = 0xC0000004
LINK_TYPES = {"usbmon": 189, "usbmon-mmapped": 220, "usbpcap": 249}


class Clock:
    """Microseconds since 1970."""

    def __init__(self):
        self.now = 1_700_000_000_000_000

    def tick(self, microseconds):
        self.now += microseconds
        return self.now


class Usbmon:
    """The packets of Linux's usbmon."""

    def __init__(self, order, mmapped):
        self.order, self.mmapped = order, mmapped

    def packet(self, time, event, urb, kind, endpoint, device, status, length, data, setup=None):
        incoming = endpoint & 0x80
        carries = (event == "S") != bool(incoming)
        if data or (carries and length == 0):
            flag_data = b"\0" if data else (b"<" if incoming else b">")
        else:
            flag_data = b"<" if incoming else b">"
        header = struct.pack(
            self.order + "QBBBBHcc", urb, ord(event), kind, endpoint, device, 1,
            b"\0" if setup is not None else b"-", flag_data)
        header += struct.pack(
            self.order + "qiiII", time // 1_000_000, time % 1_000_000, status, length, len(data))
        header += setup if setup is not None else b"\0" * 8
        assert len(header) == 48
        if self.mmapped:
            header += struct.pack(self.order + "iiII", 4 if kind == INTERRUPT else 0, 0, 0x200 if incoming else 0, 0)
        return header + data

    def control(self, clock, urb, device, setup, data, answer, fails=False):
        """Both packets of a control transfer: (time, bytes)."""
        endpoint = setup[0] & 0x80
        length = struct.unpack("<H", setup[6:8])[0]
        yield clock.tick(40), self.packet(clock.now, "S", urb, CONTROL, endpoint, device, EINPROGRESS, length, data, setup)
        status = EPIPE if fails else 0
        done = 0 if fails else len(answer) if endpoint else len(data)
        yield clock.tick(300), self.packet(
            clock.now, "C", urb, CONTROL, endpoint, device, status, done, b"" if fails else answer)

    def submit(self, clock, urb, kind, device, endpoint, data, size):
        yield clock.tick(20), self.packet(clock.now, "S", urb, kind, endpoint, device, EINPROGRESS, size, data)

    def complete(self, clock, urb, kind, device, endpoint, data, size, fails=False):
        yield clock.tick(500), self.packet(
            clock.now, "C", urb, kind, endpoint, device, EPIPE if fails else 0, 0 if fails else size,
            b"" if fails else data)


class USBPcap:
    """The packets of USBPcap 1.5, or of the versions before it."""

    def __init__(self, old=False):
        self.old = old

    def packet(self, irp, status, incoming, device, endpoint, kind, data, stage=None, function=0x09):
        size = 27 if stage is None else 28
        header = struct.pack("<HQIHBHHBBI", size, irp, status, function, incoming, 1, device, endpoint, kind, len(data))
        if stage is not None:
            header += bytes([stage])
        assert len(header) == size
        return header + data

    def control(self, clock, irp, device, setup, data, answer, fails=False):
        endpoint = setup[0] & 0x80
        status = STALL_PID if fails else 0
        answer = b"" if fails else answer

        def packet(incoming, data, stage, status=0):
            function = 0x1B if setup[0] & 0x60 else 0x0B
            return self.packet(irp, status, incoming, device, endpoint, CONTROL, data, stage, function)

        if not self.old:
            yield clock.tick(40), packet(0, setup + data, 0)
            yield clock.tick(300), packet(1, answer, 3, status)
            return
        yield clock.tick(40), packet(0, setup, 0)
        if data:
            yield clock.tick(0), packet(0, data, 1)
        if answer:
            yield clock.tick(300), packet(1, answer, 1, status)
        yield clock.tick(0), packet(1, b"", 2, status)

    def submit(self, clock, irp, kind, device, endpoint, data, size):
        if data or not self.old:
            yield clock.tick(20), self.packet(irp, 0, 0, device, endpoint, kind, data)

    def complete(self, clock, irp, kind, device, endpoint, data, size, fails=False):
        if endpoint & 0x80 or not self.old:
            yield clock.tick(500), self.packet(
                irp, STALL_PID if fails else 0, 1, device, endpoint, kind, b"" if fails else data)


def pcap(packets, link, order, snaplen):
    file = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)
    for time, data in packets:
        cut = data[:snaplen]
        file += struct.pack(order + "IIII", time // 1_000_000, time % 1_000_000, len(cut), len(data)) + cut
    return file


def pcapng(packets, link, order, snaplen):
    def padded(data):
        return data + b"\0" * (-len(data) % 4)

    def option(code, value):
        return struct.pack(order + "HH", code, len(value)) + padded(value)

    def block(kind, body):
        length = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + length + body + length

    end = struct.pack(order + "HH", 0, 0)
    file = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + option(4, b"captures.py") + end)
    file += block(1, struct.pack(order + "HHI", link, 0, snaplen) + option(2, b"usbmon1") + option(9, b"\x09") + end)
    for time, data in packets:
        cut = data[:snaplen]
        ticks = time * 1000
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(cut), len(data))
        file += block(6, head + padded(cut) + option(2, b"\0\0\0\0") + end)
    # Interface statistics, which a reader has to skip.
    file += block(5, struct.pack(order + "III", 0, 0, 0) + end)
    return file


def setup(request_type, request, value, index, length):
    return struct.pack("<BBHHH", request_type, request, value, index, length)


def string_descriptor(text):
    data = text.encode("utf-16-le")
    return bytes([2 + len(data), 3]) + data


def device_descriptor(vendor, product, strings=(1, 2, 3), device_class=0):
    return struct.pack(
        "<BBHBBBBHHHBBBB", 18, 1, 0x0200, device_class, 0, 0, 64, vendor, product, 0x0102, *strings, 1)


def endpoint_descriptor(address, attributes, size, interval):
    return struct.pack("<BBBBHB", 7, 5, address, attributes, size, interval)


def configuration(interface, *rest):
    body = interface + b"".join(rest)
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 1, 1, 0, 0xA0, 50) + body


def hid_configuration(subclass, protocol, report_length, *endpoints):
    interface = bytes([9, 4, 0, 0, len(endpoints), 3, subclass, protocol, 0])
    hid = struct.pack("<BBHBBBH", 9, 0x21, 0x0111, 0, 1, 0x22, report_length)
    return configuration(interface, hid, *endpoints)


KEYBOARD_REPORT = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395067508150025650507190029658100c0")


class Bus:
    """Makes the packets of a session, in the order in which a host would."""

    def __init__(self, capture, clock):
        self.capture, self.clock = capture, clock
        self.packets = []
        self.random = random.Random(5)
        self.free = [0xFFFF_8881_0000_0000 + 0xC0 * index for index in range(12)]
        self.pending = {}

    def add(self, packets):
        self.packets.extend(packets)

    def urb(self):
        # Hosts use the same few addresses again and again.
        return self.free.pop(self.random.randrange(len(self.free)))

    def control(self, device, request, data=b"", answer=b"", fails=False):
        urb = self.urb()
        self.add(self.capture.control(self.clock, urb, device, request, data, answer, fails))
        self.free.append(urb)

    def read(self, device, value, index, length, descriptor, recipient=0x80, fails=False):
        self.control(
            device, setup(recipient, 6, value, index, length), b"", descriptor[:length], fails)

    def enumerate(self, device, descriptor, config, strings, report=None):
        self.read(0, 0x0100, 0, 64, descriptor)
        self.control(0, setup(0x00, 5, device, 0, 0))
        self.read(device, 0x0100, 0, 8, descriptor)
        self.read(device, 0x0100, 0, 18, descriptor)
        self.read(device, 0x0600, 0, 10, b"", fails=True)
        self.read(device, 0x0200, 0, 9, config)
        self.read(device, 0x0200, 0, len(config), config)
        self.read(device, 0x0300, 0, 255, bytes([4, 3, 9, 4]))
        for index, text in enumerate(strings, 1):
            self.read(device, 0x0300 | index, 0x0409, 255, string_descriptor(text))
        self.control(device, setup(0x00, 9, 1, 0, 0))
        if report is not None:
            self.control(device, setup(0x21, 0x0A, 0, 0, 0))
            self.read(device, 0x2200, 0, len(report), report, recipient=0x81)

    def want(self, device, endpoint, size, kind=INTERRUPT):
        """Submits a transfer that waits for the device."""
        urb = self.pending[device, endpoint] = self.urb()
        self.add(self.capture.submit(self.clock, urb, kind, device, endpoint, b"", size))

    def give(self, device, endpoint, data, size, kind=INTERRUPT):
        """The device answers; the host submits the next transfer at once."""
        urb = self.pending.pop((device, endpoint))
        self.add(self.capture.complete(self.clock, urb, kind, device, endpoint, data, len(data)))
        self.free.append(urb)
        self.want(device, endpoint, size, kind)

    def put(self, device, endpoint, data, kind=INTERRUPT, fails=False):
        urb = self.urb()
        self.add(self.capture.submit(self.clock, urb, kind, device, endpoint, data, len(data)))
        self.add(self.capture.complete(self.clock, urb, kind, device, endpoint, b"", len(data), fails))
        self.free.append(urb)

    def set_report(self, device, data, kind=2, fails=False):
        self.control(device, setup(0x21, 9, kind << 8, 0, len(data)), data, fails=fails)

    def get_feature(self, device, data):
        self.control(device, setup(0xA1, 1, 0x0300, 0, len(data)), answer=data)


def write_session(bus, session, with_descriptors):
    device, keyboard, disk = 5, 3, 4
    outs = [bytes.fromhex(text) for exchange in session["exchanges"] for text in exchange.get("out", [])]
    ins = [bytes.fromhex(text) for exchange in session["exchanges"] for text in exchange.get("in", [])]
    report = bytes.fromhex(session["reportDescriptor"])
    via = session.get("outVia", "interrupt")
    size = max([8] + [len(data) for data in ins + outs])
    endpoints = [endpoint_descriptor(0x81, 3, min(size, 64), 4)]
    if via == "interrupt":
        endpoints.append(endpoint_descriptor(0x02, 3, min(size, 64), 4))
    if with_descriptors:
        bus.enumerate(
            keyboard, device_descriptor(0x046D, 0xC31C), hid_configuration(
                1, 1, len(KEYBOARD_REPORT), endpoint_descriptor(0x81, 3, 8, 10)),
            ["Keys Ltd", "Keyboard", "K1"], KEYBOARD_REPORT)
        bus.enumerate(
            disk, device_descriptor(0x0781, 0x5567), configuration(
                bytes([9, 4, 0, 0, 2, 8, 6, 0x50, 0]), endpoint_descriptor(0x81, 2, 512, 0),
                endpoint_descriptor(0x02, 2, 512, 0)),
            ["Disks Ltd", "Disk", "D1"])
    bus.want(keyboard, 0x81, 8)
    if with_descriptors:
        bus.enumerate(
            device, device_descriptor(session["vendorID"], session["productID"]),
            hid_configuration(0, 0, len(report), *endpoints),
            [session["manufacturer"], session["product"], session["serial"]], report)
    bus.want(device, 0x81, size)

    def send(data, fails=False):
        if via == "interrupt":
            bus.put(device, 0x02, data, fails=fails)
        else:
            bus.set_report(device, data, kind=3 if via == "feature" else 2, fails=fails)

    for number, exchange in enumerate(session["exchanges"]):
        bus.give(keyboard, 0x81, bytes([0, 0, 4 + number % 26, 0, 0, 0, 0, 0]), 8)
        for text in exchange.get("out", []):
            data = bytes.fromhex(text)
            if number == 0:
                # The first attempt stalls, and is made again.
                send(data, fails=True)
            send(data)
            bus.put(disk, 0x02, b"USBC" + bytes(27), BULK)
            bus.want(disk, 0x81, 512, BULK)
            bus.give(disk, 0x81, bus.random.randbytes(300), 512, BULK)
            bus.free.append(bus.pending.pop((disk, 0x81)))
        bus.clock.tick(20_000)
        for text in exchange.get("in", []):
            if via == "feature":
                # Hosts ask until they get another answer.
                bus.get_feature(device, bytes.fromhex(text))
                bus.get_feature(device, bytes.fromhex(text))
            else:
                bus.give(device, 0x81, bytes.fromhex(text), size)


def write(path, session, link="usbmon-mmapped", container="pcapng", big_endian=False, descriptors=True, snaplen=262144,
          old_usbpcap=False):
    order = ">" if big_endian else "<"
    capture = USBPcap(old_usbpcap) if link == "usbpcap" else Usbmon(order, link == "usbmon-mmapped")
    bus = Bus(capture, Clock())
    write_session(bus, session, descriptors)
    save = pcap if container == "pcap" else pcapng
    with open(path, "wb") as file:
        file.write(save(bus.packets, LINK_TYPES[link], order, snaplen))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("outfile")
    parser.add_argument("session")
    parser.add_argument("--link", choices=[*LINK_TYPES], required=True)
    parser.add_argument("--container", choices=["pcap", "pcapng"], required=True)
    parser.add_argument("--big-endian", action="store_true")
    parser.add_argument("--no-descriptors", action="store_true")
    parser.add_argument("--snaplen", type=int, default=262144)
    parser.add_argument("--old-usbpcap", action="store_true", help="as USBPcap up to 1.4 writes it")
    arguments = parser.parse_args()
    with open(arguments.session) as file:
        session = json.load(file)
    write(
        arguments.outfile, session, arguments.link, arguments.container, arguments.big_endian,
        not arguments.no_descriptors, arguments.snaplen, arguments.old_usbpcap)


if __name__ == "__main__":
    main()
