"""The payment provider takes every call and answers none."""

import time

from loads import PinnedOffice, Watch
from tools import Api, write_lines

from harness.psp import SECRET_KEY, Psp
from harness.waiting import until

DEADLINE_S = 12  # a command is answered within 10 s, whatever it waits for; the rest is the machine's


def payments(office):
    items = office.admin.json("GET", "/v1/introspection/dependencies")["items"]
    return next(d for d in items if d["name"] == "payments")


def is_open_for(office, ms):
    breaker = payments(office)
    return breaker["state"] == "open" and breaker["retryAfterMs"] >= ms


def reads(office, rooms, seconds):
    """Reads of rooms and of the board, at a steady pace, while nothing or something else goes on."""
    ids = rooms.read_text().split()
    targets = write_lines(office.directory / "reads", [f"/v1/rooms/{i}" for i in ids])
    board = write_lines(office.directory / "board", [office.board_target()])
    some = office.start_load("get", "--connections", 16, "--seconds", seconds, "--keys", office.keys,
                             "--targets", targets, "--rate", 400)
    week = office.load("get", "--connections", 4, "--seconds", seconds, "--keys", office.admin_key,
                       "--targets", board, "--rate", 10)
    return some(), week


def hanging(office, psp, rooms, seconds, evidence):
    psp.plant(timeoutBeforeEffect=1.0)
    bookings = office.start_bookings(rooms, 32, seconds, warmup=0)
    with Watch(lambda: payments(office)["state"]) as states:
        evidence["reads_hanging"], evidence["board_hanging"] = reads(office, rooms, seconds)
        evidence["first"] = bookings()
    evidence["states"] = [state for _, state in states.seen]
    until(lambda: payments(office)["state"] != "closed", "the breaker opens", timeout=60)
    evidence["state"] = payments(office)["state"]
    # Paced, so that refusals are measured and not how fast they can be asked for.
    evidence["refused"] = office.bookings(rooms, 64, seconds, rate=300, warmup=0)


def coming_back(office, psp, rooms, evidence):
    """What happens when the provider answers again: the next probe closes the breaker."""
    def is_back_between_two_probes():
        """Not in the middle of one, which would hang although the provider is back."""
        if not is_open_for(office, 1000):
            return False
        psp.plant()
        if is_open_for(office, 1):
            return True
        psp.plant(timeoutBeforeEffect=1.0)
        return False
    until(is_back_between_two_probes, "no probe is out", timeout=120)
    evidence["opened"] = payments(office)["opened"]
    began = time.monotonic()

    def booked():
        seen = office.bookings(rooms, 1, 1, warmup=0, rate=2)
        return seen["status"].get("201") and seen
    until(booked, "a booking goes through", timeout=60)
    after = {"status": 201, "seconds": time.monotonic() - began, "opened": payments(office)["opened"]}
    until(lambda: not office.summary()["sagas"], "all sagas end", timeout=120)
    after["unsettled"] = sum(office.summary()["sagas"].values())
    evidence["after"] = after


def run(directory, seconds):
    with Psp(directory / "psp") as psp:
        key = directory / "stripe-key"
        key.write_text(SECRET_KEY + "\n")
        with PinnedOffice(directory / "office", "--payment-provider", "stripe", "--stripe-base-url", psp.url,
                          "--stripe-key-file", key, "--payment-breaker-pause", "2s",
                          # Connections wait unused while the last call of a load hangs.
                          "--header-timeout", "60s", "--idle-timeout", "60s") as office:
            office.add_customers(32)
            rooms, _ = office.add_rooms(100, "rooms")
            office.bookings(rooms, 16, 2, warmup=0)
            evidence = {"deadline_us": DEADLINE_S * 1e6}
            meanwhile = office.start_bookings(rooms, 4, seconds + 1, rate=50, warmup=0)
            evidence["reads_normal"], evidence["board_normal"] = reads(office, rooms, seconds)
            evidence["normal"] = meanwhile()
            hanging(office, psp, rooms, seconds, evidence)
            coming_back(office, psp, rooms, evidence)
            return evidence
