"""A client of Alipay's legacy gateway, `/gateway.do`, signed by MD5, and the server that it notifies.

Python's own library is enough for it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable, Dict
from urllib.parse import parse_qsl, urlencode

from money import decimal

# The partner, and the key of a sandbox that was given none. With `--sandbox-keys FOLDER` it is in FOLDER/md5.txt.
SANDBOX_PARTNER = "2088000000000001"
SANDBOX_KEY = "bluetap0sandbox0md5key0000000000"

Fields = Dict[str, str]


class Unknown(Exception):
    """Nobody knows what came of a request: no answer, one that nobody vouches for, or SYSTEM_ERROR."""


class Refused(Exception):
    """The gateway has refused a request as such: nothing has changed."""


def sign(fields: Fields, key: str) -> str:
    """What is not empty, sorted by name, raw, and the key behind it."""
    names = sorted(name for name, value in fields.items() if value and name not in ("sign", "sign_type"))
    return hashlib.md5(("&".join(f"{name}={fields[name]}" for name in names) + key).encode()).hexdigest()


def is_signed(fields: Fields, sign_type: str, signature: str, key: str) -> bool:
    return sign_type == "MD5" and hmac.compare_digest(signature.encode(), sign(fields, key).encode())


class LegacyGateway:
    def __init__(
        self, url: str, clock, partner: str = SANDBOX_PARTNER, key: str = SANDBOX_KEY, timeout: float = 5
    ) -> None:
        self._url = url
        self._clock = clock
        self.partner = partner
        self.key = key
        # For one answer, in real seconds.
        self._timeout = timeout

    def call(self, service: str, **parameters: str) -> Fields:
        """What a request came to: `result_code` and the rest."""
        fields = {"service": service, "partner": self.partner, "_input_charset": "UTF-8", **parameters}
        fields = {**fields, "sign": sign(fields, self.key), "sign_type": "MD5"}
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
        if not is_signed(result, answer.findtext("sign_type", ""), answer.findtext("sign", ""), self.key):
            raise Unknown("the answer is not the gateway's: its signature does not fit")
        return result

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
            trans_amount=decimal(amount),
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
            refund_amount=decimal(amount),
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

    def __init__(self, key: str, heard: Callable[[Fields], None], host: str = "127.0.0.1", port: int = 0) -> None:
        server = HTTPServer((host, port), _handler(key, heard))
        self._server = server
        self.url = f"http://{host}:{server.server_port}/notify"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(key: str, heard: Callable[[Fields], None]) -> type:
    class Handler(BaseHTTPRequestHandler):
        # Nobody may hold the only thread for long.
        timeout = 5

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(min(size, 65_536)).decode(errors="replace")
            fields = dict(parse_qsl(body, keep_blank_values=True))
            word = "fail"
            if is_signed(fields, fields.get("sign_type", ""), fields.get("sign", ""), key):
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
