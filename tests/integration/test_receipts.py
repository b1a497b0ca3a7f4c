"""Receipts, and refunds that operators give by hand, against the real process."""

import re
from html.parser import HTMLParser

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import assert_problem, violations

NASTY = "<script>alert(1)</script>\"'&"


@pytest.fixture(scope="module")
def room(world):
    return world.room(name=NASTY, taxRate=10, pricePerHour={"amount": 11000, "currency": "KRW"})


def receipt(who, made, **options):
    return who.get(f"/v1/reservations/{made['id']}/receipt", **options)


def page(who, made, language):
    return receipt(who, made, headers={"Accept": "text/html", "Accept-Language": language}).body.decode()


def refund(world, made, amount=None, expect=201, key=None, reason="The heating was off"):
    body = {"reason": reason}
    if amount is not None:
        body["amount"] = {"amount": amount, "currency": "KRW"}
    return world.operator.post(f"/v1/payments/{made['payment']['id']}/refunds", body, expect=expect,
                               idem=key or fresh_key("refund"))


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.seen, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)

    def handle_data(self, data):
        self.text += data


def test_a_receipt_has_tax_amounts_payment_and_a_number_that_stays(world, guest, room):
    made = world.booked(guest, room, times.slot(4, 10, minutes=90))
    told = receipt(guest, made).json()
    assert (told["price"]["amount"], told["taxRate"], told["tax"]["amount"], told["net"]["amount"]) == (
        16500, 10, 1500, 15000)
    assert told["issuer"] == "Atrium" and told["roomName"] == NASTY and told["customerName"] == guest.name
    assert [p["amount"]["amount"] for p in told["payments"]] == [16500] and told["refunds"] == []
    etag = world.operator.get(f"/v1/rooms/{room['id']}").header("etag")
    world.operator.patch(f"/v1/rooms/{room['id']}", {"taxRate": 25, "description": "dearer"}, etag=etag, expect=200)
    assert receipt(guest, made).json() == told
    other = world.booked(guest, room, times.slot(4, 14))
    assert receipt(guest, other).json()["number"] != told["number"]
    assert receipt(world.operator, made).json() == told


def test_the_page_is_inert_in_both_languages(world, guest, room):
    made = world.booked(guest, room, times.slot(4, 16), title="<b onmouseover=alert(2)>x</b>")
    for language, word in (("en", "Receipt number"), ("ko", "영수증 번호")):
        answer = receipt(guest, made, headers={"Accept": "text/html", "Accept-Language": language})
        assert answer.content_type.startswith("text/html")
        policy = answer.header("content-security-policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy
        tags = Tags(answer.body.decode())
        assert not {"script", "img", "iframe", "form", "b"} & set(tags.seen)
        assert NASTY in tags.text and word in tags.text


def test_a_stranger_learns_nothing_of_a_receipt(world, guest, other, room):
    made = world.booked(guest, room, times.slot(4, 18))
    assert_problem(receipt(other, made, expect=404), 404, "not-found")


def test_a_refund_by_hand_reaches_ledger_payment_receipt_and_inbox(world, guest, room):
    made = world.booked(guest, room, times.slot(4, 20))
    answer = refund(world, made, 4000)
    assert answer.json()["amount"] == {"amount": 4000, "currency": "KRW"}
    payment = guest.get(f"/v1/payments/{made['payment']['id']}", headers=guest.sees(answer.position)).json()
    assert payment["status"] == "partially_refunded" and payment["refundable"]["amount"] == 7000
    assert [(r["id"], r["cause"], r["status"]) for r in payment["refunds"]] == [
        (answer.json()["id"], "by_hand", "succeeded")]
    told = receipt(guest, made).json()
    assert told["totals"]["kept"]["amount"] == 7000 and told["refunds"][0]["reason"] == "The heating was off"
    note = next(n for n in guest.get("/v1/notifications").json()["items"] if n["type"] == "payment.refunded")
    assert "The heating was off" in note["text"] and note["reservationId"] == made["id"]
    history = guest.get(f"/v1/reservations/{made['id']}/history").json()["items"]
    granted = next(e for e in history if e["type"].startswith("reservation.refund_granted"))
    assert granted["actor"] == world.operator.id and granted["data"]["reason"] == "The heating was off"


def test_never_more_than_what_is_left_and_cancelling_pays_the_rest(world, guest, room):
    made = world.booked(guest, room, times.slot(5, 10))
    refund(world, made, 4000)
    refused = refund(world, made, 7001, expect=422)
    assert violations(refused)["refundable"]["limit"].startswith("1 to 7000 KRW")
    terms = world.cancel(guest, made["id"]).json()
    assert terms["refund"]["amount"] == 7000 and terms["fee"]["amount"] == 0
    assert "refundable" in violations(refund(world, made, expect=422))


def test_a_repeated_refund_is_one_refund(world, guest, room):
    made, key = world.booked(guest, room, times.slot(5, 12)), fresh_key("refund")
    first, again = refund(world, made, 1000, key=key), refund(world, made, 1000, key=key)
    assert again.json() == first.json() and again.header("atrium-replayed") == "true"
    assert_problem(refund(world, made, 2000, key=key, expect=422), 422, "idempotency-conflict")
    payment = guest.get(f"/v1/payments/{made['payment']['id']}", headers=guest.sees(first.position)).json()
    assert payment["refunded"]["amount"] == 1000


def test_a_refund_whose_answer_gets_lost_is_made_once(world, guest, room):
    made = world.booked(guest, room, times.slot(5, 14), token="pm_atrium_refundTimeoutAfterEffect")
    answer = refund(world, made, 1000, expect=(201, 202))
    path = f"/v1/payments/{made['payment']['id']}"
    done = world.eventually(lambda: (lambda p: p if p["refunded"]["amount"] else None)(guest.get(path).json()),
                            "the refund is known")
    assert done["refunded"]["amount"] == 1000 and re.match(r"partially_refunded", done["status"])
    assert answer.header("location").endswith(path)
