"""The simulator's ledger file in the words of the crash checker: pure functions from its lines."""

import json

#: Numbers of intent states, as the ledger keeps them.
UNPAID, ACTION, HELD, TAKEN, CANCELLED = range(5)
STATES = {UNPAID: "declined", ACTION: "pending", HELD: "authorized", TAKEN: "captured", CANCELLED: "voided"}


def changes(file):
    """Every whole line of a ledger file: eight digits of a checksum, a space, a JSON object."""
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line[9:])


def ledger_of(lines):
    """{"payments", "entries"} by Atrium's payment ids: what all intents of a payment come to, and who moved money."""
    intents, entries = {}, []
    for change in lines:
        intent = change.get("intent")
        if intent is None:
            continue
        payment = intent["metadata"].get("atrium_payment", intent["id"])
        before = intents.get(intent["id"], {"captured": 0, "refunded": 0})
        for operation, moved in (("capture", "captured"), ("refund", "refunded")):
            if intent[moved] > before[moved]:
                entries.append({"operation": operation, "outcome": "ok", "payment": payment,
                                "key": f"{intent['id']}/{change.get('key') or len(entries)}",
                                "amount": intent[moved] - before[moved]})
        intents[intent["id"]] = intent
    return {"payments": list(payments_of(intents.values()).values()), "entries": entries}


def payments_of(intents):
    found = {}
    for intent in intents:
        name = intent["metadata"].get("atrium_payment", intent["id"])
        p = found.setdefault(name, {"id": name, "state": "none", "captured": 0, "refunded": 0})
        p["captured"] += intent["captured"]
        p["refunded"] += intent["refunded"]
        state = STATES[intent["status"]]
        # Money that is still held outweighs whatever another intent of the same payment says.
        if p["state"] not in ("authorized", "pending") and (p["state"] != "captured" or state == "authorized"):
            p["state"] = state
    return found
