"""Malformed, hostile and oversized input, byte by byte over raw sockets.

Afterwards the server serves on and has not grown: the last test of the module looks.
"""

import json
import socket
import time

import pytest

from harness import times
from harness.client import contract, fresh_key
from harness.wire import parse_head
from harness.world import World, problem_name

CRLF = b"\r\n"
SECONDS = 10
GROWTH_KB = 48 * 1024


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


@pytest.fixture(scope="module")
def place(world):
    """The server with its memory before the attacks, after some ordinary traffic."""
    guest, room = world.customer(), world.room()
    for hour in range(20):
        world.book(guest, room, times.slot(3, hour))
    for _ in range(200):
        guest.get("/v1/rooms")
    return {"server": world.server, "before": world.server.memory_kb()["RssAnon"], "guest": guest, "room": room}


@pytest.fixture
def raw(place):
    made = []

    def connect():
        made.append(Raw(place["server"]))
        return made[-1]

    yield connect
    for r in made:
        r.close()


def get(*extra, target=b"/livez", version=b"HTTP/1.1", host=b"Host: localhost\r\n", end=CRLF):
    return b"GET " + target + b" " + version + CRLF + host + b"".join(h + CRLF for h in extra) + end


def post(body, *extra, key=None, target=b"/v1/reservations", length=True):
    head = [b"POST " + target + b" HTTP/1.1", b"Host: localhost", b"Content-Type: application/json"]
    if key:
        head += [b"Authorization: Bearer " + key.encode(), b"Idempotency-Key: " + fresh_key("raw").encode()]
    if length:
        head.append(b"Content-Length: %d" % len(body))
    return CRLF.join([*head, *extra]) + CRLF + CRLF + body


def assert_refused(connection, statuses, closes=True):
    """A problem with one of the statuses, then the end of the connection."""
    answer = connection.answer()
    assert answer is not None, "silence: closed without an answer"
    assert answer.status in statuses, answer
    contract().check_problem("raw", answer)
    if closes:
        assert (answer.header("connection") or "").lower() == "close", answer
        assert connection.is_closed()
    return answer


