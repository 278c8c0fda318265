"""Asks a sandbox of a payment that is not there, signed with Python's cryptography, and says whether the answer was signed.

signed_inquiry.py URL KEYS CLIENT
"""
import base64
import json
import sys
import urllib.parse
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

url, keys, client = sys.argv[1:]
path, time = "/aps/api/v1/payments/inquiryPayment", "2026-01-01T08:00:00+08:00"
with open(f"{keys}/client-private.pem", "rb") as file:
    private = serialization.load_pem_private_key(file.read(), None)
with open(f"{keys}/gateway-public.pem", "rb") as file:
    public = serialization.load_pem_public_key(file.read())


def text(when, body):
    return f"POST {path}\n{client}.{when}.".encode() + body


def ask(body, sent):
    signature = private.sign(text(time, body), padding.PKCS1v15(), hashes.SHA256())
    encoded = urllib.parse.quote(base64.b64encode(signature), safe="")
    request = urllib.request.Request(url + path, sent, {
        "Client-Id": client, "Request-Time": time, "Content-Type": "application/json",
        "Signature": f"algorithm=RSA256,keyVersion=1,signature={encoded}"})
    with urllib.request.urlopen(request) as answer:
        body, headers = answer.read(), answer.headers
    result = json.loads(body)["result"]
    given = headers["Signature"]
    verdict = "unsigned"
    if given:
        signature = base64.b64decode(urllib.parse.unquote(given.rpartition("signature=")[2]), validate=True)
        try:
            public.verify(signature, text(headers["Response-Time"], body), padding.PKCS1v15(), hashes.SHA256())
            verdict = "signed"
        except InvalidSignature:
            verdict = "badly signed"
    return f"{result['resultStatus']} {result['resultCode']} {verdict}"


body = b'{"paymentRequestId":"R9"}'
print(ask(body, body))
print("tampered:", ask(body, body.replace(b"R9", b"R8")))
