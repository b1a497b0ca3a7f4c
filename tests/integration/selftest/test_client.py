"""Callers read their writes: a GET names the newest position any caller of the server was told."""

import asyncio
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from fake import Fake, answer  # noqa: E402
from harness.client import AsyncClient  # noqa: E402


def positions_asked_for(*calls):
    """What each call sent as Atrium-Min-Position; a call is (method, headers, position answered or None)."""
    async def go():
        answers = [answer(200, b"", *([b"Atrium-Position: %d" % at] if at else [])) for _, _, at in calls]
        async with Fake(*answers) as fake:
            server = types.SimpleNamespace(host=fake.host, port=fake.port, written=0)
            one, other = AsyncClient(server), AsyncClient(server)
            try:
                for i, (method, headers, _) in enumerate(calls):
                    await (one, other)[i % 2].call(method, "/v1/things", headers=headers, check=False)
            finally:
                one.close()
                other.close()
            return [dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
                    .get(b"Atrium-Min-Position") for head, _ in fake.requests]
    return asyncio.run(go())


def test_a_read_asks_for_the_newest_write_whoever_made_it():
    asked = positions_asked_for(("GET", None, None), ("POST", None, 15), ("POST", None, 17), ("POST", None, 15),
                                ("GET", None, None))
    assert asked == [None, None, None, None, b"17"]


def test_a_test_may_ask_for_another_position():
    assert positions_asked_for(("POST", None, 15), ("GET", {"Atrium-Min-Position": "9"}, None)) == [None, b"9"]
