"""atrium-psp over HTTP: credentials, keys, faults, kill -9, webhooks, drain."""

import hashlib
import hmac
import http.server
import json
import pathlib
import queue
import socket
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness.psp import WEBHOOK_SECRET, Psp  # noqa: E402


@pytest.fixture
def psp(tmp_path):
    running = Psp(tmp_path / "psp", "--silence-ms", 400).start()
    yield running
    running.kill()


def test_only_the_secret_key_is_let_in(psp):
    assert psp.call("GET", "/v1/refunds", secret="sk_test_wrong").status == 401
    assert psp.call("GET", "/control/faults", secret="").status == 401
    bearer = {"Authorization": "Bearer sk_test_integration"}
    assert psp.call("GET", "/v1/refunds", headers=bearer).status == 200
    assert psp.call("GET", "/healthz", secret="").json() == {"status": "ok"}


def test_another_version_is_refused(psp):
    assert psp.call("GET", "/v1/refunds", headers={"Stripe-Version": "2024-06-20"}).status == 200
    reply = psp.call("GET", "/v1/refunds", headers={"Stripe-Version": "2019-01-01"})
    assert reply.status == 400 and "2019-01-01" in reply.error()["message"]


def test_a_repeated_call_is_replayed_and_another_call_refused(psp):
    first = psp.authorize(key="k1")
    again = psp.authorize(key="k1")
    assert first.status == again.status == 200 and first.body == again.body
    assert first.headers["Idempotent-Replayed"] is None and again.headers["Idempotent-Replayed"] == "true"
    other = psp.authorize(key="k1", amount=1)
    assert other.status == 400 and other.error()["type"] == "idempotency_error"
    declined = psp.authorize("pm_card_chargeDeclined", key="k2")
    assert declined.status == 402 and psp.authorize("pm_card_chargeDeclined", key="k2").body == declined.body
    assert len(psp.payments()) == 2


def test_a_concurrent_call_with_the_key_gets_409(psp):
    psp.plant(lateMs=3000, next=[{"operation": "authorize", "fault": "late-effect"}])
    answers = queue.Queue()
    slow = threading.Thread(target=lambda: answers.put(psp.authorize(key="k")))
    slow.start()
    while psp.planted().get("late-effect", 0) == 0:
        pass
    reply = psp.authorize(key="k")
    assert reply.status == 409 and reply.error()["code"] == "idempotency_key_in_use"
    slow.join()
    assert answers.get().status == 200
    assert psp.authorize(key="k").headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("fault, has_effect", [
    ("timeout-before-effect", False), ("reset-before-effect", False),
    ("timeout-after-effect", True), ("reset-after-effect", True)])
def test_lost_answers_have_the_effect_they_say(psp, fault, has_effect):
    psp.plant(next=[{"operation": "authorize", "fault": fault}])
    with pytest.raises((OSError, EOFError)):
        psp.authorize(key="k")
    assert len(psp.payments()) == (1 if has_effect else 0)
    assert psp.authorize(key="k").status == 200
    assert len(psp.payments()) == 1


@pytest.mark.parametrize("fault, status, has_effect", [
    ("server-error", 500, False), ("server-error-after-effect", 500, True), ("rate-limited", 429, False)])
def test_planted_errors_have_the_effect_they_say(psp, fault, status, has_effect):
    psp.plant(next=[{"operation": "capture", "fault": fault}])
    made = psp.authorize().json()
    reply = psp.call("POST", f"/v1/payment_intents/{made['id']}/capture", {}, key="c")
    assert reply.status == status and "planted" in reply.error()["message"]
    now = psp.call("GET", f"/v1/payment_intents/{made['id']}").json()
    assert now["status"] == ("succeeded" if has_effect else "requires_capture")
    assert psp.call("POST", f"/v1/payment_intents/{made['id']}/capture", {}, key="c").status == 200


def test_late_effect_comes_although_the_caller_has_left(psp):
    psp.plant(lateMs=300, next=[{"operation": "authorize", "fault": "late-effect"}])
    with pytest.raises(socket.timeout):
        psp.call("POST", "/v1/payment_intents", {"amount": 5, "currency": "krw", "capture_method": "manual"},
                 timeout=0.1)
    while not psp.payments():
        pass


def test_a_wrong_plan_is_refused(psp):
    reply = psp.call("PUT", "/control/faults", body=b'{"boom": 1}', headers={"Content-Type": "application/json"})
    assert reply.status == 400 and "boom is not known" in reply.error()["message"]


def test_kill_loses_nothing_and_a_replay_is_still_one(psp):
    made = [psp.authorize(key=f"k{i}", **{"metadata[order]": i}) for i in range(50)]
    psp.kill()
    psp.process = (fresh := psp.again()).process
    assert len(fresh.payments()) == 50
    again = fresh.authorize(key="k7", **{"metadata[order]": 7})
    assert again.body == made[7].body and again.headers["Idempotent-Replayed"] == "true"
    found = fresh.call("GET", "/v1/payment_intents/search", {"query": "metadata['order']:'7'"}).json()["data"]
    assert [one["id"] for one in found] == [made[7].json()["id"]]


def test_terminate_lets_calls_end(psp):
    psp.plant(lateMs=300, next=[{"operation": "authorize", "fault": "late-effect"}])
    answers = queue.Queue()
    slow = threading.Thread(target=lambda: answers.put(psp.authorize()))
    slow.start()
    while psp.planted().get("late-effect", 0) == 0:
        pass
    assert psp.stop() == 0
    slow.join()
    assert answers.get().status == 200


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks; refuses the first `refusals` of them."""

    def __init__(self, refusals=0):
        self.got, self.refusals = queue.Queue(), refusals
        super().__init__(("127.0.0.1", 0), Receiver.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.refusals -= 1
            self.send_response(500 if self.server.refusals >= 0 else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.server.got.put((self.headers["Stripe-Signature"], body))

        def log_message(self, *_):
            pass


def test_webhooks_are_signed_and_repeated_until_taken(tmp_path):
    receiver = Receiver(refusals=1)
    with Psp(tmp_path / "psp", "--webhook-url", f"http://127.0.0.1:{receiver.server_port}/hook") as psp:
        made = psp.authorize(**{"metadata[order]": 1}).json()
        first, second = receiver.got.get(timeout=10), receiver.got.get(timeout=10)
    assert first[1] == second[1]
    event = json.loads(first[1])
    assert event["type"] == "payment_intent.amount_capturable_updated"
    assert event["data"]["object"]["id"] == made["id"]
    for header, body in (first, second):
        parts = dict(part.split("=") for part in header.split(","))
        signed = hmac.new(WEBHOOK_SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256)
        assert parts["v1"] == signed.hexdigest()


def test_webhooks_are_duplicated_and_lost_as_planned(tmp_path):
    receiver = Receiver()
    with Psp(tmp_path / "psp", "--webhook-url", f"http://127.0.0.1:{receiver.server_port}/hook") as psp:
        psp.plant(webhooks={"duplicate": 1})
        psp.authorize()
        assert receiver.got.get(timeout=10)[1] == receiver.got.get(timeout=10)[1]
        psp.plant(webhooks={"lost": 1})
        psp.authorize()
        assert psp.planted()["webhooks-lost"] == 1
        psp.plant()
        last = psp.authorize().json()
        assert json.loads(receiver.got.get(timeout=10)[1])["data"]["object"]["id"] == last["id"]
