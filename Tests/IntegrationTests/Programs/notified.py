"""A back end that is told of payments: answers each POST with a result status, and prints what it heard.

notified.py PORT STATUS ...     ends when every status is used up, the last of them twice
"""
import http.server
import json
import sys

port, statuses = int(sys.argv[1]), sys.argv[2:]
statuses.append(statuses[-1])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = statuses.pop(0)
        result = told["paymentResult"]
        print(
            "POST", self.path, self.headers["Client-Id"], self.headers["Request-Time"], told["paymentRequestId"],
            result["resultStatus"], result["resultCode"], "->", status, flush=True)
        code = "SUCCESS" if status == "S" else "UNKNOWN_EXCEPTION"
        body = json.dumps({"result": {"resultCode": code, "resultStatus": status, "resultMessage": ""}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


with http.server.HTTPServer(("127.0.0.1", port), Handler) as server:
    while statuses:
        server.handle_request()
