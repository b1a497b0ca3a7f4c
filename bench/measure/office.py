"""A running Atrium with customers and rooms, and the loads that are put on it."""

import datetime
import math
import pathlib
import urllib.parse

from tools import Api, cpu_seconds, make_customers, tool, write_lines

from harness.server import ADMIN_KEY, Server  # found by tools.py


def first_monday():
    """Midnight in Seoul that begins a week at least three days from now, in epoch seconds."""
    seoul = datetime.timezone(datetime.timedelta(hours=9))
    day = (datetime.datetime.now(seoul) + datetime.timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day + datetime.timedelta(days=-day.weekday() % 7)).timestamp())


def text_of(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def expect(status, out):
    """The figures of a load, with a note when they are of other answers, too: the run then fails (main.py)."""
    if set(out["status"]) != {str(status)} or out["failed_connections"]:
        out["note"] = f"not only {status}: {out['status']}, {out['failed_connections']} connections failed"
    return out


class Office:
    def __init__(self, directory, *options):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        self.server = Server(self.directory / "data", *options)
        self.used = {}  # rooms file -> number of bookings already asked for
        self.runs = 0

    def __enter__(self):
        self.server.start()
        self.admin = Api(self.server, ADMIN_KEY)
        self.admin_key = write_lines(self.directory / "admin", [ADMIN_KEY])
        return self

    def __exit__(self, *_):
        self.server.kill()

    def load(self, kind, *options, timeout=900):
        """bench_load against this server, with the server's CPU per request added."""
        self.runs += 1
        before = cpu_seconds(self.server.pid)
        out = tool("bench_load", kind, "--port", self.server.port, "--tag", f"run{self.runs}", *options, timeout=timeout)
        out["cpu_us_per_request"] = (cpu_seconds(self.server.pid) - before) * 1e6 / max(1, out["sent"])
        return out

    def add_customers(self, count):
        self.keys = write_lines(self.directory / "keys", make_customers(self.server, ADMIN_KEY, count))

    def add_rooms(self, count, name, step=15, horizon_days=730, connections=64):
        """Registers rooms; the file with their ids, and the load's figures."""
        file = self.directory / name
        out = self.load("rooms", "--connections", min(connections, count), "--count", count, "--seconds", 3600,
                        "--warmup", 0, "--keys", self.admin_key, "--step-minutes", step, "--horizon-days", horizon_days,
                        "--save-ids", file)
        if out["status"] != {"201": count}:
            raise RuntimeError(f"rooms: {out}")
        return file, out

    def book(self, rooms, clients, seconds, slot=30, rate=0, minutes=None, count=0, warmup=1):
        """Books free slots one after the other; every answer has to be 201."""
        first, size = self.used.get(rooms, 0), len(rooms.read_text().split())
        out = self.load("book", "--connections", clients, "--seconds", seconds, "--warmup", warmup, "--keys", self.keys,
                        "--rooms", rooms, "--first-slot", first_monday(), "--slot-minutes", slot,
                        "--minutes", minutes or slot, "--first", first, "--rate", rate, "--count", count)
        self.used[rooms] = first + math.ceil(out["sent"] / size) * size
        return expect(201, out)

    def get(self, targets, clients, seconds, keys=None, rate=0):
        file = write_lines(self.directory / "targets", targets)
        out = self.load("get", "--connections", clients, "--seconds", seconds, "--keys", keys or self.keys,
                        "--targets", file, "--rate", rate)
        return expect(200, out)

    @staticmethod
    def board_target():
        week = first_monday()
        return "/v1/board?" + urllib.parse.urlencode({"from": text_of(week), "to": text_of(week + 7 * 86400)})

    @staticmethod
    def availability_target(day=3):
        start = first_monday() + day * 86400 + 10 * 3600
        return "/v1/availability?" + urllib.parse.urlencode({"start": text_of(start), "end": text_of(start + 3600),
                                                             "capacity": 4})
