"""Who may do what: every operation of the contract with the answer each kind of caller gets.

"ok" is any 2xx; "no" is 403; "hidden" is 403 or 404 (a stranger must not learn that a thing exists);
"401" is 401. A row also says how to make a request of its kind against fresh things of `owner`.
"""

from . import stripe_events, times
from .client import fresh_key
from .links import unsubscribe_token
from .world import APPROVES, ASKS

ROLES = ("anonymous", "owner", "other", "operator", "admin")
PUBLIC = dict(anonymous="ok", owner="ok", other="ok", operator="ok", admin="ok")
SIGNED_IN = {**PUBLIC, "anonymous": "401"}
OPERATORS = {**SIGNED_IN, "owner": "no", "other": "no"}
ADMINS = {**OPERATORS, "operator": "no"}
OWN = {**SIGNED_IN, "other": "hidden"}
OWN_ALONE = {**OWN, "operator": "hidden", "admin": "hidden"}
NOWHERE = "https://hooks.invalid/in"  # RFC 2606: never resolves
MINUTES = {"stepMinutes": 1, "minDurationMinutes": 1}


class Ask:
    """One request of a row, made for one caller."""

    def __init__(self, path, body=None, query=None, etag=None, idem=False, headers=None):
        self.path, self.body, self.query, self.idem = path, body, query, idem
        self.headers = {**({"If-Match": etag} if etag else {}), **(headers or {})}


