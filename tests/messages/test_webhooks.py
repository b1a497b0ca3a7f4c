"""Web hooks: signed, retried, kept away from what is private, turned off when nobody answers."""

import json
import os
import signal
import socket
import threading

import pytest

from harness import times
from harness.client import fresh_key
from harness.waiting import until
from harness.world import World, assert_problem, violations
from hook_receiver import Receiver

LOCAL = ("--webhook-allow-networks", "127.0.0.0/8", "--webhook-plain-http")
HOOKS = "/v1/webhook-endpoints"


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def world(start):
    return World(start(*LOCAL))


def register(who, url, expect=201, **more):
    answer = who.post(HOOKS, {"url": url, **more}, expect=expect)
    if expect != 201:
        return answer
    who.get("/v1/rooms", headers=who.sees(answer.position))
    return answer.json()


def state(who, hook):
    return who.get(f"{HOOKS}/{hook['id']}").json()


def deliveries(who, hook, **query):
    return who.get(f"{HOOKS}/{hook['id']}/deliveries", query=query).json()["items"]


def breaker(world, hook):
    name = f"webhook/{hook['id']}"
    return next((d for d in world.operator.get("/v1/introspection/dependencies").json()["items"] if d["name"] == name),
                None)


def test_each_endpoint_has_a_breaker_of_its_own(world, receiver):
    guest, room = world.customer(), world.room()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = register(guest, f"http://127.0.0.1:{nobody.getsockname()[1]}/in")
        good = register(guest, receiver.url())
        made = world.booked(guest, room, times.slot(5))
        until(lambda: receiver.got(kind="reservation.confirmed"), "the good one gets it")
        until(lambda: (b := breaker(world, dead)) and b["opened"] >= 1, "the other one's breaker opens")
    assert breaker(world, good) is None or breaker(world, good)["opened"] == 0, made
    actions = f"/v1/introspection/dependencies/webhook%2F{good['id']}/actions"
    world.admin.post(actions, {"action": "trip"}, expect=200)
    before = len(receiver.got(kind="reservation.confirmed"))
    world.booked(guest, room, times.slot(6))
    until(lambda: any(d["name"] == f"webhook/{good['id']}" and d["waiting"]
                      for c in world.operator.get("/v1/introspection/deliveries").json()["items"]
                      for d in c["destinations"]), "it waits")
    assert len(receiver.got(kind="reservation.confirmed")) == before
    world.admin.post(actions, {"action": "reset"}, expect=200)
    until(lambda: len(receiver.got(kind="reservation.confirmed")) == before + 1, "it arrives after the reset")
    world.admin.post("/v1/introspection/dependencies/webhook%2Fwh_nope/actions", {"action": "trip"}, expect=404)


# ---- what is sent -------------------------------------------------------------------------------
def test_events_of_the_owner_arrive_signed(world, receiver):
    guest, other, room = world.customer(), world.customer(), world.room()
    early = world.booked(guest, room, times.slot(3))
    hook = register(guest, receiver.url())
    world.booked(other, room, times.slot(4))
    made = world.booked(guest, room, times.slot(5))
    found = until(lambda: receiver.got(kind="reservation.confirmed"), "the event arrives")
    assert [h.event()["data"]["reservationId"] for h in found] == [made["id"]]
    for h in receiver.got():
        assert h.verified_by(hook["secret"]) and h.headers["content-type"] == "application/cloudevents+json"
        assert h.event()["specversion"] == "1.0" and early["id"] not in h.body.decode()
        tampered = type(h)(h.path, h.headers, h.body.replace(b"confirmed", b"cancelled") + b" ")
        assert not tampered.verified_by(hook["secret"])
    assert all(h.event()["data"].get("customerId", guest.id) == guest.id for h in receiver.got())
    log = until(lambda: (l := deliveries(guest, hook)) and all(d["state"] == "delivered" for d in l) and l, "noted")
    assert {d["messageId"] for d in log} == {h.id for h in receiver.got()}
    assert len({h.id for h in receiver.got()}) == len(receiver.got())


