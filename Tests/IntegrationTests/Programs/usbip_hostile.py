"""What a USB/IP server must live through: garbage, lengths without end, clients that say nothing, vanish, ask without
reading, or come by the thousand. Prints a line for each that was not turned away, and how many were.

usbip_hostile.py HOST:PORT SEED ROUNDS
"""
import random
import resource
import socket
import struct
import sys

HOST, PORT = sys.argv[1].rsplit(":", 1)
SEED, ROUNDS = int(sys.argv[2]), int(sys.argv[3])
IMPORT = struct.pack("!HHI", 0x0111, 0x8003, 0) + b"1-1".ljust(32, b"\0")


def connect():
    return socket.create_connection((HOST, int(PORT)), timeout=60)


def submit(sequence, direction, endpoint, length, setup=bytes(8), packets=0):
    return struct.pack("!IIIIIIIIII8s", 1, sequence, 0x10002, direction, endpoint, 0, length, 0, packets, 0, setup)


def is_closed(connection):
    """Whether the server ends it, whatever it says before."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def receive(connection, count):
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise ConnectionError("the server has ended the connection")
        received += part
    return received


def import_device():
    """A connection that has the device; it may be another's for a moment yet."""
    while True:
        connection = connect()
        try:
            connection.sendall(IMPORT)
            if receive(connection, 8)[4:] == bytes(4):
                receive(connection, 312)
                return connection
        except ConnectionError:
            pass
        connection.close()


def main():
    turned_away = 0
    with import_device():
        for what, name in [("a device that another has", b"1-1"), ("a bus id that there is not", b"9-\x1b")]:
            with connect() as connection:
                connection.sendall(IMPORT[:8] + name.ljust(32, b"\0"))
                if not is_closed(connection):
                    print(f"who wants {what} was not turned away")
                turned_away += 1
    for what, first in [
        ("another version", struct.pack("!HHI", 0x0106, 0x8005, 0)),
        ("an HTTP client", b"GET / HTTP/1.1\r\n\r\n"),
        ("another operation", struct.pack("!HHI", 0x0111, 0x8001, 0)),
        ("zeros", bytes(4096)),
    ]:
        with connect() as connection:
            connection.sendall(first)
            if not is_closed(connection):
                print(f"{what} was not turned away")
            turned_away += 1
    for what, command in [
        ("4 GiB to the device", submit(1, 0, 1, 0xFFFFFFFF)),
        ("4 GiB from the device", submit(1, 1, 1, 0xFFFFFFFF)),
        ("isochronous packets", submit(1, 1, 1, 64, packets=7)),
        ("another command", struct.pack("!I", 9) + bytes(44)),
        ("endpoint 99", submit(1, 1, 99, 64)),
    ]:
        with import_device() as connection:
            connection.sendall(command)
            if not is_closed(connection):
                print(f"{what} was not turned away")
            turned_away += 1
    generator = random.Random(SEED)
    for _ in range(ROUNDS):
        with import_device() if generator.random() < 0.8 else connect() as connection:
            stream = b"".join(
                submit(generator.getrandbits(32), generator.getrandbits(1), generator.choice([0, 0, 1, 2]),
                       generator.choice([0, 8, 64, 65536]), generator.randbytes(8)) + generator.randbytes(generator.choice([0, 0, 64]))
                for _ in range(generator.randrange(20)))
            mutated = bytearray(stream)
            for _ in range(generator.randrange(4)):
                if mutated:
                    mutated[generator.randrange(len(mutated))] = generator.getrandbits(8)
            try:
                connection.sendall(mutated[: generator.randrange(len(mutated) + 1)])
            except OSError:
                pass  # It was turned away already.
    # Who asks and asks, and reads nothing, is not read any more.
    deaf = import_device()
    deaf.settimeout(2)
    question = submit(1, 1, 0, 4096, bytes.fromhex("8006000200002900")) * 1000
    try:
        for _ in range(1000):
            deaf.sendall(question)
        print("48 MB of questions were taken from a client that reads no answer")
    except TimeoutError:
        turned_away += 1
    deaf.close()
    # Those who say nothing keep nobody out.
    silent = [connect() for _ in range(100)]
    holder = import_device()
    # More than a server can have: some are turned away at once, the others when they have been silent for long enough. Who
    # has the device keeps it.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    crowd = [connect() for _ in range(2000)]
    holder.sendall(submit(1, 1, 0, 18, bytes.fromhex("8006000100001200")))
    if receive(holder, 48 + 18)[48:50] != bytes([18, 1]):
        print("who has the device is answered otherwise while others crowd")
    for connection in silent + crowd:
        if not is_closed(connection):
            print("who said nothing was not turned away")
            break
        connection.close()
    holder.close()
    import_device().close()
    print(f"{turned_away} turned away, {len(silent)} silent, {len(crowd)} at a time")


main()
