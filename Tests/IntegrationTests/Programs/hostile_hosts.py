"""Hosts that break the loopback protocol in every way. Arguments: the socket, a seed, a command to run meanwhile."""

import random
import resource
import socket
import struct
import subprocess
import sys
import zlib

path, seed, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
noise = random.Random(seed)

MAGIC, VERSION = 0x504C5442, 1
ENUMERATE, REPORTS, CONTROL = 1, 2, 3
OUTPUT, SET_FEATURE, GET_FEATURE, SET_OUTPUT, GET_INPUT = 0x01, 0x11, 0x12, 0x13, 0x14


def connect():
    host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # It waits while the emulator's queue is full; with a timeout set it would not.
    host.connect(path)
    host.settimeout(30)
    return host


def greeting(purpose, magic=MAGIC, version=VERSION):
    return struct.pack("<IBB", magic, version, purpose)


def greeted(purpose):
    host = connect()
    host.send(greeting(purpose))
    assert host.recv(8192)[:4] == struct.pack("<I", MAGIC)
    return host


def send(host, packet):
    """Sends a packet that the emulator may hang up on."""
    try:
        host.send(packet)
    except (BrokenPipeError, ConnectionResetError):
        pass


def is_refused(host):
    try:
        return host.recv(8192) == b""
    except ConnectionResetError:
        return True


def pay(sequence):
    report = struct.pack("<BBH12s8s16si16x", 0xB7, 1, sequence, b"TRUEMONEY", b"", b"", -(2**31))
    return bytes([OUTPUT, 0]) + report + struct.pack("<I", zlib.crc32(report))


def refuse_greetings():
    good = greeting(REPORTS)
    bad = [greeting(purpose) for purpose in range(256) if purpose not in (ENUMERATE, REPORTS, CONTROL)]
    bad += [greeting(REPORTS, version=version) for version in (0, 2, 255)]
    bad += [greeting(REPORTS, magic=magic) for magic in (0, 0x4254_4C50, 0xFFFF_FFFF)]
    bad += [good[:length] for length in range(1, len(good))]
    bad += [good + b"\0", good * 2, good + bytes(8186), good + bytes(8187), bytes(100_000)]
    bad += [noise.randbytes(noise.randrange(1, 9000)) for _ in range(100)]
    for packet in bad:
        with connect() as host:
            send(host, packet)
            assert is_refused(host), packet[:16].hex()


def send_every_length(purpose, kinds):
    """On a connection of its own each: first with a kind that exists, then with noise throughout."""
    lengths = sorted({*range(0, 5001, 61), *range(0, 8), *range(62, 70), *range(4094, 4102), 8191, 8192, 8193, 60_000})
    for length in lengths:
        for packet in ((bytes([noise.choice(kinds)]) + noise.randbytes(length))[:length], noise.randbytes(length)):
            with greeted(purpose) as host:
                send(host, packet)
                if noise.random() < 0.5:
                    send(host, packet)


def never_read():
    """The emulator drops what this host does not take, and nobody else suffers."""
    host = greeted(REPORTS)
    for sequence in range(2000):
        host.send(pay(sequence))
    return host


def hang_up_early():
    for purpose in (ENUMERATE, REPORTS, CONTROL):
        for _ in range(50):
            connect().close()
            with connect() as host:
                host.send(greeting(purpose))
            with connect() as host:
                host.send(greeting(purpose))
                host.shutdown(noise.choice([socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR]))
            with connect() as host:
                host.send(greeting(purpose))
                send(host, pay(1))


def crowd(count):
    """Connections that say nothing, all open at once; the emulator keeps what it can and turns the others away."""
    return [connect() for _ in range(count)]


def wait_for_room():
    """Until the emulator has seen that the crowd is gone."""
    while True:
        with connect() as host:
            send(host, greeting(ENUMERATE))
            if not is_refused(host):
                return


def main():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 4096), limit))
    refuse_greetings()
    send_every_length(REPORTS, [OUTPUT])
    send_every_length(CONTROL, [SET_FEATURE, GET_FEATURE, SET_OUTPUT, GET_INPUT])
    hang_up_early()
    for host in crowd(1000):
        host.close()
    wait_for_room()
    idle = crowd(100) + [greeted(REPORTS), greeted(CONTROL), never_read()]
    sys.exit(subprocess.run(command).returncode if idle else 1)


main()