def test_only_the_types_asked_for(world, receiver):
    guest, room = world.customer(), world.room()
    register(guest, receiver.url("/some"), types=["reservation.cancelled"])
    register(guest, receiver.url("/all"))
    made = world.booked(guest, room, times.slot(5))
    world.cancel(guest, made["id"])
    until(lambda: receiver.got("/some") and receiver.got("/all", "payment.refunded"), "both hear")
    assert {h.event()["type"] for h in receiver.got("/some")} == {"reservation.cancelled"}
    assert "reservation.confirmed" in {h.event()["type"] for h in receiver.got("/all")}
    bad = register(guest, receiver.url(), types=["reservation.confirmed", "account.created"], expect=422)
    assert violations(bad)["event-type"]["pointer"] == "/types/1"


def test_operators_hear_of_everything(world, receiver):
    register(world.operator, receiver.url(), types=["reservation.confirmed"])
    made = {world.booked(world.customer(), world.room(), times.slot(5))["id"] for _ in range(2)}
    until(lambda: {h.event()["data"]["reservationId"] for h in receiver.got()} == made, "both arrive")


# ---- secrets ------------------------------------------------------------------------------------
def test_a_secret_is_shown_once_and_rotates_with_an_overlap(world, receiver):
    guest, room = world.customer(), world.room()
    hook = register(guest, receiver.url(), types=["reservation.confirmed"])
    assert "secret" not in state(guest, hook) and "secret" not in guest.get(HOOKS).json()["items"][0]
    rotated = guest.post(f"{HOOKS}/{hook['id']}/secret", {"overlapHours": 1}, expect=200).json()
    assert rotated["secret"] != hook["secret"] and times.parse(rotated["previousSecretUntil"])
    world.booked(guest, room, times.slot(5, 9))
    both = until(lambda: receiver.got(), "it arrives")[0]
    assert both.verified_by(hook["secret"]) and both.verified_by(rotated["secret"])
    last = guest.post(f"{HOOKS}/{hook['id']}/secret", {"overlapHours": 0}, expect=200).json()
    world.booked(guest, room, times.slot(5, 11))
    only = until(lambda: len(receiver.got()) == 2 and receiver.got()[1], "it arrives")
    assert only.verified_by(last["secret"]) and not only.verified_by(rotated["secret"])


def test_secrets_are_neither_in_the_journal_nor_in_the_log(start, receiver):
    from harness.server import run_tool
    server = start(*LOCAL, "--log-level", "trace")
    world = World(server)
    guest = world.customer()
    hook = register(guest, receiver.url())
    world.booked(guest, world.room(), times.slot(5))
    until(lambda: receiver.got(), "it arrives")
    secret = hook["secret"].removeprefix("whsec_")
    assert server.stop() == 0
    dump = run_tool("journal", "dump", "--data-dir", server.data_dir).stdout
    assert secret not in dump and secret not in server.log() and "webhook.registered.v1" in dump


# ---- where they may go --------------------------------------------------------------------------
def test_private_targets_are_refused_when_registered(start):
    world = World(start())
    guest = world.customer()
    for url in ("https://127.0.0.1/", "https://10.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest",
                "https://192.168.1.1:8443/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/", "http://example.com/x",
                "https://user:pw@example.com/", "ftp://example.com/x", "https://", "https://exa mple.com/", "//x.example"):
        answer = register(guest, url, expect=422)
        assert any(v["pointer"] == "/url" for v in answer.json()["violations"]), url
    assert guest.get(HOOKS).json()["items"] == []


def test_a_name_that_means_this_machine_gets_no_connection(start, receiver):
    world = World(start("--webhook-plain-http"))
    guest, room = world.customer(), world.room()
    # Neither text is an address to a parser; both are this machine to a resolver.
    for host in ("localhost", "2130706433"):
        hook = register(guest, f"http://{host}:{receiver.port}/in")
        world.booked(guest, room, times.slot(5, 9 if host == "localhost" else 11))
        tried = until(lambda: [d for d in deliveries(guest, hook) if d["lastError"]], "it is tried")
        assert "not allowed" in tried[0]["lastError"] and tried[0]["lastStatus"] == 0
    assert receiver.got() == []


