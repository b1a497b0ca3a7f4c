"""Malformed, hostile and oversized input, byte by byte over raw sockets.

Afterwards the server serves on and has not grown: the last test of the module looks.
"""

import json
import time

import pytest

from harness import times
from harness.client import contract
from harness.hostile import BAD_JSON, MALFORMED
from harness.raw import Raw, get, post
from harness.server import Server
from harness.world import World, problem_name

GROWTH_KB = 48 * 1024


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
    assert_refused(raw().send(post(b"x" * 1_100_000, key=key)), {413})
    connection = raw().send(post(b"", b"Transfer-Encoding: chunked", key=key, length=False))
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    for _ in range(80):
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
    with Server(tmp_path / "data", "--max-body-kb", "16384") as server:
        key = World(server).customer().key
        for deep in (b"[" * 1_000_000, b'{"a":' * 200_000):
            connection = Raw(server)
            answer = connection.send(post(deep, key=key)).answer()
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
