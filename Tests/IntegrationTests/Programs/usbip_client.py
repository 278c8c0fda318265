"""A USB/IP client on a bare socket, for what libusb and the kernel do not let their callers do."""
import socket
import struct


class Client:
    """A connection that has the device 1-1."""

    def __init__(self, address, timeout=60):
        host, port = address.rsplit(":", 1)
        self.connection = socket.create_connection((host, int(port)), timeout=timeout)
        self.sequence = 0
        self.reads = set()
        self.connection.sendall(struct.pack("!HHI", 0x0111, 0x8003, 0) + b"1-1".ljust(32, b"\0"))
        assert self.receive(8) == struct.pack("!HHI", 0x0111, 0x0003, 0), "the device is not to be had"
        self.receive(312)

    def receive(self, count):
        received = b""
        while len(received) < count:
            part = self.connection.recv(count - len(received))
            if not part:
                raise EOFError
            received += part
        return received

    def submit(self, endpoint, data=b"", length=64, setup=bytes(8)):
        """Returns the transfer's number."""
        self.sequence += 1
        to_host = bool(endpoint & 0x80)
        if to_host:
            self.reads.add(self.sequence)
        self.connection.sendall(
            struct.pack(
                "!IIIIIIIIII8s", 1, self.sequence, 0x10002, to_host, endpoint & 0x0F, 0, length if to_host else len(data),
                0, 0xFFFFFFFF, 0, setup) + data)
        return self.sequence

    def control(self, setup, data=b""):
        setup = bytes.fromhex(setup)
        return self.submit(setup[0] & 0x80, data, setup[6] | setup[7] << 8, setup)

    def unlink(self, target):
        self.sequence += 1
        self.connection.sendall(struct.pack("!IIIIII24x", 2, self.sequence, 0x10002, 0, 0, target))
        return self.sequence

    def answer(self):
        """("submitted", number, status, bytes or how many were taken) or ("unlinked", number, status)."""
        header = self.receive(48)
        command, sequence, device, direction, endpoint, status, count = struct.unpack("!IIIIIiI", header[:28])
        assert (device, direction, endpoint) == (0, 0, 0) and header[28:] == bytes(20), header.hex()
        if command == 4:
            assert count == 0
            return ("unlinked", sequence, status)
        assert command == 3, header.hex()
        return ("submitted", sequence, status, self.receive(count) if sequence in self.reads else count)
