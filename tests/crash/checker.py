"""Invariants 1-7 over what a run left behind. Pure: no I/O, no clock, no server.

The evidence comes from four sides that do not trust each other: the history the clients wrote, the
journal, the payment provider's ledger, and the HTTP views. Every finding is (invariant, text).
"""

from dataclasses import dataclass, field
from datetime import datetime

from replay import EVER_CONFIRMED, gap_is_kept, replay

#: Answers that are stored and must never be followed by an effect.
FINAL_REFUSALS = (402, 404, 409, 410, 412, 422)


@dataclass
class Operation:
    """One intention of a client; every attempt carried the same Idempotency-Key and body."""
    kind: str            # "book", "change", "cancel", "hold", "refund"
    key: str             # also the title of a booking, so that effects are found without trusting ids
    account: str
    request: dict
    target: str = ""     # the reservation a change, a cancellation or a refund is about
    attempts: list = field(default_factory=list)  # {"status": int, "body": any} or {"unknown": True}

    def finals(self):
        return [a for a in self.attempts if a.get("status") in (200, 201) or a.get("status") in FINAL_REFUSALS]

    def status(self):
        finals = self.finals()
        return finals[0]["status"] if finals else None

    def body(self):
        finals = self.finals()
        return finals[0]["body"] if finals else None


@dataclass
class Evidence:
    operations: list = field(default_factory=list)
    journal: list = field(default_factory=list)        # records as `journal dump` prints them
    ledger: dict = field(default_factory=dict)         # {"payments": [...], "entries": [...]}
    reservations: list = field(default_factory=list)   # every reservation as the operator's list shows it
    board: dict = field(default_factory=dict)          # reservation id -> status, as the board shows it
    inboxes: dict = field(default_factory=dict)        # account -> notifications
    open_sagas: list = field(default_factory=list)     # what introspection still shows
    views_before: dict = field(default_factory=dict)   # target -> document, as served after the run
    views_rebuilt: dict = field(default_factory=dict)  # the same after `views rebuild`


