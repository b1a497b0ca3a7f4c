"""Booking and paying through Stripe's adapter: money, declines, unknown outcomes, an absent provider."""

import pytest

from harness import times
from harness.client import fresh_key
from harness.psp import SECRET_KEY
from harness.server import Server, StartFailed
from harness.waiting import until
from harness.world import assert_problem
from ledgers import differences

HALF = [{"hoursBefore": 240, "refundPercent": 100}, {"hoursBefore": 1, "refundPercent": 50}]


@pytest.fixture(scope="module")
def room(site):
    return site.world.room(name="Han River", cancellationPolicy=HALF)


@pytest.fixture(scope="module")
def guest(site):
    return site.world.customer("Mina Park")


@pytest.fixture(autouse=True)
def ledgers_agree(site):
    """Whatever a test does, no money is left over in the end."""
    site.psp.plant()
    yield
    site.psp.plant()
    site.settle()
    assert differences(site.payments(), site.psp.payments()) == []


days = iter(range(30, 400))


def intent_of(site, reservation):
    return site.psp.payments()[reservation["payment"]["id"]]


def test_a_booking_is_one_captured_payment(site, room, guest):
    made = site.world.booked(guest, room, times.slot(next(days), 10, minutes=90), title="Kick-off 시작")
    assert made["payment"]["status"] == "captured"
    intent = intent_of(site, made)
    assert intent["status"] == "succeeded" and intent["amount_received"] == made["price"]["amount"] == 16500
    assert intent["currency"] == "krw" and intent["description"] == "Kick-off 시작"


def test_repeating_the_request_pays_once(site, room, guest):
    when, key, before = times.slot(next(days), 10), fresh_key("twice"), len(site.psp.payments())
    first = site.world.book(guest, room, when, key=key)
    assert site.world.book(guest, room, when, key=key).json() == first.json()
    assert len(site.psp.payments()) == before + 1


@pytest.mark.parametrize("ahead, percent", [(20, 100), (5, 50)])
def test_a_cancellation_refunds_what_the_policy_says(site, room, guest, ahead, percent):
    made = site.world.booked(guest, room, times.slot(ahead, 10))
    answer = site.world.cancel(guest, made["id"]).json()
    assert answer["refund"]["amount"] == 11000 * percent // 100
    assert intent_of(site, made)["latest_charge"]["amount_refunded"] == answer["refund"]["amount"]


@pytest.mark.parametrize("token, reason", [
    ("pm_card_chargeDeclined", "card_declined"), ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("pm_nobody", "no_such_payment_method"), ("pm_atrium_captureDeclined", "capture_declined")])
def test_a_declined_card_books_nothing(site, room, guest, token, reason):
    when = times.slot(next(days), 10)
    answer = site.world.book(guest, room, when, token=token, expect=402)
    assert reason in assert_problem(answer, 402, "payment-declined")["detail"]
    site.world.book(guest, room, when)  # the slot is free


@pytest.mark.parametrize("operation", ["authorize", "capture"])
@pytest.mark.parametrize("fault", ["timeout-before-effect", "timeout-after-effect", "reset-after-effect",
                                   "server-error", "server-error-after-effect", "rate-limited", "late-effect"])
def test_an_outcome_that_is_not_known_is_settled_within_the_request(site, room, guest, operation, fault):
    before = len(site.psp.payments())
    site.psp.plant(lateMs=700, next=[{"operation": operation, "fault": fault}])
    made = site.world.book(guest, room, times.slot(next(days), 10)).json()
    assert made["payment"]["status"] == "captured"
    assert site.psp.planted()[fault] == 1
    assert len(site.psp.payments()) == before + 1, "charged once"


@pytest.mark.parametrize("fault", ["timeout-before-effect", "timeout-after-effect", "server-error-after-effect"])
def test_a_refund_whose_outcome_is_not_known_happens_once(site, room, guest, fault):
    made = site.world.booked(guest, room, times.slot(next(days), 10))
    site.psp.plant(next=[{"operation": "refund", "fault": fault}])
    site.world.cancel(guest, made["id"])
    site.settle()
    assert intent_of(site, made)["latest_charge"]["amount_refunded"] == 11000


def test_an_absent_provider_books_nothing_and_leaves_the_slot_free(site, room, guest):
    when = times.slot(next(days), 10)
    site.psp.kill()
    try:
        # Nothing was sent, so nothing has to be found out.
        answer = site.world.book(guest, room, when, expect=503)
    finally:
        site.psp = site.psp.again()
    assert int(answer.header("retry-after")) > 0
    assert not site.admin.get("/v1/introspection/sagas").json()["items"], "it ended with the answer"
    site.world.book(guest, room, when)


def test_a_restart_refunds_what_was_booked_before(site, room, guest):
    """The adapter has forgotten the provider's reference: it is searched for."""
    made = site.world.booked(guest, room, times.slot(next(days), 10))
    site.server.stop()
    site.server = site.server.again()
    guest.move_to(site.server)
    site.world.admin.move_to(site.server)
    site.world.operator.move_to(site.server)
    site.world.cancel(guest, made["id"])
    assert intent_of(site, made)["latest_charge"]["amount_refunded"] == 11000


def test_the_secret_key_is_in_no_log(site):
    assert SECRET_KEY not in site.server.log()


def test_a_refused_key_declines_nothing_and_is_said_in_the_log(own_site):
    both = own_site(secret="sk_test_wrong_key_of_ours")
    guest, room = both.world.customer(), both.world.room()
    both.world.book(guest, room, times.slot(3, 10), expect=(202, 503))
    until(lambda: "refuses our secret key (401)" in both.server.log(), "the log says so")
    assert "sk_test_wrong" not in both.server.log()


@pytest.mark.parametrize("text", [None, "", "two\nlines"])
def test_a_key_file_that_cannot_be_used_is_refused_at_the_start(tmp_path, text):
    key = tmp_path / "key"
    if text is not None:
        key.write_text(text)
    server = Server(tmp_path / "data", "--payment-provider", "stripe", "--stripe-key-file", key)
    with pytest.raises(StartFailed, match="stripe-key-file"):
        server.start()
