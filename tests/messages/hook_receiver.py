"""Receives web hooks on 127.0.0.1 and checks them with the published library."""

import http.server
import json
import sys
import threading

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Hook:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, {k.lower(): v for k, v in headers.items()}, body
        self.id = self.headers["webhook-id"]

    def event(self):
        return json.loads(self.body)

    def verified_by(self, secret):
        try:
            return Webhook(secret).verify(self.body, self.headers) == self.event()
        except WebhookVerificationError:
            return False


class Receiver:
    """`judge(hook)` returns the status to answer, or (status, headers); it may wait."""

    def __init__(self, port=0):
        self.hooks, self.lock = [], threading.Lock()
        self.judge = lambda hook: 204
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook = Hook(self.path, self.headers, body)
                with outer.lock:
                    outer.hooks.append(hook)
                answer = outer.judge(hook)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                try:
                    self.send_response(status)
                    for name, value in {"Content-Length": "0", **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass  # the sender is gone, which is what the test is about

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], ConnectionError):  # who is killed hangs up
                    super().handle_error(request, client_address)

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def url(self, path="/in"):
        return f"http://127.0.0.1:{self.port}{path}"

    def got(self, path="/in", kind=None):
        with self.lock:
            return [h for h in self.hooks if h.path == path and kind in (None, h.event()["type"])]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
