"""kill -9 of Atrium and of the provider while people book and the network fails; then the ledgers are equal."""

import asyncio
import random

import pytest

from harness import times
from harness.client import AsyncClient, fresh_key, run
from harness.waiting import pause, until_async
from harness.wire import WireError
from ledgers import differences

PEOPLE, ROUNDS, SEED = 8, 3, 20261123
FAULTS = {"seed": SEED, "latency": {"medianMs": 15, "p99Ms": 150}, "timeoutBeforeEffect": 0.01,
          "timeoutAfterEffect": 0.02, "resetBeforeEffect": 0.02, "resetAfterEffect": 0.02, "serverError": 0.01,
          "burst": 3, "serverErrorAfterEffect": 0.01, "rateLimited": 0.01, "lateEffect": 0.01, "lateMs": 900,
          "searchLagMs": 0}


class Load:
    """People who book and cancel, and repeat under the same key until there is a final answer."""

    def __init__(self, site, rooms, keys):
        self.site, self.rooms, self.keys = site, rooms, keys
        self.up, self.stopping, self.answers = asyncio.Event(), False, {}
        self.confirmed = {}  # reservation: what it was answered
        self.up.set()

    async def person(self, number):
        rng, mine = random.Random(f"{SEED}/{number}"), []
        while not self.stopping:
            if mine and rng.random() < 0.25:
                gone = mine.pop(rng.randrange(len(mine)))
                await self.settle(number, f"/v1/reservations/{gone}/cancellation", None)
            else:
                when = times.slot(3 + rng.randrange(300), rng.randrange(24))
                token = "pm_card_visa" if rng.random() < 0.9 else "pm_card_chargeDeclined"
                body = {"roomId": rng.choice(self.rooms)["id"], **when, "partySize": 1, "title": "Load",
                        "payment": {"method": "card", "token": token}}
                status, made = await self.settle(number, "/v1/reservations", body)
                if status == 201:
                    mine.append(made["id"])
                    self.confirmed[made["id"]] = made

    async def settle(self, number, path, body):
        key = fresh_key("load")
        while True:
            await self.up.wait()
            client = AsyncClient(self.site.server, self.keys[number])
            try:
                answer = await client.call("POST", path, body, idem=key, timeout=20, check=False)
            except (WireError, asyncio.TimeoutError):
                self.count("lost")
                continue
            finally:
                client.close()
            self.count(answer.status)
            if answer.status in (202, 429, 500, 503):
                await pause(0.05)
                continue
            return answer.status, answer.json()

    def count(self, what):
        self.answers[what] = self.answers.get(what, 0) + 1


async def disturb(load, kill, calls):
    """Kills in the middle of things, `ROUNDS` times."""
    loop = asyncio.get_running_loop()
    for _ in range(ROUNDS):
        goal = load.answers.get(201, 0) + calls
        await until_async(lambda: load.answers.get(201, 0) >= goal, "bookings go on", 60)
        load.up.clear()
        await loop.run_in_executor(None, kill)
        load.up.set()
    goal = load.answers.get(201, 0) + calls
    await until_async(lambda: load.answers.get(201, 0) >= goal, "bookings go on after the last kill", 60)


async def under_load(load, kill):
    people = [asyncio.ensure_future(load.person(n)) for n in range(PEOPLE)]
    try:
        await disturb(load, kill, 40)
    finally:
        load.stopping = True
        ended = asyncio.gather(*people, return_exceptions=True)
    for outcome in await asyncio.wait_for(ended, 120):
        if isinstance(outcome, BaseException):
            raise outcome


@pytest.mark.parametrize("victim", ["atrium", "psp"])
def test_after_kills_the_ledgers_are_equal(own_site, victim):
    site = own_site()
    rooms = [site.world.room() for _ in range(4)]
    keys = [site.world.customer().key for _ in range(PEOPLE)]
    site.psp.plant(**FAULTS)

    def kill():
        site.kill_atrium() if victim == "atrium" else site.kill_psp()
        if victim == "psp":
            site.psp.plant(**FAULTS)

    load = Load(site, rooms, keys)
    run(under_load(load, kill))
    print(victim, load.answers, site.psp.planted())
    site.psp.plant()
    site.settle()
    payments, intents = site.payments(), site.psp.payments()
    assert differences(payments, intents) == []
    shown = {r["id"]: r for r in site.admin.items("/v1/reservations", limit=200)}
    for name, answered in load.confirmed.items():
        assert shown[name]["status"] in ("confirmed", "cancelled"), shown[name]
        assert shown[name]["price"] == answered["price"]
    for reservation in shown.values():
        if reservation["status"] == "confirmed":
            assert reservation["payment"]["captured"] == reservation["price"], reservation
    assert load.answers[201] > 100 and load.answers[402] > 0
