"""Bookings paid through the simulator over HTTP beside bookings paid in the sandbox, and where the time goes."""

import os
import pathlib

from office import Office
from tools import say

from harness.psp import SECRET_KEY, Psp  # found by tools.py

#: What the threads do, by the name they carry (those of CAF inherit one from each other).
ATRIUM = {"atrium-http": "HTTP of the clients", "caf.multiplexer": "actors: sagas and rooms",
          "atrium-journal": "journal", "atrium-follower": "index and views", "stripe": "HTTP to the simulator"}
SIMULATOR = {"atrium-http": "HTTP, rules and ledger of the simulator"}


class PaidOffice(Office):
    """An office whose payments go to a simulator of its own."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.psp = Psp(directory / "psp").start()
        super().__init__(directory / "office", "--payment-provider", "stripe", "--stripe-base-url", self.psp.url,
                         "--stripe-key-file", directory / "key")
        (directory / "key").write_text(SECRET_KEY + "\n")

    def __exit__(self, *_):
        super().__exit__()
        self.psp.kill()


def thread_seconds(pid):
    """{name of a thread: CPU seconds of all threads of that name}."""
    out = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            text = (task / "stat").read_text()
        except OSError:
            continue  # it has ended meanwhile
        name, fields = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 1:].split()
        out[name] = out.get(name, 0) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return out


class Meter:
    """Adds up what each group of threads of some processes used while loads ran."""

    def __init__(self, groups):
        self.groups = groups  # pid -> {thread name: what it does}
        self.used, self.bookings, self.client = {}, 0, 0

    def around(self, load):
        before = {pid: thread_seconds(pid) for pid in self.groups}
        out = load()
        for pid, names in self.groups.items():
            for name, seconds in thread_seconds(pid).items():
                group = names.get(name, "all else")
                self.used[group] = self.used.get(group, 0) + seconds - before[pid].get(name, 0)
        self.bookings += out["sent"]
        self.client += out["client_cpu_s"]
        return out

    def us_each(self):
        """Microseconds of CPU for one booking, by group, in the order of the groups; the load generator's last."""
        order = list(dict.fromkeys(what for names in self.groups.values() for what in names.values())) + ["all else"]
        used = {**self.used, "load generator": self.client}
        return {group: used.get(group, 0) * 1e6 / max(1, self.bookings) for group in [*order, "load generator"]}


def simulator(run):
    """64 clients, in turns with the sandbox."""
    with PaidOffice(made(run.directory / "simulator")) as paid, Office(run.directory / "sandbox") as free:
        rooms = {}
        for office in (paid, free):
            office.add_customers(64)
            rooms[office], _ = office.add_rooms(1000, "rooms")
        meters = {paid: Meter({paid.server.pid: ATRIUM, paid.psp.process.pid: SIMULATOR}),
                  free: Meter({free.server.pid: ATRIUM})}

        def load(office):
            return lambda s: meters[office].around(lambda: office.book(rooms[office], 64, s))

        run.in_turns("bookings, simulator / sandbox", ("bookings paid through the simulator, 64 clients", load(paid)),
                     ("bookings paid in the sandbox, 64 clients", load(free)), "rate")
        tables = meters[paid].us_each(), meters[free].us_each()
    run.results["simulator, us CPU each"], run.results["sandbox, us CPU each"] = tables
    say(table(*tables))


def made(directory):
    directory.mkdir(parents=True)
    return directory


def table(paid, free):
    """Where the time of a booking goes, in words."""
    lines = [f"    {'us CPU for a booking':<44}{'simulator':>10}{'sandbox':>10}"]
    for group in paid:
        lines.append(f"    {group:<44}{paid[group]:>10.1f}{free.get(group, 0):>10.1f}")
    lines.append(f"    {'in all':<44}{sum(paid.values()):>10.1f}{sum(free.values()):>10.1f}")
    return "\n".join(lines)
