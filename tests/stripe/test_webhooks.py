"""What Stripe tells us: signatures, secrets, and events that come twice, late, or never."""

import signal

import pytest

from harness import stripe_events, times
from harness.client import fresh_key
from harness.server import Server, StartFailed
from harness.stripe_events import about_payment, counted, send, signed
from harness.waiting import until
from harness.world import World, assert_problem
from ledgers import differences

OTHER = "whsec_of_somebody_else"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Atrium and a provider that sends it webhooks."""
    from conftest import Site
    both = Site(tmp_path_factory.mktemp("webhooks"), webhooks=True)
    yield both
    both.close()


def test_what_is_not_signed_with_our_secret_is_refused(told):
    body = about_payment("pay_nobody")
    for headers, why in ((signed(body, OTHER), "signing secret"), ({}, "Stripe-Signature"),
                         ({"Stripe-Signature": "v1=aa"}, "Stripe-Signature"),
                         (signed(body, age=400), "too long ago"), (signed(body, age=-400), "ahead of ours"),
                         (signed(body + b" "), "signing secret")):
        answer = send(told.world.anonymous, body, headers, expect=400)
        assert why in assert_problem(answer, 400, "malformed")["detail"]


def test_a_signed_text_that_is_no_event_is_refused(told):
    for body in (b"{}", b"[1]", b"not json", b"[" * 100_000):
        assert_problem(send(told.world.anonymous, body, expect=400), 400, "malformed")
    assert_problem(send(told.world.anonymous, b" " * (256 * 1024 + 1), expect=413), 413, "body-too-large")


def test_an_event_about_nothing_of_ours_is_taken_and_changes_nothing(told):
    before = told.admin.get("/v1/introspection/journal").json()
    send(told.world.anonymous, about_payment("pay_nobody"))
    send(told.world.anonymous, stripe_events.event("customer.created", {"id": "cus_1", "object": "customer"}))
    assert told.admin.get("/v1/introspection/journal").json()["position"] == before["position"]


def test_while_a_secret_is_rolled_either_signature_is_good(told):
    body = about_payment("pay_nobody")
    send(told.world.anonymous, body, signed(body, OTHER, stripe_events.WEBHOOK_SECRET))


def test_events_that_come_twice_late_or_never_lead_to_the_same_bookings(told):
    refused = counted(told.admin)["refused"]
    told.psp.plant(seed=5, webhooks={"lost": 0.2, "duplicate": 0.4, "late": 0.4, "lateMs": 700})
    room, guest = told.world.room(), told.world.customer()
    made = [told.world.booked(guest, room, times.slot(10 + i, 10)) for i in range(12)]
    for one in made[:6]:
        told.world.cancel(guest, one["id"])
    until(lambda: told.psp.planted().get("webhooks-late", 0) and told.psp.planted().get("webhooks-duplicated", 0),
          "webhooks were late and came twice")
    sent = told.psp.planted()
    least = sent["webhooks"] - sent.get("webhooks-lost", 0) + sent["webhooks-duplicated"]
    until(lambda: counted(told.admin)["taken"] >= least, "all that were not lost came")
    told.settle()
    assert counted(told.admin)["refused"] == refused
    assert differences(told.payments(), told.psp.payments()) == []
    told.psp.plant()


def test_an_event_replayed_many_times_moves_no_money(told):
    room, guest = told.world.room(), told.world.customer()
    made = told.world.booked(guest, room, times.slot(40, 10))
    intent = told.psp.payments()[made["payment"]["id"]]
    body = stripe_events.event("charge.refunded", {"id": intent["latest_charge"]["id"], "object": "charge",
                                                   "payment_intent": intent["id"],
                                                   "metadata": {"atrium_payment": made["payment"]["id"]}})
    headers = signed(body)
    for _ in range(20):
        send(told.world.anonymous, body, headers)
    assert guest.get(f"/v1/payments/{made['payment']['id']}").json()["status"] == "captured"
    assert told.psp.payments()[made["payment"]["id"]] == intent


def test_secrets_are_rolled_without_a_restart(tmp_path):
    file = tmp_path / "secrets"
    file.write_text("whsec_old_secret\n")
    body = about_payment("pay_nobody")
    with Server(tmp_path / "data", "--stripe-webhook-secret-file", file) as server:
        caller = World(server).anonymous
        send(caller, body, signed(body, "whsec_old_secret"))
        send(caller, body, signed(body, "whsec_new_secret"), expect=400)
        file.write_text("whsec_new_secret\nwhsec_old_secret\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: send(caller, body, signed(body, "whsec_new_secret"), expect=(200, 400)).status == 200,
              "the new secret is good")
        send(caller, body, signed(body, "whsec_old_secret"))
        file.write_text("bad\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "secrets in use stay" in server.log(), "the mistake is logged")
        send(caller, body, signed(body, "whsec_new_secret"))
        "whsec_old" not in server.log()


def test_a_server_without_a_secret_takes_no_events(tmp_path):
    body = about_payment("pay_nobody")
    with Server(tmp_path / "data", env={"ATRIUM_STRIPE_WEBHOOK_SECRET": None}) as server:
        assert_problem(send(World(server).anonymous, body, expect=404), 404, "not-found")


def test_a_file_without_a_secret_is_refused_at_the_start(tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("\n")
    with pytest.raises(StartFailed, match="holds no secret"):
        Server(tmp_path / "data", "--stripe-webhook-secret-file", empty).start()
    with pytest.raises(StartFailed, match="stripe-webhook-secret-file"):
        Server(tmp_path / "data", "--stripe-webhook-secret-file", tmp_path / "nowhere").start()
