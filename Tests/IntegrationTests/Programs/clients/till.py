"""What the clients' tests share: keys, the listener for notifications, customers, and a line for each thing that works."""

import http.server
import json
import os
import subprocess
import sys
import threading
import traceback

keys = os.environ["SANDBOX_KEYS"]
client_id = "SANDBOX_BLUETAP"


def key(name):
    with open(f"{keys}/{name}", encoding="ascii") as file:
        return file.read().strip()


def bluetap(*arguments):
    run = subprocess.run([os.environ["BLUETAP"], *arguments], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def works(what):
    """Runs a function at once; a line says that it works, or why it does not."""

    def run(function):
        try:
            function()
        except BaseException:
            traceback.print_exc()
            print(f"{what}: fails")
        else:
            print(f"{what}: works")
        sys.stdout.flush()

    return run


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Listener:
    """Hears notifications, one after the other: `heard` has (path, headers in lower case, body) of each."""

    def __init__(self, answer):
        self.heard = []
        self.arrived = threading.Semaphore(0)
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.heard.append((self.path, headers, body.decode()))
                more, content = answer(self.path, headers, body.decode())
                self.send_response(200)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content.encode())
                listener.arrived.release()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify"

    def next(self):
        expect(self.arrived.acquire(timeout=120), "no notification has come")
        return self.heard[-1]


def acknowledgement():
    return json.dumps({"result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}})


def status(answer, member="result"):
    result = json.loads(answer)[member]
    return f"{result['resultStatus']} {result['resultCode']}"
