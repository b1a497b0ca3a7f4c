"""A naive replay of `atrium journal dump`: what the journal says, with no code of the server's.

Pure: dictionaries in, dictionaries out.
"""

from dataclasses import dataclass, field

OCCUPIES = ("held", "awaiting_payment", "confirmed", "checked_in")
REFUSED = ("rejected", "expired", "payment_failed")
MAY_BE_ASKED_AGAIN = ("overloaded", "dependency-unavailable", "timeout")  # answers that are not stored
EVER_CONFIRMED = ("confirmed", "checked_in", "completed", "cancelled", "no_show")


@dataclass
class Reservation:
    id: str
    room: str
    customer: str
    start: int
    end: int
    price: int
    title: str
    payment: str
    status: str = "held"
    captured: int = 0
    refunded: int = 0
    fee: int = 0
    changes: int = 0
    first_price: int = 0
    payments: dict = field(default_factory=dict)  # payment -> [captured, refunded]
    moves: dict = field(default_factory=dict)  # (event name, payment, saga) -> how often
    promised: int = 0  # by its cancellation
    cancelled_by: str = ""  # the saga that did
    seen: dict = field(default_factory=dict)  # event name -> how often
    granted: dict = field(default_factory=dict)  # refund given by hand -> amount

    def owed(self):
        """What the office keeps when all is settled."""
        if self.status not in EVER_CONFIRMED:
            return 0
        return self.price - self.promised - sum(self.granted.values())


@dataclass
class Saga:
    id: str
    principal: str
    kind: str
    completed: int = 0
    parked: int = 0
    ended_as: str = "running"  # kind of its result, or the code of its failure


@dataclass
class State:
    rooms: dict = field(default_factory=dict)  # id -> facts
    reservations: dict = field(default_factory=dict)
    occupied: dict = field(default_factory=dict)  # room -> id -> (kind, customer, start, end)
    sagas: dict = field(default_factory=dict)
    messages: list = field(default_factory=list)  # (customer, message type, reservation) owed by the journal
    resolved: set = field(default_factory=set)  # sagas that an administrator ended
    problems: list = field(default_factory=list)  # what no sound journal contains


def name_of(record):
    """"reservation.confirmed.v1" -> "reservation.confirmed"; versions of one event mean the same."""
    return record["type"].rsplit(".v", 1)[0]


def gap_is_kept(a, b, buffer_ms):
    return a[1] + buffer_ms <= b[0] or b[1] + buffer_ms <= a[0]


def occupy(state, room, start, end, customer, what, own=()):
    """Invariant 1 at the moment the slot is locked, not only at the end. A hold's owner may book over it, and what
    a booking has itself (`own`) does not keep it from moving."""
    buffer_ms = state.rooms.get(room, {}).get("buffer_minutes", 0) * 60000
    taken = state.occupied.setdefault(room, {})
    for other, (kind, owner, other_start, other_end) in taken.items():
        own_hold = kind == "hold" and owner == customer
        if other != what and other.split("#")[0] not in own and not own_hold and not gap_is_kept((other_start, other_end), (start, end), buffer_ms):
            state.problems.append(("overlap", f"{what} was given {room} while {kind} {other} had it"))
    kind = "hold" if what not in state.reservations else "reservation"
    taken[what] = (kind, customer, start, end)


def free(state, room, what):
    state.occupied.get(room, {}).pop(what, None)


def replay(records):
    state = State()
    positions, streams, shards = 0, {}, {}
    for record in records:
        for label, table, key, number in (
                ("position", None, None, record["position"]), ("seq", streams, record["stream"], record["seq"]),
                ("offset", shards, record["shard"], record["offset"])):
            last = positions if table is None else table.get(key, 0)
            if number != last + 1:
                state.problems.append(("journal-gap", f"{label} {number} after {last} at {record['type']}"))
            if table is None:
                positions = number
            else:
                table[key] = number
        apply(state, record)
    return state


def apply(state, record):
    name, data = name_of(record), record["data"]
    stream, _, owner = record["stream"].partition("/")
    if stream == "room" and name in CHANGES:
        CHANGES[name](state, owner, data)
    elif stream == "room":
        apply_room(state, owner, name, data, record.get("causation", ""))
    elif stream == "saga":
        apply_saga(state, owner, name, data)


def apply_room(state, room, name, data, cause):
    if name in ("room.registered", "room.changed"):
        state.rooms[room] = data["facts"]
    elif name == "hold.placed":
        occupy(state, room, data["start_ms"], data["end_ms"], data["customer"], data["id"])
    elif name == "hold.released":
        free(state, room, data["id"])
    elif name == "reservation.held":
        before = state.reservations.get(data["id"])
        # A request that was refused for the moment (503) runs anew under its key, with another payment.
        if before and (before.status not in REFUSED or before.payment == data.get("payment", "")):
            state.problems.append(("doubled-effect", f"{data['id']} was held twice"))
        state.reservations[data["id"]] = Reservation(
            data["id"], room, data["customer"], data["start_ms"], data["end_ms"], data["price"]["amount"],
            data.get("title", ""), data.get("payment", ""), first_price=data["price"]["amount"])
        occupy(state, room, data["start_ms"], data["end_ms"], data["customer"], data["id"])
    elif name.startswith("reservation.refund_"):
        grant(state, name, data)
    elif name.startswith("reservation."):
        change_reservation(state, name, data, cause)


