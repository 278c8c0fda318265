"""Reads an NFC Forum Type 4 tag through PC/SC, as a phone does, and prints what it says as JSON lines.

Each word on standard input is one thing to do, and each is answered with one line:

find        connects to the first virtual reader that has a card
select      selects the application and the NDEF file
read N      reads N bytes from where the last read ended; 0 begins anew
message     reads it whole: length, then message, and decodes that
apdu HEX    sends any command
"""
import json
import sys

import ndef
from smartcard.Exceptions import CardConnectionException, NoCardException
from smartcard.System import readers

connection = None
place = 0


def send(command):
    data, high, low = connection.transmit(list(command))
    return bytes(data), high << 8 | low


def find():
    global connection
    for reader in readers():
        if "Virtual PCD" not in str(reader):
            continue
        connection = reader.createConnection()
        try:
            connection.connect()
            return {"reader": str(reader), "atr": bytes(connection.getATR()).hex()}
        except (NoCardException, CardConnectionException):
            connection = None
    return {"reader": None}


def select():
    status = [send(bytes.fromhex("00A4040007D276000085010100"))[1]]
    status.append(send(bytes.fromhex("00A4000C02E103"))[1])
    container, code = send(bytes.fromhex("00B000000F"))
    status.append(code)
    status.append(send(b"\x00\xA4\x00\x0C\x02" + container[9:11])[1])
    return {"container": container.hex(), "status": ["%04x" % code for code in status]}


def read(count):
    global place
    if count == 0:
        place = 0
        return {"place": place}
    data, status = send(bytes([0x00, 0xB0, place >> 8, place & 0xFF, count]))
    place += len(data)
    return {"data": data.hex(), "status": "%04x" % status}


def message():
    length, status = send(bytes.fromhex("00B0000002"))
    size = int.from_bytes(length, "big")
    data = b""
    while status == 0x9000 and len(data) < size:
        offset = 2 + len(data)
        part, status = send(bytes([0x00, 0xB0, offset >> 8, offset & 0xFF, min(size - len(data), 0xF0)]))
        data += part
    records = list(ndef.message_decoder(data)) if data else []
    return {
        "status": "%04x" % status, "ndef": data.hex(), "types": [record.type for record in records],
        "uris": [record.uri for record in records if isinstance(record, ndef.UriRecord)],
        "packages": [record.data.decode() for record in records if record.type == "urn:nfc:ext:android.com:pkg"],
    }


def main():
    for line in sys.stdin:
        word, *arguments = line.split()
        try:
            if word == "find":
                answer = find()
            elif word == "select":
                answer = select()
            elif word == "read":
                answer = read(int(arguments[0]))
            elif word == "message":
                answer = message()
            else:
                data, status = send(bytes.fromhex(arguments[0]))
                answer = {"data": data.hex(), "status": "%04x" % status}
        except (CardConnectionException, NoCardException) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
