"""Library, program and device of a made-up vendor that speaks protobuf in frames.

    python3 -m framelink pay METHOD [AMOUNT [ORDER [EXPIRY]]]    with - for what is not given
    python3 -m framelink cancel [ORDER]
    python3 -m framelink samples | fresh [SEED] | commands | capture FILE | five

A frame is cut into reports of 64 bytes, zeros behind its end:

    9C 27 51   01        00 00 00 1C   …       7A      0D 0A 1A
    head       version   length        data    sum-8   tail

The data is a message of protobuf:

    message Command { int32 version = 1; uint64 seq = 2; bool ack = 3; Type type = 4; Pay pay = 5; string cancel = 6;
                      Result result = 7; }
    enum Type { HELLO = 0; PAY = 3; CANCEL = 4; RESULT = 9; }
    message Pay { Method method = 1; int64 cents = 2; string order = 3; int32 seconds = 4; string till = 9; }
    message Result { int32 code = 1; string text = 2; }

The library says HELLO first. The device answers a command with an acknowledgement, then with its result.
"""
import json
import random
import string
import sys
import time

HEAD, VERSION, TAIL = b"\x9C\x27\x51", b"\x01", b"\x0D\x0A\x1A"
HELLO, PAY, CANCEL, RESULT = 0, 3, 4, 9
METHODS = {"TRUEMONEY": 1, "SEVEN_11": 2, "ALIPAY_CN": 5, "ALIPAY_PLUS": 6}
TILL = "bangkok-central/lane-04"
RESULTS = {"SUCCESS": 0, "PARAM_ILLEGAL": 40, "PROCESS_FAIL": 51, "UNKNOWN_EXCEPTION": 99}


def varint(number):
    text = b""
    while number > 0x7F:
        text += bytes([number & 0x7F | 0x80])
        number >>= 7
    return text + bytes([number])


def message(*fields):
    """Protobuf; what is 0, empty or None is left out."""
    data = b""
    for number, value in fields:
        if isinstance(value, str):
            value = value.encode()
        if not value and not isinstance(value, tuple):
            continue
        if isinstance(value, int):
            data += varint(number << 3) + varint(value)
        else:
            inner = message(*value) if isinstance(value, tuple) else value
            data += varint(number << 3 | 2) + varint(len(inner)) + inner
    return data


def frame(data):
    body = VERSION + len(data).to_bytes(4, "big") + data
    whole = HEAD + body + bytes([sum(body) & 0xFF]) + TAIL
    return [whole[at : at + 64].ljust(64, b"\0") for at in range(0, len(whole), 64)]


def fields(data):
    """The fields of a message: numbers, or bytes."""
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 2:
            size = number()
            found[key >> 3] = data[at : at + size]
            at += size
        else:
            found[key >> 3] = number()
    return found


def unframe(reports):
    """The data of a frame; None where it is not well formed, or not whole yet."""
    whole = b"".join(reports)
    size = int.from_bytes(whole[4:8], "big")
    if whole[:4] != HEAD + VERSION or len(whole) < size + 12:
        return None
    body, rest = whole[3 : 8 + size], whole[8 + size : 12 + size]
    return body[5:] if rest == bytes([sum(body) & 0xFF]) + TAIL else None


def request(label, sequence):
    order = label.get("orderId")
    if label["command"] == "cancel":
        return message((1, 1), (2, sequence), (4, CANCEL), (6, order))
    amount = label.get("amount")
    cents = round(float(amount) * 100) if amount else 0
    pay = ((1, METHODS[label["paymentMethod"]]), (2, cents), (3, order), (4, label.get("expiryTime")), (9, TILL))
    return message((1, 1), (2, sequence), (4, PAY), (5, pay))


# The device.


def answer(data, result):
    """The reports with which the device answers."""
    command = fields(data)
    sequence = command.get(2, 0)
    reports = frame(message((1, 1), (2, sequence), (3, 1), (4, command.get(4, 0))))
    if command.get(4, 0) == HELLO:
        return reports
    fared = ((1, RESULTS[result]), (2, result))
    return reports + frame(message((1, 1), (2, sequence), (4, RESULT), (7, fared)))


def pay(method, amount=None, order=None, expiry=None):
    given = {"paymentMethod": method, "amount": amount, "orderId": order, "expiryTime": expiry}
    return {"command": "pay"} | {name: value for name, value in given.items() if value is not None}


def cancel(order=None):
    return {"command": "cancel"} | ({} if order is None else {"orderId": order})


