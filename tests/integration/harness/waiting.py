"""The one place that polls: another process has no event we could wait for. Always bounded."""

import asyncio
import time

POLL_SECONDS = 0.02


def until(look, what, timeout=15.0):
    """Calls look() until it returns something true; the bound makes a hang a failure."""
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s; last answer {found!r}")
        time.sleep(POLL_SECONDS)


async def until_async(look, what, timeout=15.0):
    deadline = time.monotonic() + timeout
    while not look():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s")
        await asyncio.sleep(POLL_SECONDS)


async def pause(seconds):
    """Time between two acts of a simulated person; never a way to wait for a result."""
    await asyncio.sleep(seconds)