def test_a_redirect_is_not_followed(world, receiver):
    guest = world.customer()
    receiver.judge = lambda hook: (307, {"Location": receiver.url("/inside")}) if hook.path == "/in" else 204
    hook = register(guest, receiver.url())
    world.booked(guest, world.room(), times.slot(5))
    until(lambda: [d for d in deliveries(guest, hook) if d["lastStatus"] == 307], "it is tried")
    assert receiver.got("/inside") == []


# ---- trouble ------------------------------------------------------------------------------------
def test_a_failing_endpoint_is_tried_again_with_the_same_id(world, receiver):
    guest = world.customer()
    left = [3]

    def fail_thrice(hook):
        left[0] -= 1
        return 500 if left[0] >= 0 else 200

    receiver.judge = fail_thrice
    hook = register(guest, receiver.url(), types=["reservation.confirmed"])
    world.booked(guest, world.room(), times.slot(5))
    until(lambda: [d for d in deliveries(guest, hook) if d["state"] == "delivered"], "in the end it is taken")
    assert len(receiver.got()) == 4 and len({h.id for h in receiver.got()}) == 1
    assert deliveries(guest, hook)[0]["attempts"] == 4


def test_one_endpoint_that_hangs_holds_up_no_other(world, receiver):
    guest, room = world.customer(), world.room()
    gate = threading.Event()
    receiver.judge = lambda hook: (gate.wait(60), 204)[1] if hook.path == "/slow" else 204
    slow = register(guest, receiver.url("/slow"), types=["reservation.confirmed"])
    register(guest, receiver.url("/quick"), types=["reservation.confirmed"])
    made = {world.booked(guest, room, times.slot(5 + n // 20, n % 20))["id"] for n in range(12)}
    until(lambda: {h.event()["data"]["reservationId"] for h in receiver.got("/quick")} == made, "the quick one has all")
    assert len(receiver.got("/slow")) <= 4
    gate.set()
    until(lambda: {h.event()["data"]["reservationId"] for h in receiver.got("/slow")} == made, "then the slow one")
    until(lambda: all(d["state"] == "delivered" for d in deliveries(guest, slow, limit=50)), "and it is noted")


def test_a_kill_before_the_outcome_is_noted_repeats_with_the_same_id(start, receiver):
    server = start(*LOCAL)
    world = World(server)
    guest, room = world.customer(), world.room()
    hook = register(guest, receiver.url(), types=["reservation.confirmed"])

    def kill_first(_):
        if server.alive():
            os.kill(server.pid, signal.SIGKILL)
            server.process.wait()
        return 204

    receiver.judge = kill_first
    world.book(guest, room, times.slot(5))
    until(lambda: not server.alive(), "the process dies before it hears the answer")
    receiver.judge = lambda hook: 204
    server = server.again()
    until(lambda: len(receiver.got()) == 2, "it comes again")
    first, second = receiver.got()
    assert first.id == second.id and first.body == second.body
    assert first.verified_by(hook["secret"]) and second.verified_by(hook["secret"])
    assert server.stop() == 0


def test_an_endpoint_that_is_away_for_days_is_turned_off_and_its_owner_told(start, receiver, clock):
    world = World(start(*LOCAL, "--clock-file", clock.path, "--webhook-disable-after", "48h"))
    guest = world.customer(email="owner@example.org")
    receiver.judge = lambda hook: 503
    hook = register(guest, receiver.url(), types=["reservation.confirmed"])
    room = world.room()
    world.booked(guest, room, times.slot(5))
    until(lambda: len(receiver.got()) >= 3, "it is tried")
    assert state(guest, hook)["enabled"]
    clock.advance(hours=49)
    until(lambda: not state(guest, hook)["enabled"], "it is turned off")
    assert state(guest, hook)["disabledReason"]
    notice = until(lambda: [m for m in guest.get("/v1/notifications").json()["items"] if m["type"] == "webhook.disabled"],
                   "its owner is told")
    assert receiver.url() in notice[0]["text"] and notice[0]["roomId"] is None
    until(lambda: all(d["state"] == "parked" for d in deliveries(guest, hook)), "what waited is set aside")
    # Repaired, turned on again, and what was set aside is asked for.
    receiver.judge = lambda hook: 204
    guest.patch(f"{HOOKS}/{hook['id']}", {"enabled": True}, etag="*")
    old = deliveries(guest, hook)[0]
    answer = guest.post(f"{HOOKS}/{hook['id']}/deliveries/{old['id']}/retry", expect=202)
    assert answer.json()["id"] == old["id"]
    until(lambda: deliveries(guest, hook)[-1]["state"] == "delivered", "it is delivered")
    assert state(guest, hook)["enabled"] and state(guest, hook)["disabledReason"] is None
    assert guest.post(f"{HOOKS}/{hook['id']}/deliveries/dlv_999999/retry").status == 404


def test_an_endpoint_that_is_gone_is_turned_off_at_once(world, receiver):
    guest = world.customer()
    receiver.judge = lambda hook: 410
    hook = register(guest, receiver.url(), types=["reservation.confirmed"])
    world.booked(guest, world.room(), times.slot(5))
    until(lambda: not state(guest, hook)["enabled"], "it is turned off")
    assert len(receiver.got()) == 1


def test_an_outage_and_a_restart_lose_nothing(start, receiver):
    server = start(*LOCAL)
    world = World(server)
    guest, room = world.customer(), world.room()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    hook = register(guest, f"http://127.0.0.1:{port}/in", types=["reservation.confirmed"])
    made = {world.booked(guest, room, times.slot(5, n))["id"] for n in range(8)}
    until(lambda: any(d["lastError"] for d in deliveries(guest, hook)), "it is tried")
    server.kill()
    server = server.again()
    guest.move_to(server)
    guest.patch(f"{HOOKS}/{hook['id']}", {"url": receiver.url()}, etag="*")
    until(lambda: {h.event()["data"]["reservationId"] for h in receiver.got()} == made, "all arrive")
    assert server.stop() == 0


# ---- the resource -------------------------------------------------------------------------------
def test_changing_and_deleting(world, receiver):
    guest, other = world.customer(), world.customer()
    hook = register(guest, receiver.url(), description="ours")
    path = f"{HOOKS}/{hook['id']}"
    etag = guest.get(path).header("etag")
    assert_problem(guest.request("PATCH", path, {"description": "x"}), 428, "precondition-required")
    changed = guest.patch(path, {"description": None, "types": ["room.changed"]}, etag=etag).json()
    assert changed["description"] == "" and changed["types"] == ["room.changed"]
    assert_problem(guest.request("PATCH", path, {"description": "y"}, headers={"If-Match": etag}), 412,
                   "precondition-failed")
    assert other.get(path, expect=404).status == 404
    assert other.request("DELETE", path, headers={"If-Match": "*"}).status == 404
    gone = guest.delete(path, etag="*", expect=204)
    guest.get(path, expect=404, headers=guest.sees(gone.position))
    world.booked(guest, world.room(), times.slot(5))
    assert receiver.got() == []


def test_at_most_twenty_each(world, receiver):
    guest = world.customer()
    for n in range(20):
        register(guest, receiver.url(f"/{n}"))
    assert violations(register(guest, receiver.url(), expect=422))["max-items"]


def test_bad_bodies_change_nothing(world):
    guest = world.customer()
    for body in ({}, {"url": 5}, {"url": "https://example.com/x", "types": "all"}, {"url": "https://example.com/x", "x": 1},
                 {"url": "https://example.com/" + "x" * 2000}, {"url": "https://example.com/x", "enabled": "yes"}):
        answer = guest.post(HOOKS, body, expect=422, idem=fresh_key())
        assert answer.json()["violations"], json.dumps(body)
    assert guest.get(HOOKS).json()["items"] == []
