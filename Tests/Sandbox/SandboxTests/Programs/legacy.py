"""Signs and verifies as the legacy gateway's documentation says, with Python's hashlib and cryptography: nothing of
bluetap's is in it. KEY_FILE is PEM, for MD5 the key itself.

legacy.py sign TYPE KEY_FILE CHARSET NAME=VALUE...     prints the form, signed
legacy.py answer TYPE KEY_FILE ANSWER_FILE             prints "good" or "bad": an XML answer
legacy.py form TYPE KEY_FILE FORM_FILE [CHARSET]       the same of a notification
legacy.py json TYPE KEY_FILE ANSWER_FILE               the same of OpenAPI's answer
legacy.py vouch TYPE KEY_FILE CHARSET NAME=VALUE...    as sign, with OpenAPI's rule: sign_type is signed
"""
import base64
import hashlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

HASHES = {"RSA": hashes.SHA1, "RSA2": hashes.SHA256}


def joined(fields, without=("sign", "sign_type"), charset="utf-8"):
    named = sorted((name, value) for name, value in fields.items() if value and name not in without)
    return "&".join(f"{name}={value}" for name, value in named).encode(charset)


def sign(kind, key, text):
    if kind == "MD5":
        return hashlib.md5(text + key).hexdigest()
    private = serialization.load_pem_private_key(key, None)
    return base64.b64encode(private.sign(text, padding.PKCS1v15(), HASHES[kind]())).decode()


def verdict(kind, key, text, signature):
    if kind == "MD5":
        return "good" if hashlib.md5(text + key).hexdigest() == signature else "bad"
    public = serialization.load_pem_public_key(key)
    try:
        public.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), HASHES[kind]())
        return "good"
    except InvalidSignature:
        return "bad"


what, kind, key_file, *rest = sys.argv[1:]
with open(key_file, "rb") as file:
    key = file.read()
if what in ("sign", "vouch"):
    charset, *pairs = rest
    fields = dict(pair.split("=", 1) for pair in pairs)
    fields["sign_type"] = kind
    without = ("sign", "sign_type") if what == "sign" else ("sign",)
    fields["sign"] = sign(kind, key, joined(fields, without, charset))
    print(urllib.parse.urlencode(fields, encoding=charset))
else:
    with open(rest[0], "rb") as file:
        data = file.read()
    if what == "answer":
        charset = re.match(rb'<\?xml version="1.0" encoding="([A-Z0-9-]+)"\?>\n', data)
        name = charset.group(1).decode()
        root = xml.etree.ElementTree.fromstring(data[charset.end():].decode(name))
        assert root.findtext("is_success") == "T" and root.findtext("sign_type") == kind
        inner = {field.tag: field.text or "" for field in root.find("response/alipay")}
        print(verdict(kind, key, joined(inner, (), name), root.findtext("sign")))
    elif what == "form":
        charset = rest[1] if len(rest) > 1 else "utf-8"
        fields = dict(urllib.parse.parse_qsl(data.decode(), strict_parsing=True, encoding=charset))
        assert fields["sign_type"] == kind
        print(verdict(kind, key, joined(fields, charset=charset), fields["sign"]))
    else:
        member = re.fullmatch(rb'\{"\w+_response":(\{.*\}),"sign":"(.*)"\}', data)
        print(verdict(kind, key, member.group(1), member.group(2)))
