"""Three times the load that can be carried, and one customer's flood."""

import time

from loads import PinnedOffice, Watch

ROOMS, CUSTOMERS = 400, 200


def peak(office, rooms, seconds, keep):
    """The best rate of bookings in a closed loop, by 64 and by 256 clients; nobody may be refused by 64."""
    ids = office.directory / f"ids-{len(keep)}"
    seen = [office.bookings(rooms, clients, seconds, save_ids=f"{ids}-{clients}") for clients in (64, 256)]
    keep += [f"{ids}-64", f"{ids}-256"]
    return max(s["by_status"].get("201", {"rate": 0})["rate"] for s in seen), seen[0]


def overload(office, rooms, seconds, connections, kept):
    """Peak, three times the peak in an open loop, peak again."""
    before, calm = peak(office, rooms, seconds, kept)
    refused_before = office.summary()["admission"]
    quiet = office.server.memory_kb()["RssAnon"]
    kept.append(office.directory / "ids-open")
    with Watch(lambda: office.server.memory_kb()["RssAnon"]) as memory:
        flooded = office.bookings(rooms, connections, 2 * seconds, rate=int(3 * before), save_ids=kept[-1])
    behind = max(p["lag"] for p in office.admin.json("GET", "/v1/introspection/views")["projections"])
    shed = office.summary()["admission"]
    after, recovered = peak(office, rooms, seconds, kept)
    return {"peak": before, "peak_after": after, "flood": flooded, "calm": calm, "recovered": recovered,
            "admission_before": refused_before, "admission": shed,
            "behind_events": behind, "grown_kb": max((kb for _, kb in memory.seen), default=quiet) - quiet}


def flood_of_one(office, rooms, seconds, connections):
    """One customer floods; another books at a walking pace meanwhile."""
    keys = office.keys.read_text().split()
    one = office.directory / "one-key"
    modest = office.directory / "modest-key"
    one.write_text(keys[0] + "\n")
    modest.write_text(keys[1] + "\n")
    waiting = office.start_bookings(rooms, connections, seconds + 2, keys=one, warmup=0)
    seen = office.bookings(rooms, 4, seconds, rate=20, keys=modest, warmup=1, slots=20 * (seconds + 1))
    return {"modest": seen, "flood": waiting()}


def lost(office, kept):
    """Which acknowledged bookings are gone after kill -9."""
    ids = [i for file in kept for i in open(file, encoding="ascii").read().split()]
    office.restart()
    return {"acknowledged": len(ids), "found": office.booked(ids)}


def run(directory, seconds, connections=2000, options=()):
    """All of it on one server; what was seen."""
    with PinnedOffice(directory, *options) as office:
        office.add_customers(CUSTOMERS)
        rooms, _ = office.add_rooms(ROOMS, "rooms")
        kept = []
        began = time.monotonic()
        evidence = {"overload": overload(office, rooms, seconds, connections, kept)}
        evidence["fair"] = flood_of_one(office, rooms, max(2, seconds // 2), connections)
        evidence["durable"] = lost(office, kept)
        evidence["seconds"] = time.monotonic() - began
        return evidence