MALFORMED = {
    "content-length and chunked": (post(b"0\r\n\r\n", b"Transfer-Encoding: chunked", length=True), {400}),
    "two different content-lengths": (post(b"{}", b"Content-Length: 3"), {400}),
    "content-length list that differs": (post(b"{}", b"Content-Length: 2, 3", length=False), {400}),
    "content-length with a sign": (post(b"{}", b"Content-Length: +2", length=False), {400}),
    "content-length in hex": (post(b"{}", b"Content-Length: 0x2", length=False), {400}),
    "content-length overflow": (post(b"{}", b"Content-Length: 99999999999999999999999", length=False), {400, 413}),
    "negative content-length": (post(b"{}", b"Content-Length: -1", length=False), {400}),
    "bare lf": (b"GET /livez HTTP/1.1\nHost: localhost\n\n", {400}),
    "bare lf in a header": (get(b"X-A: 1\nX-B: 2"), {400}),
    "bare cr": (get(b"X-A: 1\rX-B: 2"), {400}),
    "nul in a header": (get(b"X-A: 1\x002"), {400}),
    "nul in the target": (get(target=b"/live\x00z"), {400}),
    "nul in the header name": (get(b"X\x00A: 1"), {400}),
    "control character in a header": (get(b"X-A: \x07"), {400}),
    "no host": (get(host=b""), {400}),
    "two hosts": (get(b"Host: other"), {400}),
    "obs-fold": (get(b"X-A: 1\r\n  folded"), {400}),
    "space before the colon": (get(b"X-A : 1"), {400}),
    "header without a colon": (get(b"JustAWord"), {400}),
    "empty header name": (get(b": 1"), {400}),
    "unknown transfer coding": (post(b"0\r\n\r\n", b"Transfer-Encoding: gzip, chunked", length=False), {501, 400}),
    "chunked not last": (post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, gzip", length=False), {400, 501}),
    "chunked twice": (post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, chunked", length=False), {400, 501}),
    "obfuscated chunked": (post(b"0\r\n\r\n", b"Transfer-Encoding: xchunked", length=False), {400, 501}),
    "bad chunk size": (post(b"zz\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked", length=False), {400}),
    "negative chunk size": (post(b"-2\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked", length=False), {400}),
    "chunk size overflow": (post(b"fffffffffffffffff\r\n{}", b"Transfer-Encoding: chunked", length=False), {400, 413}),
    "chunk without its end": (post(b"2\r\n{}0\r\n\r\n", b"Transfer-Encoding: chunked", length=False), {400}),
    "http/1.0 with chunked": (b"POST /v1/rooms HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400, 505}),
    "http/2.0": (get(version=b"HTTP/2.0"), {505, 400}),
    "http/3": (get(version=b"HTTP/3"), {400, 505}),
    "no version": (b"GET /livez\r\n\r\n", {400, 505}),
    "the http/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 501, 505}),
    "a tls hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n", {400}),
    "an unknown method": (b"BREW /v1/rooms HTTP/1.1\r\nHost: x\r\n\r\n", {501}),
    "a lower-case method": (b"get /livez HTTP/1.1\r\nHost: x\r\n\r\n", {400, 501}),
    "two spaces in the request line": (b"GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "a target without a slash": (get(target=b"livez"), {400}),
    "a bad escape in the target": (get(target=b"/v1/rooms/%zz"), {400, 404, 401}),
    "a target of 20 kB": (get(target=b"/" + b"a" * 20000), {414}),
    "a header of 20 kB": (get(b"X-A: " + b"a" * 20000), {431}),
    "101 headers": (get(*[b"X-%d: 1" % n for n in range(101)]), {431, 400}),
    "9 kB of small headers": (get(*[b"X-%d: " % n + b"a" * 150 for n in range(60)]), {431}),
}


@pytest.mark.parametrize("what", sorted(MALFORMED))
def test_malformed_http_gets_a_problem_and_an_end(raw, what):
    request, statuses = MALFORMED[what]
    answer = assert_refused(raw().send(request), statuses, closes=what != "a bad escape in the target")
    assert answer.json()["detail"], "and says what is wrong"


def test_a_smuggled_second_request_is_never_answered(raw, place):
    smuggled = b"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + place["guest"].key.encode() + b"\r\n\r\n"
    for head in (b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % (5 + len(smuggled)),
                 b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                 b"Transfer-Encoding : chunked\r\nContent-Length: %d\r\n" % (5 + len(smuggled))):
        connection = raw().send(b"POST /livez HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n0\r\n\r\n" + smuggled)
        assert_refused(connection, {400})
        assert connection.buffer == b"", "nothing after the refusal"


def test_expect_100_continue_is_answered_before_the_body(raw, place):
    body = json.dumps(World(place["server"]).booking(place["room"], times.slot(4))).encode()
    connection = raw().send(post(body, b"Expect: 100-continue", key=place["guest"].key)[:-len(body)])
    first = connection.answer()
    assert first.status == 100, first
    answer = connection.send(body).answer()
    assert answer.status == 201, answer


def test_another_expectation_is_refused(raw):
    answer = raw().send(get(b"Expect: a-miracle")).answer()
    assert answer is not None and answer.status in (417, 400)


def test_a_refused_upload_is_refused_before_it_is_sent(raw, place):
    connection = raw().send(post(b"", b"Content-Length: 104857600", b"Expect: 100-continue", key=place["guest"].key,
                                 length=False))
    assert_refused(connection, {413})


def test_a_body_too_large_is_refused_while_it_streams(raw, place):
    key = place["guest"].key
    assert_refused(raw().send(post(b"x" * 300000, key=key)), {413})
    connection = raw().send(post(b"", b"Transfer-Encoding: chunked", key=key, length=False))
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    for _ in range(64):
        connection.send(chunk)
    assert_refused(connection, {413})


def test_a_chunked_body_is_read_like_any_other(raw, place):
    body = json.dumps(World(place["server"]).booking(place["room"], times.slot(4, 12))).encode()
    pieces = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
    answer = raw().send(post(pieces + b"0\r\nX-Trailer: 1\r\n\r\n", b"Transfer-Encoding: chunked",
                             key=place["guest"].key, length=False)).answer()
    assert answer.status in (201, 400), answer
    plain = raw().send(post(pieces.replace(b";ext=1", b"") + b"0\r\n\r\n", b"Transfer-Encoding: chunked",
                            key=place["guest"].key, length=False)).answer()
    assert plain.status in ((201,) if answer.status == 400 else (409,)), plain


def test_pipelined_requests_are_answered_in_order_and_bounded(raw, place):
    connection = raw().send(get() * 3 + get(target=b"/readyz"))
    for _ in range(4):
        assert connection.answer().status == 200
    flood = raw().send(get() * 5000)
    count = 0
    while count < 5000 and (answer := flood.answer()) is not None:
        assert answer.status in (200, 400, 429, 431, 503), answer
        count += 1
        if answer.status != 200:
            break
    assert count > 0


def test_a_slow_client_is_cut_off(tmp_path):
    """Drips bytes for ever: the deadline of a request's head counts from its first byte."""
    from harness.server import Server
    with Server(tmp_path / "data", "--header-timeout", "1s", "--idle-timeout", "2s") as server:
        drip, idle = Raw(server), Raw(server)
        request, began = get(b"X-Slow: " + b"a" * 400), time.monotonic()
        for n in range(len(request)):
            drip.socket.settimeout(0.05)
            try:
                drip.socket.sendall(request[n:n + 1])
                if not drip.socket.recv(4096):
                    break
                break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 8, "cut by the deadline, not by patience"
        assert idle.is_closed(), "a connection that never speaks ends too"


# ---- JSON ---------------------------------------------------------------------------------------
def booking_with(place, change):
    body = World(place["server"]).booking(place["room"], times.slot(4, 18))
    return change(json.dumps(body)).encode("utf-8", "surrogatepass")


BAD_JSON = {
    "nested 100k deep": lambda text: "[" * 100_000,
    "objects nested 100k deep": lambda text: '{"a":' * 20_000,
    "nested 40 deep": lambda text: '{"title":' + "[" * 40 + "]" * 40 + "}",
    "duplicate keys": lambda text: text.replace('"partySize": 2', '"partySize": 2, "partySize": 3'),
    "1e999": lambda text: text.replace('"partySize": 2', '"partySize": 1e999'),
    "nan": lambda text: text.replace('"partySize": 2', '"partySize": NaN'),
    "infinity": lambda text: text.replace('"partySize": 2', '"partySize": Infinity'),
    "2^53+1": lambda text: text.replace('"partySize": 2', '"partySize": 9007199254740993'),
    "2^64": lambda text: text.replace('"partySize": 2', '"partySize": 18446744073709551616'),
    "lone surrogate escape": lambda text: text.replace("Weekly sync", "\\ud800"),
    "swapped surrogates": lambda text: text.replace("Weekly sync", "\\udc00\\ud800"),
    "invalid utf-8": lambda text: text.replace("Weekly sync", "\udcff\udcfe"),
    "overlong utf-8": lambda text: text.replace("Weekly sync", "\udcc0\udcaf"),
    "nul escape": lambda text: text.replace("Weekly sync", "a\\u0000b"),
    "raw control character": lambda text: text.replace("Weekly sync", "a\x01b"),
    "trailing comma": lambda text: text[:-1] + ",}",
    "two documents": lambda text: text + text,
    "comment": lambda text: "/* hi */" + text,
    "single quotes": lambda text: text.replace('"', "'"),
    "empty": lambda text: "",
    "only white space": lambda text: "   ",
    "a number": lambda text: "42",
    "an array": lambda text: "[" + text + "]",
    "cut off": lambda text: text[:-5],
    "utf-16": lambda text: "\udcff\udcfe" + "\x00".join(text),
}


@pytest.mark.parametrize("what", sorted(BAD_JSON))
def test_bad_json_is_refused_and_the_connection_lives(raw, place, what):
    body = booking_with(place, BAD_JSON[what])
    body = body.decode("utf-8", "surrogatepass").encode("utf-8", "surrogateescape")
    answer = raw().send(post(body, key=place["guest"].key)).answer()
    assert answer is not None, "silence"
    assert answer.status in ((400, 413) if "nested 100k" in what else (400, 422)), answer
    contract().check_problem(what, answer)
    assert problem_name(answer) in ("malformed", "validation", "body-too-large"), answer


def test_a_million_brackets_do_not_crash(tmp_path):
    """With the body limit raised, so that the depth cap itself is what stops it."""
    from harness.server import Server
    with Server(tmp_path / "data", "--max-body-kb", "16384") as server:
        key = World(server).customer().key
        for opening in (b"[", b'{"a":'):
            connection = Raw(server)
            answer = connection.send(post(opening * 1_000_000, key=key)).answer()
            assert answer is not None and answer.status == 400, answer
            connection.close()
        World(server).admin.get("/v1/me")


def test_a_body_that_is_not_json_by_its_type_is_refused(raw, place):
    request = post(b"a=1", key=place["guest"].key).replace(b"application/json", b"application/x-www-form-urlencoded")
    answer = raw().send(request).answer()
    assert answer.status == 415, answer


# ---- time ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("start,end", [
    ("9999-12-31T23:00:00Z", "9999-12-31T23:59:00Z"), ("0000-01-01T00:00:00Z", "0000-01-01T01:00:00Z"),
    ("2030-02-30T10:00:00Z", "2030-02-30T11:00:00Z"), ("2030-01-01T24:00:00Z", "2030-01-02T01:00:00Z"),
    ("2030-06-30T23:59:60Z", "2030-07-01T01:00:00Z"), ("2030-01-01T10:00:00", "2030-01-01T11:00:00"),
    ("2030-01-01 10:00:00Z", "2030-01-01 11:00:00Z"), ("2030-01-01T10:00:00+25:00", "2030-01-01T11:00:00+25:00"),
    ("1900000000", "1900003600"), ("2030-01-01T10:00:00.0001Z", "2030-01-01T11:00:00Z"),
    ("2030-01-01T11:00:00Z", "2030-01-01T10:00:00Z"), ("2030-01-01T10:00:00Z", "2030-01-01T10:00:00Z"),
    ("99999-01-01T00:00:00Z", "99999-01-01T01:00:00Z"), ("", ""), ("２０３０-01-01T10:00:00Z", "2030-01-01T11:00:00Z"),
])
def test_strange_times_are_refused(world, place, start, end):
    answer = world.book(place["guest"], place["room"], {"start": start, "end": end}, expect=(400, 422))
    assert answer.json()["detail"]


def test_hours_that_a_clock_change_skips_or_repeats(world, place):
    """A slot names instants, so both passes of the repeated hour can be booked and the skipped one has none."""
    zone = "Europe/Berlin"
    room = world.room(timeZone=zone, stepMinutes=30, minDurationMinutes=30)
    for day, change in times.transitions(zone)[:2]:
        if change.total_seconds() < 0:
            first = times.at(day, 2, zone=zone)
            second = first.replace(fold=1)
            assert times.utc(first) != times.utc(second)
            for moment in (first, second):
                world.book(place["guest"], room, {"start": times.utc(moment), "end": times.utc(
                    moment.astimezone(times.timezone.utc) + times.timedelta(hours=1))})
        else:
            before = times.at(day, 1, 30, zone=zone)
            world.book(place["guest"], room, times.lasting(before.astimezone(times.timezone.utc), 60))


# ---- texts --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "'; drop table rooms; --", "방 \U0001F3E2 \u202e exe",
                                  "a\"b\\c/d", "${jndi:ldap://x}", "\u0000".replace("\u0000", "%00"), "../../etc/passwd"])
