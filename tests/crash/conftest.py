"""Crash tests share the harness of the integration tests."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=int(os.environ.get("ATRIUM_CRASH_KILLS", 30)),
                     help="how often the server is killed")
    parser.addoption("--seed", type=int, default=None, help="repeat the wishes and moments of an earlier run")


@pytest.fixture
def own(tmp_path):
    """Makes servers that are killed at the end of the test."""
    from harness.server import Server
    made = []

    def start(*args, name="data", start=True, **options):
        made.append(Server(tmp_path / name, *args, **options))
        return made[-1].start() if start else made[-1]

    yield start
    for running in made:
        running.kill()
