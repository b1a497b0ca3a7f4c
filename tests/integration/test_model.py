"""Thousands of random operations over HTTP, each answer predicted by a naive model."""

import random
import time
from datetime import timedelta

from harness import times
from harness.client import fresh_key
from harness.world import problem_name
from model import Model


def test_random_operations_are_answered_as_a_naive_model_says(world, pytestconfig):
    seed = pytestconfig.getoption("--seed") or random.SystemRandom().randrange(10 ** 6)
    rng, began = random.Random(seed), time.monotonic()
    print(f"seed {seed}")
    guests = [world.customer() for _ in range(3)]
    rooms = [world.room(**facts) for facts in (
        {"stepMinutes": 30, "minDurationMinutes": 30, "maxDurationMinutes": 240},
        {"stepMinutes": 15, "minDurationMinutes": 30, "maxDurationMinutes": 180, "bufferMinutes": 30, "capacity": 4},
        {"stepMinutes": 60, "minDurationMinutes": 60, "maxDurationMinutes": 480,
         "openingHours": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "open": "08:00", "close": "02:00"}]})]
    model = Model(rooms)
    # A day in two weeks, without a clock change in Seoul; nothing of it can pass while the test runs.
    day = times.at(14, 0)
    for number in range(pytestconfig.getoption("--operations")):
        step(world, model, rng, guests, rooms, day, f"seed {seed}, operation {number}")
    assert all(model.counts.get(k, 0) > 50 for k in (("book", 201), ("book", 409), ("book", 422), ("cancel", 200),
                                                     ("hold", 201), ("hold", 409), ("release", 200), ("change", 200),
                                                     ("change", 409))), model.counts
    for guest in guests:
        mine = {r["id"] for r in guest.items("/v1/reservations", {"status": "confirmed"}, limit=200)}
        assert mine == model.bookings_of(guest.id)
    print(f"{model.counts} in {time.monotonic() - began:.0f} s")


def step(world, model, rng, guests, rooms, day, where):
    guest, room = rng.choice(guests), rng.choice(rooms)
    # Mostly what the room's rules allow, else too little would ever be booked.
    grid = room["stepMinutes"] if rng.random() < 0.9 else 15
    start = day + timedelta(minutes=grid * rng.randrange(6 * 1440 // grid))
    when = times.lasting(start, max(grid, 30) * rng.choice([1, 1, 2, 2, 4]) if rng.random() < 0.95 else 15)
    party = rng.choice([1, 2, 4, 4, 4, 5])
    dice = rng.random()
    if dice < 0.6:
        expected = model.slot(guest.id, room, when, party)
        answer = guest.post("/v1/reservations", world.booking(room, when, partySize=party), idem=fresh_key("m"))
        verdict(model, "book", expected, answer, where)
        if answer.status == 201:
            model.keep(answer.json()["id"], guest.id, room, when, "booking")
    elif dice < 0.7:
        expected = model.slot(guest.id, room, when, party)
        answer = guest.post("/v1/holds", {"roomId": room["id"], **when, "partySize": party, "ttlMinutes": 60},
                            idem=fresh_key("m"))
        verdict(model, "hold", expected, answer, where)
        if answer.status == 201:
            model.keep(answer.json()["id"], guest.id, room, when, "hold")
    elif dice < 0.8:
        move_something(world, model, rng, guest, room, when, party, where)
    else:
        end_something(world, model, rng, guest, dice, where)


def move_something(world, model, rng, guest, room, when, party, where):
    """Moves a booking to the slot, now and then somebody else's: what it has itself is no obstacle."""
    kept = [k for k in model.all_of("booking") if model.owner(k) == guest.id or rng.random() < 0.05]
    if not kept:
        return
    what = rng.choice(kept)
    if rng.random() < 0.3:  # a bit later or longer where it is
        room, before = model.where(what)
        shift, longer = (timedelta(minutes=room["stepMinutes"] * rng.choice([0, 1, 1, 2])) for _ in range(2))
        when = {"start": (times.parse(before["start"]) + shift).isoformat(),
                "end": (times.parse(before["end"]) + shift + longer).isoformat()}
    if (room["id"], times.parse(when["start"]), times.parse(when["end"])) == model.place(what):
        return  # nothing would change
    mine = model.owner(what) == guest.id
    expected = model.slot(guest.id, room, when, party, moving=what) if mine else ("hidden", None)
    body = {"roomId": room["id"], **when, "partySize": party, "payment": {"method": "card", "token": "pm_card_visa"}}
    answer = guest.patch(f"/v1/reservations/{what}", body, etag="*", expect=None, idem=fresh_key("m"))
    verdict(model, "change", (200 if expected[0] == 201 else expected[0], expected[1]), answer, where)
    if answer.status == 200:
        model.free(what)
        model.keep(what, guest.id, room, when, "booking")


def end_something(world, model, rng, guest, dice, where):
    """Cancels a booking, gives a hold back or books from it; now and then somebody else's."""
    kind = "booking" if dice < 0.93 else "hold"
    kept = [k for k in model.all_of(kind) if model.owner(k) == guest.id or rng.random() < 0.1]
    if not kept:
        return
    what = rng.choice(kept)
    mine = model.owner(what) == guest.id
    if kind == "booking":
        answer = guest.post(f"/v1/reservations/{what}/cancellation", idem=fresh_key("m"))
        verdict(model, "cancel", (200, None) if mine else ("hidden", None), answer, where)
        if mine:
            model.free(what)
    elif dice < 0.965:
        answer = guest.delete(f"/v1/holds/{what}")
        verdict(model, "release", (200, None) if mine else ("hidden", None), answer, where)
        if mine:
            model.free(what)
    elif mine:
        room, when = model.where(what)
        answer = guest.post("/v1/reservations", world.booking(room, when, holdId=what), idem=fresh_key("m"))
        verdict(model, "book from hold", (201, None), answer, where)
        model.free(what)
        model.keep(answer.json()["id"], guest.id, room, when, "booking")


def verdict(model, kind, expected, answer, where):
    status, name = expected
    model.count(kind, 200 if kind in ("cancel", "release") and answer.status in (201, 204) else answer.status)
    if status == "hidden":
        good = answer.status in (403, 404)
    elif status == 200:
        good = answer.status in (200, 201, 204)
    else:
        good = answer.status == status and (name is None or problem_name(answer) == name)
    assert good, f"{where}: {kind} should be {expected}, got {answer}"
