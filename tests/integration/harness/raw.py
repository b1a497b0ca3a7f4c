"""One raw socket, and requests as bytes, so that a test can break them anywhere."""

import socket

from .client import fresh_key
from .wire import parse_head

CRLF = b"\r\n"
SECONDS = 10


def get(*extra, target=b"/livez", version=b"HTTP/1.1", host=b"Host: localhost\r\n", end=CRLF):
    return b"GET " + target + b" " + version + CRLF + host + b"".join(h + CRLF for h in extra) + end


def post(body, *extra, key=None, target=b"/v1/reservations", length=True):
    head = [b"POST " + target + b" HTTP/1.1", b"Host: localhost", b"Content-Type: application/json"]
    if key:
        head += [b"Authorization: Bearer " + key.encode(), b"Idempotency-Key: " + fresh_key("raw").encode()]
    if length:
        head.append(b"Content-Length: %d" % len(body))
    return CRLF.join([*head, *extra]) + CRLF + CRLF + body


class Raw:
    """One socket; what is written goes out exactly so."""

    def __init__(self, server):
        self.socket = socket.create_connection((server.host, server.port), timeout=SECONDS)
        self.buffer = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the server has already answered and closed
        return self

    def answer(self, method="GET"):
        """The next answer; None when the connection ended without one."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._read():
                return None
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        answer = parse_head(head)
        if answer.status < 200:
            return answer
        length = int(answer.header("content-length") or 0)
        while len(self.buffer) < length and self._read():
            pass
        answer.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return answer

    def _read(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, OSError) as e:
            if isinstance(e, TimeoutError):
                raise AssertionError("silence: neither an answer nor an end") from e
            return False
        self.buffer += data
        return bool(data)

    def is_closed(self):
        while self._read():
            pass
        return True

    def close(self):
        self.socket.close()
