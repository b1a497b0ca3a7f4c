"""3-D Secure through the simulator: the customer confirms, fails to, or never does."""

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

from harness import stripe_events, times
from harness.client import fresh_key
from harness.waiting import until
from harness.world import ASKS, assert_problem
from ledgers import differences

BACK = "http://127.0.0.1:9/back"  # nobody is there; browsers of tests do not follow


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def open_page(url, **form):
    """What a browser gets: (status, headers, text)."""
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.build_opener(NoRedirect).open(url, data, timeout=20) as got:
            return got.status, got.headers, got.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read().decode()


@pytest.fixture(scope="module", params=["told", "not told"])
def both(request, tmp_path_factory):
    """With the provider's webhooks, and without: then Atrium finds out by looking."""
    from conftest import Site
    site = Site(tmp_path_factory.mktemp("secure"), webhooks=request.param == "told",
                **{"stripe-return-url": BACK, "payment-action-ttl": "20s"})
    yield site
    site.close()


@pytest.fixture(scope="module")
def room(both):
    return both.world.room(name="Secure")


@pytest.fixture(scope="module")
def guest(both):
    return both.world.customer("Mina Park")


@pytest.fixture(autouse=True)
def ledgers_agree(both):
    yield
    both.psp.plant()
    both.settle()
    assert differences(both.payments(), both.psp.payments()) == []


days = iter(range(30, 400))


def ask(both, guest, room, when, key=None):
    return both.world.book(guest, room, when, token=ASKS, key=key, expect=202).json()


def shown(guest, pending):
    return guest.get(f"/v1/reservations/{pending['id']}").json()


def ends_as(guest, pending, status):
    return until(lambda: (found := shown(guest, pending))["status"] == status and found, f"it is {status}", 40)


def test_who_confirms_has_booked(both, room, guest):
    when = times.slot(next(days), 10)
    key = fresh_key("secure")
    pending = ask(both, guest, room, when, key)
    assert pending["status"] == "awaiting_payment" and pending["nextAction"]["type"] == "redirect"
    assert pending["nextAction"]["clientSecret"]
    found = shown(guest, pending)
    assert found["status"] == "awaiting_payment" and found["payment"]["status"] == "requires_action"
    assert found["nextAction"]["url"] == pending["nextAction"]["url"]
    assert both.world.book(both.world.customer(), room, when, expect=409).status == 409, "the slot is kept"
    status, _, page = open_page(pending["nextAction"]["url"])
    assert status == 200 and "Confirm" in page
    status, headers, _ = open_page(pending["nextAction"]["url"], succeeded="true")
    assert status == 303 and headers["Location"].startswith(BACK + "?payment_intent=pi_")
    done = ends_as(guest, pending, "confirmed")
    assert done["payment"]["status"] == "captured" and "nextAction" not in done
    again = both.world.book(guest, room, when, token=ASKS, key=key, expect=201)
    assert again.json()["id"] == pending["id"] and again.header("atrium-replayed") == "true"
    told = [m["type"] for m in guest.items("/v1/notifications") if m["reservationId"] == pending["id"]]
    assert sorted(told) == ["payment.action_required", "reservation.confirmed"]


def test_who_fails_to_confirm_has_not_and_the_slot_is_free(both, room, guest):
    when, key = times.slot(next(days), 10), fresh_key("secure")
    pending = ask(both, guest, room, when, key)
    assert open_page(pending["nextAction"]["url"], succeeded="false")[0] == 303
    done = ends_as(guest, pending, "payment_failed")
    assert done["payment"]["status"] == "declined"
    refused = both.world.book(guest, room, when, token=ASKS, key=key, expect=402)
    assert "authentication_failure" in assert_problem(refused, 402, "payment-declined")["detail"]
    assert both.psp.payments()[done["payment"]["id"]]["status"] == "canceled", "nobody can pay for it later"
    both.world.book(guest, room, when)


def test_who_never_acts_loses_the_slot_in_time(both, room, guest):
    when, key = times.slot(next(days), 10), fresh_key("secure")
    pending = ask(both, guest, room, when, key)
    done = ends_as(guest, pending, "expired")
    refused = both.world.book(guest, room, when, token=ASKS, key=key, expect=402)
    assert "not confirmed in time" in assert_problem(refused, 402, "payment-declined")["detail"]
    assert both.psp.payments()[done["payment"]["id"]]["status"] == "canceled"
    assert open_page(pending["nextAction"]["url"], succeeded="true")[0] == 400
    both.world.book(guest, room, when)
    told = [m["type"] for m in guest.items("/v1/notifications") if m["reservationId"] == pending["id"]]
    assert sorted(told) == ["payment.action_required", "reservation.expired"]


@pytest.mark.parametrize("acts", ["before the restart", "after it"])
def test_a_crash_while_the_customer_acts_changes_nothing(both, room, guest, acts):
    when, key = times.slot(next(days), 10), fresh_key("secure")
    pending = ask(both, guest, room, when, key)
    both.server.kill()
    if acts == "before the restart":
        assert open_page(pending["nextAction"]["url"], succeeded="true")[0] == 303
    both.kill_atrium()
    both.follow(guest)
    if acts == "after it":
        again = ask(both, guest, room, when, key)
        assert again["nextAction"] == pending["nextAction"], "found out again at the provider"
        assert open_page(pending["nextAction"]["url"], succeeded="true")[0] == 303
    ends_as(guest, pending, "confirmed")


def test_the_secret_is_in_no_log_and_no_journal(both, room, guest):
    pending = ask(both, guest, room, times.slot(next(days), 10))
    secret = pending["nextAction"]["clientSecret"]
    history = guest.get(f"/v1/reservations/{pending['id']}/history").json()
    assert any(e["type"] == "payment.action_required.v1" for e in history["items"])
    assert secret not in json.dumps(history) and secret not in both.server.log()
    open_page(pending["nextAction"]["url"], succeeded="true")
    ends_as(guest, pending, "confirmed")


def test_an_event_alone_confirms_nothing(both, room, guest):
    pending = ask(both, guest, room, times.slot(next(days), 10))
    payment = shown(guest, pending)["payment"]["id"]
    intent = both.psp.payments()[payment]["id"]
    for _ in range(5):
        stripe_events.send(both.world.anonymous, stripe_events.about_payment(payment, intent))
    assert shown(guest, pending)["status"] == "awaiting_payment"
    open_page(pending["nextAction"]["url"], succeeded="true")
    ends_as(guest, pending, "confirmed")