def millis(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def check(evidence):
    """Every finding, in order of the invariants; an empty list is a pass."""
    state = replay(evidence.journal)
    docs = {d["id"]: d for d in evidence.reservations}
    payments = {p["id"]: p for p in evidence.ledger.get("payments", [])}
    found = list(state.problems)
    found += overlaps(evidence, state)
    found += kept_promises(evidence, state, docs)
    found += money(evidence, state, docs, payments)
    found += unfinished(evidence, state)
    found += doubled(evidence, state, payments)
    found += messages(evidence, state)
    found += views(evidence, state, docs)
    return found


def overlaps(evidence, state):
    """1: no two bookings that occupy a room overlap in what is served (the replay checks the journal)."""
    by_room, out = {}, []
    for d in evidence.reservations:
        if d["status"] in ("confirmed", "checked_in"):
            by_room.setdefault(d["roomId"], []).append((millis(d["start"]), millis(d["end"]), d["id"]))
    for room, slots in by_room.items():
        buffer_ms = state.rooms.get(room, {}).get("buffer_minutes", 0) * 60000
        slots.sort()
        for a, b in zip(slots, slots[1:]):
            if not gap_is_kept(a, b, buffer_ms):
                out.append(("overlap", f"{a[2]} and {b[2]} overlap in {room}"))
    return out


def kept_promises(evidence, state, docs):
    """2: what was answered 201 is there, what was refused for good is not."""
    out = []
    cancels, changes = {}, {}
    for op in evidence.operations:
        if op.kind in ("cancel", "change"):
            (cancels if op.kind == "cancel" else changes).setdefault(op.target, []).append(op)
    by_title = {}
    for r in state.reservations.values():
        by_title.setdefault(r.title, []).append(r)
    for op in evidence.operations:
        if op.status() is None:
            out.append(("unanswered", f"{op.kind} {op.key} never got a final answer: {op.attempts[-3:]}"))
        elif op.kind == "book" and op.status() == 201:
            made = op.body()["id"]
            out += booking_is_there(op, docs, cancels.get(made, []), changes.get(made, []))
        elif op.kind == "book":
            for r in by_title.get(op.key, []):
                if r.status in EVER_CONFIRMED:
                    out.append(("refused-but-executed", f"{op.key} was answered {op.status()}, but {r.id} is {r.status}"))
        elif op.kind == "cancel" and op.status() == 201:
            d = docs.get(op.target)
            if d is None or d["status"] != "cancelled":
                out.append(("lost-cancellation", f"{op.target} was cancelled (201) and is {d and d['status']}"))
        elif op.kind == "refund" and op.status() == 201:
            r = state.reservations.get(op.target)
            if r is None or r.granted.get(op.body()["id"]) != op.body()["amount"]["amount"]:
                out.append(("lost-refund", f"{op.target} was refunded (201, {op.body()}): {r and r.granted}"))
    return out


def booking_is_there(op, docs, cancels, changes):
    d = docs.get(op.body()["id"])
    if d is None:
        return [("lost-booking", f"{op.key} was answered 201 as {op.body()['id']}, which is gone")]
    wanted, out = dict(op.request), []
    for change in changes:  # one customer's, one after the other: the last one that was answered 200 stands
        if change.status() == 200:
            wanted.update({k: change.request[k] for k in ("roomId", "start", "end")})
    for field_name, same in (("roomId", d["roomId"] == wanted["roomId"]), ("title", d["title"] == op.key),
                             ("customerId", d["customerId"] == op.account),
                             ("start", millis(d["start"]) == millis(wanted["start"])),
                             ("end", millis(d["end"]) == millis(wanted["end"]))):
        if not same:
            out.append(("lost-booking", f"{d['id']}: {field_name} is not what was booked: {d}"))
    allowed = {"confirmed"}
    if any(c.status() in (201, None) for c in cancels):
        allowed = {"cancelled"} if any(c.status() == 201 for c in cancels) else {"confirmed", "cancelled"}
    if d["status"] not in allowed:
        out.append(("lost-booking", f"{d['id']} was answered 201 and is {d['status']}, not {sorted(allowed)}"))
    return out


def money(evidence, state, docs, payments):
    """3: the ledger holds what each reservation's state says is owed; no charge without a booking."""
    out, claimed = [], {}
    for r in state.reservations.values():
        if not r.payment:
            continue
        p = {"state": "none", "captured": 0, "refunded": 0}
        for one in {r.payment, *r.payments}:
            claimed[one] = r
            its = payments.get(one, {})
            p["captured"] += its.get("captured", 0)
            p["refunded"] += its.get("refunded", 0)
        p["state"] = payments.get(r.payment, p)["state"]
        kept = p["captured"] - p["refunded"]
        owed = r.owed()
        if kept < owed:
            out.append(("booking-without-payment", f"{r.id} is {r.status}: {owed} owed, {kept} kept by the provider"))
        elif kept > owed:
            out.append(("charge-without-booking", f"{r.id} is {r.status}: {owed} owed, {kept} kept by the provider"))
        elif owed == 0 and p["state"] in ("authorized", "pending") and r.status not in EVER_CONFIRMED:
            out.append(("charge-without-booking", f"{r.id} is {r.status}, its payment is still {p['state']}"))
        d = docs.get(r.id)
        if d and r.status in EVER_CONFIRMED:
            shown = (d["payment"]["captured"]["amount"], d["payment"]["refunded"]["amount"])
            if shown != (p["captured"], p["refunded"]):
                out.append(("stale-view", f"{r.id}: payment shown as {shown}, ledger {p}"))
    for p in payments.values():
        if p["id"] not in claimed and (p["captured"] - p["refunded"] > 0 or p["state"] in ("authorized", "pending")):
            out.append(("charge-without-booking", f"payment {p} belongs to no reservation"))
    return out


def unfinished(evidence, state):
    """4: after faults stop, every saga is completed or parked."""
    out = [("unfinished-saga", f"{s.id} ({s.kind}) started and neither completed nor parked")
           for s in state.sagas.values() if not s.completed and not s.parked]
    out += [("unfinished-saga", f"introspection still shows {s}") for s in evidence.open_sagas
            if s.get("state") != "parked"]
    parked = {s.id for s in state.sagas.values() if s.parked}
    out += [("unfinished-saga", f"{room} is still locked for {what}") for room, taken in state.occupied.items()
            for what in taken if "#" in what and what.split("#")[0] not in parked]
    return out


def doubled(evidence, state, payments):
    """5: one key, one effect, one answer."""
    out, by_title = [], {}
    for r in state.reservations.values():
        by_title.setdefault((r.customer, r.title), []).append(r.id)
        for event in ("reservation.confirmed", "reservation.cancelled"):
            if r.seen.get(event, 0) > 1:
                out.append(("doubled-effect", f"{r.id}: {event} {r.seen[event]} times"))
        out += [("doubled-effect", f"{r.id}: {move} {n} times") for move, n in r.moves.items()
                if n > 1 and move[0] in ("payment.captured", "payment.refunded")]
        p = payments.get(r.payment)
        if p and (p["captured"] > r.first_price or p["refunded"] > p["captured"]):
            out.append(("doubled-effect", f"{r.id} costs {r.price}, the ledger has {p}"))
    keys = {op.key for op in evidence.operations}
    out += [("doubled-effect", f"key {title} made {ids}") for (_, title), ids in by_title.items()
            if title in keys and len(ids) > 1]
    for s in state.sagas.values():
        if s.completed > 1:
            out.append(("doubled-effect", f"saga {s.id} completed {s.completed} times"))
    # Of one payment a change may give back a part and the cancellation the rest.
    changed = {payment for r in state.reservations.values() if r.changes for payment in {r.payment, *r.payments}}
    moved = {}
    for e in evidence.ledger.get("entries", []):
        if e["outcome"] == "ok" and e["operation"] in ("capture", "refund"):
            moved.setdefault((e["payment"], e["operation"]), set()).add(e["key"])
    by_payment = {r.payment: r for r in state.reservations.values()}
    for (payment, op), ks in moved.items():
        # A refund for the cancellation (or for what was not booked), and one for each given by hand.
        allowed = 1 + len(by_payment[payment].granted) if op == "refund" and payment in by_payment else 1
        if len(ks) > allowed and not (op == "refund" and payment in changed):
            out.append(("doubled-effect", f"{op} of {payment} with {len(ks)} different keys"))
    for op in evidence.operations:
        answers = op.finals()
        if any((a["status"], a["body"]) != (answers[0]["status"], answers[0]["body"]) for a in answers[1:]):
            out.append(("changed-answer", f"{op.kind} {op.key} got different final answers: {answers}"))
    return out


def messages(evidence, state):
    """6: every change the journal knows is in its customer's inbox, and duplicates can be told."""
    out = []
    for account, notes in evidence.inboxes.items():
        ids = [n["id"] for n in notes]
        if len(ids) != len(set(ids)):
            out.append(("duplicate-notification", f"{account} has an id twice"))
    have = {(account, n["type"], n.get("reservationId")) for account, notes in evidence.inboxes.items() for n in notes}
    for account, kind, reservation in state.messages:
        if account in evidence.inboxes and (account, kind, reservation) not in have:
            out.append(("missing-notification", f"{account} was not told {kind} of {reservation}"))
    return out


def payment_status(r):
    if not r.refunded:
        return "captured"
    return "refunded" if r.refunded >= r.captured else "partially_refunded"


def views(evidence, state, docs):
    """7: what is served is what the journal says, and the same again after a rebuild."""
    out = []
    for r in state.reservations.values():
        if r.status not in EVER_CONFIRMED:
            if r.id in docs and docs[r.id]["status"] in EVER_CONFIRMED:
                out.append(("stale-view", f"{r.id} is shown {docs[r.id]['status']}, the journal says {r.status}"))
            continue
        d = docs.get(r.id)
        if d is None:
            out.append(("stale-view", f"{r.id} ({r.status}) is in the journal, but not in the list"))
            continue
        wanted = (r.status, r.room, r.customer, r.start, r.end, r.price, r.title)
        shown = (d["status"], d["roomId"], d["customerId"], millis(d["start"]), millis(d["end"]),
                 d["price"]["amount"], d["title"])
        if wanted != shown:
            out.append(("stale-view", f"{r.id}: journal {wanted}, view {shown}"))
        if r.price and d["payment"]["status"] != payment_status(r):
            out.append(("stale-view", f"{r.id}: payment {d['payment']['status']}, journal {payment_status(r)}"))
        if evidence.board and (r.status == "confirmed") != (evidence.board.get(r.id) == "confirmed"):
            out.append(("stale-view", f"{r.id} is {r.status}, the board shows {evidence.board.get(r.id)}"))
    out += [("stale-view", f"{d['id']} is served, but not in the journal") for d in docs.values()
            if d["id"] not in state.reservations]
    for target, before in evidence.views_before.items():
        if evidence.views_rebuilt.get(target) != before:
            out.append(("stale-view", f"{target} differs after a rebuild"))
    return out
