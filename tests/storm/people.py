"""People who book, cancel and repeat, and never give up on an answer: what each wants depends on the seed alone."""

import heapq
import json
import random
import time
from datetime import timedelta, timezone

from fast_http import Caller, Switchboard, field, render
from harness import times

FIRST_DAY = 7
SLOT_MINUTES = 30
SLOTS_A_DAY = 24 * 60 // SLOT_MINUTES
#: Not final: the same request is sent again under the same key.
AGAIN = (202, 401, 429, 500, 503, 507)
LONGEST_PAUSE = 0.3
#: What comes of a card that asks for 3-D Secure: confirmed, failed, or nobody acts and the slot is given back.
ACTS = (True, True, True, False, None)
ROOM = {"stepMinutes": SLOT_MINUTES, "minDurationMinutes": SLOT_MINUTES,
        "cancellationPolicy": [{"hoursBefore": 24 * (FIRST_DAY + 2), "refundPercent": 100},
                               {"hoursBefore": 1, "refundPercent": 50}]}


class Person(Caller):
    """One stream of wishes on one connection: mostly new bookings, some cancelled, declined, contested or repeated."""

    def __init__(self, crowd, number, account, key):
        super().__init__()
        self.crowd, self.number, self.account, self.key = crowd, number, account, key.encode()
        self.rng = random.Random(f"{crowd.seed}/{number}")
        self.mine, self.done, self.serial_of_wish, self.slots = [], [], 0, 0
        self.op = self.request = self.acts = None
        self.is_repetition = False

    def next_wish(self):
        self.serial_of_wish += 1
        self.is_repetition = False
        name, dice = f"p{self.number}-{self.serial_of_wish}", self.rng.random()
        if dice < 0.06 and self.mine:
            self.cancel(name, self.mine.pop(self.rng.randrange(len(self.mine))))
        elif dice < 0.09 and self.done:
            self.op, self.request = self.rng.choice(self.done)
            self.is_repetition = True
        elif dice < 0.12:
            self.book(name, self.rng.randrange(max(1, self.crowd.count_of_people * self.slots)), "pm_card_visa")
        elif dice < 0.13 and self.crowd.bank is not None:
            self.book(name, self.new_slot(), "pm_card_threeDSecure2Required", acts=self.rng.choice(ACTS))
        else:
            self.book(name, self.new_slot(), "pm_card_visa" if dice > 0.16 or dice < 0.13 else "pm_card_chargeDeclined")
        self.crowd.ask(self)

    def new_slot(self):
        self.slots += 1
        return self.number + self.crowd.count_of_people * (self.slots - 1)

    def book(self, name, slot, token, acts=None):
        self.acts = acts
        room, start, end = self.crowd.place(slot)
        body = {"roomId": room, "start": start, "end": end, "partySize": 2, "title": name,
                "payment": {"method": "card", "token": token}}
        self.begin("book", name, b"/v1/reservations", body)

    def cancel(self, name, reservation):
        self.begin("cancel", name, b"/v1/reservations/%s/cancellation" % reservation.encode(), {}, reservation)

    def begin(self, kind, name, target, body, about=""):
        self.op = self.crowd.history.begin(kind, name, self.account, body, about)
        more = b"Idempotency-Key: %s\r\n" % name.encode()
        self.request = render(b"POST", target, self.key, json.dumps(body).encode() if body else b"", more)

    def answered(self, status, head, body):
        op = self.op
        self.crowd.count(op.kind, status)
        if status == 202 and op.kind == "book":
            self.act(json.loads(body))
        if status is None or status in AGAIN:
            self.crowd.history.attempt(op, {"unknown": True} if status is None else {"status": status})
            pause = min(float(field(head, b"retry-after") or 0.05), LONGEST_PAUSE) if head else 0.02
            return self.crowd.ask_later(self, pause)
        document = json.loads(body)
        self.crowd.history.attempt(op, {"status": status, "body": document})
        if not self.is_repetition:
            self.crowd.settled += 1
            if len(self.done) < 50:
                self.done.append((op, self.request))
            if op.kind == "book" and status == 201:
                self.crowd.booked += 1
                self.mine.append(document["id"])
        self.op = None
        self.crowd.is_done(self)

    def act(self, pending):
        """At the bank, when a booking waits for it and this person is one who goes there."""
        where = pending.get("nextAction", {}).get("url")
        if where is not None and self.acts is not None:
            self.crowd.bank.visit(where, self.acts)


class Crowd:
    """All people of a run, on one thread. `is_open` says whether a server is there to be asked. Without a bank, whose
    page only the simulator has, nobody pays with a card that asks for 3-D Secure."""

    def __init__(self, address, history, seed, rooms, accounts, count, bank=None):
        self.board = Switchboard(address)
        self.history, self.seed, self.rooms, self.count_of_people = history, seed, rooms, count
        self.people = [Person(self, n, *accounts[n % len(accounts)]) for n in range(count)]
        self.booked = self.settled = 0
        self.bank = bank
        self.counts, self.later, self.idle = {}, [], list(self.people)
        self.is_open, self.stopping = lambda: True, False
        self.first = times.at(FIRST_DAY, 0).astimezone(timezone.utc)

    def place(self, slot):
        """Room, start and end of the slot of that number; the first ones are spread over all rooms."""
        nth = slot // len(self.rooms)
        start = self.first + timedelta(minutes=SLOT_MINUTES * nth)
        return self.rooms[slot % len(self.rooms)], times.utc(start), times.utc(start + timedelta(minutes=SLOT_MINUTES))

    def count(self, kind, status):
        what = "unknown" if status is None else f"{kind} {status}"
        self.counts[what] = self.counts.get(what, 0) + 1

    def ask(self, person):
        if not self.is_open():
            return self.ask_later(person, 0.02)
        self.board.send(person, person.request)

    def ask_later(self, person, pause):
        heapq.heappush(self.later, (time.monotonic() + pause, person.number))

    def is_done(self, person):
        self.idle.append(person)

    @property
    def pending(self):
        """How many people wait for a final answer."""
        return sum(p.op is not None for p in self.people)

    def step(self, patience=0.01):
        """One round: new wishes, repetitions that are due, answers."""
        if not self.stopping:
            idle, self.idle = self.idle, []
            for person in idle:
                person.next_wish()
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            self.ask(self.people[heapq.heappop(self.later)[1]])
        self.board.hear(patience)


def horizon_days(slots, rooms):
    """How far ahead a room has to take bookings for so many slots."""
    return FIRST_DAY + 3 + slots // rooms // SLOTS_A_DAY