COMMANDS = [
    (pay("TRUEMONEY", "12.50", "A1", 900), "SUCCESS"),
    (pay("SEVEN_11", "0.07", "B", 60), "SUCCESS"),
    (cancel("B"), "SUCCESS"),
    (pay("ALIPAY_CN", "99999.99", "TILL-04/20240917", 86_400), "PARAM_ILLEGAL"),
    (pay("ALIPAY_PLUS", "8.88", "five"), "SUCCESS"),
    (cancel("TILL-04/20240917"), "PROCESS_FAIL"),
    (pay("TRUEMONEY", order="seven77", expiry=1800), "SUCCESS"),
    (pay("SEVEN_11", "655.36", expiry=300), "UNKNOWN_EXCEPTION"),
    (pay("ALIPAY_CN", "0.50", "eight888", 1), "SUCCESS"),
    (cancel(), "PARAM_ILLEGAL"),
    (pay("ALIPAY_PLUS", "2550.00", "x10", 3600), "SUCCESS"),
    (pay("TRUEMONEY", order="order.number12", expiry=12_345), "PROCESS_FAIL"),
    (cancel("x10"), "UNKNOWN_EXCEPTION"),
    (pay("SEVEN_11", "43210.05", "Fourteen-14.zZ"), "SUCCESS"),
    (pay("ALIPAY_CN", "167.77", expiry=43_200), "PARAM_ILLEGAL"),
    (pay("ALIPAY_PLUS", "1.00", "SIXTEEN/LETTERS.", 120), "SUCCESS"),
    (cancel("SIXTEEN/LETTERS."), "PROCESS_FAIL"),
    (pay("TRUEMONEY", "310.00", "18a-b", 65), "PARAM_ILLEGAL"),
    (pay("SEVEN_11", "80.20", "nineteen19", 600), "UNKNOWN_EXCEPTION"),
    (cancel(), "SUCCESS"),
]


def random_commands(seed, count=200):
    source = random.Random(seed)
    orders = string.ascii_letters + string.digits + "-./"
    for _ in range(count):
        order = "".join(source.choices(orders, k=source.randint(1, 16))) if source.random() < 0.9 else None
        cents = source.randrange(1, 10 ** source.randint(1, 7))
        amount = f"{cents // 100}.{cents % 100:02}" if source.random() < 0.8 else None
        label = cancel(order)
        if source.random() < 0.7:
            label = pay(source.choice(list(METHODS)), amount, order, source.choice([None, source.randint(1, 86_400)]))
        yield label, source.choice(list(RESULTS))


def samples(commands, first=118):
    made = []
    for sequence, (label, result) in enumerate(commands, first):
        data = request(label, sequence)
        reports = {"reports": frame(data), "replies": answer(data, result)}
        hexes = {name: [report.hex() for report in found] for name, found in reports.items()}
        made.append(label | hexes | {"result": result})
    return made


def session():
    hello = message((1, 1), (4, HELLO))
    turns = [{"out": [report.hex() for report in frame(hello)], "in": [report.hex() for report in answer(hello, "")]}]
    made = samples(COMMANDS)
    turns += [{"out": sample.pop("reports"), "in": sample.pop("replies")} for sample in made]
    descriptor = "0600ff0901a101150026ff0075089540090281029540090391 02c0".replace(" ", "")
    return {
        "vendorID": 0x4652, "productID": 0x0001, "manufacturer": "Framelink", "product": "Framelink One",
        "serial": "F1-0001", "reportDescriptor": descriptor, "outVia": "interrupt", "exchanges": turns,
        "commands": made}


# The library.


def whole(device, seconds):
    """The data of the next frame that the device sends; None where none comes."""
    reports, end = [], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if report := bytes(device.read(64, timeout=max(1, int(left * 1000)))):
            reports.append(report)
            if (data := unframe(reports)) is not None:
                return data
    return None


def send(label):
    import hid

    with hid.Device(0x4652, 0x0001) as device:

        def say(data):
            for report in frame(data):
                device.write(b"\0" + report)

        say(message((1, 1), (4, HELLO)))
        if whole(device, 10) is None:
            return "DEVICE_DISCONNECTED"
        say(request(label, 1))
        received, done = whole(device, 10), whole(device, 10)
        if not received or not done or fields(received).get(3) != 1:
            return "DEVICE_DISCONNECTED"
        code = fields(fields(done)[7]).get(1, 0)
        return next((name for name, number in RESULTS.items() if number == code), "UNKNOWN_EXCEPTION")


def main(arguments):
    words = [None if word == "-" else word for word in arguments]
    match words:
        case ["pay", method, *rest]:
            amount, order, expiry = (rest + [None] * 3)[:3]
            name = send(pay(method, amount, order, int(expiry) if expiry else None))
        case ["cancel", *rest]:
            name = send(cancel((rest + [None])[0]))
        case ["capture", path]:
            import captures

            captures.write(path, session())
            return 0
        case ["samples"] | ["fresh", *_] | ["commands"] | ["five"]:
            seed = int(words[1]) if len(words) > 1 else 1
            made = {
                "samples": lambda: {"samples": samples(COMMANDS)},
                "five": lambda: {"samples": samples(COMMANDS[:5])},
                "fresh": lambda: {"samples": samples(random_commands(seed))},
                "commands": lambda: {"commands": session()["commands"]}}
            print(json.dumps(made[words[0]](), indent=2))
            return 0
        case _:
            sys.exit(__doc__)
    print(name)
    return 0 if name == "SUCCESS" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
