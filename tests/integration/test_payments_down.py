"""The payment provider is in trouble: its circuit breaker keeps calls back, and everything else goes on."""

import pytest

from harness import times
from harness.world import assert_problem

PATH = "/v1/introspection/dependencies"


@pytest.fixture
def tripped(world):
    switch(world, "trip")
    yield
    switch(world, "reset")


def switch(world, action):
    return world.admin.post(f"{PATH}/payments/actions", {"action": action}, expect=200).json()


def payments(world):
    return next(d for d in world.operator.get(PATH).json()["items"] if d["name"] == "payments")


def test_the_breaker_is_shown_and_counts(world, guest):
    world.booked(guest, world.room(), times.slot(5))
    seen = payments(world)
    assert seen["state"] == "closed" and seen["calls"] >= 2 and seen["failed"] == 0, seen
    metrics = world.admin.get("/metrics").body.decode()
    assert 'atrium_dependency_calls_allowed{dependency="payments"} 1' in metrics


def test_bookings_are_refused_with_a_time_and_write_nothing(world, guest, tripped):
    room = world.room()
    before = world.operator.get("/v1/introspection/journal").json()["position"]
    answer = world.book(guest, room, times.slot(5), expect=503)
    problem = assert_problem(answer, 503, "dependency-unavailable")
    assert int(answer.header("retry-after")) >= 1
    assert "nothing was booked or charged" in problem["detail"] and "try again in" in problem["detail"], problem
    assert world.operator.get("/v1/introspection/journal").json()["position"] == before
    assert payments(world)["state"] == "tripped"


def test_the_same_key_books_once_payments_are_back(world, guest):
    room = world.room()
    switch(world, "trip")
    world.book(guest, room, times.slot(5), expect=503, key="try-again-later")
    switch(world, "reset")
    world.book(guest, room, times.slot(5), expect=201, key="try-again-later")


def test_cancellations_are_taken_and_refunds_follow(world, guest, other):
    room = world.room(cancellationPolicy=[{"hoursBefore": 0, "refundPercent": 100}])
    made = world.booked(guest, room, times.slot(5))
    switch(world, "trip")
    world.cancel(guest, made["id"], expect=202)
    path = f"/v1/reservations/{made['id']}"
    doc = world.eventually(lambda: (d := guest.get(path).json())["status"] == "cancelled" and d, "the slot is free")
    assert doc["payment"]["status"] == "refund_pending", doc["payment"]
    waiting = [s for s in world.operator.get("/v1/introspection/sagas").json()["items"] if s["step"] == "refund-payment"]
    assert waiting and "circuit breaker" in waiting[0]["waitingFor"], waiting
    switch(world, "reset")
    world.eventually(lambda: guest.get(path).json()["payment"]["status"] == "refunded", "the refund", timeout=20)
    world.book(other, room, times.slot(5))


def test_everything_else_goes_on(world, guest, tripped):
    room = world.room()
    guest.get(f"/v1/rooms/{room['id']}")
    guest.post("/v1/holds", {"roomId": room["id"], "partySize": 1, **times.slot(6)}, expect=201, idem="hold-while-down")
    world.operator.get("/v1/board", query={"from": times.slot(5)["start"], "to": times.slot(6)["end"]})


@pytest.mark.parametrize("body,status", [({"action": "explode"}, 422), ({}, 422), ({"action": "trip", "x": 1}, 422)])
def test_bad_switches_change_nothing(world, body, status):
    world.admin.post(f"{PATH}/payments/actions", body, expect=status)
    assert payments(world)["state"] == "closed"


def test_only_admins_switch(world, operator, guest):
    operator.post(f"{PATH}/payments/actions", {"action": "trip"}, expect=403)
    guest.get(PATH, expect=403)
    world.admin.post(f"{PATH}/nothing/actions", {"action": "trip"}, expect=404)