class Things:
    """Makes what a request needs; each call makes it anew, so that one role cannot spoil another's."""

    def __init__(self, world):
        self.world = world
        self.owner, self.other = world.customer("Owner"), world.customer("Other")
        self.plain_room = world.room(**MINUTES)
        self.hours = iter(range(10 ** 6))

    def caller(self, role):
        return {"anonymous": self.world.anonymous, "owner": self.owner, "other": self.other,
                "operator": self.world.operator, "admin": self.world.admin}[role]

    def when(self):
        n = next(self.hours)
        return times.slot(3 + n // 20, n % 20)

    def room(self):
        made = self.world.room()
        answer = self.world.operator.get(f"/v1/rooms/{made['id']}",
                                         headers=self.owner.sees(self.world.last_position))
        return f"/v1/rooms/{made['id']}", answer.header("etag")

    def reservation(self):
        return "/v1/reservations/" + self.world.booked(self.owner, self.plain_room, self.when())["id"]

    def arriving(self):
        """A booking that may be checked in now, in a room of its own."""
        room = self.world.room(**MINUTES)
        made = self.world.booked(self.owner, room, times.lasting(times.minute_from_now(4), 10))
        return room, made["id"]

    def arrived(self):
        room, made = self.arriving()
        answer = self.owner.post(f"/v1/reservations/{made}/check-in", expect=200)
        self.owner.get("/v1/rooms", headers=self.owner.sees(answer.position))
        return room, made

    def review(self):
        room, made = self.arrived()
        body = {"reservationId": made, "rating": 4, "text": "good"}
        answer = self.owner.post(f"/v1/rooms/{room['id']}/reviews", body, expect=201)
        path = f"/v1/reviews/{answer.json()['id']}"
        return path, self.owner.get(path, headers=self.owner.sees(answer.position)).header("etag")

    def hold(self):
        body = {"roomId": self.plain_room["id"], **self.when(), "partySize": 1}
        answer = self.owner.post("/v1/holds", body, expect=201, idem=fresh_key())
        path = f"/v1/holds/{answer.json()['id']}"
        read = self.owner.get(path, headers=self.owner.sees(answer.position))
        return path, read.header("etag")

    def blackout(self):
        path, _ = self.room()
        answer = self.world.operator.post(f"{path}/blackouts", {**self.when(), "reason": "paint"}, expect=201)
        return f"{path}/blackouts/{answer.json()['id']}"

    def notification(self):
        answer = self.world.book(self.owner, self.plain_room, self.when())
        items = self.owner.get("/v1/notifications", headers=self.owner.sees(answer.position)).json()["items"]
        return f"/v1/notifications/{items[0]['id']}"

    def payment(self):
        made = self.world.booked(self.owner, self.plain_room, self.when())
        return f"/v1/payments/{made['payment']['id']}"

    def payment_to_confirm(self):
        answer = self.world.book(self.owner, self.plain_room, self.when(), token=ASKS, expect=202)
        return answer.json()["nextAction"]["url"].removesuffix("/authentication")

    def spare_account(self):
        person = self.world.customer("Spare")
        path = f"/v1/accounts/{person.id}"
        return path, self.world.admin.get(path).header("etag"), person

    def account_of_owner(self):
        path = f"/v1/accounts/{self.owner.id}"
        return path, self.world.admin.get(path).header("etag")

    def webhook(self):
        """A web hook of an owner's, at most 20 each: the oldest goes."""
        for old in self.owner.get("/v1/webhook-endpoints").json()["items"][10:]:
            self.owner.delete(f"/v1/webhook-endpoints/{old['id']}", etag="*", expect=204)
        answer = self.owner.post("/v1/webhook-endpoints", {"url": NOWHERE}, expect=201)
        self.owner.get("/v1/rooms", headers=self.owner.sees(answer.position))
        return f"/v1/webhook-endpoints/{answer.json()['id']}"

    def delivery(self):
        path = self.webhook()
        self.world.booked(self.owner, self.plain_room, self.when())
        found = self.world.eventually(lambda: self.owner.get(f"{path}/deliveries").json()["items"], "it is to be sent")
        return f"{path}/deliveries/{found[0]['id']}"

    def parked_saga(self):
        """A cancellation whose refund the provider refuses."""
        made = self.world.booked(self.owner, self.plain_room, self.when(), token="pm_atrium_refundRefused")
        self.world.cancel(self.owner, made["id"], expect=202)
        look = lambda: self.world.operator.get("/v1/introspection/sagas", query={"state": "parked"}).json()["items"]
        return self.world.eventually(look, "the refund is parked")[-1]["id"]

    def key_of_owner(self):
        answer = self.world.admin.post(f"/v1/accounts/{self.owner.id}/keys", {"name": "spare"}, expect=201)
        return f"/v1/accounts/{self.owner.id}/keys/{answer.json()['id']}"


def instruct_saga(t, role):
    return Ask(f"/v1/introspection/sagas/{t.parked_saga()}/actions", {"action": "retry"})


def change_webhook(t, role):
    return Ask(t.webhook(), {"description": f"changed by {role}"}, etag="*")


def delete_webhook(t, role):
    return Ask(t.webhook(), etag="*")


def new_room(t, role):
    return Ask("/v1/rooms", {"name": "New", "capacity": 2, "timeZone": "Asia/Seoul",
                             "pricePerHour": {"amount": 1, "currency": "KRW"}})


def change_room(t, role):
    path, etag = t.room()
    return Ask(path, {"description": "changed"}, etag=etag)


def retire_room(t, role):
    path, etag = t.room()
    return Ask(path, etag=etag)


def new_review(t, role):
    room, made = t.arrived()
    return Ask(f"/v1/rooms/{room['id']}/reviews", {"reservationId": made, "rating": 5, "text": "fine"})


def change_review(t, role):
    path, etag = t.review()
    return Ask(path, {"rating": 3}, etag=etag)


def delete_review(t, role):
    path, etag = t.review()
    return Ask(path, etag=etag)


def new_booking(t, role):
    return Ask("/v1/reservations", t.world.booking(t.plain_room, t.when(), APPROVES), idem=True)


def change_booking(t, role):
    path = t.reservation()
    return Ask(path, {"title": "Moved"}, etag=t.owner.get(path).header("etag"), idem=True)


def new_hold(t, role):
    return Ask("/v1/holds", {"roomId": t.plain_room["id"], **t.when(), "partySize": 1}, idem=True)


def delete_hold(t, role):
    path, etag = t.hold()
    return Ask(path, etag=etag)


def new_account(t, role):
    return Ask("/v1/accounts", {"name": "New", "email": f"{fresh_key('new')}@example.org", "role": "customer",
                                "locale": "en"})


def change_account(t, role):
    path, etag = t.account_of_owner()
    return Ask(path, {"name": "Owner"}, etag=etag)


def delete_account(t, role):
    path, etag, _ = t.spare_account()
    return Ask(path, etag=etag)


def board(t, role):
    return Ask("/v1/board", query={"from": times.at(1, 0).isoformat(), "to": times.at(3, 0).isoformat()})


def stripe_event(t, role):
    body = stripe_events.event("customer.created", {"id": "cus_1", "object": "customer"})
    return Ask(stripe_events.PATH, body, headers=stripe_events.signed(body))


def at(path, **options):
    return lambda t, role: Ask(path, **options)


def made(kind, suffix="", **options):
    """A request about a fresh thing: `kind` names a maker of Things."""
    def ask(t, role):
        thing = getattr(t, kind)()
        path = thing[0] if isinstance(thing, tuple) else thing
        return Ask(path + suffix, **options)
    return ask


def unsubscribing(t, role):
    """The link of a mail to the owner, which the data directory is enough to make."""
    path = f"/v1/unsubscribe/{unsubscribe_token(t.world.server, t.owner.id)}"
    ask = Ask(path, b"List-Unsubscribe=One-Click")
    ask.headers["Content-Type"] = "application/x-www-form-urlencoded"
    return ask


def stay(suffix, kind):
    return lambda t, role: Ask(f"/v1/reservations/{getattr(t, kind)()[1]}{suffix}")


ROWS = {
    "GET /livez": (PUBLIC, at("/livez")),
    "GET /readyz": (PUBLIC, at("/readyz")),
    "GET /startupz": (PUBLIC, at("/startupz")),
    "GET /metrics": (PUBLIC, at("/metrics")),
    "GET /openapi.yaml": (PUBLIC, at("/openapi.yaml")),
    "GET /docs": (PUBLIC, at("/docs")),
    "GET /v1/rooms": (SIGNED_IN, at("/v1/rooms")),
    "POST /v1/rooms": (OPERATORS, new_room),
    "GET /v1/rooms/{id}": (SIGNED_IN, made("room")),
    "PATCH /v1/rooms/{id}": (OPERATORS, change_room),
    "DELETE /v1/rooms/{id}": (OPERATORS, retire_room),
    "GET /v1/rooms/{id}/blackouts": (SIGNED_IN, made("room", "/blackouts")),
    "POST /v1/rooms/{id}/blackouts": (OPERATORS, lambda t, role: Ask(t.room()[0] + "/blackouts",
                                                                      {**t.when(), "reason": "paint"})),
    "DELETE /v1/rooms/{id}/blackouts/{blackoutId}": (OPERATORS, made("blackout")),
    "GET /v1/rooms/{id}/reviews": (SIGNED_IN, made("room", "/reviews")),
    "POST /v1/rooms/{id}/reviews": (OWN_ALONE, new_review),
    "GET /v1/reviews/{id}": (SIGNED_IN, made("review")),
    "PATCH /v1/reviews/{id}": (OWN_ALONE, change_review),
    "DELETE /v1/reviews/{id}": (OWN, delete_review),
    "GET /v1/availability": (SIGNED_IN, lambda t, role: Ask("/v1/availability", query={**t.when(), "capacity": 1})),
    "POST /v1/quotes": (SIGNED_IN, lambda t, role: Ask("/v1/quotes", {"roomId": t.plain_room["id"], **t.when(),
                                                                       "partySize": 1})),
    "GET /v1/holds": (SIGNED_IN, at("/v1/holds")),
    "POST /v1/holds": (SIGNED_IN, new_hold),
    "GET /v1/holds/{id}": (OWN, made("hold")),
    "DELETE /v1/holds/{id}": (OWN, delete_hold),
    "GET /v1/reservations": (SIGNED_IN, at("/v1/reservations")),
    "POST /v1/reservations": (SIGNED_IN, new_booking),
    "GET /v1/reservations/{id}": (OWN, made("reservation")),
    "PATCH /v1/reservations/{id}": (OWN, change_booking),
    "GET /v1/reservations/{id}/cancellation": (OWN, made("reservation", "/cancellation")),
    "POST /v1/reservations/{id}/cancellation": (OWN, made("reservation", "/cancellation", idem=True)),
    "POST /v1/reservations/{id}/check-in": (OWN, stay("/check-in", "arriving")),
    "POST /v1/reservations/{id}/check-out": (OWN, stay("/check-out", "arrived")),
    "GET /v1/reservations/{id}/payment": (OWN, made("reservation", "/payment")),
    "GET /v1/reservations/{id}/history": (OWN, made("reservation", "/history")),
    "GET /v1/reservations/{id}/receipt": (OWN, made("reservation", "/receipt")),
    "GET /v1/payments": (SIGNED_IN, at("/v1/payments")),
    "GET /v1/payments/{id}": (OWN, made("payment")),
    "POST /v1/payments/{id}/authentication": (OWN, made("payment_to_confirm", "/authentication",
                                                        body={"succeeded": True})),
    "POST /v1/payment-events/stripe": (PUBLIC, stripe_event),
    "POST /v1/payments/{id}/refunds": (OPERATORS, made("payment", "/refunds", body={"reason": "noise"}, idem=True)),
    "GET /v1/notifications": (SIGNED_IN, at("/v1/notifications")),
    "POST /v1/notifications/{id}/read": (OWN_ALONE, made("notification", "/read")),
    "GET /v1/board": (SIGNED_IN, board),
    "GET /v1/events": (SIGNED_IN, at("/v1/events")),
    "GET /v1/accounts": (ADMINS, at("/v1/accounts")),
    "POST /v1/accounts": (ADMINS, new_account),
    "GET /v1/accounts/{id}": ({**OWN, "operator": "hidden"}, made("account_of_owner")),
    "PATCH /v1/accounts/{id}": ({**OWN, "operator": "hidden"}, change_account),
    "DELETE /v1/accounts/{id}": ({**ADMINS, "owner": "hidden", "other": "hidden"}, delete_account),
    "GET /v1/accounts/{id}/keys": ({**OWN, "operator": "hidden"}, made("account_of_owner", "/keys")),
    "POST /v1/accounts/{id}/keys": ({**OWN, "operator": "hidden"},
                                    made("account_of_owner", "/keys", body={"name": "another"})),
    "DELETE /v1/accounts/{id}/keys/{keyId}": ({**OWN, "operator": "hidden"}, made("key_of_owner")),
    "GET /v1/me": (SIGNED_IN, at("/v1/me")),
    "GET /v1/webhook-endpoints": (SIGNED_IN, at("/v1/webhook-endpoints")),
    # The administrator of the environment has no account that could own one.
    "POST /v1/webhook-endpoints": ({**SIGNED_IN, "admin": "hidden"},
                                   at("/v1/webhook-endpoints", body={"url": NOWHERE})),
    "GET /v1/webhook-endpoints/{id}": ({**OWN, "operator": "hidden"}, made("webhook")),
    "PATCH /v1/webhook-endpoints/{id}": ({**OWN, "operator": "hidden"}, change_webhook),
    "DELETE /v1/webhook-endpoints/{id}": ({**OWN, "operator": "hidden"}, delete_webhook),
    "POST /v1/webhook-endpoints/{id}/secret": ({**OWN, "operator": "hidden"}, made("webhook", "/secret", body={})),
    "GET /v1/webhook-endpoints/{id}/deliveries": ({**OWN, "operator": "hidden"}, made("webhook", "/deliveries")),
    "POST /v1/webhook-endpoints/{id}/deliveries/{deliveryId}/retry": ({**OWN, "operator": "hidden"},
                                                                      made("delivery", "/retry")),
    "GET /v1/introspection/summary": (OPERATORS, at("/v1/introspection/summary")),
    "GET /v1/introspection/actors": (OPERATORS, at("/v1/introspection/actors")),
    "GET /v1/introspection/sagas": (OPERATORS, at("/v1/introspection/sagas")),
    "POST /v1/introspection/sagas/{id}/actions": (ADMINS, instruct_saga),
    "GET /v1/introspection/reconciliation": (OPERATORS, at("/v1/introspection/reconciliation")),
    "GET /v1/introspection/journal": (OPERATORS, at("/v1/introspection/journal")),
    "GET /v1/introspection/deliveries": (OPERATORS, at("/v1/introspection/deliveries")),
    "GET /v1/introspection/views": (OPERATORS, at("/v1/introspection/views")),
    "GET /v1/introspection/dependencies": (OPERATORS, at("/v1/introspection/dependencies")),
    "POST /v1/introspection/dependencies/{name}/actions": (
        ADMINS, at("/v1/introspection/dependencies/payments/actions", body={"action": "reset"})),
    "GET /v1/introspection/drills": (OPERATORS, at("/v1/introspection/drills")),
    "POST /v1/introspection/drills/{name}/actions": (
        ADMINS, at("/v1/introspection/drills/notifier/actions", body={"action": "start"})),
    "GET /v1/unsubscribe/{token}": (PUBLIC, unsubscribing),
    "POST /v1/unsubscribe/{token}": (PUBLIC, unsubscribing),
}
ROWS["GET /reviews"] = (SIGNED_IN, lambda t, role: Ask("/reviews", query={"roomId": t.plain_room["id"]}))
ROWS["POST /reviews"] = (OWN_ALONE, lambda t, role: Ask("/reviews", {"reservationId": t.arrived()[1], "rating": 5,
                                                                       "text": "fine"}))
#: Names from the original example, answered by the same handlers.
ALIASES = {"/offices": "/v1/rooms", "/offices/{id}": "/v1/rooms/{id}", "/reservations": "/v1/reservations",
           "/reservations/{id}": "/v1/reservations/{id}",
           "/reservations/{id}/cancellation": "/v1/reservations/{id}/cancellation", "/payments": "/v1/payments",
           "/payments/{id}": "/v1/payments/{id}", "/notifications": "/v1/notifications",
           "/notifications/{id}/read": "/v1/notifications/{id}/read", "/reviews/{id}": "/v1/reviews/{id}",
           "/officeviews": "/v1/board"}


def renamed(alias, real, make):
    """The same request under its other name."""
    new, old = alias.split("/{")[0], real.split("/{")[0]

    def ask(t, role):
        made_for_real = make(t, role)
        made_for_real.path = new + made_for_real.path.removeprefix(old)
        return made_for_real
    return ask


for alias, real in ALIASES.items():
    for name, (roles, make) in list(ROWS.items()):
        if name.split()[1] == real:
            ROWS[f"{name.split()[0]} {alias}"] = (roles, renamed(alias, real, make))

#: Operations whose 2xx is an endless stream.
STREAMS = {"GET /v1/events"}
