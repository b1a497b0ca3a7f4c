"""Booking and paying in one step: the answer, the rules, money, faults of the provider."""

from datetime import timedelta

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import DECLINES, assert_problem, violations


@pytest.fixture(scope="module")
def room(world):
    return world.room(name="Han River", pricePerHour={"amount": 11000, "currency": "KRW"}, capacity=8,
                      cancellationPolicy=[{"hoursBefore": 24, "refundPercent": 100}])


@pytest.fixture(scope="module")
def strict(world):
    """A room in which every rule can be broken on its own."""
    return world.room(name="Strict", capacity=4, stepMinutes=30, minDurationMinutes=60, maxDurationMinutes=240,
                      bufferMinutes=30, horizonDays=60,
                      openingHours=[{"days": ["mon", "tue", "wed", "thu", "fri"], "open": "09:00", "close": "18:00"},
                                    {"days": ["sat"], "open": "20:00", "close": "02:00"}])


def test_a_booking_is_confirmed_paid_and_readable(world, guest, room):
    when = times.slot(3, 10, minutes=90)
    answer = world.book(guest, room, when, partySize=4, title="Kick-off 시작")
    made = answer.json()
    assert made["roomId"] == room["id"] and made["customerId"] == guest.id
    assert times.parse(made["start"]) == times.parse(when["start"]) and made["start"].endswith("Z")
    assert times.parse(made["end"]) == times.parse(when["end"])
    assert made["timeZone"] == "Asia/Seoul" and made["partySize"] == 4 and made["title"] == "Kick-off 시작"
    assert made["status"] == "confirmed"
    assert made["price"] == {"amount": 16500, "currency": "KRW"}
    assert made["payment"]["status"] == "captured" and made["payment"]["captured"] == made["price"]
    assert made["payment"]["refunded"] == {"amount": 0, "currency": "KRW"}
    assert made["cancellationPolicy"] == room["cancellationPolicy"]
    assert abs(times.parse(made["createdAt"]) - times.now()) < timedelta(minutes=2)
    assert answer.header("location").endswith(f"/v1/reservations/{made['id']}")
    assert answer.position >= made["position"] > 0
    read = guest.get(f"/v1/reservations/{made['id']}", headers=guest.sees(answer.position))
    assert read.json() == made
    payment = guest.get(f"/v1/reservations/{made['id']}/payment").json()
    assert payment["id"] == made["payment"]["id"] and payment["status"] == "captured"


@pytest.mark.parametrize("price,minutes,due", [
    ({"amount": 11000, "currency": "KRW"}, 15, 2750), ({"amount": 1001, "currency": "EUR"}, 30, 500),
    ({"amount": 1003, "currency": "EUR"}, 30, 502), ({"amount": 1000, "currency": "USD"}, 45, 750),
    ({"amount": 0, "currency": "KRW"}, 60, 0), ({"amount": 999, "currency": "USD"}, 1440, 23976),
])
def test_the_price_is_by_the_minute_rounded_half_even(world, guest, price, minutes, due):
    room = world.room(pricePerHour=price)
    made = world.book(guest, room, times.slot(3, 0, minutes=minutes)).json()
    assert made["price"] == {"amount": due, "currency": price["currency"]}
    assert made["payment"]["captured"]["amount"] == due


def refused(world, guest, room, when, rule, **more):
    answer = world.book(guest, room, when, expect=422, **more)
    problem = assert_problem(answer, 422, "rule-violation")
    assert list(violations(answer)) == [rule], problem
    broken = violations(answer)[rule]
    assert broken["limit"] and broken["actual"] and "pointer" in broken, problem
    return broken


def weekday(day, hour=10, minute=0, minutes=60):
    return times.slot(times.next_weekday(day), hour, minute, minutes)


def test_outside_the_opening_hours(world, guest, strict):
    for when in (weekday(0, 7), weekday(0, 17, minutes=120), weekday(6, 12), weekday(5, 18), weekday(6, 2)):
        broken = refused(world, guest, strict, when, "opening-hours")
        assert "09:00" in broken["limit"] and "18:00" in broken["limit"]


def test_opening_hours_run_over_midnight(world, guest, strict):
    world.book(guest, strict, weekday(5, 23, minutes=120))
    refused(world, guest, strict, times.slot(times.next_weekday(5) + 1, 1, minutes=120), "opening-hours")


def test_off_the_step_grid(world, guest, strict):
    refused(world, guest, strict, weekday(0, 10, 10), "step")
    refused(world, guest, strict, weekday(0, 10, 0, 75), "step")


def test_too_short_and_too_long(world, guest, strict):
    assert refused(world, guest, strict, weekday(0, 10, minutes=30), "min-duration")["pointer"] == "/end"
    assert refused(world, guest, strict, weekday(0, 10, minutes=270), "max-duration")["pointer"] == "/end"


def test_too_many_people(world, guest, strict):
    broken = refused(world, guest, strict, weekday(0), "capacity", partySize=5)
    assert broken["pointer"] == "/partySize" and "4" in broken["limit"] and "5" in broken["actual"]


