"""A partner of the legacy gateway with PyPI's `alipay`, unmodified: it pays as its maker's other clients do, is notified, and
lets the package verify that, which asks the gateway by `notify_verify`.

notify_verify.py GATEWAY KEY PAYMENT_CODE [CHARSET]     prints what the package says of each notification

It pays with the package's own URLs: POST and GET, with nothing that public clients leave out.
"""
import http.server
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as xml

import requests
from alipay import Alipay

gateway, key, code = sys.argv[1:4]
charset = sys.argv[4] if len(sys.argv) > 4 else "utf-8"
partner = "2088000000000001"
Alipay.GATEWAY_URL = f"{gateway}/gateway.do"
Alipay.NOTIFY_GATEWAY_URL = f"{gateway}/gateway.do?service=notify_verify&partner=%s&notify_id=%s"
client = Alipay(pid=partner, key=key, seller_id=partner)
heard = threading.Semaphore(0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        fields = dict(urllib.parse.parse_qsl(body, strict_parsing=True, encoding=charset))
        told = [f"{fields['notify_action_type']} {fields['trade_status']} {fields['subject']}"
                f" {self.headers['Content-Type']}"]
        if charset == "utf-8":
            told.append(f"verified {client.verify_notify(**fields)}")
            told.append(f"tampered {client.verify_notify(**{**fields, 'total_fee': '0.01'})}")
        told.append(f"the gateway says {client.check_notify_remotely(**fields)}")
        told.append(f"of another {client.check_notify_remotely(notify_id='0' * 34)}")
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")
        Handler.last, Handler.told = fields, told
        heard.release()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
notify = f"http://127.0.0.1:{server.server_port}/notify"


def result(answer):
    # Python's reader does not know GBK, but text is text.
    root = xml.fromstring(answer.content.decode(charset).split("?>\n", 1)[1])
    return " ".join(
        root.findtext(path) for path in ("is_success", "response/alipay/result_code", "error") if root.findtext(path)
    )


# Its signatures are of UTF-8: in another encoding it says what all have in common.
subject = "牛肉面" if charset == "utf-8" else "noodles"
url = client._build_url(
    "alipay.acquire.overseas.spot.pay", notify_url=notify, trans_name=subject, partner_trans_id="P1", currency="THB",
    trans_amount="85.00", buyer_identity_code=code, identity_code_type="barcode", biz_product="OVERSEAS_MBARCODE_PAY",
    _input_charset=charset)
query = url.split("?", 1)[1]
print("pay", result(requests.post(f"{Alipay.GATEWAY_URL}?_input_charset={charset.upper()}", query, headers={
    "Content-Type": "application/x-www-form-urlencoded"})), flush=True)
assert heard.acquire(timeout=60)
print("\n".join(Handler.told))
# Once it was acknowledged, nobody vouches for it any more.
for _ in range(500):
    if not client.check_notify_remotely(notify_id=Handler.last["notify_id"]):
        print("afterwards False", flush=True)
        break
print("query", result(requests.get(client._build_url("alipay.acquire.overseas.query", partner_trans_id="P1"))))
