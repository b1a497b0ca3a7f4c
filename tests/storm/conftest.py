"""A storm shares the harness of the integration tests and the checker of the crash tests."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / other) for other in ("crash", "integration"))]


def pytest_addoption(parser):
    parser.addoption("--bookings", type=int, default=int(os.environ.get("ATRIUM_STORM_BOOKINGS", 6000)),
                     help="how many bookings have to be answered 201")
    parser.addoption("--seed", type=int, default=None, help="repeat the wishes, faults and moments of an earlier run")
