"""What has to have arrived, held against what did. Pure: no I/O.

Messages are dictionaries as receivers.py writes them; notes are what /v1/notifications shows.
"""

import collections

HOOK_TYPES = ("reservation.confirmed", "reservation.cancelled")


def check(booked, people, hook_path, messages):
    """Findings as (kind, text); an empty list is a pass.

    booked: {reservation: account}, all that was answered 201; people: {account: (address, notes)}.
    """
    mails = [m for m in messages if m["kind"] == "mail"]
    hooks = [m for m in messages if m["kind"] == "hook" and m["to"] == hook_path]
    return inboxes(booked, people) + mailed(people, mails) + hooked(people, hooks) + told_apart(mails + hooks)


def inboxes(booked, people):
    have = {(account, n.get("reservationId")) for account, (_, notes) in people.items() for n in notes
            if n["type"] == "reservation.confirmed"}
    return [("missing-note", f"{account} was not told of {reservation}") for reservation, account in booked.items()
            if (account, reservation) not in have]


def mailed(people, mails):
    """One mail for each note: copies have one id, so ids are counted."""
    ids = collections.defaultdict(set)
    for m in mails:
        ids[m["to"], m["reservation"]].add(m["id"])
    owed = collections.Counter((address, n.get("reservationId", "")) for address, notes in people.values() for n in notes)
    addresses = {address for address, _ in people.values()}
    out = [("missing-mail", f"{to}: {len(ids[to, about])} of {count} mails about {about}")
           for (to, about), count in owed.items() if len(ids[to, about]) < count]
    return out + [("unknown-mail", f"{to}: {len(some)} mails about {about}, {owed[to, about]} notes")
                  for (to, about), some in ids.items() if to in addresses and len(some) > owed[to, about]]


def hooked(people, hooks):
    ids = collections.defaultdict(set)
    for h in hooks:
        ids[h["type"], h["reservation"]].add(h["id"])
    owed = {(n["type"], n["reservationId"]) for _, notes in people.values() for n in notes if n["type"] in HOOK_TYPES}
    out = [("missing-hook", f"{what} of {about}") for what, about in owed if (what, about) not in ids]
    out += [("unknown-hook", f"{what} of {about}") for what, about in ids if (what, about) not in owed]
    out += [("duplicate-unknown", f"{what} of {about} came as {some}") for (what, about), some in ids.items()
            if len(some) > 1]
    return out + [("unsigned-hook", h["id"]) for h in hooks if not h["verified"]]


def told_apart(messages):
    """Copies of a message have its id and say the same; nothing else has that id."""
    seen, out = {}, []
    for m in messages:
        content = (m["kind"], m["to"], m["reservation"], m["digest"])
        if seen.setdefault((m["kind"], m["id"]), content) != content:
            out.append(("one-id-two-messages", f"{m['id']}: {content} and {seen[m['kind'], m['id']]}"))
    return out


def copies(messages):
    """How many messages came more than once."""
    return sum(count > 1 for count in collections.Counter((m["kind"], m["to"], m["id"]) for m in messages).values())
