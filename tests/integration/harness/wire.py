"""HTTP/1.1 over asyncio streams: small, strict about what it reads, a deadline on everything.

Own code instead of a library, so that tests see exactly what is on the wire: header bytes, order,
whether the server closed the connection.
"""

import asyncio
import json
from dataclasses import dataclass, field

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024


class WireError(Exception):
    """The peer went away or spoke something that is not HTTP: the outcome of the request is unknown."""


@dataclass
class Answer:
    status: int
    headers: list = field(default_factory=list)  # (lower-case name, value), in order
    body: bytes = b""
    closed: bool = False  # the server announced or did the end of the connection

    def header(self, name, default=None):
        name = name.lower()
        for key, value in self.headers:
            if key == name:
                return value
        return default

    @property
    def content_type(self):
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    def json(self):
        return json.loads(self.body)

    @property
    def position(self):
        return int(self.header("atrium-position") or 0)

    def __repr__(self):
        return f"<{self.status} {self.content_type} {self.body[:600]!r}>"


def render_request(method, target, headers, body, host):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + body


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    version, status, *_ = lines[0].split(" ", 2)
    if not version.startswith("HTTP/1."):
        raise WireError(f"not HTTP: {lines[0]!r}")
    headers = []
    for line in lines[1:]:
        if line:
            name, value = line.split(":", 1)
            headers.append((name.lower(), value.strip()))
    return Answer(status=int(status), headers=headers)


async def read_chunked(reader):
    body = b""
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return body
        body += await reader.readexactly(size)
        if len(body) > MAX_BODY or await reader.readexactly(2) != b"\r\n":
            raise WireError("bad chunk")


async def read_answer(reader, method="GET"):
    """One final answer; informational ones (100 Continue) are skipped."""
    try:
        while True:
            answer = parse_head((await reader.readuntil(b"\r\n\r\n"))[:-4])
            if answer.status >= 200:
                break
        length = answer.header("content-length")
        if method == "HEAD" or answer.status in (204, 304):
            pass
        elif (answer.header("transfer-encoding") or "").lower() == "chunked":
            answer.body = await read_chunked(reader)
        elif length is not None:
            answer.body = await reader.readexactly(int(length))
        else:
            answer.body = await reader.read(MAX_BODY)
            answer.closed = True
        answer.closed = answer.closed or (answer.header("connection") or "").lower() == "close"
        return answer
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError) as e:
        raise WireError(f"connection ended inside an answer: {e!r}") from e


class Connection:
    """One keep-alive connection; reconnects by itself when the last answer closed it."""

    def __init__(self, host, port, tls=None):
        self.host, self.port, self.tls = host, port, tls
        self.reader = self.writer = None

    async def open(self):
        try:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=MAX_HEAD,
                                                                     ssl=self.tls)
        except OSError as e:
            raise WireError(f"cannot connect: {e}") from e

    def close(self):
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None

    async def request(self, method, target, headers=None, body=b"", timeout=30.0):
        """Sends once and never repeats: whether a repetition is safe is the caller's decision."""
        if self.writer is None or self.reader.at_eof():
            self.close()
            await asyncio.wait_for(self.open(), timeout)
        try:
            self.writer.write(render_request(method, target, headers or {}, body, f"{self.host}:{self.port}"))
            answer = await asyncio.wait_for(read_answer(self.reader, method), timeout)
        except (asyncio.TimeoutError, ConnectionError, WireError) as e:
            self.close()
            raise e if isinstance(e, WireError) else WireError(f"no answer to {method} {target}: {e!r}") from e
        except asyncio.CancelledError:
            self.close()
            raise
        if answer.closed:
            self.close()
        return answer


@dataclass
class ServerEvent:
    id: str = ""
    event: str = ""
    data: str = ""

    def json(self):
        return json.loads(self.data)


class EventStream:
    """Reads server-sent events from a connection of its own."""

    def __init__(self, host, port, tls=None):
        self.connection = Connection(host, port, tls)
        self.answer = None
        self.buffer = b""

    async def open(self, target, headers, timeout=10.0):
        """Returns the head; the body follows as events only when the status is 200."""
        c = self.connection
        await asyncio.wait_for(c.open(), timeout)
        c.writer.write(render_request("GET", target, {"Accept": "text/event-stream", **headers}, b"",
                                      f"{c.host}:{c.port}"))
        try:
            head = await asyncio.wait_for(c.reader.readuntil(b"\r\n\r\n"), timeout)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError) as e:
            raise WireError(f"no head of the stream: {e!r}") from e
        self.answer = parse_head(head[:-4])
        self.chunked = (self.answer.header("transfer-encoding") or "").lower() == "chunked"
        return self.answer

    async def _more(self):
        reader = self.connection.reader
        if not self.chunked:
            data = await reader.read(65536)
        else:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            data = await reader.readexactly(size)
            await reader.readexactly(2)
        if not data:
            raise WireError("the stream ended")
        self.buffer += data.replace(b"\r\n", b"\n")

    async def next(self, timeout=10.0):
        """The next event with data; comments (keep-alives) are skipped."""
        return await asyncio.wait_for(self._next(), timeout)

    async def _next(self):
        while True:
            while b"\n\n" not in self.buffer:
                try:
                    await self._more()
                except (asyncio.IncompleteReadError, ConnectionError) as e:
                    raise WireError(f"the stream ended: {e!r}") from e
            block, self.buffer = self.buffer.split(b"\n\n", 1)
            event = parse_event(block.decode("utf-8"))
            if event.data:
                return event

    def close(self):
        self.connection.close()


def parse_event(block):
    event, data = ServerEvent(), []
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "data":
            data.append(value)
        elif name == "id":
            event.id = value
        elif name == "event":
            event.event = value
    event.data = "\n".join(data)
    return event
