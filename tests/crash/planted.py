"""A small sound run, written down by hand, into which tests plant violations."""

from datetime import datetime, timezone

from checker import Evidence, Operation

DAY = 1_900_000_000_000  # some instant on a whole second
HOUR = 3_600_000


def iso(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Run:
    """Builds all four sides of the evidence together, so that they agree until a test changes one."""

    def __init__(self):
        self.evidence = Evidence()
        self.seqs, self.offsets = {}, {}
        for room in ("rm_1", "rm_2"):
            self.record(f"room/{room}", "room.registered", {"facts": {"buffer_minutes": 30}})

    def record(self, stream, name, data):
        self.seqs[stream] = self.seqs.get(stream, 0) + 1
        self.offsets[0] = self.offsets.get(0, 0) + 1
        self.evidence.journal.append({
            "position": len(self.evidence.journal) + 1, "shard": 0, "offset": self.offsets[0], "stream": stream,
            "seq": self.seqs[stream], "at": iso(DAY), "type": name + ".v1", "data": data})

    def message(self, account, kind, reservation):
        box = self.evidence.inboxes.setdefault(account, [])
        box.append({"id": f"nt_{account}_{len(box)}", "type": kind, "reservationId": reservation})

    def money(self, amount):
        return {"amount": amount, "currency": "KRW"}

    def start(self, name, hour, customer="ac_1", price=1000):
        slot = {"start_ms": DAY + hour * HOUR, "end_ms": DAY + (hour + 1) * HOUR}
        rid, pid = f"rs_{name}", f"pay_{name}"
        request = {"roomId": "rm_1", "start": iso(slot["start_ms"]), "end": iso(slot["end_ms"]), "title": name}
        op = Operation("book", name, customer, request)
        self.evidence.operations.append(op)
        self.record(f"saga/{rid}", "saga.started", {"id": rid, "principal": customer, "input": {"kind": "booking"}})
        self.record("room/rm_1", "reservation.held", {"id": rid, "customer": customer, **slot, "title": name,
                                                      "price": self.money(price), "payment": pid})
        return op, rid, pid, slot

    def book(self, name, hour, customer="ac_1", price=1000):
        op, rid, pid, slot = self.start(name, hour, customer, price)
        money = {"id": pid, "reservation": rid, "customer": customer, "amount": self.money(price)}
        self.record(f"saga/{rid}", "payment.authorized", money)
        self.record(f"saga/{rid}", "payment.captured", money)
        self.record("room/rm_1", "reservation.confirmed", {"id": rid, **slot})
        self.record(f"saga/{rid}", "saga.completed", {"id": rid, "result": {"kind": "booking"}})
        self.evidence.ledger.setdefault("payments", []).append(
            {"id": pid, "state": "captured", "authorized": price, "captured": price, "refunded": 0})
        self.evidence.ledger.setdefault("entries", []).append(
            {"operation": "capture", "outcome": "ok", "payment": pid, "key": f"{rid}/capture", "amount": price})
        doc = {"id": rid, "roomId": "rm_1", "customerId": customer, "start": op.request["start"],
               "end": op.request["end"], "title": name, "status": "confirmed", "price": self.money(price),
               "payment": {"id": pid, "status": "captured", "captured": self.money(price), "refunded": self.money(0)}}
        self.evidence.reservations.append(doc)
        self.evidence.board[rid] = "confirmed"
        op.attempts.append({"status": 201, "body": {"id": rid}})
        self.message(customer, "reservation.confirmed", rid)
        return rid

    def change(self, rid, room, hour, price):
        """Moves a booking: dearer on a payment of its own, cheaper with a refund of the first."""
        doc, change = self.doc(rid), f"chg_{rid}"
        start, end = DAY + hour * HOUR, DAY + (hour + 1) * HOUR
        slot, old = {"start_ms": start, "end_ms": end}, doc["roomId"]
        op = Operation("change", f"change-{rid}", doc["customerId"],
                       {"roomId": room, "start": iso(start), "end": iso(end)}, target=rid)
        self.evidence.operations.append(op)
        self.record(f"saga/{change}", "saga.started", {"id": change, "principal": doc["customerId"],
                                                       "input": {"kind": "change"}})
        self.record(f"room/{room}", "reservation.change_held", {"id": rid, "change": change, "locks": [slot],
                                                                "customer": doc["customerId"], **slot})
        more, pid = price - doc["price"]["amount"], f"pay_{change}"
        if old != room:
            self.record(f"room/{old}", "reservation.leaving", {"id": rid, "change": change, "to": room})
        if more > 0:
            self.record(f"saga/{change}", "payment.captured", {"id": pid, "reservation": rid,
                                                               "customer": doc["customerId"],
                                                               "amount": self.money(more)})
            self.evidence.ledger["payments"].append({"id": pid, "state": "captured", "captured": more, "refunded": 0})
            doc["payment"]["captured"] = self.money(price)
        self.record(f"room/{room}", "reservation.changed", {
            "id": rid, "change": change, "from": old, "booked": {**slot, "price": self.money(price),
                                                                 "title": doc["title"]}})
        if old != room:
            self.record(f"room/{old}", "reservation.left", {"id": rid, "change": change, "to": room})
        if more < 0:
            self.record(f"saga/{change}", "payment.refunded", {"id": "pay_" + rid[3:], "reservation": rid,
                                                               "amount": self.money(-more)})
            self.payment(rid)["refunded"] = -more
            self.evidence.ledger["entries"].append({"operation": "refund", "outcome": "ok", "payment": "pay_" + rid[3:],
                                                    "key": f"{change}/refund", "amount": -more})
            doc["payment"].update(refunded=self.money(-more), status="partially_refunded")
            self.message(doc["customerId"], "payment.refunded", rid)
        self.record(f"saga/{change}", "saga.completed", {"id": change, "result": {"kind": "change"}})
        doc.update(roomId=room, start=iso(start), end=iso(end), price=self.money(price))
        self.message(doc["customerId"], "reservation.changed", rid)
        op.attempts.append({"status": 200, "body": {"id": rid}})
        return rid

    def refuse_change(self, rid, room, hour):
        """The difference was declined: the new slot is free again, the booking as it was."""
        change, account = f"chg_{rid}", self.doc(rid)["customerId"]
        slot = {"start_ms": DAY + hour * HOUR, "end_ms": DAY + (hour + 1) * HOUR}
        op = Operation("change", f"change-{rid}", account, {"roomId": room, "start": iso(slot["start_ms"]),
                                                            "end": iso(slot["end_ms"])}, target=rid)
        op.attempts.append({"status": 402, "body": {"type": "payment-declined"}})
        self.evidence.operations.append(op)
        self.record(f"saga/{change}", "saga.started", {"id": change, "principal": account, "input": {"kind": "change"}})
        self.record(f"room/{room}", "reservation.change_held", {"id": rid, "change": change, "locks": [slot],
                                                                "customer": account, **slot})
        self.record(f"saga/{change}", "payment.declined", {"id": f"pay_{change}", "reservation": rid,
                                                           "customer": account, "amount": self.money(500)})
        self.record(f"room/{room}", "reservation.change_released", {"id": rid, "change": change, "customer": account,
                                                                    **slot})
        self.record(f"saga/{change}", "saga.completed", {"id": change, "result": {"kind": "failure"}})
        self.message(account, "reservation.not_changed", rid)

    def cancel(self, rid, refund=1000):
        doc = next(d for d in self.evidence.reservations if d["id"] == rid)
        account, price = doc["customerId"], doc["price"]["amount"]
        saga = f"rs_cancel_{rid}"
        op = Operation("cancel", f"cancel-{rid}", account, {}, target=rid)
        self.evidence.operations.append(op)
        self.record(f"saga/{saga}", "saga.started", {"id": saga, "principal": account, "input": {"kind": "cancellation"}})
        self.record("room/rm_1", "reservation.cancelled", {"id": rid, "fee": self.money(price - refund),
                                                           "refund": self.money(refund)})
        self.record(f"saga/{saga}", "payment.refunded", {"id": doc["payment"]["id"], "reservation": rid,
                                                         "amount": self.money(refund)})
        self.record(f"saga/{saga}", "saga.completed", {"id": saga, "result": {"kind": "cancellation"}})
        payment = self.payment(rid)
        payment["refunded"] = refund
        self.evidence.ledger["entries"].append({"operation": "refund", "outcome": "ok", "payment": payment["id"],
                                                "key": f"{saga}/refund", "amount": refund})
        doc["status"], doc["payment"]["refunded"] = "cancelled", self.money(refund)
        doc["payment"]["status"] = "refunded" if refund == price else "partially_refunded"
        self.evidence.board.pop(rid)
        op.attempts.append({"status": 201, "body": {"refund": refund}})
        self.message(account, "reservation.cancelled", rid)
        self.message(account, "payment.refunded", rid)

    def refund(self, rid, amount, name="op-refund"):
        """An operator gives back part of a booking that stands."""
        doc, payment = self.doc(rid), self.payment(rid)
        saga, back = f"rs_{name}_{rid}", self.money(amount)
        op = Operation("refund", f"{name}-{rid}", "ac_op", {"reason": "noise"}, target=rid)
        self.evidence.operations.append(op)
        self.record(f"saga/{saga}", "saga.started", {"id": saga, "principal": "ac_op", "input": {"kind": "refund"}})
        self.record("room/rm_1", "reservation.refund_granted", {"id": saga, "reservation": rid, "payment": payment["id"],
                                                                "amount": back})
        self.record(f"saga/{saga}", "payment.refunded", {"id": payment["id"], "reservation": rid, "amount": back})
        self.record(f"saga/{saga}", "saga.completed", {"id": saga, "result": {"kind": "refund"}})
        payment["refunded"] += amount
        self.evidence.ledger["entries"].append({"operation": "refund", "outcome": "ok", "payment": payment["id"],
                                                "key": f"{saga}/refund", "amount": amount})
        given = payment["refunded"]
        doc["payment"]["refunded"] = self.money(given)
        doc["payment"]["status"] = "refunded" if given == payment["captured"] else "partially_refunded"
        op.attempts.append({"status": 201, "body": {"id": saga, "amount": back}})
        self.message(doc["customerId"], "payment.refunded", rid)

    def decline(self, name, hour, customer="ac_1"):
        op, rid, pid, slot = self.start(name, hour, customer)
        self.record(f"saga/{rid}", "payment.declined", {"id": pid, "reservation": rid, "customer": customer,
                                                        "amount": self.money(1000)})
        self.record("room/rm_1", "reservation.released", {"id": rid, "status": "payment_failed", **slot})
        self.record(f"saga/{rid}", "saga.completed", {"id": rid, "result": {"kind": "failure"}})
        self.evidence.ledger["payments"].append({"id": pid, "state": "declined", "authorized": 0, "captured": 0,
                                                 "refunded": 0})
        op.attempts.append({"status": 402, "body": {"type": "payment-declined"}})
        self.message(customer, "payment.declined", rid)
        return rid

    def payment(self, rid):
        return next(p for p in self.evidence.ledger["payments"] if p["id"] == "pay_" + rid[3:])

    def doc(self, rid):
        return next(d for d in self.evidence.reservations if d["id"] == rid)

    def operation(self, key):
        return next(o for o in self.evidence.operations if o.key == key)

    def drop_records(self, wanted):
        """Takes records out and renumbers the rest, so that only the meaning is damaged."""
        kept = [r for r in self.evidence.journal if not wanted(r)]
        positions, seqs = 0, {}
        for r in kept:
            positions += 1
            seqs[r["stream"]] = seqs.get(r["stream"], 0) + 1
            r.update(position=positions, offset=positions, seq=seqs[r["stream"]])
        self.evidence.journal[:] = kept


def sound_run():
    """Three bookings that stay (one with a refund by hand), one cancelled in full, one in part, one declined, one
    refused; three changed: within the room for more money, to another one for less, and not at all."""
    run = Run()
    for n, hour in enumerate((0, 2, 4)):
        run.book(f"stay{n}", hour, customer=f"ac_{n % 2 + 1}")
    run.cancel(run.book("gone", 6))
    run.cancel(run.book("half", 8), refund=500)
    run.refund("rs_stay2", 300)
    run.decline("poor", 10)
    run.change(run.book("later", 12), "rm_1", 12.5, 1500)
    run.change(run.book("there", 16, "ac_2"), "rm_2", 16, 700)
    run.refuse_change(run.book("same", 18), "rm_2", 18)
    refused = Operation("book", "late", "ac_2", {"roomId": "rm_1", "title": "late"})
    refused.attempts = [{"unknown": True}, {"status": 409, "body": {"type": "slot-taken"}}]
    run.evidence.operations.append(refused)
    return run
