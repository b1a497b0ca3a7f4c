"""The client reads what is sent, and calls an unknown outcome unknown."""

import asyncio
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from fake import Fake, answer  # noqa: E402
from harness.wire import Connection, EventStream, WireError, parse_event  # noqa: E402


def talk(fake, *requests):
    async def go():
        async with fake:
            c = Connection(fake.host, fake.port)
            try:
                return [await c.request(*r, timeout=5) for r in requests]
            finally:
                c.close()
    return asyncio.run(go())


def test_answers_of_one_connection_are_told_apart():
    fake = Fake(answer(200, b"one", b"X-A: 1"), answer(409, b"two"))
    first, second = talk(fake, ("GET", "/a"), ("POST", "/b", {"K": "v"}, b"body"))
    assert (first.status, first.body, first.header("x-a")) == (200, b"one", "1")
    assert (second.status, second.body) == (409, b"two") and fake.connections == 1
    assert fake.requests[1][1] == b"body" and b"K: v" in fake.requests[1][0]


def test_chunked_and_informational_answers_are_read():
    chunked = (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n")
    assert talk(Fake(chunked), ("GET", "/"))[0].body == b"abcde"


def test_a_closed_connection_is_opened_again():
    fake = Fake(answer(200, b"", b"Connection: close"), answer(204))
    assert [a.status for a in talk(fake, ("GET", "/"), ("GET", "/"))] == [200, 204] and fake.connections == 2


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nshort",
                                  b"HTTP/1.1 close", b"SMTP ready close\r\n\r\n"])
def test_an_answer_that_is_cut_off_is_unknown(sent):
    with pytest.raises(WireError):
        talk(Fake(sent), ("POST", "/", {}, b"x"))


def test_server_sent_events_are_put_together():
    stream = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\nid: 7\nevent: e\ndata: a\ndata: b\n"
              b"\ndata: {}\n\nclose")

    async def go():
        async with Fake(stream) as fake:
            events = EventStream(fake.host, fake.port)
            await events.open("/", {})
            got = [await events.next(5), await events.next(5)]
            with pytest.raises(WireError):
                await events.next(5)
            return got
    first, second = asyncio.run(go())
    assert (first.id, first.event, first.data) == ("7", "e", "a\nb") and second.data == "{}"
    assert parse_event("data:no space").data == "no space"
