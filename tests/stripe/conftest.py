"""Atrium and the payment simulator beside each other."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

from harness import stripe_events  # noqa: E402
from harness.client import Client  # noqa: E402
from harness.psp import SECRET_KEY, Psp  # noqa: E402
from harness.server import ADMIN_KEY, Server  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.world import World  # noqa: E402


class Site:
    """Both processes through all their lives; each can be killed and comes back on its own data."""

    def __init__(self, folder, secret=SECRET_KEY, webhooks=False, **more):
        self.psp = Psp(folder / "psp").start()
        self.webhooks = webhooks
        key = folder / "stripe-key"
        key.write_text(secret + "\n")
        options = {"payment-provider": "stripe", "stripe-base-url": self.psp.url, "stripe-key-file": key,
                   "stripe-connect-timeout": "300ms", "stripe-timeout": "400ms", **more}
        args = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.server = Server(folder / "data", *args).start()
        self.world = World(self.server)
        if webhooks:
            self.psp.args = ("--webhook-url", f"http://127.0.0.1:{self.server.port}{stripe_events.PATH}")
            self.kill_psp()

    def kill_atrium(self):
        self.server.kill()
        # Who sends webhooks does not learn another address.
        same = {"listen": f"127.0.0.1:{self.server.port}"} if self.webhooks else {}
        self.server = self.server.again(**same)

    def follow(self, *clients):
        """Callers of the former run of the server go on with this one."""
        for client in (self.world.admin, self.world.operator, self.world.anonymous, *clients):
            client.move_to(self.server)

    def kill_psp(self):
        self.psp.kill()
        self.psp = self.psp.again()

    @property
    def admin(self):
        return Client(self.server, ADMIN_KEY)

    def settle(self, timeout=90):
        """Waits until no saga is open."""
        admin = self.admin
        until(lambda: not admin.get("/v1/introspection/sagas").json()["items"], "sagas end", timeout)

    def payments(self):
        return self.admin.items("/v1/payments", limit=200)

    def close(self):
        self.server.kill()
        self.psp.kill()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    both = Site(tmp_path_factory.mktemp("stripe"))
    yield both
    both.close()


@pytest.fixture
def own_site(tmp_path):
    """Makes sites of the test's own."""
    made = []

    def make(**options):
        made.append(Site(tmp_path, **options))
        return made[-1]

    yield make
    for both in made:
        both.close()
