"""Registering, reading, listing, changing and retiring rooms."""

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import assert_problem, problem_name, violations

FULL = {
    "name": "대회의실 A", "site": "Gangnam", "description": "Projector and a view", "capacity": 12,
    "amenities": ["screen", "whiteboard"], "timeZone": "Asia/Seoul",
    "openingHours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "open": "09:00", "close": "22:00"},
                     {"days": ["sat"], "open": "22:00", "close": "02:00"}],
    "minDurationMinutes": 30, "maxDurationMinutes": 480, "stepMinutes": 30, "bufferMinutes": 15,
    "horizonDays": 365, "pricePerHour": {"amount": 33000, "currency": "KRW"},
    "cancellationPolicy": [{"hoursBefore": 24, "refundPercent": 100}, {"hoursBefore": 1, "refundPercent": 50}],
    "checkInRequired": True, "graceMinutes": 20, "taxRate": 8.25,
}
EVERY_HOUR = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "open": "00:00", "close": "24:00"}
SMALL = {"name": "Box", "capacity": 2, "timeZone": "Europe/Berlin", "pricePerHour": {"amount": 0, "currency": "EUR"}}


def test_every_field_comes_back_as_it_was_sent(operator):
    made = operator.post("/v1/rooms", FULL, expect=201)
    room = made.json()
    assert {k: room[k] for k in FULL} == FULL
    assert room["status"] == "active" and room["rating"]["count"] == 0
    assert made.header("location").endswith(f"/v1/rooms/{room['id']}")
    read = operator.get(f"/v1/rooms/{room['id']}", headers=operator.sees(made.position))
    assert read.json() == room and read.header("etag") == made.header("etag")
    assert read.header("etag").startswith('"'), "a strong ETag"


def test_only_four_fields_are_needed_and_the_rest_has_the_documented_defaults(operator):
    room = operator.post("/v1/rooms", SMALL, expect=201).json()
    defaults = {"site": "", "description": "", "amenities": [], "openingHours": [EVERY_HOUR], "minDurationMinutes": 15,
                "maxDurationMinutes": 1440, "stepMinutes": 15, "bufferMinutes": 0, "horizonDays": 730,
                "cancellationPolicy": [{"hoursBefore": 0, "refundPercent": 100}], "checkInRequired": False,
                "graceMinutes": 15, "taxRate": 0}
    assert {k: room.get(k) for k in defaults} == defaults


@pytest.mark.parametrize("field", ["name", "capacity", "timeZone", "pricePerHour"])
def test_a_missing_required_field_is_named(operator, field):
    body = {k: v for k, v in SMALL.items() if k != field}
    answer = operator.post("/v1/rooms", body)
    problem = assert_problem(answer, 422, "validation")
    assert any(v["pointer"] == f"/{field}" for v in problem["violations"]), problem