def grant(state, name, data):
    r = state.reservations.get(data["reservation"])
    if r is None:
        state.problems.append(("journal-order", f"{name} of {data['reservation']}, which was never held"))
    elif name == "reservation.refund_withdrawn":
        r.granted.pop(data["id"], None)
    else:
        r.granted[data["id"]] = data["amount"]["amount"]
        if r.owed() < 0:
            state.problems.append(("refunded-too-much", f"{r.id} costs {r.price}: {r.promised} and {r.granted} given back"))


def change_reservation(state, name, data, cause):
    r = state.reservations.get(data["id"])
    if r is None:
        state.problems.append(("journal-order", f"{name} of {data['id']}, which was never held"))
        return
    r.seen[name] = r.seen.get(name, 0) + 1
    if name == "reservation.released":
        r.status = data["status"]
    elif name == "reservation.cancelled":
        r.status, r.fee, r.promised = "cancelled", data["fee"]["amount"], data["refund"]["amount"]
        r.cancelled_by = cause
        if r.fee != r.owed():
            state.problems.append(("wrong-fee", f"{r.id}: fee {r.fee}, but {r.owed()} is kept"))
        state.messages.append((r.customer, name, r.id))
    else:
        r.status = name.split(".", 1)[1]
        if r.status == "confirmed":
            state.messages.append((r.customer, name, r.id))
    if r.status not in OCCUPIES:
        free(state, r.room, r.id)


def change_held(state, room, data):
    for n, part in enumerate(data.get("locks", [])):
        occupy(state, room, part["start_ms"], part["end_ms"], data["customer"], f"{data['change']}#{n}",
               own=(data["id"], data["change"]))


def change_released(state, room, data):
    unlock(state, room, data["change"])
    state.messages.append((data["customer"], "reservation.not_changed", data["id"]))


def changed(state, room, data):
    """The new slot is the booking's; the old one goes with it when it lies in the same room."""
    r, now = state.reservations.get(data["id"]), data["booked"]
    if r is None:
        state.problems.append(("journal-order", f"{data['id']} was changed, but never held"))
        return
    unlock(state, room, data["change"])
    free(state, room, r.id)
    occupy(state, room, now["start_ms"], now["end_ms"], r.customer, r.id)
    r.room, r.start, r.end, r.price = room, now["start_ms"], now["end_ms"], now["price"]["amount"]
    r.title, r.changes = now.get("title", ""), r.changes + 1
    if r.captured - r.refunded < r.price:
        state.problems.append(("booking-without-payment", f"{r.id} was changed and the difference is not captured"))
    state.messages.append((r.customer, "reservation.changed", r.id))


def left(state, room, data):
    r = state.reservations.get(data["id"])
    if r is None or r.room == room:
        state.problems.append(("slot-lost", f"{data['id']} left {room} before another room had it"))
    free(state, room, data["id"])


def unlock(state, room, change):
    for what in [w for w in state.occupied.get(room, {}) if w.split("#")[0] == change]:
        free(state, room, what)


CHANGES = {"reservation.change_held": change_held, "reservation.change_released": change_released,
           "reservation.changed": changed, "reservation.left": left,
           "reservation.leaving": lambda *_: None, "reservation.stayed": lambda *_: None}


def apply_saga(state, owner, name, data):
    if name == "saga.started":
        before = state.sagas.get(data["id"])
        if before and before.ended_as not in MAY_BE_ASKED_AGAIN:
            state.problems.append(("doubled-effect", f"{data['id']} started again, although it is {before.ended_as}"))
        state.sagas[data["id"]] = Saga(data["id"], data["principal"], data["input"]["kind"])
    elif name in ("saga.completed", "saga.parked"):
        saga = state.sagas.get(data["id"])
        if saga is None:
            state.problems.append(("journal-order", f"{name} of {data['id']}, which never started"))
        elif name == "saga.completed":
            saga.completed += 1
            if owner in state.resolved:
                settle_by_hand(state, owner)
            saga.ended_as = data["result"].get("code") or data["result"]["kind"]
        else:
            saga.parked += 1
    elif name == "operator.acted" and data["action"] == "saga.resolve":
        state.resolved.add(owner)
    elif name.startswith("payment."):
        move_money(state, owner, name, data)


def settle_by_hand(state, saga):
    """An administrator ended the saga: a refund that it had not made by then is not owed by the provider."""
    for r in state.reservations.values():
        if any(move == "payment.refunded" and by == saga for move, _, by in r.moves):
            continue
        r.granted.pop(saga, None)
        if r.cancelled_by == saga:
            r.promised = 0


def move_money(state, saga, name, data):
    r = state.reservations.get(data["reservation"])
    if name == "payment.action_required":
        state.messages.append((data["customer"], name, data["reservation"]))
    if name == "payment.declined" and (r is None or r.payment == data["id"]):
        in_time = data.get("code") != "authentication_expired"
        state.messages.append((data["customer"], name if in_time else "reservation.expired", data["reservation"]))
    if r is None:
        if name not in ("payment.declined", "payment.voided", "payment.unknown"):
            state.problems.append(("journal-order", f"{name} for {data['reservation']}, which was never held"))
        return
    move = (name, data["id"], saga)
    r.moves[move] = r.moves.get(move, 0) + 1
    if name not in ("payment.captured", "payment.refunded"):
        return
    amount, sums = data["amount"]["amount"], r.payments.setdefault(data["id"], [0, 0])
    sums[name == "payment.refunded"] += amount
    # Of a capture whose saga was cut short its refund may be all that is on record.
    sums[0] = max(sums)
    r.captured, r.refunded = (sum(s[i] for s in r.payments.values()) for i in (0, 1))
    if name == "payment.refunded":
        state.messages.append((r.customer, name, r.id))
