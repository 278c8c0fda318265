"""Runs a program in a terminal of so many rows and columns, and prints what it wrote there; its exit status is the program's.

terminal.py ROWS COLUMNS [--interrupt-at TEXT] CMD...

With --interrupt-at somebody presses Ctrl-C once the program has written that.
"""
import fcntl
import os
import pty
import struct
import sys
import termios

rows, columns, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
awaited = None
if command[0] == "--interrupt-at":
    awaited, command = command[1].encode(), command[2:]
process, terminal = pty.fork()
if process == 0:
    # The size is set from inside, so that it is there before the program asks.
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)
written = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    written += part
    if awaited and awaited in written:
        os.write(terminal, b"\x03")
        awaited = None
    sys.stdout.buffer.write(part)
_, status = os.waitpid(process, 0)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
