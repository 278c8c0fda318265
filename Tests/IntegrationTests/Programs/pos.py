"""A POS that does what its arguments say, and prints what it sees, a line each.

    pay:SEQ[:ORDER]   writes a pay command     cancel:SEQ   writes a cancel command
    read[:MS]         reads an input report    reopen       closes the device and opens it again
    do:ARGS           runs bluetap with these arguments, and prints what it prints
    state             prints the device's state
"""
import os
import subprocess
import sys

sys.path.insert(0, os.environ["BLUETAP_PYTHON"])
import hid  # noqa: E402

from bluetaplib import commands, reference_format  # noqa: E402

RESULTS = ["SUCCESS", "PARAM_ILLEGAL", "PROCESS_FAIL", "UNKNOWN_EXCEPTION", "DEVICE_DISCONNECTED"]


def open_device():
    device = hid.device()
    device.open(0x1209, 0x0001)
    return device


def write(device, report):
    count = device.write(b"\0" + report)
    print("written" if count == 65 else f"write failed: {device.error()}")


def describe(report):
    if not report:
        return "nothing"
    intact = bytes(report[60:64]) == reference_format._seal(bytes(report[:60]))[60:]
    return f"{len(report)} bytes, {'intact' if intact and len(report) == 64 else 'damaged'}, to {report[2]}: {RESULTS[report[4] % 5]}"


def bluetap(arguments):
    program = os.environ["BLUETAP_PROGRAM"]
    environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True)


device = open_device()
for argument in sys.argv[1:]:
    action, _, rest = argument.partition(":")
    try:
        if action == "pay":
            sequence, _, order = rest.partition(":")
            command = commands.PayCommand(commands.PaymentMethod.TRUEMONEY, OrderId=order or None)
            write(device, reference_format.encode_pay(command, int(sequence)))
        elif action == "cancel":
            write(device, reference_format.encode_cancel(commands.CancelCommand(), int(rest)))
        elif action == "read":
            print(describe(device.read(128, int(rest or 30_000))))
        elif action == "reopen":
            device.close()
            device = open_device()
            print("open")
        elif action == "state":
            print(bluetap(["status"]).stdout.splitlines()[0])
        elif action == "do":
            ran = bluetap(rest.split())
            for line in (ran.stdout + ran.stderr).splitlines():
                print(" ".join(part for part in line.split() if not part.startswith("2026-")))
    except (OSError, ValueError) as error:
        print(f"{action} failed")
    sys.stdout.flush()
