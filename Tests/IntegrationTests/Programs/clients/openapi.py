"""PyPI alipay-sdk-python, Alipay's own SDK of OpenAPI, and PyPI python-alipay-sdk: what they make of the token service."""

import sys

import till

# With keys the app is the legacy gateway's partner.
app = "2088000000000001"


def official(public_key, private_key):
    from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
    from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
    from alipay.aop.api.request.AlipaySystemOauthTokenRequest import AlipaySystemOauthTokenRequest

    config = AlipayClientConfig()
    config.app_id, config.app_private_key, config.alipay_public_key = app, private_key, public_key
    request = AlipaySystemOauthTokenRequest()
    request.grant_type, request.code = "authorization_code", "none"
    return DefaultAlipayClient(config).execute(request)


def other(public_key, private_key):
    from alipay import AliPay
    from alipay.exceptions import AliPayException

    client = AliPay(appid=app, app_private_key_string=private_key, alipay_public_key_string=public_key, debug=True)
    try:
        return client.server_api("alipay.system.oauth.token", grant_type="authorization_code", code="none")
    except AliPayException as error:
        return error


if sys.argv[1] == "alipay-sdk-python":
    ask, suffix = official, ".txt"
else:
    ask, suffix = other, ".pem"
private_key, public_key = till.key(f"client-private-pkcs1{suffix}"), till.key(f"gateway-public{suffix}")


@till.works("token refused")
def _():
    answer = str(ask(public_key, private_key))
    till.expect("isv.code-invalid" in answer, answer)


@till.works("wrong key detected")
def _():
    answer = None
    try:
        answer = str(ask(public_key, till.key(f"other-private-pkcs1{suffix}")))
    except Exception as error:
        answer = str(error)
    till.expect("isv.invalid-signature" in answer, answer)
    till.expect("the string to sign is: app_id=2088000000000001&" in answer, answer)
    # The other looks at no signature of a refusal.
    if ask is not official:
        return
    try:
        ask(till.key(f"client-public{suffix}"), private_key)
    except Exception:
        return
    raise AssertionError("an answer of another key is believed")
