#!/usr/bin/python3
"""Kills a server under load again and again, then checks that nothing was lost, doubled or invented.

    crash_run.py --kills 30                  the ordinary run, about two minutes
    crash_run.py --minutes 240               for hours: rounds of that many kills, each with the next seed
    crash_run.py --seed 7                    the same wishes and moments again
    crash_run.py --check DIR                 judges a recorded run once more

What is random comes from the seed, which is printed first; the machine's timing is not replayed.
"""

import argparse
import asyncio
import pathlib
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

from checker import check  # noqa: E402
from evidence import gather  # noqa: E402
from harness.client import Client, loop, run  # noqa: E402
from harness.server import ADMIN_KEY, Server  # noqa: E402
from harness.waiting import pause, until  # noqa: E402
from harness.wire import WireError  # noqa: E402
from harness.world import World  # noqa: E402
from history import History  # noqa: E402
from workload import ROOMS, Bookers  # noqa: E402

SETTLE_SECONDS = 90


class Site:
    """The server of a run through all its lives."""

    def __init__(self, data_dir):
        self.server = Server(data_dir).start()
        self.up = asyncio.Event()
        self.up.set()
        self.restarts = []  # seconds each start took

    def restart(self):
        self.server = self.server.again()
        self.restarts.append(self.server.start_seconds)

    async def crash(self):
        """kill -9, then a new process on the same directory."""
        assert self.server.alive(), obituary(self.server)  # one that dies by itself is a finding, not a fault of ours
        self.up.clear()
        self.server.kill()
        await loop().run_in_executor(None, self.restart)
        self.up.set()


async def killer(site, history, seed, kills):
    """Kills at random moments: right after the start, in the middle, after a while of peace."""
    rng = random.Random(f"{seed}/killer")
    for done in range(kills):
        await pause(rng.choice([rng.uniform(0.0, 0.4), rng.uniform(0.4, 2.5), rng.uniform(2.0, 5.0)]))
        history.note("kill", number=done, at=time.time())
        await site.crash()
        history.note("restarted", seconds=site.server.start_seconds)


async def load_and_kill(site, history, options, people, rooms):
    bookers = Bookers(site, history, options.seed, rooms)
    clients = [asyncio.ensure_future(bookers.client(n, *person)) for n, person in enumerate(people)]
    kills = asyncio.ensure_future(killer(site, history, options.seed, options.kills))
    await asyncio.wait([kills, *clients], return_when=asyncio.FIRST_COMPLETED)
    for task in (kills, *clients):
        if task.done():
            task.result()  # raises what ended it early
    bookers.stopping = True
    await kills
    await asyncio.wait_for(asyncio.gather(*clients), SETTLE_SECONDS)
    return bookers


def settle(site):
    """Faults have stopped: every saga has to end or park within the bound (invariant 4)."""
    admin = Client(site.server, ADMIN_KEY)

    def quiet():
        sagas = admin.get("/v1/introspection/sagas").json()["items"]
        return not [s for s in sagas if s["state"] != "parked"] and not lag_of(
            admin.get("/v1/introspection/views").json())

    until(quiet, "sagas end and views catch up", SETTLE_SECONDS)


def lag_of(value):
    """Sum of every member named "lag", wherever introspection keeps it."""
    if isinstance(value, dict):
        return sum(v if k == "lag" else lag_of(v) for k, v in value.items())
    return sum(map(lag_of, value)) if isinstance(value, list) else 0


def crash_run(options):
    """Returns (findings, facts about the run)."""
    directory = pathlib.Path(options.dir)
    directory.mkdir(parents=True, exist_ok=True)
    history = History(directory / "history.jsonl")
    began = time.monotonic()
    site = run(make_site(directory / "data"))
    try:
        world = World(site.server)
        rooms = [world.room(**facts) for facts in ROOMS]
        clients = [world.customer() for _ in range(options.clients)]
        people = [(c.id, c.key) for c in clients]
        bookers = run(load_and_kill(site, history, options, people, rooms))
        kills = len(site.restarts)
        settle(site)
        evidence = gather(site, history.operations, people)
        site.server.stop()
    except WireError as e:
        raise AssertionError(obituary(site.server)) from e
    finally:
        history.close()
        site.server.kill()
    with open(directory / "evidence.pickle", "wb") as out:
        pickle.dump(evidence, out)
    facts = {"seconds": round(time.monotonic() - began), "kills": kills, "operations": len(history.operations),
             "events": len(evidence.journal), "answers": dict(sorted(bookers.counts.items())),
             "slowest_start": round(max(site.restarts), 2)}
    return check(evidence), facts


def obituary(server):
    """Nobody here ended the server, and it does not answer: how it ended and its last words."""
    try:
        code = server.wait(5)
    except subprocess.TimeoutExpired:
        code = "still running"
    return f"the server stopped answering; exit code {code}\n{server.log()[-3000:]}"


async def make_site(data_dir):
    return Site(data_dir)


def parse(arguments):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--kills", type=int, default=30)
    p.add_argument("--minutes", type=float, default=0, help="go on with new rounds for so long")
    p.add_argument("--clients", type=int, default=24)
    p.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 6))
    p.add_argument("--dir", default=None, help="keeps history, evidence and data here")
    p.add_argument("--check", metavar="DIR", help="only judge the evidence in DIR")
    return p.parse_args(arguments)


def report(findings, facts):
    print(facts)
    for kind, text in findings[:50]:
        print(f"VIOLATION {kind}: {text}")
    print(f"{len(findings)} violations", flush=True)
    return 1 if findings else 0


def main(arguments=None):
    options = parse(arguments)
    if options.check:
        with open(pathlib.Path(options.check) / "evidence.pickle", "rb") as kept:
            return report(check(pickle.load(kept)), {"checked": options.check})
    base = pathlib.Path(options.dir or tempfile.mkdtemp(prefix="atrium-crash-"))
    end = time.monotonic() + options.minutes * 60
    while True:
        options.dir = base / f"seed-{options.seed}"
        print(f"seed {options.seed}, {options.dir}", flush=True)
        if report(*crash_run(options)):
            return 1  # everything is kept for a look
        shutil.rmtree(options.dir)
        if time.monotonic() >= end:
            return 0
        options.seed += 1


if __name__ == "__main__":
    sys.exit(main())
