"""Atrium and the payment simulator through all their lives, each at one address and on its own data."""

import collections
import threading

from harness import stripe_events
from harness.client import Client
from harness.psp import SECRET_KEY, Psp
from harness.server import ADMIN_KEY, Server, free_port

#: Chances of what goes wrong with a call, for a share of 1; PUT /control/faults takes them scaled.
KINDS = {"timeoutBeforeEffect": 0.10, "timeoutAfterEffect": 0.10, "lateEffect": 0.10, "resetBeforeEffect": 0.15,
         "resetAfterEffect": 0.15, "serverError": 0.03, "serverErrorAfterEffect": 0.10, "rateLimited": 0.15}
#: One planted 500 begins a burst of so many, which makes its share 0.15.
BURST = 5


def faults(share, seed):
    """The plan under which `share` of all calls go wrong, in every way the simulator knows."""
    return {"seed": seed, "burst": BURST, "latency": {"medianMs": 4, "p99Ms": 80}, "lateMs": 1500, "searchLagMs": 1000,
            "webhooks": {"lost": share, "duplicate": share, "late": share, "lateMs": 2000},
            **{kind: part * share for kind, part in KINDS.items()}}


class BothPrograms:
    """`is_up` tells the clients' thread whether to ask; kills come from another thread."""

    def __init__(self, folder, share, seed):
        folder.mkdir(parents=True, exist_ok=True)
        self.share, self.seed, self.lives = share, seed, 0
        self.planted = collections.Counter()  # what went wrong on purpose, in all lives of the simulator
        key = folder / "stripe-key"
        key.write_text(SECRET_KEY + "\n")
        port = free_port()  # for all lives, because the simulator's webhooks go there
        self.psp = Psp(folder / "psp", "--webhook-url", f"http://127.0.0.1:{port}{stripe_events.PATH}").start()
        options = {"payment-provider": "stripe", "stripe-base-url": self.psp.url, "stripe-key-file": key,
                   "stripe-connect-timeout": "500ms", "stripe-timeout": "800ms",
                   "stripe-return-url": "http://127.0.0.1:9/back", "payment-action-ttl": "10s"}
        args = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.server = Server(folder / "data", *args, listen=f"127.0.0.1:{port}").start()
        self.up = threading.Event()
        self.up.set()
        self.slowest_start = 0

    def is_up(self):
        return self.up.is_set()

    def plant(self):
        self.psp.plant(**faults(self.share, self.seed + self.lives))

    def stop_faults(self):
        self.planted.update(self.psp.planted())
        self.psp.plant()

    def kill_atrium(self):
        assert self.server.alive(), f"Atrium ended by itself:\n{self.server.log()[-3000:]}"
        self.up.clear()
        self.server.kill()
        self.server = self.server.again()
        self.slowest_start = max(self.slowest_start, self.server.start_seconds)
        self.up.set()

    def kill_psp(self):
        assert self.psp.process.poll() is None, "the simulator ended by itself:\n" + "\n".join(self.psp.lines)
        self.planted.update(self.psp.planted())
        self.psp.kill()
        self.psp = self.psp.again()
        self.lives += 1
        self.plant()

    @property
    def admin(self):
        return Client(self.server, ADMIN_KEY)

    def close(self):
        self.server.kill()
        self.psp.kill()
