"""The same with PyPI's `python-alipay-sdk`.

openapi_community.py GATEWAY KEYS_FOLDER CODE
"""
import pathlib
import sys

from alipay import AliPay

gateway, folder, code = sys.argv[1:4]
folder = pathlib.Path(folder)
client = AliPay(
    appid="2088000000000001", app_private_key_string=(folder / "client-private.pem").read_text(),
    alipay_public_key_string=(folder / "gateway-public.pem").read_text(), sign_type="RSA2")
client._gateway = f"{gateway}/gateway.do"
answer = client.server_api("alipay.system.oauth.token", grant_type="authorization_code", code=code)
print(answer["user_id"], answer["expires_in"])
try:
    print("again", client.server_api("alipay.system.oauth.token", grant_type="authorization_code", code=code))
except Exception as error:
    print("again", type(error).__name__)
