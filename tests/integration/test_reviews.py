"""Reviews: who may write one, and what they do to the room."""

import pytest

from harness import times
from harness.world import assert_problem

MINUTES = {"stepMinutes": 1, "minDurationMinutes": 1}


def stayed(world, who, room, offset=5):
    made = world.booked(who, room, times.lasting(times.minute_from_now(offset), 2))
    answer = who.post(f"/v1/reservations/{made['id']}/check-in", expect=200)
    who.get("/v1/rooms", headers=who.sees(answer.position))
    return made["id"]


def review(who, room, reservation, rating=5, text="Bright and quiet", expect=201):
    return who.post(f"/v1/rooms/{room['id']}/reviews",
                    {"reservationId": reservation, "rating": rating, "text": text}, expect=expect)


def rating(who, room, position):
    return who.get(f"/v1/rooms/{room['id']}", headers=who.sees(position)).json()["rating"]


def test_a_guest_who_was_there_reviews_once_and_the_room_counts_it(world, guest, other):
    room = world.room(**MINUTES)
    mine, theirs = stayed(world, guest, room, 4), stayed(world, other, room, 8)
    made = review(guest, room, mine, 5)
    doc = made.json()
    assert doc["roomId"] == room["id"] and doc["reservationId"] == mine and doc["rating"] == 5
    assert doc["authorName"] == guest.name and times.parse(doc["createdAt"])
    assert rating(guest, room, made.position) == {"average": 5.0, "count": 1}
    again = review(guest, room, mine, 1, expect=409)
    assert again.json()["detail"]
    second = review(other, room, theirs, 2)
    assert rating(guest, room, second.position) == {"average": 3.5, "count": 2}
    listed = guest.get(f"/v1/rooms/{room['id']}/reviews").json()["items"]
    assert {r["id"] for r in listed} == {doc["id"], second.json()["id"]}


def test_a_review_is_changed_and_deleted_by_its_author(world, guest, other, operator):
    room = world.room(**MINUTES)
    made = review(guest, room, stayed(world, guest, room), 4)
    path, etag = f"/v1/reviews/{made.json()['id']}", made.header("etag")
    read = guest.get(path, headers=guest.sees(made.position))
    etag = etag or read.header("etag")
    other.patch(path, {"rating": 1}, etag=etag, expect=(403, 404))
    guest.patch(path, {"rating": 2}, expect=428)
    changed = guest.patch(path, {"rating": 2, "text": "On second thought"}, etag=etag)
    assert changed.json()["rating"] == 2 and changed.json()["text"] == "On second thought"
    assert rating(guest, room, changed.position) == {"average": 2.0, "count": 1}
    guest.patch(path, {"rating": 3}, etag=etag, expect=412)
    other.delete(path, etag=changed.header("etag"), expect=(403, 404))
    gone = guest.delete(path, etag=changed.header("etag"), expect=(200, 204))
    assert guest.get(path, headers=guest.sees(gone.position), expect=404)
    assert rating(guest, room, gone.position)["count"] == 0


def test_a_review_may_be_written_anew_after_deletion(world, guest):
    room = world.room(**MINUTES)
    reservation = stayed(world, guest, room)
    made = review(guest, room, reservation, 4)
    gone = guest.delete(f"/v1/reviews/{made.json()['id']}", expect=(200, 204), etag=guest.get(
        f"/v1/reviews/{made.json()['id']}", headers=guest.sees(made.position)).header("etag"))
    guest.get("/v1/rooms", headers=guest.sees(gone.position))
    again = review(guest, room, reservation, 1)
    assert rating(guest, room, again.position) == {"average": 1.0, "count": 1}


def test_the_operator_may_remove_a_review(world, guest, operator):
    room = world.room(**MINUTES)
    made = review(guest, room, stayed(world, guest, room), 1, "Rude words")
    path = f"/v1/reviews/{made.json()['id']}"
    etag = operator.get(path, headers=operator.sees(made.position)).header("etag")
    operator.patch(path, {"text": "Nice words"}, etag=etag, expect=(403, 404))
    operator.delete(path, etag=etag, expect=(200, 204))


def test_who_was_not_there_cannot_review(world, guest, other):
    room, elsewhere = world.room(**MINUTES), world.room(**MINUTES)
    reservation = stayed(world, guest, room)
    assert review(other, room, reservation, expect=(403, 404, 409, 422)).json()["detail"]
    assert review(guest, elsewhere, reservation, expect=(404, 409, 422)).json()["detail"]
    future = world.booked(guest, room, times.slot(5))
    assert review(guest, room, future["id"], expect=(403, 409, 422)).json()["detail"]
    assert review(guest, room, "rs_unknown", expect=(404, 422)).json()["detail"]


@pytest.mark.parametrize("change,pointer", [({"rating": 0}, "/rating"), ({"rating": 6}, "/rating"),
                                            ({"rating": 4.5}, "/rating"), ({"rating": None}, "/rating"),
                                            ({"text": "x" * 20000}, "/text"), ({"stars": 5}, "/stars")])
def test_a_rating_is_1_to_5_and_the_text_bounded(world, guest, change, pointer):
    room = world.room(**MINUTES)
    reservation = stayed(world, guest, room)
    body = {"reservationId": reservation, "rating": 4, "text": "fine", **change}
    answer = guest.post(f"/v1/rooms/{room['id']}/reviews", {k: v for k, v in body.items() if v is not None})
    problem = assert_problem(answer, 422, "validation")
    assert any(v["pointer"] == pointer for v in problem["violations"]), problem
