"""Events as Stripe sends them: bodies, signatures, and how to send one."""

import hashlib
import hmac
import json
import time

from .server import WEBHOOK_SECRET

PATH = "/v1/payment-events/stripe"


def event(kind, about):
    """The bytes of one event."""
    body = {"id": "evt_test", "object": "event", "type": kind, "created": int(time.time()), "data": {"object": about}}
    return json.dumps(body).encode()


def about_payment(payment, intent="pi_test"):
    return event("payment_intent.succeeded",
                 {"id": intent, "object": "payment_intent", "metadata": {"atrium_payment": payment}})


def mac(body, at, secret):
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def signed(body, *secrets, age=0):
    """The header; one v1 for each secret."""
    at = int(time.time()) - age
    all_macs = ",".join("v1=" + mac(body, at, s) for s in secrets or (WEBHOOK_SECRET,))
    return {"Stripe-Signature": f"t={at},{all_macs}"}


def send(client, body, headers=None, expect=200):
    return client.post(PATH, body, headers=signed(body) if headers is None else headers, expect=expect)


def counted(client):
    """{"taken": n, "ignored": n, "refused": n} of /metrics."""
    lines = client.get("/metrics").body.decode().splitlines()
    found = [line for line in lines if line.startswith("atrium_payment_events_total{")]
    return {line.split(chr(34))[1]: int(float(line.rsplit(" ", 1)[1])) for line in found}
