"""What can be had and for how much: quotes, availability, holds."""

from datetime import timedelta

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import World, assert_problem, violations

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def hold(who, room, when, expect=201, key=None, **more):
    return who.post("/v1/holds", {"roomId": room["id"], **when, "partySize": 2, **more}, expect=expect,
                    idem=key or fresh_key("hold"))


# ---- quotes -------------------------------------------------------------------------------------
def test_a_quote_says_price_and_refund_terms_and_keeps_nothing(world, guest, other):
    room = world.room(pricePerHour={"amount": 20000, "currency": "KRW"},
                      cancellationPolicy=[{"hoursBefore": 48, "refundPercent": 100},
                                          {"hoursBefore": 2, "refundPercent": 50}])
    when = times.slot(4, 9, minutes=90)
    quote = guest.post("/v1/quotes", {"roomId": room["id"], **when, "partySize": 2}, expect=200).json()
    assert quote["price"] == {"amount": 30000, "currency": "KRW"}
    assert quote["cancellation"]["refund"] == quote["price"] and quote["cancellation"]["rule"]["hoursBefore"] == 48
    assert quote["tax"]["amount"] == 0 and quote["total"] == quote["price"] and quote["available"] is True
    made = world.book(other, room, when).json()
    assert made["price"] == quote["price"]
    other.get("/v1/rooms", headers=other.sees(made["position"]))
    again = guest.post("/v1/quotes", {"roomId": room["id"], **when, "partySize": 2}, expect=200).json()
    assert again["available"] is False


def test_a_quote_for_a_slot_that_breaks_rules_names_them(world, guest):
    room = world.room(capacity=2)
    answer = guest.post("/v1/quotes", {"roomId": room["id"], **times.slot(4, 9, minutes=10), "partySize": 3})
    assert_problem(answer, 422, "rule-violation")
    assert {"capacity", "min-duration"} <= set(violations(answer))


# ---- availability -------------------------------------------------------------------------------
def test_availability_lists_free_rooms_and_why_the_others_are_not(world, guest):
    site = fresh_key("site")
    free = world.room(site=site, capacity=6, amenities=["screen"])
    taken = world.room(site=site, capacity=6, amenities=["screen"])
    small = world.room(site=site, capacity=1, amenities=["screen"])
    closed = world.room(site=site, capacity=6, amenities=["screen"],
                        openingHours=[{"days": EVERY_DAY, "open": "18:00", "close": "20:00"}])
    bare = world.room(site=site, capacity=6)
    when = times.slot(6, 10)
    booked = world.book(guest, taken, when)
    found = guest.get("/v1/availability", query={**when, "capacity": 4, "amenities": "screen", "site": site},
                      headers=guest.sees(booked.position)).json()
    assert [f["room"]["id"] for f in found["free"]] == [free["id"]]
    assert found["free"][0]["price"]["amount"] == 11000
    why = {u["room"]["id"]: str(u) for u in found["unavailable"]}
    assert "slot-taken" in why[taken["id"]]
    assert "opening-hours" in why[closed["id"]]
    for room in (small, bare):
        assert room["id"] not in why or "capacity" in why[room["id"]] or "amenit" in why[room["id"]]


def test_availability_finds_a_gap_of_the_wanted_length(world, guest):
    site = fresh_key("site")
    room = world.room(site=site)
    world.book(guest, room, times.slot(6, 9, minutes=60))
    booked = world.book(guest, room, times.slot(6, 11, minutes=60))
    window = times.slot(6, 9, minutes=180)
    found = guest.get("/v1/availability", query={**window, "capacity": 1, "site": site, "duration": 60},
                      headers=guest.sees(booked.position)).json()["free"]
    assert [f["room"]["id"] for f in found] == [room["id"]]
    assert times.parse(found[0]["start"]) == times.parse(times.slot(6, 10)["start"])
    none = guest.get("/v1/availability", query={**window, "capacity": 1, "site": site, "duration": 90}).json()
    assert none["free"] == [] and len(none["unavailable"]) == 1


@pytest.mark.parametrize("query", [{}, {"start": "x", "end": "y"}, {"start": "2030-01-01T00:00:00Z"}])
def test_availability_without_a_sensible_slot_is_refused(guest, query):
    assert_problem(guest.get("/v1/availability", query=query, expect=422), 422, "validation")


# ---- holds --------------------------------------------------------------------------------------
def test_a_hold_keeps_the_slot_for_its_owner_who_then_books_it(world, guest, other):
    room, when = world.room(), times.slot(7, 9)
    placed = hold(guest, room, when, ttlMinutes=5)
    held = placed.json()
    assert held["roomId"] == room["id"] and held["price"]["amount"] == 11000
    left = times.parse(held["expiresAt"]) - times.now()
    assert timedelta(seconds=200) < left <= timedelta(seconds=301)
    assert_problem(world.book(other, room, when, expect=409), 409, "slot-taken")
    read = guest.get(f"/v1/holds/{held['id']}", headers=guest.sees(placed.position)).json()
    assert read["status"] == "active"
    made = world.book(guest, room, when, holdId=held["id"])
    assert made.json()["status"] == "confirmed"
    after = guest.get(f"/v1/holds/{held['id']}", headers=guest.sees(made.position)).json()
    assert after["status"] == "booked"


