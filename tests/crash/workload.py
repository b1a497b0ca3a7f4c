"""Clients that book, hold, change and cancel, and never give up on an answer."""

import asyncio
import random
from datetime import timedelta

from harness import times
from harness.client import AsyncClient
from harness.server import ADMIN_KEY
from harness.waiting import pause
from harness.wire import WireError
from harness.world import problem_name

ROOMS = [  # few rooms and few days, so that clients get into each other's way
    {"name": "Plain", "stepMinutes": 30, "minDurationMinutes": 30},
    {"name": "Buffered", "stepMinutes": 15, "minDurationMinutes": 15, "bufferMinutes": 15},
    {"name": "Strict", "stepMinutes": 60, "minDurationMinutes": 60,
     "cancellationPolicy": [{"hoursBefore": 240, "refundPercent": 100}, {"hoursBefore": 24, "refundPercent": 50}]},
    {"name": "Odd price", "stepMinutes": 15, "minDurationMinutes": 15,
     "pricePerHour": {"amount": 10001, "currency": "KRW"}},
]
DAYS = range(3, 23)
TOKENS = ["pm_card_visa"] * 160 + ["pm_card_chargeDeclined"] * 8 + [
    "pm_atrium_transient", "pm_atrium_timeoutAfterEffect", "pm_atrium_timeoutBeforeEffect", "pm_atrium_lateSuccess",
    "pm_atrium_captureTimeoutAfterEffect", "pm_atrium_captureTimeoutBeforeEffect", "pm_atrium_captureDeclined",
    "pm_atrium_refundTransient", "pm_atrium_refundTimeoutAfterEffect"]
#: Not final: the same request is sent again under the same key.
AGAIN = (202, 401, 429, 500, 503, 507)


