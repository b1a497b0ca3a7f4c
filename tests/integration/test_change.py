"""Changing a booking: another time, another room, for more money or less, all or nothing."""

from datetime import timedelta

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import APPROVES, DECLINES, World, assert_problem, violations

HOUR = {"minDurationMinutes": 30, "stepMinutes": 30}
PAYS = {"method": "card", "token": APPROVES}


@pytest.fixture(scope="module")
def room(world):
    return world.room(**HOUR)


@pytest.fixture(scope="module")
def dear(world):
    return world.room(**HOUR, pricePerHour={"amount": 20000, "currency": "KRW"},
                      cancellationPolicy=[{"hoursBefore": 1, "refundPercent": 50}])


def place(made):
    return f"/v1/reservations/{made['id']}"


def change(who, made, patch, expect=200, key=None, etag=None):
    etag = etag or who.get(place(made)).header("etag")
    return who.patch(place(made), patch, etag=etag, expect=expect, idem=key or fresh_key("change"))


def seen(who, made):
    return who.get(place(made)).json()


def slot_of(document):
    return {"start": document["start"], "end": document["end"]}


def shifted(document, minutes=30, longer=0):
    start, end = times.parse(document["start"]), times.parse(document["end"])
    return {"start": (start + timedelta(minutes=minutes)).isoformat(),
            "end": (end + timedelta(minutes=minutes + longer)).isoformat()}


def test_a_booking_moves_half_an_hour_over_its_own_slot(world, guest, other, room):
    made = world.booked(guest, room, times.slot(5))
    done = change(guest, made, shifted(made))
    now = done.json()
    assert now["id"] == made["id"] and now["price"] == made["price"] and now["status"] == "confirmed"
    assert times.parse(now["start"]) - times.parse(made["start"]) == timedelta(minutes=30)
    assert seen(guest, made) == now and guest.get(place(made)).header("etag") == done.header("etag")
    freed = {"start": made["start"], "end": now["start"]}
    world.book(other, room, freed)
    assert_problem(world.book(other, room, slot_of(made), expect=409), 409, "slot-taken")


def test_what_it_costs_more_is_charged_and_cancelling_gives_both_payments_back(world, guest, room):
    made = world.booked(guest, room, times.slot(6))
    now = change(guest, made, {**shifted(made, 0, 60), "payment": PAYS}).json()
    assert now["price"]["amount"] == 2 * made["price"]["amount"]
    assert now["payment"]["captured"] == now["price"] and now["payment"]["refunded"]["amount"] == 0
    mine = [p for p in guest.items("/v1/payments") if p["reservationId"] == made["id"]]
    assert sorted(p["captured"]["amount"] for p in mine) == [11000, 11000]
    assert guest.get(f"/v1/payments/{mine[0]['id']}").json() == mine[0]
    world.cancel(guest, made["id"])
    paid = seen(guest, made)["payment"]
    assert paid["status"] == "refunded" and paid["refunded"] == now["price"]
    assert all(guest.get(f"/v1/payments/{p['id']}").json()["status"] == "refunded" for p in mine)


def test_what_it_costs_less_is_given_back(world, guest, room):
    made = world.booked(guest, room, times.slot(7, minutes=120))
    now = change(guest, made, shifted(made, 0, -60)).json()
    assert now["price"]["amount"] == 11000
    assert now["payment"] == {**now["payment"], "status": "partially_refunded",
                              "captured": {"amount": 22000, "currency": "KRW"},
                              "refunded": {"amount": 11000, "currency": "KRW"}}
    assert seen(guest, made) == now
    refund = world.cancel(guest, made["id"]).json()["refund"]
    assert refund["amount"] == 11000 and seen(guest, made)["payment"]["refunded"]["amount"] == 22000


def test_it_moves_to_another_room_by_that_rooms_price_and_policy(world, guest, other, room, dear):
    made = world.booked(guest, room, times.slot(8))
    now = change(guest, made, {"roomId": dear["id"], "payment": PAYS}).json()
    assert now["roomId"] == dear["id"] and now["price"]["amount"] == 20000
    assert now["cancellationPolicy"] == dear["cancellationPolicy"]
    assert seen(guest, made) == now
    world.book(other, room, slot_of(made))
    assert_problem(world.book(other, dear, slot_of(made), expect=409), 409, "slot-taken")
    for where, there in ((room, False), (dear, True)):
        listed = world.operator.items("/v1/reservations", {"roomId": where["id"]})
        assert (made["id"] in [r["id"] for r in listed]) == there
    assert world.cancel(guest, made["id"]).json()["refund"]["amount"] == 10000


def test_a_declined_difference_leaves_the_booking_exactly_as_it_was(world, guest, room, dear):
    made = world.booked(guest, room, times.slot(9))
    before = guest.get(place(made))
    for patch in (shifted(made, 0, 60), {"roomId": dear["id"]}):
        refused = change(guest, made, {**patch, "payment": {"method": "card", "token": DECLINES}}, expect=402)
        assert_problem(refused, 402, "payment-declined")
        after = guest.get(place(made))
        assert after.json() == before.json() and after.header("etag") == before.header("etag")