def test_a_hold_can_be_given_back(world, guest, other):
    room, when = world.room(), times.slot(7, 9)
    placed = hold(guest, room, when)
    path = f"/v1/holds/{placed.json()['id']}"
    guest.get(path, headers=guest.sees(placed.position))
    assert other.delete(path, expect=(403, 404)).status
    gone = guest.delete(path, expect=(200, 204))
    assert guest.get(path, headers=guest.sees(gone.position)).json()["status"] == "released"
    world.book(other, room, when)


def test_a_hold_ends_by_itself_and_the_slot_is_free(timed, clock):
    guest, other = timed.customer(), timed.customer()
    room, when = timed.room(), times.slot(7, 9)
    placed = hold(guest, room, when, ttlMinutes=1)
    path = f"/v1/holds/{placed.json()['id']}"
    guest.get(path, headers=guest.sees(placed.position))
    clock.advance(seconds=50)
    assert_problem(timed.book(other, room, when, expect=409), 409, "slot-taken")
    clock.advance(seconds=20)
    timed.eventually(lambda: guest.get(path).json()["status"] == "expired", "the hold expires")
    late = timed.book(guest, room, when, holdId=placed.json()["id"], expect=410)
    assert_problem(late, 410, "hold-expired")
    timed.book(other, room, when)


def test_a_hold_of_a_taken_slot_is_refused_and_two_holds_collide(world, guest, other):
    room = world.room()
    hold(guest, room, times.slot(7, 9))
    assert_problem(hold(other, room, times.slot(7, 9), expect=409), 409, "slot-taken")
    answer = hold(guest, room, times.slot(7, 13, minutes=20), expect=422)
    assert_problem(answer, 422, "rule-violation")


@pytest.mark.parametrize("ttl", [0, -5, 61, 10 ** 9, 1.5, "long"])
def test_a_hold_lasts_within_bounds(world, guest, ttl):
    room = world.room()
    answer = hold(guest, room, times.slot(7, 9), expect=422, ttlMinutes=ttl)
    assert any(v["pointer"] == "/ttlMinutes" for v in answer.json()["violations"]), answer


def test_a_repeated_hold_is_the_same_hold(world, guest):
    room, key = world.room(), fresh_key()
    first = hold(guest, room, times.slot(7, 9), key=key)
    second = hold(guest, room, times.slot(7, 9), key=key)
    assert first.body == second.body and second.header("atrium-replayed") == "true"
    assert_problem(hold(guest, room, times.slot(7, 11), key=key, expect=422), 422, "idempotency-conflict")


def test_someone_elses_hold_does_not_help(world, guest, other):
    room, when = world.room(), times.slot(7, 9)
    held = hold(guest, room, when).json()
    answer = world.book(other, room, when, holdId=held["id"], expect=(404, 409, 410))
    assert answer.json()["detail"]


def test_a_hold_for_another_slot_does_not_book_it(world, guest):
    room = world.room()
    held = hold(guest, room, times.slot(7, 9)).json()
    answer = world.book(guest, room, times.slot(7, 15), holdId=held["id"], expect=(404, 409, 410, 422))
    assert answer.json()["detail"]


def test_own_holds_are_listed(world, guest, other):
    room = world.room()
    placed = hold(guest, room, times.slot(7, 9))
    mine = guest.get("/v1/holds", headers=guest.sees(placed.position)).json()["items"]
    assert placed.json()["id"] in [h["id"] for h in mine]
    theirs = other.get("/v1/holds").json()["items"]
    assert placed.json()["id"] not in [h["id"] for h in theirs]


def test_a_hold_alone_names_the_slot_to_book(world, guest):
    room, when = world.room(), times.slot(7, 9)
    held = hold(guest, room, when).json()
    body = {"holdId": held["id"], "payment": {"method": "card", "token": "pm_card_visa"}}
    made = guest.post("/v1/reservations", body, expect=201, idem=fresh_key()).json()
    assert (made["roomId"], made["start"], made["end"]) == (room["id"], held["start"], held["end"])


def test_holds_expire_across_a_restart(own, clock):
    """One that ends while the server is down, and one that ends after it is up again."""
    first = own("--clock-file", clock.path)
    world = World(first)
    guest, room = world.customer(), world.room()
    short = hold(guest, room, times.slot(7, 9), ttlMinutes=1).json()
    longer = hold(guest, room, times.slot(7, 13), ttlMinutes=10).json()
    kept = hold(guest, room, times.slot(7, 17), ttlMinutes=60).json()
    first.kill()
    clock.advance(minutes=2)
    second = World(own("--clock-file", clock.path))
    guest.move_to(second.server)

    def status(one):
        return guest.get(f"/v1/holds/{one['id']}").json()["status"]

    second.eventually(lambda: status(short) == "expired", "what fell due while it was down")
    assert status(longer) == "active"
    clock.advance(minutes=10)
    second.eventually(lambda: status(longer) == "expired", "what falls due afterwards")
    assert status(kept) == "active"
    for hour in (9, 13):
        second.book(guest, room, times.slot(7, hour))
    other = second.customer()
    assert_problem(second.book(other, room, times.slot(7, 17), expect=409), 409, "slot-taken")
