"""A caller with one key: every answer is checked against the contract before the test sees it."""

import asyncio
import itertools
import json
import os
from urllib.parse import urlencode

from .contract import Contract
from .wire import Connection, EventStream

CONTRACT = None
_keys = itertools.count(1)
_loop = None


def contract():
    global CONTRACT
    if CONTRACT is None:
        CONTRACT = Contract()
    return CONTRACT


def loop():
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
    return _loop


def run(coroutine):
    return loop().run_until_complete(coroutine)


def fresh_key(prefix="key"):
    """An Idempotency-Key no other request of this run has."""
    return f"{prefix}-{os.getpid()}-{next(_keys)}"


def connect(server):
    return Connection(server.host, server.port, getattr(server, "tls", None))


def target_of(path, query):
    return path + ("?" + urlencode(query, doseq=True) if query else "")


def headers_of(key, headers, json_body):
    out = {}
    if key:
        out["Authorization"] = f"Bearer {key}"
    if json_body:
        out["Content-Type"] = "application/json"
    out.update(headers or {})
    return {name: value for name, value in out.items() if value is not None}


def encode(body):
    if body is None:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode("utf-8")


class AsyncClient:
    """For many callers at once; one connection, one request at a time. A GET asks for a view that has seen every
    write any caller of this server was told about: tests read their writes, whoever wrote."""

    def __init__(self, server, key=None, language=None):
        self.server, self.key, self.language = server, key, language
        self.connection = connect(server)

    async def call(self, method, path, body=None, query=None, headers=None, idem=None, timeout=30.0, check=True):
        all_headers = headers_of(self.key, headers, body is not None)
        if self.language and "Accept-Language" not in all_headers:
            all_headers["Accept-Language"] = self.language
        if idem is not None:
            all_headers["Idempotency-Key"] = idem
        if method == "GET" and self.server.written and "Atrium-Min-Position" not in all_headers:
            all_headers["Atrium-Min-Position"] = str(self.server.written)
        data, target = encode(body), target_of(path, query)
        answer = await self.connection.request(method, target, all_headers, data, timeout)
        self.server.written = max(self.server.written, answer.position)
        if check:
            contract().check(method, target, answer, data)
        return answer

    def close(self):
        self.connection.close()

    def move_to(self, server):
        """The same caller at the next run of the server."""
        self.close()
        self.server, self.connection = server, connect(server)
        return self


class Client(AsyncClient):
    """The same for tests that do one thing after the other."""

    def request(self, method, path, body=None, **options):
        expect = options.pop("expect", None)
        answer = run(self.call(method, path, body, **options))
        if expect is not None:
            wanted = expect if isinstance(expect, (tuple, list, set)) else (expect,)
            assert answer.status in wanted, f"{method} {path} {body}: wanted {expect}, got {answer}"
        return answer

    def get(self, path, expect=200, **options):
        return self.request("GET", path, expect=expect, **options)

    def post(self, path, body=None, expect=None, **options):
        return self.request("POST", path, body, expect=expect, **options)

    def patch(self, path, body, etag=None, expect=200, **options):
        return self.request("PATCH", path, body, expect=expect, headers=with_etag(options, etag), **options)

    def delete(self, path, etag=None, expect=None, **options):
        return self.request("DELETE", path, expect=expect, headers=with_etag(options, etag), **options)

    def items(self, path, query=None, limit=None):
        """Every item of a list, page by page."""
        query, out = dict(query or {}), []
        if limit:
            query["limit"] = limit
        while True:
            page = self.get(path, query=query).json()
            out += page["items"]
            if not page.get("nextCursor"):
                return out
            query["cursor"] = page["nextCursor"]

    def sees(self, position):
        """Header that makes a GET wait until its view has reached a write."""
        return {"Atrium-Min-Position": str(position)}

    def stream(self, path, query=None, headers=None):
        return Stream(self.server, target_of(path, query), headers_of(self.key, headers, False))


def with_etag(options, etag):
    headers = dict(options.pop("headers", None) or {})
    if etag is not None:
        headers["If-Match"] = etag
    return headers


class Stream:
    """Server-sent events for a synchronous test; use with `with`."""

    def __init__(self, server, target, headers):
        self.target, self.headers = target, headers
        self.events = EventStream(server.host, server.port, getattr(server, "tls", None))

    def __enter__(self):
        self.answer = run(self.events.open(self.target, self.headers))
        contract().check("GET", self.target, self.answer, stream=True)
        assert self.answer.status == 200, self.answer
        assert self.answer.content_type == "text/event-stream", self.answer
        return self

    def __exit__(self, *_):
        self.events.close()

    def next(self, timeout=10.0):
        return run(self.events.next(timeout))

    def until(self, wanted, timeout=10.0):
        """Reads events until `wanted(event)`; returns all read, the wanted one last."""
        async def read():
            seen = []
            while True:
                seen.append(await self.events.next(timeout))
                if wanted(seen[-1]):
                    return seen
        return run(asyncio.wait_for(read(), timeout))