@pytest.mark.parametrize("change,pointer", [
    ({"name": ""}, "/name"), ({"name": "x" * 201}, "/name"), ({"capacity": 0}, "/capacity"),
    ({"capacity": 10001}, "/capacity"), ({"capacity": "8"}, "/capacity"), ({"capacity": 2.5}, "/capacity"),
    ({"timeZone": "Mars/Olympus"}, "/timeZone"), ({"timeZone": "KST"}, "/timeZone"),
    ({"pricePerHour": {"amount": -1, "currency": "KRW"}}, "/pricePerHour/amount"),
    ({"pricePerHour": {"amount": 1, "currency": "won"}}, "/pricePerHour/currency"),
    ({"pricePerHour": {"amount": 10 ** 12 + 1, "currency": "KRW"}}, "/pricePerHour/amount"),
    ({"stepMinutes": 7}, "/stepMinutes"), ({"stepMinutes": 0}, "/stepMinutes"),
    ({"minDurationMinutes": 20}, "/minDurationMinutes"), ({"maxDurationMinutes": 10095}, "/maxDurationMinutes"),
    ({"minDurationMinutes": 60, "maxDurationMinutes": 30}, "DurationMinutes"),
    ({"bufferMinutes": -1}, "/bufferMinutes"), ({"horizonDays": 0}, "/horizonDays"),
    ({"amenities": ["a", "a"]}, "/amenities"), ({"amenities": "screen"}, "/amenities"),
    ({"openingHours": [{"days": ["mon"], "open": "25:00", "close": "26:00"}]}, "/openingHours"),
    ({"openingHours": [{"days": ["monday"], "open": "09:00", "close": "10:00"}]}, "/openingHours"),
    ({"openingHours": [{"days": [], "open": "09:00", "close": "10:00"}]}, "/openingHours"),
    ({"cancellationPolicy": [{"hoursBefore": 1, "refundPercent": 101}]}, "/cancellationPolicy"),
    ({"cancellationPolicy": [{"hoursBefore": 1, "refundPercent": 50}, {"hoursBefore": 24, "refundPercent": 100}]},
     "/cancellationPolicy"),
    ({"graceMinutes": 0}, "/graceMinutes"), ({"taxRate": 100.01}, "/taxRate"), ({"taxRate": 7.125}, "/taxRate"),
    ({"colour": "blue"}, "/colour"),
])
def test_a_field_out_of_bounds_is_named_by_a_pointer(operator, change, pointer):
    answer = operator.post("/v1/rooms", {**SMALL, **change})
    problem = assert_problem(answer, 422, "validation")
    assert any(pointer in v["pointer"] for v in problem["violations"]), problem
    assert all(v["limit"] for v in problem["violations"]), "each says what is allowed"


def test_a_change_needs_the_version_that_was_seen(operator):
    made = operator.post("/v1/rooms", SMALL, expect=201)
    path, etag = f"/v1/rooms/{made.json()['id']}", made.header("etag")
    assert_problem(operator.patch(path, {"name": "Cube"}, expect=428), 428, "precondition-required")
    changed = operator.patch(path, {"name": "Cube", "bufferMinutes": 15}, etag=etag)
    assert changed.json()["name"] == "Cube" and changed.json()["bufferMinutes"] == 15
    assert changed.json()["capacity"] == 2, "fields that are not named stay"
    assert changed.header("etag") != etag
    assert_problem(operator.patch(path, {"name": "Late"}, etag=etag, expect=412), 412, "precondition-failed")
    read = operator.get(path, headers=operator.sees(changed.position))
    assert read.json() == changed.json() and read.header("etag") == changed.header("etag")
    wrong = operator.patch(path, {"capacity": 0}, etag=changed.header("etag"), expect=422)
    assert violations(wrong), wrong
    assert operator.get(path).json()["capacity"] == 2


def test_a_booking_does_not_make_a_seen_version_stale(world, operator, guest):
    made = operator.post("/v1/rooms", SMALL, expect=201)
    path, etag = f"/v1/rooms/{made.json()['id']}", made.header("etag")
    world.book(guest, made.json(), times.slot(5, zone="Europe/Berlin"))
    operator.patch(path, {"description": "quiet"}, etag=etag)


def test_an_unchanged_room_is_not_sent_again(operator):
    made = operator.post("/v1/rooms", SMALL, expect=201)
    path = f"/v1/rooms/{made.json()['id']}"
    again = operator.get(path, expect=304, headers={"If-None-Match": made.header("etag"),
                                                    **operator.sees(made.position)})
    assert again.body == b"" and again.header("etag") == made.header("etag")


def test_lists_filter_by_site_capacity_and_amenities(world, operator, guest):
    site = fresh_key("site")
    world.room(name="a", site=site, capacity=4, amenities=["screen"])
    world.room(name="b", site=site, capacity=10, amenities=["screen", "phone"])
    world.room(name="c", site=site, capacity=20)
    seen = guest.sees(world.last_position)

    def names(**query):
        return sorted(r["name"] for r in guest.get("/v1/rooms", query={"site": site, **query}, headers=seen).json()["items"])

    assert names() == ["a", "b", "c"]
    assert names(capacity=10) == ["b", "c"]
    assert names(amenities="screen") == ["a", "b"]
    assert names(amenities="screen,phone") == ["b"]
    assert names(amenities="sauna") == []


