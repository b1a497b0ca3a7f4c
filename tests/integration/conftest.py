"""Fixtures: one server per test module, with an operator and customers made on demand."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.clock import Clock  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.world import World  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--whole-suite", action="store_true",
                     help="also require that every operation of the contract was exercised")
    parser.addoption("--operations", type=int, default=10000, help="random operations of the model test")
    parser.addoption("--seed", type=int, default=None, help="seed of the model test")


def pytest_collection_modifyitems(config, items):
    """The coverage test is last, and only part of a run of everything."""
    last = [i for i in items if i.get_closest_marker("whole_suite")]
    items[:] = [i for i in items if i not in last]
    if config.getoption("--whole-suite"):
        items += last


def pytest_configure(config):
    config.addinivalue_line("markers", "whole_suite: judges all tests of the run together")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("atrium") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def world(server):
    return World(server)


@pytest.fixture(scope="module")
def guest(world):
    return world.customer("Mina Park")


@pytest.fixture(scope="module")
def other(world):
    return world.customer("Jonas Weber")


@pytest.fixture(scope="module")
def operator(world):
    return world.operator


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.fixture
def timed(tmp_path, clock):
    """A world whose clock the test moves."""
    with Server(tmp_path / "data", "--clock-file", clock.path) as running:
        yield World(running)


@pytest.fixture
def own(tmp_path):
    """Makes a server of the test's own; all are killed at its end."""
    made = []

    def start(*args, name="data", **options):
        made.append(Server(tmp_path / name, *args, **options))
        return made[-1].start()

    yield start
    for running in made:
        running.kill()

