"""An office whose server and load generator are on processors of their own, and loads on it."""

import json
import os
import subprocess
import threading
import time

import conftest  # noqa: F401  (where the imports below are found)
from harness.server import ADMIN_KEY, Server
from office import Office, first_monday
from tools import BUILD, Api, write_lines

# The processors of a small machine are often two threads of one core, so that the generator's work slows the server.
OPEN_LOOP_RESTS_US = 250


def processors():
    """(of the server, of the load generator), as taskset takes them."""
    mine = sorted(os.sched_getaffinity(0))
    return ",".join(map(str, mine[:-1] or mine)), str(mine[-1])


class PinnedOffice(Office):
    """As the bench's, with the server on some processors and the load on the last."""

    def __init__(self, directory, *options):
        super().__init__(directory, *options)
        self.for_server, self.for_load = processors()
        self.server.command = ["taskset", "-c", self.for_server]

    def restart(self):
        """kill -9, and a new process on the same data."""
        self.server.kill()
        self.server = Server(self.server.data_dir, *self.server.args, command=self.server.command).start()
        self.admin = Api(self.server, ADMIN_KEY)

    def start_load(self, kind, *options):
        """A load in the background; call the result to wait for its figures."""
        self.runs += 1
        command = ["taskset", "-c", self.for_load, str(BUILD / "bench" / "bench_load"), kind, "--port",
                   str(self.server.port), "--tag", f"run{self.runs}", *map(str, options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def wait(timeout=300):
            out, errors = process.communicate(timeout=timeout)
            if process.returncode != 0:
                raise RuntimeError(f"{' '.join(command)}: {out}{errors}")
            return json.loads(out.splitlines()[-1])
        return wait

    def load(self, kind, *options, timeout=300):
        return self.start_load(kind, *options)(timeout)

    def start_bookings(self, rooms, connections, seconds, rate=0, keys=None, save_ids=None, warmup=1, slots=None):
        """Bookings of free slots one after the other. The slots of a load that runs meanwhile: `slots` of them."""
        size = len(rooms.read_text().split())
        first = self.used.get(rooms, 0)
        reserved = slots or int((seconds + warmup) * max(rate, 40_000))
        self.used[rooms] = first + (reserved // size + 1) * size
        more = ["--save-ids", save_ids] if save_ids else []
        if rate:
            more += ["--rest-us", OPEN_LOOP_RESTS_US]
        return self.start_load("book", "--connections", connections, "--seconds", seconds, "--warmup", warmup,
                               "--keys", keys or self.keys, "--rooms", rooms, "--first-slot", first_monday(),
                               "--slot-minutes", 15, "--minutes", 15, "--first", first, "--rate", rate, *more)

    def bookings(self, *args, **options):
        return self.start_bookings(*args, **options)()

    def summary(self):
        return self.admin.json("GET", "/v1/introspection/summary")

    def booked(self, ids, connections=16):
        """How many of these bookings the server answers with 200; the rest by status."""
        targets = write_lines(self.directory / "ids", [f"/v1/reservations/{i}" for i in ids])
        seen = self.load("get", "--connections", connections, "--seconds", 3600, "--warmup", 0, "--keys",
                         self.admin_key, "--targets", targets, "--count", len(ids))
        return seen["status"]


class Watch:
    """Looks at something again and again while a load runs; keeps what it saw."""

    def __init__(self, look, every=0.1):
        self.look, self.every, self.seen, self.over = look, every, [], threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.over.wait(self.every):
            self.seen.append((time.monotonic(), self.look()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(30)
