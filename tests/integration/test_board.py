"""One screen: every room with its bookings, for the right eyes, live."""

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import assert_problem


@pytest.fixture(scope="module")
def office(world, guest, other):
    """Two rooms of one site with three bookings; what the tests look at."""
    site = fresh_key("site")
    rooms = [world.room(name=f"Board {i}", site=site) for i in range(2)]
    mine = world.book(guest, rooms[0], times.slot(4, 9), title="Secret of the guest")
    theirs = world.book(other, rooms[0], times.slot(4, 11), title="Secret of the other")
    last = world.book(guest, rooms[1], times.slot(9, 9), title="Next week")
    return {"site": site, "rooms": rooms, "mine": mine.json()["id"], "theirs": theirs.json()["id"],
            "later": last.json()["id"], "position": last.position}


def day(first, last):
    return {"from": times.at(first, 0).isoformat(), "to": times.at(last, 0).isoformat()}


def board(who, office, first=3, last=6, **query):
    return who.get("/v1/board", query={**day(first, last), "site": office["site"], **query},
                   headers=who.sees(office["position"]))


def bookings(answer):
    return {b["id"]: b for row in answer.json()["rooms"] for b in row["bookings"]}


def test_the_board_shows_rooms_facts_rating_and_bookings_in_the_range(operator, office):
    answer = board(operator, office)
    rows = answer.json()["rooms"]
    assert [r["room"]["id"] for r in rows] == sorted([r["id"] for r in office["rooms"]],
                                                     key=[r["room"]["id"] for r in rows].index)
    assert {r["room"]["name"] for r in rows} == {"Board 0", "Board 1"}
    assert all(r["room"]["rating"]["count"] == 0 for r in rows)
    shown = bookings(answer)
    assert set(shown) == {office["mine"], office["theirs"]}
    assert {b["status"] for b in shown.values()} == {"confirmed"}
    assert {b["paymentStatus"] for b in shown.values()} == {"captured"}
    assert answer.json()["position"] >= office["position"]
    assert set(bookings(board(operator, office, 8, 11))) == {office["later"]}


def test_titles_are_for_the_owner_and_the_operator(operator, guest, other, office):
    assert {b["title"] for b in bookings(board(operator, office)).values()} == {"Secret of the guest",
                                                                                 "Secret of the other"}
    for who, visible, hidden in ((guest, "mine", "theirs"), (other, "theirs", "mine")):
        answer = board(who, office)
        shown = bookings(answer)
        by_title = [b.get("title") for b in answer_bookings(answer)]
        assert sorted(by_title, key=str) == sorted(["busy", shown[office[visible]]["title"]], key=str)
        secret = {"mine": "Secret of the guest", "theirs": "Secret of the other"}[hidden]
        assert secret.encode() not in answer.body
        stranger = {"mine": guest.id, "theirs": other.id}[hidden]
        assert stranger.encode() not in answer.body, "nor who the other is"


def answer_bookings(answer):
    return [b for row in answer.json()["rooms"] for b in row["bookings"]]


def test_the_board_filters_by_room_and_status(world, operator, guest, office):
    only = board(operator, office, room=office["rooms"][1]["id"]).json()["rooms"]
    assert [r["room"]["id"] for r in only] == [office["rooms"][1]["id"]]
    assert bookings(board(operator, office, status="checked_in")) == {}


def test_the_board_comes_in_pages(operator, office):
    first = board(operator, office, limit=1).json()
    assert len(first["rooms"]) == 1 and first["nextCursor"]
    second = board(operator, office, limit=1, cursor=first["nextCursor"]).json()
    assert {r["room"]["id"] for page in (first, second) for r in page["rooms"]} == {r["id"] for r in office["rooms"]}


@pytest.mark.parametrize("query", [{"from": "x", "to": "y"}, {"to": "2020-01-01T00:00:00Z"},
                                   {"from": "2030-01-01T00:00:00Z", "to": "2030-03-01T00:00:00Z"},
                                   {"from": "2030-01-02T00:00:00Z", "to": "2030-01-01T00:00:00Z"}])
def test_a_range_that_is_missing_too_long_or_backwards_is_refused(operator, query):
    problem = assert_problem(operator.get("/v1/board", query=query, expect=422), 422, "validation")
    assert all(v["limit"] for v in problem["violations"])


def test_the_board_is_live(world, operator, guest):
    site = fresh_key("site")
    room = world.room(site=site)
    operator.get("/v1/rooms", headers=operator.sees(world.last_position))
    with operator.stream("/v1/board", query={**day(3, 6), "site": site}) as live:
        made = world.book(guest, room, times.slot(4, 9), title="Live")
        shown = live.until(lambda e: made.json()["id"] in e.data)[-1]
        assert "confirmed" in shown.data and "Live" in shown.data
        world.cancel(guest, made.json()["id"])
        live.until(lambda e: room["id"] in e.data and '"confirmed"' not in e.data)


def test_the_live_board_keeps_titles_from_other_eyes(world, guest, other):
    site = fresh_key("site")
    room = world.room(site=site)
    other.get("/v1/rooms", headers=other.sees(world.last_position))
    with other.stream("/v1/board", query={**day(3, 6), "site": site}) as live:
        world.book(guest, room, times.slot(4, 9), title="For my eyes")
        seen = live.until(lambda e: "busy" in e.data)
    assert not any("For my eyes" in e.data or guest.id in e.data for e in seen)


def test_a_cancelled_booking_leaves_the_board(world, operator, guest, office):
    made = world.book(guest, office["rooms"][0], times.slot(5, 9))
    assert made.json()["id"] in bookings(board(operator, {**office, "position": made.position}))
    done = world.cancel(guest, made.json()["id"])
    assert made.json()["id"] not in bookings(board(operator, {**office, "position": done.position}))
