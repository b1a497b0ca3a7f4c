"""3-D Secure with the sandbox: what a customer sees and does, the board, messages, other people."""

from harness import times
from harness.client import fresh_key
from harness.waiting import until
from harness.world import ASKS, assert_problem


def ask(world, guest, room, when, key=None):
    return world.book(guest, room, when, token=ASKS, key=key, expect=202).json()


def act(guest, pending, succeeded=True, expect=202):
    return guest.post(pending["nextAction"]["url"], {"succeeded": succeeded}, expect=expect)


def test_a_booking_waits_for_its_customer_and_is_confirmed(world):
    guest, room, when = world.customer(), world.room(), times.slot(5, 10)
    pending = ask(world, guest, room, when)
    assert pending["nextAction"]["type"] == "sandbox"
    path = f"/v1/reservations/{pending['id']}"
    found = guest.get(path).json()
    assert found["status"] == "awaiting_payment" and found["nextAction"]["url"] == pending["nextAction"]["url"]
    board = world.operator.get("/v1/board", query={"from": when["start"], "to": when["end"]}).json()
    assert "awaiting_payment" in str(board)
    message = guest.items("/v1/notifications")[0]
    assert message["type"] == "payment.action_required" and pending["nextAction"]["url"] in message["text"]
    act(guest, pending)
    done = until(lambda: (f := guest.get(path).json())["status"] == "confirmed" and f, "it is confirmed")
    assert done["payment"]["captured"] == done["price"]
    kinds = [e["type"] for e in guest.get(path + "/history").json()["items"]]
    assert kinds.index("reservation.awaiting_payment.v1") < kinds.index("reservation.confirmed.v1")


def test_who_fails_is_declined_and_the_slot_is_free(world):
    guest, room, when, key = world.customer(), world.room(), times.slot(5, 10), fresh_key("asks")
    pending = ask(world, guest, room, when, key)
    act(guest, pending, succeeded=False)
    until(lambda: guest.get(f"/v1/reservations/{pending['id']}").json()["status"] == "payment_failed", "it failed")
    assert_problem(world.book(guest, room, when, token=ASKS, key=key, expect=402), 402, "payment-declined")
    world.book(guest, room, when)
    assert_problem(act(guest, pending, expect=409), 409, "illegal-transition")


def test_while_it_waits_it_is_nobody_elses_and_cannot_be_cancelled(world):
    guest, other, room, when = world.customer(), world.customer(), world.room(), times.slot(5, 10)
    pending = ask(world, guest, room, when)
    world.book(other, room, when, expect=409)
    act(other, pending, expect=404)
    answer = world.cancel(guest, pending["id"], expect=409)
    assert "Nothing is charged" in assert_problem(answer, 409, "illegal-transition")["detail"]
    act(guest, pending)
    until(lambda: guest.get(f"/v1/reservations/{pending['id']}").json()["status"] == "confirmed", "it is confirmed")
    world.cancel(guest, pending["id"])


def test_a_plain_payment_asks_nobody(world):
    guest, room = world.customer(), world.room()
    made = world.booked(guest, room, times.slot(5, 10))
    answer = guest.post(f"/v1/payments/{made['payment']['id']}/authentication", {"succeeded": True}, expect=409)
    assert "captured" in assert_problem(answer, 409, "illegal-transition")["detail"]


def test_while_it_waits_it_is_not_changed(world):
    guest, room, when = world.customer(), world.room(), times.slot(5, 10)
    pending = ask(world, guest, room, when)
    path = f"/v1/reservations/{pending['id']}"
    answer = guest.patch(path, {"title": "Retro"}, etag=guest.get(path).header("etag"), idem=fresh_key("change"),
                         expect=409)
    assert "Confirm the payment first" in assert_problem(answer, 409, "illegal-transition")["detail"]
    act(guest, pending)
    until(lambda: guest.get(path).json()["status"] == "confirmed", "it is confirmed")
    done = guest.patch(path, {"title": "Retro"}, etag=guest.get(path).header("etag"), idem=fresh_key("change"))
    assert done.json()["title"] == "Retro"


def test_a_difference_that_has_to_be_confirmed_is_refused_and_the_booking_stays(world):
    guest, room, when = world.customer(), world.room(), times.slot(5, 10)
    made = world.booked(guest, room, when)
    path = f"/v1/reservations/{made['id']}"
    before, longer = guest.get(path), times.slot(5, 10, minutes=120)
    patch = {"start": longer["start"], "end": longer["end"], "payment": {"method": "card", "token": ASKS}}
    answer = guest.patch(path, patch, etag=before.header("etag"), idem=fresh_key("change"), expect=402)
    assert "cancel the booking and book anew" in assert_problem(answer, 402, "payment-declined")["detail"]
    assert guest.get(path).json() == before.json()
    kept = [p for p in guest.items("/v1/payments") if p["reservationId"] == made["id"]]
    assert sorted(p["status"] for p in kept) == ["captured", "declined"]
    world.booked(world.customer(), room, times.slot(5, 11))


def test_a_room_that_is_retired_meanwhile_takes_no_money(world):
    guest, room, when, key = world.customer(), world.room(), times.slot(5, 10), fresh_key("asks")
    pending = ask(world, guest, room, when, key)
    path = f"/v1/rooms/{room['id']}"
    etag = world.operator.get(path).header("etag")
    refused = world.operator.delete(path, etag=etag, expect=409)
    assert pending["id"] in str(assert_problem(refused, 409, "room-has-bookings"))
    world.operator.delete(path, query={"cancelBookings": "true"}, etag=etag, expect=(200, 202, 204))
    act(guest, pending)
    done = until(lambda: (f := guest.get(f"/v1/reservations/{pending['id']}").json())["payment"]["status"] == "refunded"
                 and f, "it is given back")
    assert done["status"] == "rejected" and done["payment"]["captured"] == done["payment"]["refunded"]
    world.book(guest, room, when, token=ASKS, key=key, expect=409)
