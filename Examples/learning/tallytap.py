"""Library and program of a made-up vendor whose device nobody has: only its host's side is to be seen.

    python3 -m tallytap pay METHOD [AMOUNT [ORDER [EXPIRY]]]    with - for what is not given
    python3 -m tallytap cancel [ORDER]
    python3 -m tallytap -                                       many, a line each, from standard input

It sends a command, takes the first answer that is well formed, prints the result that it says, and ends with 0 for
SUCCESS. With nothing well formed within half a second it prints DEVICE_DISCONNECTED.
"""
import sys
import time

RESULTS = {0x00: "SUCCESS", 0x01: "PARAM_ILLEGAL", 0x02: "PROCESS_FAIL", 0x10: "UNKNOWN_EXCEPTION"}
METHODS = {"TRUEMONEY": 0x21, "SEVEN_11": 0x22, "ALIPAY_CN": 0x23, "ALIPAY_PLUS": 0x24}


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def command(kind, number, method=None, amount=None, order="", expiry=None):
    data = bytes([0x31, 0x10 if kind == "pay" else 0x12, number])
    data += bytes([METHODS.get(method, 0)])
    data += (0 if amount is None else round(float(amount) * 100)).to_bytes(4, "big")
    data += (0 if expiry is None else expiry).to_bytes(4, "big") + order.encode().ljust(16, b"\0")
    return data.ljust(38, b"\0") + crc(data.ljust(38, b"\0"))


def result(answer, sent):
    """The result's name, or None where the answer is not well formed."""
    if len(answer) != 40 or answer[:3] != bytes([0x32, sent[1] | 0x80, sent[2]]) or crc(answer[:38]) != answer[38:]:
        return None
    return RESULTS.get(answer[3], "PROTOCOL_ERROR")


def exchange(device, sent):
    device.write(b"\0" + sent)
    end = time.monotonic() + 0.5
    while (left := end - time.monotonic()) > 0:
        answer = bytes(device.read(64, timeout=max(1, int(left * 1000))))
        if answer and (found := result(answer, sent)):
            return found
    return "DEVICE_DISCONNECTED"


def main(arguments):
    lines = sys.stdin if arguments == ["-"] else [" ".join(arguments)]
    commands = [[None if word == "-" else word for word in line.split()] for line in lines if line.strip()]
    if any(words[0] not in ("pay", "cancel") for words in commands) or not commands:
        sys.exit(__doc__)
    import hid

    name = "DEVICE_DISCONNECTED"
    with hid.Device(0x1209, 0x0001) as device:
        for number, (kind, *rest) in enumerate(commands, 1):
            if kind == "pay":
                method, amount, order, expiry = (rest + [None] * 4)[:4]
                sent = command("pay", number & 0xFF, method, amount, order or "", int(expiry) if expiry else None)
            else:
                sent = command("cancel", number & 0xFF, order=(rest + [None])[0] or "")
            name = exchange(device, sent)
            print(name, flush=True)
    return 0 if name == "SUCCESS" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
