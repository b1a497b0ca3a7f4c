#!/usr/bin/python3
"""Books through the payment simulator while calls fail and both programs are killed; then judges what is left.

    storm.py --bookings 100000 --kills 20 --psp-kills 10 --faults 0.2    the whole of it
    storm.py --seed 7                                                    the same wishes, faults and moments again
    storm.py --check DIR                                                 judges a kept run once more

What is random comes from the seed, which is printed first; the machine's timing is not replayed.
"""

import argparse
import json
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / other) for other in ("crash", "integration"))]

from bank import Bank  # noqa: E402
from both_programs import BothPrograms  # noqa: E402
from crash_run import lag_of  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.world import World  # noqa: E402
from history import History  # noqa: E402
from leftovers import gather, load, reconcile  # noqa: E402
from people import ROOM, Crowd, horizon_days  # noqa: E402
from verdict import SETTLE_SECONDS, judge  # noqa: E402

ROOMS, ACCOUNTS = 300, 64
#: A run that does not settle in time is still watched for so long, so that it can be told what was late.
PATIENCE_SECONDS = 4 * SETTLE_SECONDS


class Killer(threading.Thread):
    """Kills at random moments of the run's progress, so that the kills spread over all of it."""

    def __init__(self, both, crowd, options):
        super().__init__(daemon=True)
        self.both, self.crowd, self.problem = both, crowd, None
        rng = random.Random(f"{options.seed}/killer")
        self.moments = sorted(
            [(rng.uniform(0.02, 0.97) * options.bookings, "kill_atrium") for _ in range(options.kills)]
            + [(rng.uniform(0.02, 0.97) * options.bookings, "kill_psp") for _ in range(options.psp_kills)])
        self.limit = options.limit

    def run(self):
        try:
            for goal, victim in self.moments:
                until(lambda: self.crowd.booked >= goal or self.crowd.stopping, "bookings go on", self.limit)
                getattr(self.both, victim)()
                self.crowd.history.note(victim, booked=self.crowd.booked, at=time.time())
        except BaseException as e:  # told by the main thread
            self.problem = e


def rage(both, crowd, options):
    """Until everything is booked and everybody was killed as often as asked for; the seconds it took."""
    killer = Killer(both, crowd, options)
    began, told = time.monotonic(), 0
    both.plant()
    killer.start()
    while crowd.booked < options.bookings or killer.is_alive():
        crowd.step()
        if killer.problem is not None:
            raise killer.problem
        if time.monotonic() - began > options.limit:
            raise AssertionError(f"{crowd.booked} bookings in {options.limit} s: {crowd.counts}")
        if options.verbose and crowd.booked // 5000 > told:
            told = crowd.booked // 5000
            print(f"{time.monotonic() - began:6.1f} s {crowd.booked} {crowd.counts}", flush=True)
    killer.join()
    return time.monotonic() - began


def settle(both, crowd):
    """The faults stop and nobody wishes anything new; the seconds until everybody was answered, every saga ended or
    parked and the views caught up, or until patience ended."""
    both.stop_faults()
    crowd.stopping = True
    began, admin = time.monotonic(), both.admin

    def is_quiet():
        if crowd.pending:
            return False
        sagas = admin.get("/v1/introspection/sagas", query={"limit": 1000}).json()["items"]
        return all(s["state"] == "parked" for s in sagas) and not lag_of(admin.get("/v1/introspection/views").json())

    while time.monotonic() - began < PATIENCE_SECONDS:
        crowd.step()
        if is_quiet():
            break
    return time.monotonic() - began


def storm(options):
    """Returns (findings, facts about the run)."""
    directory = pathlib.Path(options.dir)
    both = BothPrograms(directory, options.faults, options.seed)
    history = History(directory / "history.jsonl")
    try:
        world = World(both.server)
        slots = int(options.bookings * 1.5)
        rooms = min(ROOMS, max(8, options.bookings // 50))
        rooms = [world.room(**ROOM, horizonDays=horizon_days(slots, rooms))["id"] for _ in range(rooms)]
        accounts = [(c.id, c.key) for c in (world.customer() for _ in range(min(ACCOUNTS, options.people)))]
        crowd = Crowd((both.server.host, both.server.port), history, options.seed, rooms, accounts, options.people,
                      bank=Bank())
        crowd.is_open = both.is_up
        seconds = rage(both, crowd, options)
        settled = settle(both, crowd)
        crowd.board.close()
        history.close()
        aftermath = gather(both, accounts, directory)
        aftermath.settle_seconds = settled
        reconcile(both, aftermath)
        keep(directory, aftermath)
    finally:
        history.close()
        both.close()
    facts = {"seed": options.seed, "bookings": crowd.booked, "seconds": round(seconds),
             "bookings_per_s": round(crowd.booked / seconds), "settle_seconds": round(settled, 1),
             "slowest_start": round(both.slowest_start, 2), "kills": options.kills, "psp_kills": options.psp_kills,
             "answers": dict(sorted(crowd.counts.items())), "bank": crowd.bank.answers,
             "planted": dict(sorted(both.planted.items()))}
    return check(directory), facts


def keep(directory, aftermath):
    (directory / "aftermath.json").write_text(json.dumps(vars(aftermath)))


def check(directory):
    return judge(*load(pathlib.Path(directory)))


def parse(arguments):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bookings", type=int, default=100_000, help="go on until so many were answered 201")
    p.add_argument("--kills", type=int, default=20, help="kill -9 of Atrium")
    p.add_argument("--psp-kills", type=int, default=10, help="kill -9 of the payment simulator")
    p.add_argument("--faults", type=float, default=0.2, help="share of the calls to the simulator that go wrong")
    p.add_argument("--people", type=int, default=256, help="concurrent clients")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--limit", type=float, default=3600, help="seconds after which the run has failed")
    p.add_argument("--dir", default=None, help="keeps history, evidence and data here")
    p.add_argument("--check", metavar="DIR", help="only judge the run kept in DIR")
    p.add_argument("--keep", action="store_true", help="also keep the data of a run that passed")
    p.add_argument("--verbose", action="store_true")
    options = p.parse_args(arguments)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10 ** 6)
    return options


def report(findings, facts):
    print(json.dumps(facts, indent=1))
    for kind, text in findings[:50]:
        print(f"VIOLATION {kind}: {text[:2000]}")
    print(f"{len(findings)} violations", flush=True)
    return 1 if findings else 0


def main(arguments=None):
    options = parse(arguments)
    if options.check:
        return report(check(options.check), {"checked": options.check})
    base = pathlib.Path(options.dir or tempfile.mkdtemp(prefix="atrium-storm-"))
    options.dir = base / f"seed-{options.seed}"
    print(f"seed {options.seed}, {options.dir}", flush=True)
    failed = report(*storm(options))
    if not failed and not options.keep:
        shutil.rmtree(options.dir)  # a run that failed is kept for a look
    return failed


if __name__ == "__main__":
    sys.exit(main())