def test_a_list_comes_in_pages_without_gap_or_repeat(world, guest):
    site = fresh_key("site")
    made = {world.room(name=f"n{i}", site=site)["id"] for i in range(7)}
    guest.get("/v1/rooms", headers=guest.sees(world.last_position))
    first = guest.get("/v1/rooms", query={"site": site, "limit": 3})
    assert len(first.json()["items"]) == 3 and 'rel="next"' in first.header("link")
    listed = [r["id"] for r in guest.items("/v1/rooms", {"site": site}, limit=3)]
    assert len(listed) == 7 and set(listed) == made


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
def test_a_limit_outside_1_to_200_is_refused(guest, limit):
    assert_problem(guest.get("/v1/rooms", query={"limit": limit}, expect=422), 422, "validation")


def test_a_cursor_that_was_not_given_out_is_refused(guest):
    answer = guest.get("/v1/rooms", query={"cursor": "%%%not-a-cursor"}, expect=(400, 422))
    assert problem_name(answer) in ("validation", "malformed")


def test_an_unknown_room_is_not_found(guest, operator):
    for caller in (guest, operator):
        assert_problem(caller.get("/v1/rooms/rm_nope", expect=404), 404, "not-found")


def test_a_room_with_future_bookings_is_not_deleted_unless_they_are_cancelled(world, operator, guest):
    room = world.room(cancellationPolicy=[{"hoursBefore": 0, "refundPercent": 0}])
    path = f"/v1/rooms/{room['id']}"
    bookings = [world.booked(guest, room, times.slot(5, hour))["id"] for hour in (9, 11)]
    etag = operator.get(path).header("etag")
    assert_problem(operator.delete(path, expect=428), 428, "precondition-required")
    refused = operator.delete(path, etag=etag)
    problem = assert_problem(refused, 409, "room-has-bookings")
    assert all(b in refused.body.decode() for b in bookings), f"the bookings are named: {problem}"
    assert operator.get(path).json()["status"] == "active"

    done = operator.delete(path, etag=etag, query={"cancelBookings": "true"}, expect=(200, 202, 204))
    for b in bookings:
        seen = world.eventually(lambda: settled(guest, b, "cancelled", "refunded"), f"{b} is cancelled and refunded")
        assert seen["payment"]["refunded"] == seen["price"], "a cancellation by the house refunds in full"
    assert operator.get(path, headers=operator.sees(done.position)).json()["status"] == "retired"
    assert room["id"] not in [r["id"] for r in guest.items("/v1/rooms", {"limit": 200})]
    refused = world.book(guest, room, times.slot(6), expect=(404, 409, 422))
    assert refused.json()["detail"]


def settled(caller, reservation, status, payment):
    doc = caller.get(f"/v1/reservations/{reservation}").json()
    return doc if (doc["status"], doc["payment"]["status"]) == (status, payment) else None


def test_a_room_without_bookings_is_retired_at_once(world, operator, guest):
    room = world.room()
    path = f"/v1/rooms/{room['id']}"
    etag = operator.get(path, headers=operator.sees(world.last_position)).header("etag")
    gone = operator.delete(path, etag=etag, expect=(200, 204))
    assert operator.get(path, headers=operator.sees(gone.position)).json()["status"] == "retired"


def test_a_blackout_keeps_its_time_free_until_it_is_removed(world, operator, guest):
    room = world.room()
    path = f"/v1/rooms/{room['id']}/blackouts"
    made = operator.post(path, {**times.slot(5, 9, minutes=180), "reason": "painting"}, expect=201)
    assert_problem(world.book(guest, room, times.slot(5, 10), expect=409), 409, "slot-taken")
    world.book(guest, room, times.slot(5, 12))
    listed = operator.get(path, headers=operator.sees(made.position)).json()["items"]
    assert [b["reason"] for b in listed] == ["painting"]
    operator.delete(f"{path}/{made.json()['id']}", expect=(200, 204))
    world.book(guest, room, times.slot(5, 10))
