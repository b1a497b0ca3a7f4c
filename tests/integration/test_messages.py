"""The inbox in two languages, and the event feed."""

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import DECLINES, assert_problem


def inbox(who, position=None, **query):
    headers = who.sees(position) if position else None
    return who.get("/v1/notifications", query={"limit": 200, **query}, headers=headers).json()["items"]


def about(messages, reservation):
    return [m for m in messages if m.get("reservationId") == reservation]


def test_booking_and_cancelling_leave_a_message_each(world, guest):
    room = world.room(name="Namsan")
    made = world.book(guest, room, times.slot(5, 10))
    reservation = made.json()["id"]
    first = about(inbox(guest, made.position), reservation)
    assert [m["type"] for m in first] == ["reservation.confirmed"]
    assert "Namsan" in first[0]["subject"] + first[0]["text"] and first[0]["readAt"] is None
    done = world.cancel(guest, reservation)
    types = {m["type"] for m in about(inbox(guest, done.position), reservation)}
    assert types == {"reservation.confirmed", "reservation.cancelled", "payment.refunded"}
    ids = [m["id"] for m in inbox(guest)]
    assert len(ids) == len(set(ids)), "every message can be told from its duplicate"


def test_a_declined_payment_leaves_a_message(world):
    guest = world.customer()
    answer = world.book(guest, world.room(), times.slot(5), token=DECLINES, expect=402)
    messages = world.eventually(lambda: inbox(guest), "the message arrives")
    assert [m["type"] for m in messages] == ["payment.declined"], answer


def test_texts_are_korean_and_english(world):
    room = world.room(name="Bukchon")
    mina, jonas = world.customer("Mina", locale="ko"), world.customer("Jonas", locale="en")
    for who, hour in ((mina, 9), (jonas, 11)):
        world.booked(who, room, times.slot(5, hour))
    korean, english = inbox(mina)[0], inbox(jonas)[0]
    assert hangul(korean["text"]) and hangul(korean["subject"])
    assert not hangul(english["text"])
    asked = mina.get("/v1/notifications", headers={"Accept-Language": "en"}).json()["items"][0]
    assert not hangul(asked["text"])
    answer = jonas.get("/v1/rooms/rm_nope", expect=404, headers={"Accept-Language": "ko"})
    assert hangul(answer.json()["detail"]) or hangul(answer.json()["title"]), answer


def hangul(text):
    return any("가" <= c <= "힣" for c in text)


def test_a_message_is_marked_read_once(world):
    guest, stranger = world.customer(), world.customer()
    made = world.book(guest, world.room(), times.slot(5))
    message = inbox(guest, made.position)[0]
    path = f"/v1/notifications/{message['id']}/read"
    assert stranger.post(path).status in (403, 404)
    read = guest.post(path, expect=(200, 204))
    after = inbox(guest, read.position or made.position)
    assert times.parse(after[0]["readAt"])
    assert inbox(guest, unread="true") == []
    guest.post(path, expect=(200, 204))
    again = inbox(guest)
    assert again[0]["readAt"] == after[0]["readAt"]
    assert guest.post("/v1/notifications/nt_unknown/read").status == 404


# ---- /v1/events ---------------------------------------------------------------------------------
def of_booking(event, reservation):
    return reservation in event.data


def test_a_booking_is_an_event_on_the_feed_at_once(world, operator, guest):
    with operator.stream("/v1/events") as feed:
        made = world.book(guest, world.room(), times.slot(5)).json()
        seen = feed.until(lambda e: "confirmed" in e.json()["type"] and of_booking(e, made["id"]))
    event = seen[-1].json()
    assert event["specversion"] == "1.0" and event["id"] == seen[-1].id or event["id"]
    assert times.parse(event["time"]) and event["source"] and event["type"]


def test_the_feed_resumes_after_the_last_event_seen(world, operator, guest):
    room = world.room()
    with operator.stream("/v1/events") as feed:
        first = world.book(guest, room, times.slot(5, 9)).json()
        last = feed.until(lambda e: "confirmed" in e.json()["type"] and of_booking(e, first["id"]))[-1]
    missed = [world.book(guest, room, times.slot(5, hour)).json()["id"] for hour in (10, 11, 12)]
    with operator.stream("/v1/events", headers={"Last-Event-ID": last.id}) as feed:
        seen = feed.until(lambda e: "confirmed" in e.json()["type"] and of_booking(e, missed[-1]))
    confirmed = [m for m in missed if any("confirmed" in e.json()["type"] and of_booking(e, m) for e in seen)]
    assert confirmed == missed, "nothing between the two connections is lost"
    assert last.id not in [e.id for e in seen], "and nothing comes twice"
    ids = [e.id for e in seen]
    assert len(ids) == len(set(ids))


def test_a_customer_hears_only_of_his_own(world, operator):
    guest, other, room = world.customer(), world.customer(), world.room()
    with guest.stream("/v1/events") as feed:
        theirs = world.book(other, room, times.slot(5, 9)).json()["id"]
        mine = world.book(guest, room, times.slot(5, 11)).json()["id"]
        seen = feed.until(lambda e: "confirmed" in e.json()["type"] and of_booking(e, mine))
    assert not any(of_booking(e, theirs) for e in seen)


@pytest.mark.parametrize("where", ["not-a-number", "99999999999999999999999999"])
def test_a_last_event_id_that_was_never_given_out_is_refused(operator, where):
    answer = operator.get("/v1/events", expect=(400, 422), headers={"Last-Event-ID": where})
    assert answer.content_type == "application/problem+json"


def test_events_do_not_carry_secrets(world, operator, guest):
    with operator.stream("/v1/events") as feed:
        person = world.customer(fresh_key("person"))
        made = world.book(person, world.room(), times.slot(5)).json()
        seen = feed.until(lambda e: "confirmed" in e.json()["type"] and of_booking(e, made["id"]))
    text = "".join(e.data for e in seen)
    assert person.key not in text and "secretHash" not in text and "secret_hash" not in text
    assert "pm_card" not in text


def test_someone_elses_message_list_is_not_reachable(world, guest, other):
    world.booked(guest, world.room(), times.slot(5))
    mine = {m["id"] for m in inbox(guest)}
    assert not mine & {m["id"] for m in inbox(other)}
    problem = assert_problem(guest.get("/v1/notifications", query={"limit": 0}, expect=422), 422, "validation")
    assert problem["violations"]
