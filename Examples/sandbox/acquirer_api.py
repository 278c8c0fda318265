"""A client of Alipay+'s API for acquirers, and the server that it notifies. Both sign, and believe only who signs.

Without keys nothing is signed and everybody believed: a sandbox alone may do so.
"""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable, Dict, Optional
from urllib.parse import quote, unquote, urlsplit

from keys import Keys

# How long a body may be, in bytes.
LONGEST = 65_536


class NoAnswer(Exception):
    """Nobody knows what came of a request: no answer, or one that nobody vouches for."""


def signed_text(path: str, client: str, time: str, body: bytes) -> bytes:
    """What is signed of a request, and of its answer with the answer's own time and body."""
    return f"POST {path}\n{client}.{time}.".encode() + body


def signature_header(keys: Keys, text: bytes) -> str:
    return f"algorithm=RSA256,keyVersion=1,signature={quote(keys.sign(text), safe='')}"


def is_vouched_for(keys: Keys, header: Optional[str], text: bytes) -> bool:
    members = dict(part.strip().split("=", 1) for part in (header or "").split(",") if "=" in part)
    if members.get("algorithm") != "RSA256":
        return False
    return keys.is_theirs(text, unquote(members.get("signature", "")))


class AcquirerAPI:
    def __init__(
        self, url: str, clock, client: str = "SANDBOX_BLUETAP", timeout: float = 5, keys: Optional[Keys] = None
    ) -> None:
        self._url = url
        self._clock = clock
        self._client = client
        # For one answer, in real seconds.
        self._timeout = timeout
        self._keys = keys

    def call(self, name: str, **body: Any) -> Dict[str, Any]:
        path = f"/aps/api/v1/payments/{name}"
        content = json.dumps(body).encode()
        time = self._clock.now().isoformat(timespec="seconds")
        headers = {
            "Content-Type": "application/json; charset=UTF-8", "Client-Id": self._client, "Request-Time": time,
        }
        if self._keys:
            headers["Signature"] = signature_header(
                self._keys, signed_text(path, self._client, time, content)
            )
        request = urllib.request.Request(self._url + path, content, headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                answer = response.read(LONGEST)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from error
        if self._keys:
            # Names of headers are compared without their case.
            text = signed_text(path, self._client, response.headers.get("Response-Time", ""), answer)
            if not is_vouched_for(self._keys, response.headers.get("Signature"), text):
                raise NoAnswer("the answer is not the gateway's: its signature does not fit")
        try:
            return json.loads(answer)
        except ValueError as error:
            raise NoAnswer(str(error)) from error


class NotificationServer:
    """An HTTP server that is told what became of payments (`notifyPayment`).

    `heard` gets the body of each notification that the gateway has signed, one after the other, on a thread of the server.
    It has acted on it when it returns: only then the gateway gets a signed S, and else tells it again.
    """

    def __init__(
        self, clock, heard: Callable[[Dict[str, Any]], None], keys: Optional[Keys] = None, host: str = "127.0.0.1",
        port: int = 0, client: str = "SANDBOX_BLUETAP",
    ) -> None:
        server = HTTPServer((host, port), _handler(clock, heard, keys, client))
        self._server = server
        self.url = f"http://{host}:{server.server_port}/notifyPayment"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(clock, heard: Callable[[Dict[str, Any]], None], keys: Optional[Keys], client: str) -> type:
    class Handler(BaseHTTPRequestHandler):
        # Nobody may hold the only thread for long.
        timeout = 5

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(min(size, LONGEST))
            path = urlsplit(self.path)._replace(fragment="").geturl()
            text = signed_text(path, client, self.headers.get("Request-Time", ""), body)
            result = {"resultCode": "INVALID_SIGNATURE", "resultStatus": "F", "resultMessage": "who are you?"}
            if keys is None or is_vouched_for(keys, self.headers.get("Signature"), text):
                try:
                    heard(json.loads(body))
                    result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
                except (ValueError, KeyError, TypeError) as error:
                    result = {"resultCode": "PARAM_ILLEGAL", "resultStatus": "F", "resultMessage": str(error)}
            answer = json.dumps({"result": result}).encode()
            time = clock.now().isoformat(timespec="seconds")
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Client-Id", client)
            self.send_header("Response-Time", time)
            if keys:
                self.send_header("Signature", signature_header(keys, signed_text(path, client, time, answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
