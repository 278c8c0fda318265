"""Sends mutated packets to a device's loopback socket and mutated requests to its control socket.

Arguments: the loopback socket, the control socket, a seed, how many connections.
"""
import random
import socket
import struct
import sys

LOOPBACK, CONTROL = sys.argv[1], sys.argv[2]
chance = random.Random(int(sys.argv[3]))

GREETINGS = [struct.pack("<IBB", 0x504C5442, 1, purpose) for purpose in (1, 2, 3)]
PACKETS = [
    b"\x01\x00" + bytes.fromhex("b7010100545255454d4f4e4559") + bytes(51),
    b"\x01\x00" + bytes(64),
    b"\x11\x00" + bytes(64),
    b"\x12\x00",
    b"\x13\x00" + bytes(64),
    b"\x14\x00",
]
ROUTES = ["device", "events", "events?after=1", "events?wait=idle&timeout=0", "tap", "clock", "faults", "scenario", "unplug", "plug", "reset"]
BODIES = [
    '{"wallet":"Alice","outcome":"pays"}',
    '{"advance":1.5}',
    '{"next":"after"}',
    '{"to":"2026-01-01T00:15:00Z"}',
    '{"name":"reply-delayed","delay":"1s","on":"pay","nth":2}',
    '{"name":"flood","interval":0.001,"burst":3,"for":1}',
    "scenario: x\nrules:\n  - when: {event: linkReady}\n    then: [{tap: {}}]\n",
    "{}",
]


def mutate(data):
    data = bytearray(data)
    for _ in range(chance.choice([0, 0, 1, 2, 8])):
        place = chance.randrange(len(data) + 1)
        action = chance.randrange(4)
        if action == 0 and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif action == 1:
            data[place:place] = chance.randbytes(chance.choice([1, 4, 100, 5000]))
        elif action == 2:
            del data[place : place + chance.choice([1, 4, 50])]
        else:
            data[place:place] = data[: chance.randrange(len(data) + 1)]
    return bytes(data)


def attack_loopback():
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(0.02)
        connection.connect(LOOPBACK)
        for packet in [chance.choice(GREETINGS)] + chance.choices(PACKETS, k=chance.randrange(6)):
            connection.send(mutate(packet) or b"\0")
            if chance.random() < 0.5:
                connection.recv(9000)


def attack_control():
    body = mutate(chance.choice(BODIES).encode())
    method = chance.choice(["GET", "POST", "DELETE", "PATCH"])
    length = len(body) if chance.random() < 0.9 else chance.choice([0, 2**31, 2**63, -1])
    head = f"{method} /v1/{chance.choice(ROUTES)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
    request = (head + "Connection: close\r\n\r\n").encode() + body
    if chance.random() < 0.3:
        request = mutate(request)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.05)
        connection.connect(CONTROL)
        connection.sendall(request)
        connection.recv(65536)


for _ in range(int(sys.argv[4])):
    try:
        chance.choice([attack_loopback, attack_control])()
    except OSError:
        # Turned away, or not answered: both are well.
        pass