def test_beyond_the_horizon(world, guest, strict):
    refused(world, guest, strict, times.slot(times.next_weekday(0, 63), 10), "horizon")


def test_in_the_past(world, guest, strict):
    refused(world, guest, strict, times.slot(times.next_weekday(0, 7) - 14, 10), "past")


def test_every_broken_rule_is_named_at_once(world, guest, strict):
    answer = world.book(guest, strict, weekday(6, 3, 10, 35), expect=422, partySize=9)
    assert {"opening-hours", "step", "min-duration", "capacity"} <= set(violations(answer)), answer


def test_an_end_before_the_start(world, guest, room):
    day = times.at(4, 10)
    for end in (day, day - timedelta(hours=1)):
        answer = world.book(guest, room, {"start": day.isoformat(), "end": end.isoformat()}, expect=422)
        assert answer.json()["violations"], answer


def test_the_buffer_is_kept_on_both_sides(world, guest, strict):
    taken = times.next_weekday(2)
    world.book(guest, strict, times.slot(taken, 12))
    for hour, minute in ((11, 0), (13, 0), (12, 0), (11, 30)):
        assert_problem(world.book(guest, strict, times.slot(taken, hour, minute), expect=409), 409, "slot-taken")
    world.book(guest, strict, times.slot(taken, 10, 30))
    world.book(guest, strict, times.slot(taken, 13, 30))


def test_touching_bookings_are_both_kept_without_a_buffer(world, guest, room):
    world.book(guest, room, times.slot(8, 9))
    world.book(guest, room, times.slot(8, 10))
    world.book(guest, room, times.slot(8, 8))


def test_a_taken_slot_offers_alternatives_that_are_real(world, guest, other):
    site = fresh_key("site")
    room = world.room(site=site, capacity=6)
    twin, small = world.room(site=site, capacity=6), world.room(site=site, capacity=1)
    guest.get("/v1/rooms", headers=guest.sees(world.last_position))
    first = world.book(guest, room, times.slot(9, 10))
    guest.get("/v1/rooms", headers=guest.sees(first.position))
    answer = world.book(other, room, times.slot(9, 10), expect=409, partySize=4)
    offered = assert_problem(answer, 409, "slot-taken")["alternatives"]
    assert 1 <= len(offered) <= 3
    assert {a["roomId"] for a in offered} & {room["id"], twin["id"]}
    assert small["id"] not in {a["roomId"] for a in offered}, "too small for four"
    wanted = times.parse(times.slot(9, 10)["start"])
    for a in offered:
        assert times.parse(a["end"]) - times.parse(a["start"]) == timedelta(hours=1)
        assert abs(times.parse(a["start"]) - wanted) <= timedelta(days=1)
        world.book(other, a["roomId"], {"start": a["start"], "end": a["end"]}, partySize=4)


@pytest.mark.parametrize("change,pointer", [
    ({"roomId": None}, "/roomId"), ({"start": "tomorrow"}, "/start"), ({"start": "2030-01-01T10:00:00"}, "/start"),
    ({"end": "2030-02-30T10:00:00Z"}, "/end"), ({"partySize": 0}, "/partySize"), ({"partySize": "two"}, "/partySize"),
    ({"payment": {"method": "card"}}, "/payment/token"), ({"payment": None}, "/payment"),
    ({"title": "x" * 5000}, "/title"), ({"colour": "red"}, "/colour"),
])
def test_a_wrong_field_is_named_by_a_pointer(world, guest, room, change, pointer):
    body = {**world.booking(room, times.slot(4, 15)), **change}
    body = {k: v for k, v in body.items() if v is not None}
    problem = assert_problem(guest.post("/v1/reservations", body, idem=fresh_key()), 422, "validation")
    assert any(v["pointer"] == pointer for v in problem["violations"]), problem


def test_a_room_that_is_not_there(world, guest):
    assert_problem(world.book(guest, "rm_nowhere", times.slot(4), expect=404), 404, "not-found")


# ---- money --------------------------------------------------------------------------------------
@pytest.mark.parametrize("token,code", [
    (DECLINES, "card_declined"), ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("pm_atrium_captureDeclined", None), ("no-such-token", None),
])
def test_a_declined_payment_frees_the_slot(world, guest, other, room, token, code):
    when = times.slot(12, 9 + len(token) % 10)
    answer = world.book(guest, room, when, token=token, expect=402)
    problem = assert_problem(answer, 402, "payment-declined")
    assert code is None or code in answer.body.decode(), problem
    again = world.book(other, room, when)
    world.cancel(other, again.json()["id"])


@pytest.mark.parametrize("token", ["pm_atrium_timeoutAfterEffect", "pm_atrium_timeoutBeforeEffect",
                                   "pm_atrium_lateSuccess", "pm_atrium_transient", "pm_atrium_captureTimeoutAfterEffect",
                                   "pm_atrium_captureTimeoutBeforeEffect"])
