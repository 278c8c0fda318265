"""A client of Alipay's legacy gateway, `/gateway.do`, and the server that it notifies.

With keys it signs by RSA2; else by MD5, with a secret that both sides have, for which Python's own library is enough.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable, Dict, Optional
from urllib.parse import parse_qsl, urlencode

from keys import Keys, is_md5, md5
from money import decimal

# The partner, and the key of a sandbox that was given none. With `--sandbox-keys FOLDER` it is in FOLDER/md5.txt.
SANDBOX_PARTNER = "2088000000000001"
SANDBOX_KEY = "bluetap0sandbox0md5key0000000000"

Fields = Dict[str, str]


class Unknown(Exception):
    """Nobody knows what came of a request: no answer, one that nobody vouches for, or SYSTEM_ERROR."""


class Refused(Exception):
    """The gateway has refused a request as such: nothing has changed."""


def signed_text(fields: Fields) -> bytes:
    """What is signed of them: what is not empty, sorted by name, raw."""
    names = sorted(name for name, value in fields.items() if value and name not in ("sign", "sign_type"))
    return "&".join(f"{name}={fields[name]}" for name in names).encode()


class LegacyGateway:
    def __init__(
        self, url: str, clock, partner: str = SANDBOX_PARTNER, keys: Optional[Keys] = None, timeout: float = 5
    ) -> None:
        self._url = url
        self._clock = clock
        self.partner = partner
        self._keys = keys
        self._secret = keys.md5 if keys else SANDBOX_KEY
        # For one answer, in real seconds.
        self._timeout = timeout

    def call(self, service: str, **parameters: str) -> Fields:
        """What a request came to: `result_code` and the rest."""
        fields = {"service": service, "partner": self.partner, "_input_charset": "UTF-8", **parameters}
        text = signed_text(fields)
        fields["sign"] = self._keys.sign(text) if self._keys else md5(text, SANDBOX_KEY)
        fields["sign_type"] = "RSA2" if self._keys else "MD5"
        try:
            with urllib.request.urlopen(
                # On a POST the encoding must be in the URL as well.
                f"{self._url}/gateway.do?_input_charset=UTF-8", urlencode(fields).encode(), self._timeout
            ) as response:
                answer = xml.fromstring(response.read())
        except (OSError, xml.ParseError) as error:
            raise Unknown(str(error)) from error
        if answer.findtext("is_success") != "T":
            code = answer.findtext("error", "")
            raise (Unknown if code == "SYSTEM_ERROR" else Refused)(code)
        # The signature covers what came of the request, and nothing around it.
        result = {field.tag: field.text or "" for field in answer.find("response/alipay")}
        if not self.is_signed(result, answer.findtext("sign_type", ""), answer.findtext("sign", "")):
            raise Unknown("the answer is not the gateway's: its signature does not fit")
        return result

    def is_signed(self, fields: Fields, sign_type: str, signature: str) -> bool:
        """Whether the gateway vouches for it: by our secret, or by its key."""
        text = signed_text(fields)
        if sign_type == "MD5" and self._secret:
            return is_md5(text, self._secret, signature)
        return sign_type == "RSA2" and self._keys is not None and self._keys.is_theirs(text, signature)

    # MARK: The services

    def pay(self, order: str, amount: int, currency: str, code: str, subject: str, notify_url: str) -> Fields:
        """A till has scanned a customer's code."""
        return self.call(
            "alipay.acquire.overseas.spot.pay",
            notify_url=notify_url,
            alipay_seller_id=self.partner,
            trans_name=subject,
            partner_trans_id=order,
            currency=currency,
            trans_amount=decimal(amount, currency),
            buyer_identity_code=code,
            identity_code_type="barcode",
            trans_create_time=f"{self._beijing():%Y%m%d%H%M%S}",
            biz_product="OVERSEAS_MBARCODE_PAY",
        )

    def query(self, order: str) -> Fields:
        return self.call("alipay.acquire.overseas.query", partner_trans_id=order)

    def cancel(self, order: str) -> Fields:
        now = str(int(self._clock.now().timestamp() * 1000))
        # Here the order's name is called out_trade_no.
        return self.call("alipay.acquire.cancel", timestamp=now, out_trade_no=order)

    def refund(self, order: str, refund: str, amount: int, currency: str, notify_url: str) -> Fields:
        """The same `refund` is made once, however often it is asked for."""
        return self.call(
            "alipay.acquire.overseas.spot.refund",
            notify_url=notify_url,
            partner_trans_id=order,
            partner_refund_id=refund,
            refund_amount=decimal(amount, currency),
            currency=currency,
            # The answer is all that is told.
            is_sync="Y",
        )

    def create_code(
        self, store: str, name: str, industry: str, currency: str, notify_url: str, passback: Fields
    ) -> str:
        """The URL of a merchant's code: customers scan it and type an amount.

        A store that has a code gets that one, as it is: only `modify` tells the gateway where to notify from now on.
        """
        data: Dict[str, Any] = {
            "secondary_merchant_industry": industry,
            "secondary_merchant_id": "M-1",
            "secondary_merchant_name": name,
            "store_id": store,
            "store_name": f"{name}, {store}",
            "trans_currency": currency,
            "currency": currency,
            "passback_parameters": passback,
        }
        request = {
            "timestamp": f"{self._beijing():%Y-%m-%d %H:%M:%S}",
            "notify_url": notify_url,
            "biz_type": "OVERSEASHOPQRCODE",
            "biz_data": json.dumps(data),
        }
        answer = self.call("alipay.commerce.qrcode.create", **request)
        if answer["result_code"] == "SUCCESS":
            answer = self.call("alipay.commerce.qrcode.modify", qrcode=answer["qrcode"], **request)
        if answer["result_code"] != "SUCCESS":
            raise Refused(answer["error"])
        return answer["qrcode"]

    def _beijing(self) -> datetime:
        return self._clock.now().astimezone(timezone(timedelta(hours=8)))


class NotificationServer:
    """An HTTP server that is told what became of payments.

    `heard` gets the fields of each notification that the gateway has signed, one after the other, on a thread of the
    server. It has acted on them when it returns: only then the gateway is told `success`, and else tells it again.
    """

    def __init__(
        self, gateway: LegacyGateway, heard: Callable[[Fields], None], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        server = HTTPServer((host, port), _handler(gateway, heard))
        self._server = server
        self.url = f"http://{host}:{server.server_port}/notify"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(gateway: LegacyGateway, heard: Callable[[Fields], None]) -> type:
    class Handler(BaseHTTPRequestHandler):
        # Nobody may hold the only thread for long.
        timeout = 5

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(min(size, 65_536)).decode(errors="replace")
            fields = dict(parse_qsl(body, keep_blank_values=True))
            word = "fail"
            if gateway.is_signed(fields, fields.get("sign_type", ""), fields.get("sign", "")):
                heard(fields)
                word = "success"
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(word)))
            self.end_headers()
            self.wfile.write(word.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler
