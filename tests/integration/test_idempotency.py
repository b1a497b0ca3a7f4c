"""One key, one effect; one slot, one winner: repeated, simultaneous and competing requests."""

import asyncio

import pytest

from harness import times
from harness.client import AsyncClient, fresh_key, run
from harness.waiting import until_async
from harness.world import DECLINES, assert_problem, problem_name


@pytest.fixture(scope="module")
def room(world):
    return world.room(name="Contended")


def test_without_a_key_nothing_is_booked(world, guest, room):
    answer = guest.post("/v1/reservations", world.booking(room, times.slot(15)))
    assert answer.status == 400 and "Idempotency-Key" in answer.json()["detail"], answer


def test_a_repeated_request_gets_the_identical_answer(world, guest, room):
    when, key = times.slot(15, 11), fresh_key()
    first = world.book(guest, room, when, key=key)
    assert first.header("atrium-replayed") is None
    body = world.booking(room, when)
    shuffled = {k: body[k] for k in reversed(list(body))}
    for repeat in (body, shuffled):
        second = guest.post("/v1/reservations", repeat, expect=201, idem=key)
        assert second.body == first.body and second.header("atrium-replayed") == "true"
        assert second.header("location") == first.header("location")
    mine = [r for r in guest.items("/v1/reservations", {"roomId": room["id"]}) if r["start"] == first.json()["start"]]
    assert len(mine) == 1


def test_one_key_with_another_body_is_refused(world, guest, room):
    key = fresh_key()
    world.book(guest, room, times.slot(15, 13), key=key)
    answer = world.book(guest, room, times.slot(15, 14), key=key, expect=422)
    assert_problem(answer, 422, "idempotency-conflict")


def test_keys_belong_to_the_caller(world, guest, other, room):
    key = fresh_key()
    first = world.book(guest, room, times.slot(15, 15), key=key).json()
    second = world.book(other, room, times.slot(15, 16), key=key).json()
    assert first["id"] != second["id"]


def test_a_final_refusal_is_repeated_even_when_the_slot_is_free_again(world, guest, other, room):
    when, key = times.slot(15, 18), fresh_key()
    first = world.book(other, room, when)
    refusal = world.book(guest, room, when, key=key, expect=409)
    world.cancel(other, first.json()["id"])
    again = world.book(guest, room, when, key=key, expect=409)
    assert again.body == refusal.body and again.header("atrium-replayed") == "true"
    world.book(guest, room, when)


@pytest.mark.parametrize("kind,status", [("decline", 402), ("missing", 404), ("rule", 422)])
def test_other_final_refusals_are_repeated_too(world, guest, room, kind, status):
    key = fresh_key()
    make = {"decline": lambda: world.book(guest, room, times.slot(16, 9), token=DECLINES, key=key, expect=402),
            "missing": lambda: world.book(guest, "rm_nowhere", times.slot(16, 9), key=key, expect=404),
            "rule": lambda: world.book(guest, room, times.slot(16, 9), key=key, partySize=99, expect=422)}[kind]
    first, second = make(), make()
    assert second.body == first.body and second.header("atrium-replayed") == "true"


def test_duplicates_sent_at_once_attach_to_one_booking(world, guest, room):
    body, key = world.booking(room, times.slot(17, 9)), fresh_key()

    async def all_at_once():
        callers = [AsyncClient(world.server, guest.key) for _ in range(20)]
        try:
            return await asyncio.gather(*(c.call("POST", "/v1/reservations", body, idem=key) for c in callers))
        finally:
            for c in callers:
                c.close()

    answers = run(all_at_once())
    assert {a.status for a in answers} == {201}, answers
    assert len({a.body for a in answers}) == 1


# ---- contention ---------------------------------------------------------------------------------
def test_300_customers_want_one_slot_and_exactly_one_gets_it(world, guest):
    room = world.room(name="Popular")
    body = world.booking(room, times.slot(30, 10))
    customers = [world.customer() for _ in range(300)]

    async def stampede():
        callers = [AsyncClient(world.server, c.key) for c in customers]
        gate = asyncio.Event()

        async def one(caller, number):
            await caller.connection.open()
            await gate.wait()
            return await caller.call("POST", "/v1/reservations", body, idem=f"stampede-{number}")

        try:
            tasks = [asyncio.ensure_future(one(c, n)) for n, c in enumerate(callers)]
            await until_async(lambda: all(c.connection.writer for c in callers), "300 connections")
            gate.set()
            return await asyncio.gather(*tasks)
        finally:
            for c in callers:
                c.close()

    answers = run(stampede())
    won = [a for a in answers if a.status == 201]
    lost = [a for a in answers if a.status == 409]
    assert len(won) == 1 and len(lost) == 299, sorted({a.status for a in answers})
    assert all(problem_name(a) == "slot-taken" for a in lost)
    world.operator.get("/v1/rooms", headers=guest.sees(max(a.position for a in answers)))
    kept = world.operator.items("/v1/reservations", {"roomId": room["id"], "status": "confirmed"})
    assert [r["id"] for r in kept] == [won[0].json()["id"]]
