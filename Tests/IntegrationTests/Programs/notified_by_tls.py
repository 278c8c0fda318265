"""Is notified by TLS of a payment that it has asked for, and shows what the sandbox makes of it: bluetap, a certificate, its
key, and the host that it gives."""

import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.request

bluetap, certificate, key, host = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}')

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.handle_error = lambda *_: None
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
amount = {"currency": "THB", "value": "1250"}
store = {"referenceStoreId": "S1", "storeName": "Tea", "storeMCC": "5411"}
request = {
    "paymentRequestId": "R1",
    "productCode": "IN_STORE_PAYMENT",
    "order": {
        "referenceOrderId": "A1",
        "orderDescription": "Tea",
        "orderAmount": amount,
        "merchant": {"referenceMerchantId": "M1", "merchantName": "Tea", "merchantMCC": "5411", "store": store},
        "env": {"storeTerminalId": "T1", "storeTerminalRequestTime": "2026-01-01T00:00:00Z"},
    },
    "paymentAmount": amount,
    "paymentMethod": {"paymentMethodType": "CONNECT_WALLET"},
    "paymentFactor": {"inStorePaymentScenario": "OrderCode"},
    "paymentNotifyUrl": f"https://{host}:{server.server_port}/notify",
}
# Antom's, whose acknowledgement need not be signed.
urllib.request.urlopen(
    urllib.request.Request(
        os.environ["BLUETAP_SANDBOX"] + "/ams/api/v1/payments/pay",
        json.dumps(request).encode(),
        {"Client-Id": "TILL", "Content-Type": "application/json"},
    )
).read()
subprocess.run([bluetap, "sandbox", "pay", "R1"], check=True)
subprocess.run([bluetap, "sandbox", "show", "R1"], check=True)
