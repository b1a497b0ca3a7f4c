"""Sagas that wait for a person: shown with their reason, and what an administrator tells them."""

import pytest

from harness import times
from harness.client import fresh_key
from harness.world import assert_problem

SAGAS = "/v1/introspection/sagas"


@pytest.fixture(scope="module")
def room(world):
    return world.room(cancellationPolicy=[{"hoursBefore": 0, "refundPercent": 100}])


@pytest.fixture
def hours():
    return iter(range(8, 20))


def parked(world, room_id=None):
    items = world.operator.get(SAGAS, query={"state": "parked"}).json()["items"]
    return [s for s in items if room_id is None or s["roomId"] == room_id]


def booked(world, guest, slot):
    room = world.room(cancellationPolicy=[{"hoursBefore": 0, "refundPercent": 100}])
    return room, world.booked(guest, room, slot, token="pm_atrium_refundRefused")


def told(world, room):
    """The parked saga once the index knows what it tried: memory is ahead of it for a moment."""
    return world.eventually(lambda: [s for s in parked(world, room["id"]) if s["tried"]], "the refund is parked")[0]


def park_cancellation(world, guest, slot):
    room, made = booked(world, guest, slot)
    world.cancel(guest, made["id"], expect=202)
    return made, told(world, room)


def park_refund(world, guest, slot):
    room, made = booked(world, guest, slot)
    world.operator.post(f"/v1/payments/{made['payment']['id']}/refunds",
                        {"reason": "noise", "amount": {"amount": 1000, "currency": "KRW"}}, expect=202,
                        idem=fresh_key("refund"))
    return made, told(world, room)


def tell(world, saga, action, note="", expect=200):
    return world.admin.post(f"{SAGAS}/{saga['id']}/actions", {"action": action, "note": note}, expect=expect)


def payment(guest, made):
    return guest.get(f"/v1/payments/{made['payment']['id']}").json()


def gone(world, saga):
    return world.eventually(lambda: saga["id"] not in {s["id"] for s in parked(world)}, "it is not parked any more")


def test_a_parked_saga_says_why_since_when_and_what_may_be_done(world, guest):
    _, saga = park_cancellation(world, guest, times.slot(6, 10))
    assert saga["state"] == "parked" and saga["definition"] == "cancellation" and saga["step"] == "refund-payment"
    assert "refuses the refund" in saga["waitingFor"] and "refund_refused" in saga["waitingFor"]
    assert saga["since"] and saga["ageMs"] >= 0 and not saga["stuck"]
    assert saga["actions"] == ["retry", "resolve"]
    assert saga["tried"][-1]["outcome"] == "parked" and "refund_refused" in saga["tried"][-1]["detail"]
    metrics = world.anonymous.get("/metrics").body.decode()
    assert 'atrium_sagas{state="parked"}' in metrics and "atrium_sagas_stuck" in metrics
    assert world.operator.get("/v1/introspection/summary").json()["sagas"]["parked"] >= 1


def test_retry_makes_the_refund_anew(world, guest):
    made, saga = park_cancellation(world, guest, times.slot(6, 12))
    answer = tell(world, saga, "retry", "they lifted the block")
    assert answer.json()["state"] in ("running", "finishing", "completed")
    world.eventually(lambda: payment(guest, made)["status"] == "refunded", "the refund")
    gone(world, saga)
    tell(world, saga, "retry", expect=409)
    history = guest.get(f"/v1/reservations/{made['id']}/history").json()["items"]
    acted = next(e for e in history if e["type"].startswith("operator.acted"))
    assert acted["data"]["action"] == "saga.retry" and acted["data"]["note"] == "they lifted the block"


def test_resolve_ends_it_with_a_note(world, guest):
    made, saga = park_cancellation(world, guest, times.slot(6, 14))
    tell(world, saga, "resolve", expect=422)
    tell(world, saga, "resolve", "paid back in cash")
    gone(world, saga)
    seen = world.eventually(lambda: (lambda p: p if p["refunds"][0]["status"] != "pending" else None)(
        payment(guest, made)), "it is settled")
    assert seen["refunds"][0]["status"] == "settled_by_hand" and seen["refunded"]["amount"] == 0


def test_compensate_withdraws_a_refund_by_hand_only(world, guest):
    made, saga = park_refund(world, guest, times.slot(6, 16))
    assert saga["actions"] == ["retry", "compensate", "resolve"]
    world.eventually(lambda: payment(guest, made)["refundable"]["amount"] == 10000, "readers know of the promise")
    tell(world, saga, "compensate", "asked the wrong person")
    gone(world, saga)
    seen = world.eventually(lambda: (lambda p: p if p["status"] == "captured" else None)(payment(guest, made)),
                            "it is withdrawn")
    assert seen["refunds"][0]["status"] == "withdrawn" and seen["refundable"]["amount"] == 11000
    _, cancelling = park_cancellation(world, guest, times.slot(6, 18))
    problem = assert_problem(tell(world, cancelling, "compensate", expect=409), 409, "illegal-transition")
    assert "retry, resolve" in problem["detail"]


def test_orders_outlive_a_kill(own, tmp_path):
    from harness.world import World
    server = own()
    world = World(server)
    guest = world.customer()
    made, saga = park_cancellation(world, guest, times.slot(6, 10))
    server.kill()
    world = World(own())
    guest.move_to(world.server)
    seen = world.eventually(lambda: parked(world), "it is parked again")
    assert [s["id"] for s in seen] == [saga["id"]] and "refuses the refund" in seen[0]["waitingFor"]
    tell(world, saga, "retry")
    world.eventually(lambda: payment(guest, made)["status"] == "refunded", "the refund")


def test_bad_orders_change_nothing(world, guest):
    _, saga = park_cancellation(world, guest, times.slot(6, 20))
    path = f"{SAGAS}/{saga['id']}/actions"
    for body in ({}, {"action": "explode"}, {"action": "retry", "x": 1}, {"action": "retry", "note": "x" * 501}):
        world.admin.post(path, body, expect=422)
    world.operator.post(path, {"action": "retry"}, expect=403)
    world.admin.post(f"{SAGAS}/nothing/actions", {"action": "retry"}, expect=404)
    world.operator.get(SAGAS, query={"state": "lost"}, expect=422)
    assert saga["id"] in {s["id"] for s in parked(world)}
