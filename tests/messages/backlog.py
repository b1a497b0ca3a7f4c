#!/usr/bin/python3
"""Stops the notifier, books, starts it again: bookings must not notice, and every message must arrive.

    backlog.py --bookings 10000 --rounds 10     the whole of it, some minutes
    backlog.py --seed 7                         the same wishes again

Two servers take turns, one with its notifier at work and one with its notifier stopped, so that the machine's moods hit
both; the first has delivered everything before the other's turn. In the end the stopped notifier is started, its server
is killed once with -9 in the middle of what it has to deliver, and everything that arrived is held against the inboxes.
"""

import argparse
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / other) for other in ("storm", "crash", "integration"))]

import deliveries  # noqa: E402
from harness.client import Client  # noqa: E402
from harness.server import ADMIN_KEY, Server, free_port  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.world import World  # noqa: E402
from history import History  # noqa: E402
from leftovers import every_item  # noqa: E402
from people import ROOM, Crowd, horizon_days  # noqa: E402

ROOMS, PEOPLE, ACCOUNTS = 100, 64, 32
DELIVERY_SECONDS = 900


class Receivers:
    """receivers.py as a process, and what it has taken so far."""

    def __init__(self, file):
        self.file, self.messages, self.distinct = file, [], set()
        self.mail_port, self.hook_port = free_port(), free_port()
        self.file.touch()
        self.taken, self.rest, self.process = open(file, encoding="utf-8"), "", None

    def start(self, secret):
        self.process = subprocess.Popen(
            [sys.executable, "-B", HERE / "receivers.py", self.file, str(self.mail_port), str(self.hook_port)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(secret + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "listening\n", "the receivers start"

    def look(self):
        """Reads what is new; how many messages have come, copies counted once."""
        *lines, self.rest = (self.rest + self.taken.read()).split("\n")
        for message in map(json.loads, lines):
            self.messages.append(message)
            self.distinct.add((message["kind"], message["id"]))
        return len(self.distinct)

    def wait_for(self, count, what):
        until(lambda: self.look() >= count, f"{count} {what}", DELIVERY_SECONDS)

    def close(self):
        self.taken.close()
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(30)


class Office:
    """A server that mails and calls one web hook, with people who book there."""

    def __init__(self, folder, name, options):
        self.hook_path = f"/{name}"
        self.receivers = Receivers(folder / f"{name}-messages.jsonl")
        args = ("--smtp-host", "127.0.0.1", "--smtp-port", self.receivers.mail_port, "--smtp-security", "none",
                "--mail-from", "bookings@atrium.example", "--webhook-allow-networks", "127.0.0.0/8",
                "--webhook-plain-http", "--delivery-first-retry", "20ms", "--delivery-last-retry", "500ms")
        self.server = Server(folder / name, *args, listen=f"127.0.0.1:{free_port()}").start()
        self.history = History(folder / f"{name}.jsonl")
        world = World(self.server)
        self.people = {}
        accounts = []
        for number in range(ACCOUNTS):
            address = f"{name}{number}@example.org"
            person = world.customer(email=address)
            self.people[person.id] = (address, person.key)
            accounts.append((person.id, person.key))
        horizon = horizon_days(options.bookings * 2, ROOMS)
        rooms = [world.room(**ROOM, horizonDays=horizon)["id"] for _ in range(ROOMS)]
        hook = world.operator.post("/v1/webhook-endpoints", {
            "url": f"http://127.0.0.1:{self.receivers.hook_port}{self.hook_path}",
            "types": list(deliveries.HOOK_TYPES)}, expect=201).json()
        self.secret = hook["secret"]
        self.crowd = Crowd((self.server.host, self.server.port), self.history, options.seed, rooms, accounts, PEOPLE)

    @property
    def admin(self):
        return Client(self.server, ADMIN_KEY)

    def switch_notifier(self, action):
        self.admin.post("/v1/introspection/drills/notifier/actions", {"action": action}, expect=200)

    def round(self, bookings):
        """Books so many more; bookings a second, until everybody has an answer."""
        crowd, before, began = self.crowd, self.crowd.booked, time.monotonic()
        crowd.stopping = False
        while crowd.booked < before + bookings:
            crowd.step()
        crowd.stopping = True
        while crowd.pending:
            crowd.step()
        return (crowd.booked - before) / (time.monotonic() - began)

    def notes(self):
        """{account: (address, notes)} as the inboxes show them, once the views have caught up."""
        admin = self.admin
        until(lambda: admin.get("/v1/introspection/views").json()["lag"] == 0, "views catch up", 60)
        return {account: (address, list(every_item(self.server, key, "/v1/notifications")))
                for account, (address, key) in self.people.items()}

    def booked(self):
        """{reservation: account} of all that was answered 201."""
        return {op.body()["id"]: op.account for op in self.history.operations
                if op.kind == "book" and op.status() == 201}

    def owed(self):
        """How many messages have to arrive for what the inboxes show."""
        notes = [n for _, some in self.notes().values() for n in some]
        return len(notes) + sum(n["type"] in deliveries.HOOK_TYPES for n in notes)

    def findings(self):
        self.receivers.look()
        return deliveries.check(self.booked(), self.notes(), self.hook_path, self.receivers.messages)

    def kill(self):
        self.server.kill()
        self.server = self.server.again()

    def close(self):
        self.crowd.board.close()
        self.history.close()
        self.server.kill()
        self.receivers.close()


def in_turns(normal, stopped, options):
    """[(normal rate, stopped rate)] of each round."""
    pairs = []
    for number in range(options.rounds):
        one = normal.round(options.bookings // options.rounds)
        normal.receivers.wait_for(normal.owed(), "messages of the server whose notifier works")
        pairs.append((one, stopped.round(options.bookings // options.rounds)))
        if options.verbose:
            print(f"round {number}: {pairs[-1][0]:.0f}/s with the notifier, {pairs[-1][1]:.0f}/s without", flush=True)
    return pairs


def stop(office, by):
    """Nothing leaves the office any more: its notifier is stopped, or there is nobody to take anything."""
    if by == "drill":
        office.receivers.start(office.secret)
        office.switch_notifier("stop")


def start(office, by):
    office.switch_notifier("start") if by == "drill" else office.receivers.start(office.secret)


def catch_up(stopped, by):
    """Lets the notifier deliver and kills its server halfway; seconds until everything has arrived."""
    owed = stopped.owed()
    assert stopped.receivers.look() == 0, "nothing was delivered meanwhile"
    began = time.monotonic()
    start(stopped, by)
    stopped.receivers.wait_for(owed // 2, "messages before the kill")
    stopped.kill()
    stopped.receivers.wait_for(owed, "messages after the kill")
    return time.monotonic() - began


def backlog(options):
    """Returns (findings, facts about the run)."""
    directory = pathlib.Path(options.dir)
    directory.mkdir(parents=True, exist_ok=True)
    offices = []
    try:
        for name in ("normal", "stopped"):
            offices.append(Office(directory, name, options))
        normal, stopped = offices
        normal.receivers.start(normal.secret)
        stop(stopped, options.by)
        pairs = in_turns(normal, stopped, options)
        seconds = catch_up(stopped, options.by)
        findings = normal.findings() + stopped.findings()
    finally:
        for office in offices:
            office.close()
    messages = stopped.receivers.messages
    facts = {"seed": options.seed, "bookings": stopped.crowd.booked,
             "normal_per_s": round(statistics.median(n for n, _ in pairs)),
             "stopped_per_s": round(statistics.median(s for _, s in pairs)),
             "ratio": round(statistics.median(s / n for n, s in pairs), 3), "ratios": [round(s / n, 2) for n, s in pairs],
             "catch_up_seconds": round(seconds, 1), "messages": len(messages), "came_twice": deliveries.copies(messages)}
    if facts["ratio"] < options.least_ratio:
        findings.append(("slower", f"{facts['ratio']} of the normal rate while the notifier was stopped"))
    return findings, facts


def parse(arguments):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bookings", type=int, default=10_000, help="while the notifier is stopped")
    p.add_argument("--rounds", type=int, default=10, help="turns in which they are made")
    p.add_argument("--least-ratio", type=float, default=0.95, help="of the rates without and with the notifier")
    p.add_argument("--by", choices=["drill", "outage"], default="drill",
                   help="stop the notifier by `atrium drill`, or leave it nobody to deliver to")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--dir", default=None, help="where data is written; kept when something was found")
    p.add_argument("--verbose", action="store_true")
    options = p.parse_args(arguments)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10 ** 6)
    return options


def main(arguments=None):
    options = parse(arguments)
    options.dir = pathlib.Path(options.dir or tempfile.mkdtemp(prefix="atrium-backlog-")) / f"seed-{options.seed}"
    print(f"seed {options.seed}, {options.dir}", flush=True)
    findings, facts = backlog(options)
    print(json.dumps(facts, indent=1))
    for kind, text in findings[:50]:
        print(f"VIOLATION {kind}: {text}")
    print(f"{len(findings)} violations", flush=True)
    if not findings:
        shutil.rmtree(options.dir)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
