"""What becomes of a booking: cancellation, check-in, check-out, no-show, completion by the clock."""

from datetime import timedelta

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import World, assert_problem

TIERS = [{"hoursBefore": 72, "refundPercent": 100}, {"hoursBefore": 24, "refundPercent": 50}]
MINUTES = {"stepMinutes": 1, "minDurationMinutes": 1}


@pytest.fixture(scope="module")
def tiered(world):
    return world.room(cancellationPolicy=TIERS, pricePerHour={"amount": 10001, "currency": "KRW"})


@pytest.mark.parametrize("days,percent", [(6, 100), (2, 50), (1, 0)])
def test_the_preview_says_what_the_cancellation_then_pays(world, guest, tiered, days, percent):
    soon = times.minute_from_now(days * 1440 - 120 if days < 6 else days * 1440)
    start = soon.replace(minute=soon.minute // 15 * 15)
    made = world.booked(guest, tiered, times.lasting(start, 60))
    path = f"/v1/reservations/{made['id']}/cancellation"
    preview = guest.get(path).json()
    refund = {100: 10001, 50: 5000, 0: 0}[percent]
    assert preview["refund"] == {"amount": refund, "currency": "KRW"}, preview
    assert preview["fee"] == {"amount": 10001 - refund, "currency": "KRW"}
    rule = next((r for r in TIERS if r["refundPercent"] == percent), None)
    assert preview["rule"] == rule
    if rule:
        assert times.parse(preview["deadline"]) == start - timedelta(hours=rule["hoursBefore"])
    done = world.cancel(guest, made["id"])
    assert {k: done.json()[k] for k in ("refund", "fee", "rule")} == {k: preview[k] for k in ("refund", "fee", "rule")}
    doc = guest.get(f"/v1/reservations/{made['id']}", headers=guest.sees(done.position)).json()
    assert doc["status"] == "cancelled"
    paid = {100: "refunded", 50: "partially_refunded", 0: "captured"}[percent]
    assert doc["payment"]["status"] == paid and doc["payment"]["refunded"]["amount"] == refund


def test_the_slot_is_free_at_once(world, guest, other):
    room = world.room()
    made = world.booked(guest, room, times.slot(5))
    world.cancel(guest, made["id"])
    world.book(other, room, times.slot(5))


def test_the_policy_is_frozen_into_the_booking(world, guest, operator):
    room = world.room(cancellationPolicy=[{"hoursBefore": 0, "refundPercent": 100}])
    made = world.booked(guest, room, times.slot(5))
    path = f"/v1/rooms/{room['id']}"
    operator.patch(path, {"cancellationPolicy": [{"hoursBefore": 0, "refundPercent": 0}]},
                   etag=operator.get(path).header("etag"))
    assert world.cancel(guest, made["id"]).json()["refund"]["amount"] == made["price"]["amount"]


def test_the_operator_cancels_with_a_full_refund(world, guest, operator, tiered):
    start = times.minute_from_now(600)
    made = world.booked(guest, tiered, times.lasting(start.replace(minute=start.minute // 15 * 15), 60))
    done = operator.post(f"/v1/reservations/{made['id']}/cancellation",
                         {"fullRefund": True, "reason": "broken heating"}, expect=201, idem=fresh_key())
    assert done.json()["refund"] == made["price"] and done.json()["fee"]["amount"] == 0


def test_a_customer_cannot_give_himself_a_full_refund(world, guest, tiered):
    start = times.minute_from_now(600)
    made = world.booked(guest, tiered, times.lasting(start.replace(minute=start.minute // 15 * 15), 60))
    answer = world.cancel(guest, made["id"], body={"fullRefund": True}, expect=403)
    assert "operator" in answer.json()["detail"]


def test_a_second_cancellation_changes_nothing(world, guest):
    made = world.booked(guest, world.room(), times.slot(5))
    key = fresh_key()
    first = world.cancel(guest, made["id"], key=key)
    again = world.cancel(guest, made["id"], key=key)
    assert again.body == first.body and again.header("atrium-replayed") == "true"
    assert_problem(world.cancel(guest, made["id"], expect=409), 409, "illegal-transition")
    doc = guest.get(f"/v1/reservations/{made['id']}", headers=guest.sees(first.position)).json()
    assert doc["payment"]["refunded"] == made["price"], (doc, first.position, first.status)


def test_a_cancellation_needs_a_key_and_the_right_person(world, guest, other):
    made = world.booked(guest, world.room(), times.slot(5))
    path = f"/v1/reservations/{made['id']}/cancellation"
    assert guest.post(path).status == 400
    assert world.cancel(other, made["id"], expect=(403, 404)).status
    assert other.get(path, expect=(403, 404)).status
    assert world.cancel(guest, "rs_unknown", expect=404).status


@pytest.mark.parametrize("token", ["pm_atrium_refundTransient", "pm_atrium_refundTimeoutAfterEffect"])
def test_a_refund_that_falters_still_arrives_once(world, guest, token):
    made = world.booked(guest, world.room(), times.slot(5), token=token)
    key = fresh_key()
    world.cancel(guest, made["id"], key=key, expect=(201, 202))

    def refunded():
        doc = guest.get(f"/v1/reservations/{made['id']}").json()
        return doc if doc["payment"]["status"] == "refunded" else None

    doc = world.eventually(refunded, "the refund arrives", timeout=40)
    assert doc["payment"]["refunded"] == made["price"]
    assert world.eventually(lambda: world.cancel(guest, made["id"], key=key, expect=(201, 202)).status == 201,
                            "the stored answer", timeout=40)


# ---- the stay -----------------------------------------------------------------------------------
def test_check_in_check_out_and_then_it_is_completed(world, guest):
    room = world.room(**MINUTES)
    made = world.booked(guest, room, times.lasting(times.minute_from_now(5), 30))
    path = f"/v1/reservations/{made['id']}"
    arrived = guest.post(f"{path}/check-in", expect=200)
    assert arrived.json()["status"] == "checked_in"
    again = guest.post(f"{path}/check-in", expect=200)
    assert again.json()["status"] == "checked_in" and again.json()["position"] == arrived.json()["position"], "once"
    left = guest.post(f"{path}/check-out", expect=200)
    assert left.json()["status"] == "completed"
    assert guest.get(path, headers=guest.sees(left.position)).json()["status"] == "completed"
    assert_problem(world.cancel(guest, made["id"], expect=409), 409, "illegal-transition")


def test_check_in_opens_15_minutes_before_the_start(world, guest, operator):
    room = world.room(**MINUTES)
    early = world.booked(guest, room, times.lasting(times.minute_from_now(20), 30))
    answer = guest.post(f"/v1/reservations/{early['id']}/check-in")
    assert answer.status in (409, 422) and answer.json()["detail"], answer
    assert_problem(guest.post(f"/v1/reservations/{early['id']}/check-out", expect=409), 409, "illegal-transition")


def test_the_operator_may_check_in_a_guest_but_not_a_stranger(world, guest, other, operator):
    room = world.room(**MINUTES)
    made = world.booked(guest, room, times.lasting(times.minute_from_now(5), 30))
    path = f"/v1/reservations/{made['id']}"
    assert other.post(f"{path}/check-in").status in (403, 404)
    assert operator.post(f"{path}/check-in", expect=200).json()["status"] == "checked_in"


def test_a_guest_who_does_not_come_is_a_no_show_after_the_grace_time(timed, clock):
    guest = timed.customer()
    room = timed.room(**MINUTES, checkInRequired=True, graceMinutes=10)
    start = times.minute_from_now(5)
    late = timed.booked(guest, room, times.lasting(start, 60))
    came = timed.booked(guest, room, times.lasting(start + timedelta(hours=1), 60))
    path = f"/v1/reservations/{late['id']}"
    clock.advance(minutes=6)
    assert guest.get(path).json()["status"] == "confirmed"
    clock.advance(minutes=12)
    timed.eventually(lambda: guest.get(path).json()["status"] == "no_show", "the no-show is noticed")
    doc = guest.get(path).json()
    assert doc["payment"]["status"] == "captured", "a no-show pays"
    assert_problem(guest.post(f"{path}/check-in", expect=409), 409, "illegal-transition")
    clock.advance(minutes=45)
    guest.post(f"/v1/reservations/{came['id']}/check-in", expect=200)
    clock.advance(minutes=30)
    assert guest.get(f"/v1/reservations/{came['id']}").json()["status"] == "checked_in"


def test_the_slot_of_a_no_show_is_free_again(timed, clock):
    guest, other = timed.customer(), timed.customer()
    room = timed.room(**MINUTES, checkInRequired=True, graceMinutes=10)
    start = times.minute_from_now(5)
    late = timed.booked(guest, room, times.lasting(start, 120))
    clock.advance(minutes=20)
    timed.eventually(lambda: guest.get(f"/v1/reservations/{late['id']}").json()["status"] == "no_show", "no-show")
    timed.book(other, room, times.lasting(start + timedelta(minutes=60), 30))


def test_other_bookings_are_completed_by_the_clock(timed, clock):
    guest, room = timed.customer(), timed.room(**MINUTES)
    plain = timed.booked(guest, room, times.lasting(times.minute_from_now(5), 30))
    there = timed.booked(guest, room, times.lasting(times.minute_from_now(40), 30))
    clock.advance(minutes=30)
    guest.post(f"/v1/reservations/{there['id']}/check-in", expect=200)
    clock.advance(minutes=60)
    for made in (plain, there):
        path = f"/v1/reservations/{made['id']}"
        timed.eventually(lambda: guest.get(path).json()["status"] == "completed", "completed by the clock")


def test_what_falls_due_while_the_server_is_down_is_done_when_it_is_up(own, tmp_path, clock):
    first = own("--clock-file", clock.path)
    world = World(first)
    guest, room = world.customer(), world.room(**MINUTES)
    made = world.booked(guest, room, times.lasting(times.minute_from_now(5), 30))
    first.kill()
    clock.advance(hours=2)
    guest.move_to(own("--clock-file", clock.path))
    path = f"/v1/reservations/{made['id']}"
    world.eventually(lambda: guest.get(path).json()["status"] == "completed", "completed after the restart")
