"""The people and rooms of a test: an operator, customers with keys, rooms with chosen rules."""

import itertools

from . import times
from .client import Client, fresh_key
from .server import ADMIN_KEY
from .waiting import until

_names = itertools.count(1)
APPROVES = "pm_card_visa"
ASKS = "pm_card_threeDSecure2Required"  # for the customer to act (3-D Secure)
DECLINES = "pm_card_chargeDeclined"


class World:
    def __init__(self, server):
        self.server = server
        self.admin = Client(server, ADMIN_KEY)
        self.anonymous = Client(server)
        self._operator = None

    # ---- people
    def person(self, role="customer", name=None, locale="en", **account):
        """A new account with one key; the client knows its account id as `.id`."""
        number = next(_names)
        name = name or f"{role.title()} {number}"
        body = {"name": name, "email": f"{role}{number}@example.org", "role": role, "locale": locale, **account}
        answer = self.admin.post("/v1/accounts", body, expect=201)
        made = answer.json()
        key = self.admin.post(f"/v1/accounts/{made['id']}/keys", {"name": "test"}, expect=201)
        client = Client(self.server, key.json()["secret"])
        client.id, client.name, client.key_id = made["id"], name, key.json()["id"]
        self.admin.get(f"/v1/accounts/{made['id']}/keys", headers=self.admin.sees(key.position))
        return client

    def customer(self, name=None, **account):
        return self.person("customer", name, **account)

    @property
    def operator(self):
        if self._operator is None:
            self._operator = self.person("operator")
        return self._operator

    # ---- rooms
    def room(self, **facts):
        """Registers a room, each rule that is not named at its default; its document, once readers see it."""
        number = next(_names)
        body = {"name": f"Room {number}", "capacity": 8, "timeZone": times.SEOUL,
                "pricePerHour": {"amount": 11000, "currency": "KRW"}, **facts}
        answer = self.operator.post("/v1/rooms", body, expect=201)
        self.last_position = answer.position
        room = answer.json()
        self.operator.get(f"/v1/rooms/{room['id']}", headers=self.operator.sees(answer.position))
        return room

    # ---- bookings
    def booking(self, room, when, token=APPROVES, **more):
        room_id = room["id"] if isinstance(room, dict) else room
        return {"roomId": room_id, **when, "partySize": 2, "title": "Weekly sync",
                "payment": {"method": "card", "token": token}, **more}

    def book(self, who, room, when, expect=201, key=None, token=APPROVES, headers=None, **more):
        """Books and returns the answer."""
        return who.post("/v1/reservations", self.booking(room, when, token, **more), expect=expect,
                        idem=key or fresh_key("book"), headers=headers)

    def booked(self, who, room, when, **options):
        """Books and returns the reservation's document, once views show it."""
        answer = self.book(who, room, when, **options)
        made = answer.json()
        who.get(f"/v1/reservations/{made['id']}", headers=who.sees(answer.position))
        return made

    def cancel(self, who, reservation_id, expect=201, key=None, body=None):
        return who.post(f"/v1/reservations/{reservation_id}/cancellation", body, expect=expect,
                        idem=key or fresh_key("cancel"))

    # ---- waiting for what happens by itself
    def eventually(self, look, what, timeout=15.0):
        return until(look, what, timeout)


def violations(answer):
    """{rule: violation} of a 422."""
    return {v["rule"]: v for v in answer.json().get("violations", [])}


def problem_name(answer):
    """The stable last part of the problem's type."""
    return answer.json()["type"].rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1]


def assert_problem(answer, status, name):
    assert answer.status == status and problem_name(answer) == name, answer
    assert answer.content_type == "application/problem+json", answer
    return answer.json()
