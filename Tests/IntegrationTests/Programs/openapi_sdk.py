"""An app with Alipay's own SDK for Python, PyPI's `alipay-sdk-python`, unmodified: takes an auth_code for a token.

openapi_sdk.py GATEWAY KEYS_FOLDER CODE [SIGN_TYPE]     prints the user's id, or what the SDK says

The SDK always calls port 80: connections to it lead to the gateway's, as they would by its name.
"""
import logging
import pathlib
import socket
import subprocess
import sys
import urllib.parse

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipaySystemOauthTokenRequest import AlipaySystemOauthTokenRequest
from alipay.aop.api.response.AlipaySystemOauthTokenResponse import AlipaySystemOauthTokenResponse

gateway, folder, code = sys.argv[1:4]
sign_type = sys.argv[4] if len(sys.argv) > 4 else "RSA2"
port, connect = urllib.parse.urlsplit(gateway).port, socket.create_connection
socket.create_connection = lambda address, *rest, **more: connect((address[0], port), *rest, **more)
folder = pathlib.Path(folder)


def body(pem):
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


config = AlipayClientConfig()
config.server_url = "http://127.0.0.1/gateway.do"
config.app_id = "2088000000000001"
config.sign_type = sign_type
# It reads PKCS#1 alone.
config.app_private_key = body(subprocess.run(
    ["openssl", "rsa", "-traditional", "-in", folder / "client-private.pem"], capture_output=True, text=True, check=True
).stdout)
config.alipay_public_key = body((folder / "gateway-public.pem").read_text())
client = DefaultAlipayClient(alipay_client_config=config, logger=logging.getLogger())


def exchange(**parameters):
    request = AlipaySystemOauthTokenRequest()
    for name, value in parameters.items():
        setattr(request, name, value)
    try:
        content = client.execute(request)
    except Exception as error:
        return None, f"{type(error).__name__} {str(error).split(']', 1)[-1]}"
    response = AlipaySystemOauthTokenResponse()
    response.parse_response_content(content)
    if not response.is_success():
        return None, f"{response.code} {response.sub_code}"
    return response, f"{response.user_id} {response.expires_in} {response.re_expires_in}"


response, text = exchange(grant_type="authorization_code", code=code)
print(text)
if response:
    print("again", exchange(grant_type="authorization_code", code=code)[1])
    print("renewed", exchange(grant_type="refresh_token", refresh_token=response.refresh_token)[1])
