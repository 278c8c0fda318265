"""Signs and verifies as Alipay+'s documentation says, with Python's cryptography: nothing of bluetap's is in it.

alipayplus.py sign PRIVATE_PEM VERSION PATH CLIENT TIME BODY_FILE      prints the header
alipayplus.py verify PUBLIC_PEM HEADER PATH CLIENT TIME BODY_FILE      prints "good" or "bad"
"""
import base64
import sys
import urllib.parse

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def message(path, client, time, body_file):
    with open(body_file, "rb") as file:
        return f"POST {path}\n{client}.{time}.".encode() + file.read()


what, key_file, given, *rest = sys.argv[1:]
with open(key_file, "rb") as file:
    pem = file.read()
if what == "sign":
    key = serialization.load_pem_private_key(pem, None)
    signature = key.sign(message(*rest), padding.PKCS1v15(), hashes.SHA256())
    encoded = urllib.parse.quote(base64.b64encode(signature), safe="")
    print(f"algorithm=RSA256,keyVersion={given},signature={encoded}")
else:
    key = serialization.load_pem_public_key(pem)
    members = dict(part.split("=", 1) for part in given.split(","))
    assert members["algorithm"] == "RSA256"
    signature = base64.b64decode(urllib.parse.unquote(members["signature"]), validate=True)
    try:
        key.verify(signature, message(*rest), padding.PKCS1v15(), hashes.SHA256())
        print("good")
    except InvalidSignature:
        print("bad")
