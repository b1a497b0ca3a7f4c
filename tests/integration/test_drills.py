"""With each subsystem stopped, bookings, payments and cancellations go on, and everything catches up."""

import pytest

from harness import times
from harness.server import ADMIN_KEY, run_tool
from harness.world import World, assert_problem

PATH = "/v1/introspection/drills"
ALL = ("notifier", "projector", "reviews", "room-administration")
MINUTES = {"stepMinutes": 1, "minDurationMinutes": 1}


def switch(world, name, action):
    return world.admin.post(f"{PATH}/{name}/actions", {"action": action}, expect=200).json()


def state_of(world, name):
    return next(d for d in world.operator.get(PATH).json()["items"] if d["name"] == name)


@pytest.fixture(params=ALL)
def stopped(world, request):
    switch(world, request.param, "stop")
    yield request.param
    switch(world, request.param, "start")


@pytest.fixture
def unhurried(world):
    """Nobody asks for positions that a stopped projector does not reach."""
    before = world.server.written
    yield
    world.server.written = max(before, world.server.written)


def book_pay_cancel(world, guest, room):
    """A booking that stays and one that is cancelled, without waiting for the read model."""
    stays = world.book(guest, room, times.slot(5, 9), expect=201).json()
    goes = world.book(guest, room, times.slot(5, 11), expect=201).json()
    assert stays["payment"]["status"] == "captured"
    done = world.cancel(guest, goes["id"], expect=201).json()
    assert done["refund"]["amount"] > 0
    world.server.written = 0
    return stays["id"], goes["id"]


def test_bookings_payments_and_cancellations_go_on_and_all_catches_up(world):
    for name in ALL:
        guest = world.customer()
        guest.get("/v1/me")
        slots = world.room(cancellationPolicy=[{"hoursBefore": 0, "refundPercent": 100}])
        world.operator.get(f"/v1/rooms/{slots['id']}")
        switch(world, name, "stop")
        world.server.written = 0
        stays, goes = book_pay_cancel(world, guest, slots)
        answer = switch(world, name, "start")
        assert answer["state"] == "running"
        world.eventually(lambda: {i["type"] for i in guest.get("/v1/notifications").json()["items"]} >=
                         {"reservation.confirmed", "reservation.cancelled", "payment.refunded"}, "messages of both")
        assert guest.get(f"/v1/reservations/{stays}").json()["status"] == "confirmed"
        gone = guest.get(f"/v1/reservations/{goes}").json()
        assert gone["status"] == "cancelled" and gone["payment"]["status"] == "refunded", name


def test_it_is_shown_and_the_server_stays_ready(world, stopped, unhurried):
    world.server.written = 0
    seen = state_of(world, stopped)
    assert seen["state"] == "stopped" and seen["since"] and seen["by"]
    ready = world.anonymous.get("/readyz").json()
    assert ready["status"] == "degraded" and stopped in [c["name"] for c in ready["checks"] if not c["ok"]]
    assert world.operator.get("/v1/introspection/summary").json()["stopped"] == [stopped]
    assert f'atrium_drill_stopped{{subsystem="{stopped}"}} 1' in world.admin.get("/metrics").body.decode()


def refused(answer, name):
    problem = assert_problem(answer, 503, "dependency-unavailable")
    assert problem["reason"] == f"drill:{name}" and name in problem["detail"], problem
    assert int(answer.header("retry-after")) >= 1


def test_reviews_are_refused_with_the_name_of_the_drill_and_read_on(world, guest):
    room = world.room(**MINUTES)
    made = world.booked(guest, room, times.lasting(times.minute_from_now(4), 10))
    guest.post(f"/v1/reservations/{made['id']}/check-in", expect=200)
    body = {"reservationId": made["id"], "rating": 5, "text": "fine"}
    switch(world, "reviews", "stop")
    refused(guest.post(f"/v1/rooms/{room['id']}/reviews", body, expect=503), "reviews")
    guest.get(f"/v1/rooms/{room['id']}/reviews")
    switch(world, "reviews", "start")
    guest.post(f"/v1/rooms/{room['id']}/reviews", body, expect=201)


def test_room_administration_is_refused_with_the_name_of_the_drill(world):
    room = world.room()
    path = f"/v1/rooms/{room['id']}"
    etag = world.operator.get(path).header("etag")
    switch(world, "room-administration", "stop")
    for answer in (world.operator.post("/v1/rooms", {"name": "Nope"}, expect=503),
                   world.operator.patch(path, {"capacity": 3}, etag=etag, expect=503),
                   world.operator.delete(path, etag=etag, expect=503),
                   world.operator.post(f"{path}/blackouts", {**times.slot(5), "reason": "paint"}, expect=503)):
        refused(answer, "room-administration")
    assert world.operator.get(path).header("etag") == etag
    switch(world, "room-administration", "start")
    world.operator.patch(path, {"capacity": 3}, etag=etag)


def test_each_switch_is_in_the_audit_and_switching_twice_writes_once(own):
    server = own()
    world = World(server)
    for action in ("stop", "stop", "start"):
        switch(world, "notifier", action)
    world.admin.post("/v1/introspection/dependencies/payments/actions", {"action": "trip"}, expect=200)
    server.stop()
    lines = run_tool("journal", "dump", "--data-dir", server.data_dir).stdout.splitlines()
    acts = [line for line in lines if "operator.acted" in line]
    assert len(acts) == 3, acts
    assert "drill.stop" in acts[0] and "drill.start" in acts[1] and "notifier" in acts[0], acts
    assert "dependency.trip" in acts[2] and "payments" in acts[2], acts


def test_a_restart_starts_everything(own):
    first = own()
    switch(World(first), "reviews", "stop")
    assert first.stop() == 0
    assert state_of(World(own()), "reviews") == {"name": "reviews", "state": "running", "since": None, "by": None}


def test_the_command_line_switches_through_the_server(world):
    env = {"ATRIUM_ADMIN_KEY": ADMIN_KEY}
    url = f"http://{world.server.host}:{world.server.port}"
    done = run_tool("drill", "stop", "reviews", "--url", url, env=env)
    assert done.returncode == 0 and '"stopped"' in done.stdout, done
    assert state_of(world, "reviews")["state"] == "stopped"
    listed = run_tool("drill", "list", "--url", url, env=env)
    assert listed.returncode == 0 and "room-administration" in listed.stdout, listed
    assert run_tool("drill", "start", "reviews", "--url", url, env=env).returncode == 0
    assert state_of(world, "reviews")["state"] == "running"
    assert run_tool("drill", "stop", "journal", "--url", url, env=env).returncode != 0, "not without the journal"
    assert "ATRIUM_ADMIN_KEY" in run_tool("drill", "list", "--url", url).stderr
    assert run_tool("drill", "list", "--url", "http://127.0.0.1:1", env=env).returncode == 1


@pytest.mark.parametrize("body,status", [({"action": "pause"}, 422), ({}, 422), ({"action": "stop", "x": 1}, 422)])
def test_bad_switches_change_nothing(world, body, status):
    world.admin.post(f"{PATH}/reviews/actions", body, expect=status)
    assert state_of(world, "reviews")["state"] == "running"


def test_only_admins_switch(world, operator, guest):
    operator.post(f"{PATH}/reviews/actions", {"action": "stop"}, expect=403)
    guest.get(PATH, expect=403)
    world.admin.post(f"{PATH}/bookings/actions", {"action": "stop"}, expect=404)