def test_a_taken_slot_is_refused_with_alternatives_and_so_is_its_repetition(world, guest, other, room):
    made, taken = world.booked(guest, room, times.slot(10)), world.booked(other, room, times.slot(10, 14))
    key, etag = fresh_key("taken"), guest.get(place(made)).header("etag")
    first = change(guest, made, slot_of(taken), expect=409, key=key, etag=etag)
    assert assert_problem(first, 409, "slot-taken")["alternatives"]
    world.cancel(other, taken["id"])
    again = change(guest, made, slot_of(taken), expect=409, key=key, etag=etag)
    assert again.body == first.body and again.header("atrium-replayed") == "true"
    assert seen(guest, made) == made


def test_rules_of_the_target_room_hold(world, guest, room):
    small = world.room(**HOUR, capacity=1)
    euro = world.room(**HOUR, pricePerHour={"amount": 1000, "currency": "EUR"})
    made = world.booked(guest, room, times.slot(11))
    assert "capacity" in violations(change(guest, made, {"roomId": small["id"]}, expect=422))
    assert "currency" in violations(change(guest, made, {"roomId": euro["id"]}, expect=422))
    assert "step" in violations(change(guest, made, shifted(made, 7), expect=422))
    assert_problem(change(guest, made, {"roomId": "rm_nowhere"}, expect=404), 404, "not-found")
    needs = change(guest, made, shifted(made, 0, 30), expect=422)
    assert violations(needs)["required"]["pointer"] == "/payment"
    assert seen(guest, made) == made


def test_a_booking_that_has_ended_or_begun_is_not_changed(timed, clock):
    guest, room = timed.customer("Guest"), timed.room(**HOUR)
    made, gone = (timed.booked(guest, room, times.slot(3, hour)) for hour in (9, 12))
    timed.cancel(guest, gone["id"])
    assert_problem(change(guest, gone, shifted(gone), expect=409), 409, "illegal-transition")
    clock.forward_to(times.parse(made["start"]))
    assert_problem(change(guest, made, shifted(made, 300), expect=409), 409, "illegal-transition")


def test_conditions_and_keys(world, guest, other, room):
    made = world.booked(guest, room, times.slot(12))
    old = guest.get(place(made)).header("etag")
    patch, key = {"title": "Retro"}, fresh_key("title")
    assert_problem(guest.patch(place(made), patch, etag=old, expect=400), 400, "malformed")
    assert_problem(guest.patch(place(made), patch, expect=428, idem=fresh_key()), 428, "precondition-required")
    assert_problem(change(other, made, patch, expect=404, etag=old), 404, "not-found")
    first = change(guest, made, patch, key=key, etag=old)
    assert first.json()["title"] == "Retro" and first.json()["price"] == made["price"]
    again = change(guest, made, patch, key=key, etag=old)
    assert again.body == first.body and again.header("atrium-replayed") == "true"
    assert_problem(change(guest, made, {"title": "Other"}, expect=412, etag=old), 412, "precondition-failed")
    reused = change(guest, made, {"title": "Other"}, expect=422, key=key)
    assert_problem(reused, 422, "idempotency-conflict")
    same = change(guest, made, patch, expect=422)
    assert "change" in violations(same)
    assert "unknown-field" in violations(change(guest, made, {"status": "cancelled"}, expect=422))
    assert "order" in violations(change(guest, made, {"end": made["start"]}, expect=422))


def test_history_inbox_and_events_tell_of_the_move(world, guest, room, dear):
    made = world.booked(guest, room, times.slot(13))
    with guest.stream("/v1/events") as events:
        done = change(guest, made, {"roomId": dear["id"], "payment": PAYS})
        told = events.until(lambda e: e.event == "reservation.changed")[-1].json()
    assert told["data"]["previous"]["roomId"] == room["id"] and told["data"]["roomId"] == dear["id"]
    assert told["data"]["price"]["amount"] == 20000
    history = guest.get(place(made) + "/history", headers=guest.sees(done.position))
    types = [e["type"] for e in history.json()["items"]]
    for wanted in ("reservation.confirmed.v1", "reservation.change_held.v1", "payment.captured.v1",
                   "reservation.changed.v1"):
        assert wanted in types, types
    assert types.count("payment.captured.v1") == 2 and APPROVES not in history.body.decode()
    inbox = guest.get("/v1/notifications").json()["items"]
    assert any(n["type"] == "reservation.changed" and n["reservationId"] == made["id"] for n in inbox)


def test_the_clock_follows_the_move(timed, clock):
    """A no-show is judged by the new slot: the old one passes without a word."""
    guest = timed.customer("Guest")
    room = timed.room(**HOUR, checkInRequired=True, graceMinutes=10)
    far = timed.room(**HOUR, checkInRequired=True, graceMinutes=10)
    made = [timed.booked(guest, room, times.slot(3, hour)) for hour in (9, 10)]
    later = [change(guest, made[0], shifted(made[0], 240)).json(),
             change(guest, made[1], {**shifted(made[1], 240), "roomId": far["id"]}).json()]
    clock.forward_to(times.parse(made[1]["end"]) + timedelta(minutes=30))
    marker = timed.booked(guest, room, slot_of(shifted({"start": later[0]["end"], "end": later[0]["end"]}, 0, 30)))
    assert [seen(guest, m)["status"] for m in made + [marker]] == ["confirmed"] * 3
    clock.forward_to(times.parse(later[1]["start"]) + timedelta(minutes=11))
    for m in made:
        timed.eventually(lambda m=m: seen(guest, m)["status"] == "no_show", "the no-show of the new slot")
