"""HTTP/1.1 for many callers on one thread: epoll and rendered bytes instead of coroutines, since one interpreter has to
drive more than a thousand bookings a second beside the programs under test.
"""

import errno
import select
import socket
import time
from collections import deque

ANSWER_SECONDS = 20


class Caller:
    """One keep-alive connection with at most one request on it. A subclass says what to ask and hears the answer."""

    def __init__(self):
        self.socket, self.inbox, self.serial, self.waiting = None, b"", 0, False

    def answered(self, status, head, body):
        """An answer; status None: there will be none, and nobody knows whether the request had an effect."""
        raise NotImplementedError


class Switchboard:
    """Watches all callers' connections. `address` may change while it runs; all on one thread."""

    def __init__(self, address):
        self.address = address
        self.epoll = select.epoll()
        self.by_fd, self.deadlines = {}, deque()

    def send(self, caller, request):
        """Sends once; whether a repetition is safe is the caller's decision."""
        caller.serial += 1
        caller.waiting = True
        self.deadlines.append((time.monotonic() + ANSWER_SECONDS, caller, caller.serial))
        try:
            if caller.socket is None:
                self.connect(caller)
            if caller.socket.send(request) != len(request):
                self.lose(caller)  # a request is far smaller than a socket's buffer
        except OSError:
            self.lose(caller)

    def connect(self, caller):
        s = socket.create_connection(self.address, timeout=2)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.setblocking(False)
        caller.socket, caller.inbox = s, b""
        self.by_fd[s.fileno()] = caller
        self.epoll.register(s.fileno(), select.EPOLLIN)

    def hang_up(self, caller):
        if caller.socket is None:
            return
        fd = caller.socket.fileno()
        self.epoll.unregister(fd)
        del self.by_fd[fd]
        caller.socket.close()
        caller.socket = None

    def lose(self, caller):
        """The connection is gone, and with it the answer to whatever was asked."""
        self.hang_up(caller)
        if caller.waiting:
            caller.waiting = False
            caller.answered(None, b"", b"")

    def hear(self, patience):
        """Delivers what has arrived, and what will not arrive any more."""
        try:
            ready = self.epoll.poll(patience, 256)
        except OSError as e:
            if e.errno != errno.EINTR:
                raise
            return
        for fd, _ in ready:
            caller = self.by_fd.get(fd)
            if caller is not None:
                self.read(caller)
        now = time.monotonic()
        while self.deadlines and self.deadlines[0][0] < now:
            _, caller, serial = self.deadlines.popleft()
            if caller.waiting and caller.serial == serial:
                self.lose(caller)

    def read(self, caller):
        try:
            data = caller.socket.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return self.lose(caller)
        caller.inbox += data
        whole = split_answer(caller.inbox)
        if whole is None:
            return
        status, head, body, rest = whole
        if rest or not caller.waiting:
            return self.lose(caller)
        caller.inbox, caller.waiting = b"", False
        if b"\r\nconnection: close" in head:
            self.hang_up(caller)
        caller.answered(status, head, body)

    def close(self):
        for caller in list(self.by_fd.values()):
            self.hang_up(caller)
        self.epoll.close()


def split_answer(data):
    """(status, lower-case head, body, what follows) or None while it is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[:end].lower()
    length = int(field(head, b"content-length") or 0)
    if len(data) < end + 4 + length:
        return None
    return int(data[9:12]), head, data[end + 4:end + 4 + length], data[end + 4 + length:]


def field(head, name):
    """The value of a field of a lower-case head, or None."""
    at = head.find(b"\r\n" + name + b":")
    return head[at + len(name) + 3:head.find(b"\r\n", at + 2) if head.find(b"\r\n", at + 2) > 0 else None].strip() \
        if at >= 0 else None


def render(method, target, key, body, more=b""):
    """A request's bytes; the body may be empty."""
    kind = b"Content-Type: application/json\r\n" if body else b""
    return (b"%s %s HTTP/1.1\r\nHost: storm\r\nAuthorization: Bearer %s\r\n%s%sContent-Length: %d\r\n\r\n%s"
            % (method, target, key, kind, more, len(body), body))