class Bookers:
    """All clients of a run. `site.up` is set while a server answers at `site.server`."""

    def __init__(self, site, history, seed, rooms):
        self.site, self.history, self.seed, self.rooms = site, history, seed, rooms
        self.stopping = False
        self.counts = {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def client(self, number, account, key):
        """One person's stream of wishes; what is chosen depends on the seed alone."""
        rng = random.Random(f"{self.seed}/{number}")
        caller, mine, serial = Caller(self, account, key), [], 0
        office = Caller(self, "admin", ADMIN_KEY)
        while not self.stopping:
            serial += 1
            name = f"c{number}-{serial}"
            dice = rng.random()
            if dice < 0.12 and mine:
                await caller.change(name, rng.choice(mine), self.wish(rng), rng)
            elif dice < 0.32 and mine:
                await caller.cancel(name, mine.pop(rng.randrange(len(mine))))
            elif dice < 0.42:
                booked = await caller.book_from_hold(name, self.wish(rng), rng)
                mine += [booked] if booked else []
            else:
                booked = await caller.book(name, self.wish(rng), rng.choice(TOKENS), twice=rng.random() < 0.05)
                mine += [booked] if booked else []
            if rng.random() < 0.05:
                await caller.repeat_something(rng)
            if rng.random() < 0.05 and caller.payments:
                await office.refund(name, *rng.choice(caller.payments), rng)
            await pause(rng.random() * 0.02)
        caller.close()
        office.close()

    def wish(self, rng):
        room = rng.choice(self.rooms)
        step = room["stepMinutes"]
        start = times.at(rng.choice(DAYS), 0) + timedelta(minutes=step * rng.randrange(1440 // step))
        return {"roomId": room["id"], **times.lasting(start, max(step, 30) * rng.choice([1, 1, 2, 4])),
                "partySize": 1 + rng.randrange(8)}


class Caller:
    def __init__(self, bookers, account, key):
        self.bookers, self.account, self.key = bookers, account, key
        self.done = []  # (op, path, body) that have a final answer, for repetition
        self.payments = []  # (reservation, payment) of what was booked
        self.http = self.second = None

    def close(self):
        for c in (self.http, self.second):
            if c is not None:
                c.close()

    async def book(self, name, wish, token, twice=False, **more):
        body = {**wish, **more, "title": name, "payment": {"method": "card", "token": token}}
        op = self.bookers.history.begin("book", name, self.account, body)
        ways = [self.settle(op, "/v1/reservations", body)]
        if twice:
            ways.append(self.settle(op, "/v1/reservations", body, second=True))
        answers = await asyncio.gather(*ways)
        if answers[0]["status"] != 201:
            return None
        made = answers[0]["body"]
        self.payments = [*self.payments[-20:], (made["id"], made["payment"]["id"])]
        return made["id"]

    async def book_from_hold(self, name, wish, rng):
        hold = self.bookers.history.begin("hold", name + "-hold", self.account, wish)
        held = await self.settle(hold, "/v1/holds", {**wish, "ttlMinutes": 1 + rng.randrange(3)})
        if held["status"] != 201 or rng.random() < 0.3:
            return None  # left to expire by itself
        return await self.book(name, wish, rng.choice(TOKENS), holdId=held["body"]["id"])

    async def change(self, name, reservation, wish, rng):
        """Another slot, mostly in another room, for more money or less."""
        body = {"roomId": wish["roomId"], "start": wish["start"], "end": wish["end"]}
        body["payment"] = {"method": "card", "token": rng.choice(TOKENS)}
        op = self.bookers.history.begin("change", name, self.account, body, target=reservation)
        await self.settle(op, f"/v1/reservations/{reservation}", body)

    async def cancel(self, name, reservation):
        op = self.bookers.history.begin("cancel", name, self.account, {}, target=reservation)
        await self.settle(op, f"/v1/reservations/{reservation}/cancellation", None)

    async def refund(self, name, reservation, payment, rng):
        """Gives part or all of a booking back by hand; it may have been cancelled, even at this moment."""
        body = {"reason": name}
        if rng.random() < 0.7:
            body["amount"] = {"amount": rng.choice([100, 1000, 10000]), "currency": "KRW"}
        op = self.bookers.history.begin("refund", name + "-refund", self.account, body, target=reservation)
        await self.settle(op, f"/v1/payments/{payment}/refunds", body)

    async def repeat_something(self, rng):
        """An old request once more: its answer must be the old answer."""
        if self.done:
            op, path, body = rng.choice(self.done)
            await self.settle(op, path, body, replay=True)

    async def settle(self, op, path, body, second=False, replay=False):
        """Sends until there is a final answer; across crashes, always under the same key."""
        while True:
            await self.bookers.site.up.wait()
            attempt, delay = await self.attempt(op, path, body, second)
            self.bookers.history.attempt(op, attempt)
            status = attempt.get("status")
            self.bookers.count("unknown" if status is None else f"{op.kind} {status}")
            if status is not None and status not in AGAIN:
                if not replay and len(self.done) < 200:
                    self.done.append((op, path, body))
                return attempt
            await pause(delay)

    async def attempt(self, op, path, body, second):
        try:
            patches = op.kind == "change"
            answer = await self.connection(second).call("PATCH" if patches else "POST", path, body, idem=op.key,
                                                        headers={"If-Match": "*"} if patches else None, timeout=20,
                                                        check=False)
        except (WireError, asyncio.TimeoutError) as e:
            return {"unknown": True, "why": str(e)[:200]}, 0.02
        out = {"status": answer.status}
        if answer.status not in AGAIN:
            out["body"] = answer.json()
            out["replayed"] = answer.header("atrium-replayed") == "true"
        elif answer.content_type == "application/problem+json":
            out["problem"] = problem_name(answer)
        return out, min(float(answer.header("retry-after") or 0.05), 0.3)

    def connection(self, second):
        """This server's; a restart is at another address."""
        which = "second" if second else "http"
        client = getattr(self, which)
        if client is None or client.server is not self.bookers.site.server:
            if client is not None:
                client.close()
            client = AsyncClient(self.bookers.site.server, self.key)
            setattr(self, which, client)
        return client
