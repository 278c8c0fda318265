"""Transfers that wait, are taken back, reset or halted in the middle, or are too long, and what they are answered: prints
each answer that is another, and how many there were.

usbip_transfers.py HOST:PORT PAY REPLY
"""
import sys

from usbip_client import Client

PAY, REPLY = bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
STALL, OVERFLOW, CONNRESET, SHUTDOWN = -32, -75, -104, -108
IN, OUT = 0x81, 0x01
GET_CONFIGURATION, PORT_RESET = "8008000000000100", "2303040001000000"
CONFIGURATION_0, CONFIGURATION_1 = "0009000000000000", "0009010000000000"
HALT_IN, CLEAR_IN, HALT_OUT, CLEAR_OUT = (
    "0203000081000000", "0201000081000000", "0203000001000000", "0201000001000000")

client = Client(sys.argv[1])
count = wrong = 0


def expect(what, *answers):
    """These come next, in this order."""
    global count, wrong
    for expected in answers:
        count += 1
        answer = client.answer()
        if answer != expected:
            wrong += 1
            print(f"{what}: {answer} instead of {expected}")


def done(number, data=0, status=0):
    return ("submitted", number, status, data)


def idle(what, configuration=1):
    """Nothing else has come, and nothing will."""
    expect(f"{what}: nothing else", done(client.control(GET_CONFIGURATION), bytes([configuration])))


def control(what, setup, *before):
    """A request without data, and what comes before it is done."""
    number = client.control(setup)
    expect(what, *before, done(number))


control("configuration 1", CONFIGURATION_1)

read = client.submit(IN)
idle("an idle IN stays pending")
write = client.submit(OUT, PAY)
expect("a report ends it", done(write, 64), done(read, REPLY))

read = client.submit(IN)
expect("an unlink takes it back", ("unlinked", client.unlink(read), CONNRESET))
idle("what is taken back is not answered")
first, second = client.submit(IN), client.submit(IN)
expect("the first of two is taken back", ("unlinked", client.unlink(first), CONNRESET))
write = client.submit(OUT, PAY)
expect("the report is the second's", done(write, 64), done(second, REPLY))
expect("an unlink comes too late", ("unlinked", client.unlink(second), 0))
expect("an unlink of nothing", ("unlinked", client.unlink(0xDEADBEEF), 0))
# The answer and the unlink cross.
read, write = client.submit(IN), client.submit(OUT, PAY)
late = client.unlink(read)
expect("an unlink crosses the answer", done(write, 64), done(read, REPLY), ("unlinked", late, 0))

write = client.submit(OUT, bytes(100))
expect("an OUT longer than a report is taken", done(write, 100))
write = client.submit(OUT)
expect("an OUT of nothing is taken", done(write, 0))
write = client.submit(OUT, bytes(65536))
expect("the longest OUT is taken", done(write, 65536))
idle("no such report is answered")
read, write = client.submit(IN, length=8), client.submit(OUT, PAY)
expect("an IN shorter than the report overflows", done(write, 64), done(read, REPLY[:8], OVERFLOW))
read, write = client.submit(IN, length=4096), client.submit(OUT, PAY)
expect("an IN longer than the report is short", done(write, 64), done(read, REPLY))

for name, setup in [("configuration 1", CONFIGURATION_1), ("configuration 0", CONFIGURATION_0),
                    ("a port reset", PORT_RESET)]:
    first, second = client.submit(IN), client.submit(IN)
    control(f"{name} ends what waits", setup, done(first, b"", SHUTDOWN), done(second, b"", SHUTDOWN))
    expect(f"{name}: an unlink comes too late", ("unlinked", client.unlink(first), 0))
    if setup != CONFIGURATION_1:
        idle(name, configuration=0)
        expect(f"{name}: no endpoint takes part", done(client.submit(IN), b"", STALL), done(client.submit(OUT, PAY), 0, STALL))
    control("configuration 1", CONFIGURATION_1)
    write = client.submit(OUT, PAY)
    expect(f"a reply that waits for {name}", done(write, 64))
    control(name, setup)
    control("configuration 1", CONFIGURATION_1)
    read = client.submit(IN)
    idle(f"{name} leaves no old reply")
    write = client.submit(OUT, PAY)
    expect(f"a reply after {name}", done(write, 64), done(read, REPLY))

read = client.submit(IN)
control("a halt of the IN endpoint stalls what waits", HALT_IN, done(read, b"", STALL))
expect("a halted IN endpoint stalls", done(client.submit(IN), b"", STALL))
write = client.submit(OUT, PAY)
expect("the OUT endpoint goes on", done(write, 64))
idle("the reply waits")
control("clearing the halt", CLEAR_IN)
expect("the reply has waited", done(client.submit(IN), REPLY))

read = client.submit(IN)
control("a halt of the OUT endpoint", HALT_OUT)
expect("a halted OUT endpoint stalls", done(client.submit(OUT, PAY), 0, STALL))
idle("the IN endpoint goes on waiting")
control("clearing the halt of the OUT endpoint", CLEAR_OUT)
write = client.submit(OUT, PAY)
expect("a report after the halt", done(write, 64), done(read, REPLY))

expect("an IN endpoint that there is not", done(client.submit(0x82), b"", STALL))
expect("an OUT endpoint that there is not", done(client.submit(0x02, PAY), 0, STALL))
idle("at the end")
print(f"{count} answers, {wrong} wrong")
