"""A loyalty card: a customer allows the shop's app to know who they are, and collects points. Over Alipay's own SDK for
Python, PyPI's `alipay-sdk-python`, as a back end uses it.

The customer's app comes back from Alipay's page with an `auth_code`; the back end takes it for a token, once
(`alipay.system.oauth.token`), which tells the customer's id. The SDK signs what it sends, and verifies what it gets.

    ALIPAY_GATEWAY=http://127.0.0.1/gateway.do python3 Examples/sandbox/loyalty.py --keys FOLDER --code CODE
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipaySystemOauthTokenRequest import AlipaySystemOauthTokenRequest
from alipay.aop.api.response.AlipaySystemOauthTokenResponse import AlipaySystemOauthTokenResponse
from cryptography.hazmat.primitives import serialization

# The SDK can be given no port: it calls 80, or 443 by https.
GATEWAY = os.environ.get("ALIPAY_GATEWAY", "https://openapi.alipay.com/gateway.do")


def one_line(pem: str) -> str:
    """A key as the SDK takes it: base64 without its first and last line."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


def client(folder: Path, app: str) -> DefaultAlipayClient:
    own = serialization.load_pem_private_key((folder / "client-private.pem").read_bytes(), None)
    config = AlipayClientConfig()
    config.server_url = GATEWAY
    config.app_id = app
    config.sign_type = "RSA2"
    # It reads PKCS#1, which is OpenSSL's traditional form, and no other.
    config.app_private_key = one_line(
        own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()
    )
    config.alipay_public_key = one_line((folder / "gateway-public.pem").read_text())
    quiet = logging.getLogger("alipay")
    quiet.setLevel(logging.CRITICAL)
    return DefaultAlipayClient(alipay_client_config=config, logger=quiet)


class Unknown(Exception):
    """Nobody knows who the customer is: they have to allow it anew, or it has to be asked again."""


def customer(sdk: DefaultAlipayClient, **grant: str) -> AlipaySystemOauthTokenResponse:
    """Who has allowed it: by an auth_code, or by the refresh_token of an earlier answer."""
    request = AlipaySystemOauthTokenRequest()
    for name, value in grant.items():
        setattr(request, name, value)
    try:
        content = sdk.execute(request)
    except Exception as error:  # The SDK raises its own for each step, and those of Python's sockets.
        raise Unknown(f"no answer that can be believed: {type(error).__name__}") from error
    answer = AlipaySystemOauthTokenResponse()
    answer.parse_response_content(content)
    if not answer.is_success():
        raise Unknown(f"{answer.sub_code}: {answer.sub_msg}")
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description="Who is this customer?")
    parser.add_argument("--keys", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--code", required=True, help="the auth_code")
    parser.add_argument("--app", default="2088000000000001", help="the app's id")
    arguments = parser.parse_args()
    sdk = client(arguments.keys, arguments.app)
    try:
        known = customer(sdk, grant_type="authorization_code", code=arguments.code)
        print(f"member {known.user_id}, known for {int(known.expires_in) // 86400} days")
        # Kept for the next visit: the customer is not asked again.
        again = customer(sdk, grant_type="refresh_token", refresh_token=known.refresh_token)
        print(f"renewed {again.user_id}")
    except Unknown as error:
        sys.exit(f"unknown: {error}")


if __name__ == "__main__":
    main()