def test_a_provider_that_falters_still_ends_in_one_paid_booking_or_none(world, guest, room, token):
    when = times.slot(20, 8 + hash_of(token) % 12)
    key = fresh_key("falter")
    answer = world.book(guest, room, when, token=token, key=key, expect=(201, 202))
    if answer.status == 202:
        status = guest.get(answer.header("location")).json()
        assert status["status"] in ("held", "awaiting_payment", "confirmed"), status

    def final():
        repeat = world.book(guest, room, when, token=token, key=key, expect=(201, 202, 402, 409))
        return repeat if repeat.status != 202 else None

    done = world.eventually(final, f"{token} settles", timeout=40)
    assert done.status == 201, done
    doc = world.eventually(lambda: confirmed(guest, done.json()["id"]), "the view shows it")
    assert doc["payment"]["captured"] == doc["price"]


def hash_of(text):
    return sum(map(ord, text))


def confirmed(caller, reservation):
    answer = caller.get(f"/v1/reservations/{reservation}", expect=(200, 404))
    return answer.json() if answer.status == 200 and answer.json()["status"] == "confirmed" else None


# ---- time zones ---------------------------------------------------------------------------------
def test_a_booking_over_a_clock_change_lasts_and_costs_what_elapses(world, guest):
    zone = "America/New_York"
    room = world.room(timeZone=zone, pricePerHour={"amount": 1000, "currency": "USD"}, stepMinutes=60,
                      minDurationMinutes=60)
    for day, change in times.transitions(zone)[:2]:
        start, end = times.at(day, 0, zone=zone), times.at(day, 6, zone=zone)
        elapsed = 6 - int(change.total_seconds() // 3600)
        made = world.book(guest, room, {"start": start.isoformat(), "end": end.isoformat()}).json()
        assert made["price"]["amount"] == 1000 * elapsed


def test_opening_hours_are_wall_clock_on_both_sides_of_a_change(world, guest):
    zone = "Europe/Berlin"
    room = world.room(timeZone=zone, openingHours=[{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                                                    "open": "09:00", "close": "17:00"}])
    day, _ = times.transitions(zone)[0]
    for d in (day - 1, day, day + 1):
        world.book(guest, room, times.slot(d, 9, minutes=60, zone=zone))
        world.book(guest, room, times.slot(d, 16, minutes=60, zone=zone))
        refused(world, guest, room, times.slot(d, 8, minutes=60, zone=zone), "opening-hours")
        refused(world, guest, room, times.slot(d, 17, minutes=60, zone=zone), "opening-hours")


# ---- reading ------------------------------------------------------------------------------------
def test_lists_show_own_bookings_and_the_operator_all(world, guest, other, operator):
    room = world.room()
    mine = world.booked(guest, room, times.slot(5, 9))["id"]
    theirs = world.booked(other, room, times.slot(5, 11))["id"]
    query = {"roomId": room["id"]}
    assert [r["id"] for r in guest.items("/v1/reservations", query)] == [mine]
    assert [r["id"] for r in other.items("/v1/reservations", query)] == [theirs]
    assert {r["id"] for r in operator.items("/v1/reservations", query)} == {mine, theirs}
    assert {r["id"] for r in operator.items("/v1/reservations", query, limit=1)} == {mine, theirs}
    day = {"from": times.slot(5, 10)["start"], "to": times.slot(5, 20)["start"]}
    assert [r["id"] for r in operator.items("/v1/reservations", {**query, **day})] == [theirs]
    answer = world.cancel(guest, mine)
    operator.get("/v1/rooms", headers=operator.sees(answer.position))
    assert [r["id"] for r in operator.items("/v1/reservations", {**query, "status": "cancelled"})] == [mine]
    assert {r["id"] for r in operator.items("/v1/reservations", {"customerId": guest.id, **query})} == {mine}


def test_the_history_of_a_booking_is_its_events(world, guest):
    made = world.booked(guest, world.room(), times.slot(5, 9))
    done = world.cancel(guest, made["id"])
    guest.get("/v1/rooms", headers=guest.sees(done.position))
    events = guest.get(f"/v1/reservations/{made['id']}/history").json()["items"]
    kinds = [e["type"] for e in events]
    for part in ("reservation.held", "payment.captured", "reservation.confirmed", "reservation.cancelled"):
        assert any(part in k for k in kinds), kinds
    assert [e["position"] for e in events] == sorted(e["position"] for e in events)


def test_a_read_that_asks_for_the_future_is_told_to_come_again(guest):
    answer = guest.get("/v1/rooms", headers=guest.sees(10 ** 12), expect=503)
    assert_problem(answer, 503, "view-behind")


def test_request_and_trace_ids_come_back(world, guest, room):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = guest.get(f"/v1/rooms/{room['id']}", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01",
                                                           "X-Request-Id": "my-request-7"})
    assert answer.header("x-request-id") == "my-request-7"
    assert trace in (answer.header("traceparent") or "")
