"""Fixtures: a mailbox, and servers that send to it."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# Brought by scripts/test: what Debian does not have.
EXTRA = HERE.parents[1] / "build" / "python"
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(EXTRA)]

from harness.clock import Clock  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.world import World  # noqa: E402
from mail_receiver import Mailbox  # noqa: E402

# Retries are quick, so that an outage and its end fit into a test.
QUICK = ("--delivery-first-retry", "20ms", "--delivery-last-retry", "200ms")


@pytest.fixture
def box():
    with Mailbox() as running:
        yield running


@pytest.fixture
def start(tmp_path):
    """Starts servers of the test's own; all are killed at its end."""
    made = []

    def make(*args, name="data", **options):
        made.append(Server(tmp_path / name, *QUICK, *args, **options))
        return made[-1].start()

    yield make
    for running in made:
        running.kill()


@pytest.fixture
def mailing(start, box):
    """A world whose server mails to `box`."""
    return World(start(*box.options()))


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")