def test_texts_come_back_as_they_were_sent(world, place, name):
    room = world.room(name=name, description=name)
    read = place["guest"].get(f"/v1/rooms/{room['id']}", headers=place["guest"].sees(world.last_position))
    assert read.json()["name"] == name and read.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("path", ["/v1/rooms/../accounts", "/v1/rooms/%2e%2e/accounts", "/v1/rooms/%00", "//v1//rooms",
                                  "/v1/rooms/" + "x" * 2000, "/v1/rooms/%ff%fe", "/v1/rooms/rm_1/../../me", "/docs/../../etc"])
def test_odd_paths_lead_nowhere(place, path):
    answer = place["guest"].request("GET", path, check=False)
    assert answer.status in (400, 404, 414), answer


@pytest.mark.parametrize("key", ["", " ", "k" * 5000, "한글", "a\tb"])
def test_odd_idempotency_keys_are_refused(world, place, key):
    headers = {"Idempotency-Key": key}
    answer = place["guest"].request("POST", "/v1/reservations", world.booking(place["room"], times.slot(4)),
                                    headers=headers, check=False)
    assert answer.status in (400, 422, 431), answer


# ---- afterwards ---------------------------------------------------------------------------------
def test_afterwards_it_serves_on_and_has_not_grown(world, place):
    attacks = [request for request, _ in MALFORMED.values()]
    attacks += [post(booking_with(place, change).decode("utf-8", "surrogatepass").encode("utf-8", "surrogateescape"),
                     key=place["guest"].key) for what, change in BAD_JSON.items()]
    for _ in range(30):
        for request in attacks:
            connection = Raw(place["server"]).send(request)
            connection.answer()
            connection.close()
    half_open = [Raw(place["server"]).send(b"POST /v1/rooms HTTP/1.1\r\nHost:") for _ in range(500)]
    for r in half_open:
        r.close()
    made = world.book(place["guest"], place["room"], times.slot(6))
    place["guest"].get("/v1/rooms", headers=place["guest"].sees(made.position))
    grown = place["server"].memory_kb()["RssAnon"] - place["before"]
    assert grown < GROWTH_KB, f"grew by {grown} KiB"
    assert place["server"].alive()
