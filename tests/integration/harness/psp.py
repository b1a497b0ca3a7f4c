"""The payment simulator as a process, and a client for its API."""

import base64
import collections
import json
import os
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

from .server import ROOT, START_SECONDS, WEBHOOK_SECRET, StartFailed

SECRET_KEY = "sk_test_integration"


def binary():
    return os.environ.get("ATRIUM_PSP_BINARY") or str(ROOT / "build" / "release" / "atrium-psp")


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def error(self):
        return self.json()["error"]

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Psp:
    """One run of `atrium-psp`; `again()` starts on the same ledger and, when asked, the same port."""

    def __init__(self, data_dir, *args, port=0):
        self.data_dir, self.args, self.port = data_dir, args, port
        self.process = None
        self.lines = collections.deque(maxlen=1000)

    def start(self):
        env = {**os.environ, "PSP_SECRET_KEY": SECRET_KEY, "PSP_WEBHOOK_SECRET": WEBHOOK_SECRET}
        self.ready = threading.Event()
        self.process = subprocess.Popen(
            [binary(), "--data-dir", str(self.data_dir), "--listen", f"127.0.0.1:{self.port}",
             *map(str, self.args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if not self.ready.wait(START_SECONDS) or not self.port:
            self.kill()
            raise StartFailed("no start-up line:\n" + "\n".join(self.lines))
        return self

    def _read(self):
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            self.lines.append(line)
            found = re.search(r"ready at http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                self.ready.set()
        self.ready.set()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        self.reader.join(5)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.reader.join(5)
        return code

    def again(self):
        """After kill() or stop(): a new process on the same ledger and port."""
        return Psp(self.data_dir, *self.args, port=self.port).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def call(self, method, path, form=None, key=None, body=None, headers=None, secret=SECRET_KEY, timeout=20):
        data = body if body is not None else urllib.parse.urlencode(form).encode() if form else None
        if method == "GET" and form:
            path, data = path + "?" + urllib.parse.urlencode(form), None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        token = base64.b64encode(f"{secret}:".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        if key:
            request.add_header("Idempotency-Key", key)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as got:
                return Reply(got.status, got.headers, got.read())
        except urllib.error.HTTPError as e:
            return Reply(e.code, e.headers, e.read())

    def authorize(self, card="pm_card_visa", key=None, amount=33000, **more):
        form = {"amount": amount, "currency": "krw", "payment_method": card, "confirm": "true",
                "capture_method": "manual", **more}
        return self.call("POST", "/v1/payment_intents", form, key=key)

    def plant(self, **plan):
        reply = self.call("PUT", "/control/faults", body=json.dumps(plan).encode(),
                          headers={"Content-Type": "application/json"})
        assert reply.status == 200, reply

    def planted(self):
        return self.call("GET", "/control/faults").json()["planted"]

    def payments(self):
        """{payment id of Atrium, or the provider's: PaymentIntent with its charge}, all of them."""
        found, after = {}, {}
        while True:
            page = self.call("GET", "/v1/payment_intents",
                             {"limit": 100, "expand[]": "data.latest_charge", **after}).json()
            for one in page["data"]:
                found[one["metadata"].get("atrium_payment", one["id"])] = one
            if not page["has_more"]:
                return found
            after = {"starting_after": page["data"][-1]["id"]}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
