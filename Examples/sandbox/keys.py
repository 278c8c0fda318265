"""The keys of a client and of the gateway, and what is signed with them: PyPI's `cryptography` does the work.

A folder has them as `bluetap`'s `--sandbox-keys` writes them: `client-private.pem` is ours, `gateway-public.pem` theirs,
`md5.txt` the secret of the legacy gateway. Real ones are had from Alipay's dashboard.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path
from typing import Optional

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


class Keys:
    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder)
        self._own = serialization.load_pem_private_key((folder / "client-private.pem").read_bytes(), None)
        self._theirs = serialization.load_pem_public_key((folder / "gateway-public.pem").read_bytes())
        secret = folder / "md5.txt"
        self.md5: Optional[str] = secret.read_text().strip() if secret.exists() else None

    def sign(self, text: bytes) -> str:
        """RSA of SHA-256, in base64: RSA256 of Alipay+, RSA2 of the legacy gateway."""
        return base64.b64encode(self._own.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

    def is_theirs(self, text: bytes, signature: str) -> bool:
        """Whether the gateway vouches for it."""
        try:
            self._theirs.verify(base64.b64decode(signature), text, padding.PKCS1v15(), hashes.SHA256())
            return True
        except (InvalidSignature, binascii.Error, ValueError):
            return False


def md5(text: bytes, secret: str) -> str:
    return hashlib.md5(text + secret.encode()).hexdigest()


def is_md5(text: bytes, secret: str, signature: str) -> bool:
    return hmac.compare_digest(signature.encode(), md5(text, secret).encode())
