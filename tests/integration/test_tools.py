"""The subcommands: journal, backup and restore, views, ledger."""

import asyncio
import json

import pytest

from harness import times
from harness.client import AsyncClient, loop, run
from harness.server import run_tool
from harness.world import DECLINES, World


def office(world):
    """A little of everything; returns the people."""
    guest, other = world.customer(), world.customer()
    room = world.room(stepMinutes=1, minDurationMinutes=1)
    stay = world.booked(guest, room, times.lasting(times.minute_from_now(4), 30))
    arrived = guest.post(f"/v1/reservations/{stay['id']}/check-in", expect=200)
    guest.get("/v1/rooms", headers=guest.sees(arrived.position))
    guest.post(f"/v1/rooms/{room['id']}/reviews", {"reservationId": stay["id"], "rating": 4, "text": "좋아요"}, expect=201)
    gone = world.booked(other, room, times.slot(5))
    world.cancel(other, gone["id"])
    world.book(other, room, times.slot(5), token=DECLINES, expect=402)
    last = world.book(other, room, times.slot(6))
    world.operator.get("/v1/rooms", headers=guest.sees(last.position))
    return guest, other


def looks(world, people):
    """Everything a reader can see, as text."""
    admin = world.admin
    out = {"rooms": admin.items("/v1/rooms", {"status": "all"}), "reservations": admin.items("/v1/reservations"),
           "accounts": admin.items("/v1/accounts")}
    query = {"from": times.at(0, 0).isoformat(), "to": times.at(10, 0).isoformat()}
    out["board"] = admin.get("/v1/board", query=query).json()["rooms"]
    for room in out["rooms"]:
        out[room["id"]] = admin.items(f"/v1/rooms/{room['id']}/reviews")
    for person in people:
        out[person.id] = person.items("/v1/notifications")
    return json.loads(json.dumps(out))


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A data directory with events, and what was seen of it."""
    from harness.server import Server
    with Server(tmp_path_factory.mktemp("tools") / "data") as server:
        world = World(server)
        people = office(world)
        seen = looks(world, people)
        assert server.stop() == 0
        yield server, world, people, seen


def test_verify_dump_and_stats_agree(stopped):
    server, *_ = stopped
    verified = run_tool("journal", "verify", "--data-dir", server.data_dir)
    assert verified.returncode == 0, verified
    dump = run_tool("journal", "dump", "--data-dir", server.data_dir)
    records = [json.loads(line) for line in dump.stdout.splitlines()]
    assert [r["position"] for r in records] == list(range(1, len(records) + 1))
    for stream in {r["stream"] for r in records}:
        seqs = [r["seq"] for r in records if r["stream"] == stream]
        assert seqs == list(range(1, len(seqs) + 1)), stream
    kinds = {r["type"] for r in records}
    assert {"room.registered.v1", "reservation.held.v1", "reservation.confirmed.v1", "payment.captured.v1",
            "payment.declined.v1", "payment.refunded.v1", "review.posted.v1", "account.created.v1"} <= kinds
    stats = run_tool("journal", "stats", "--data-dir", server.data_dir)
    assert stats.returncode == 0 and str(len(records)) in stats.stdout.replace(",", ""), stats


def test_no_secret_is_in_the_dump(stopped):
    server, world, people, _ = stopped
    dump = run_tool("journal", "dump", "--data-dir", server.data_dir).stdout
    assert not any(p.key in dump for p in people)


def test_every_event_of_one_request_carries_its_trace(stopped):
    server, *_ = stopped
    records = [json.loads(line) for line in
               run_tool("journal", "dump", "--data-dir", server.data_dir).stdout.splitlines()]
    held = next(r for r in records if r["type"] == "reservation.held.v1")
    family = {r["type"] for r in records if r["correlation"] == held["correlation"]}
    assert held["correlation"] and {"saga.started.v1", "payment.captured.v1", "reservation.confirmed.v1"} <= family


def test_tools_on_a_directory_that_is_none_say_so(tmp_path):
    for command in (["journal", "verify"], ["journal", "dump"], ["journal", "stats"], ["views", "rebuild"]):
        done = run_tool(*command, "--data-dir", tmp_path / "nothing")
        assert done.returncode > 0 and "nothing" in done.stdout + done.stderr, done
        assert not (tmp_path / "nothing").exists(), "and make none"


def test_views_rebuilt_from_nothing_show_the_same(stopped):
    server, world, people, seen = stopped
    done = run_tool("views", "rebuild", "--data-dir", server.data_dir)
    assert done.returncode == 0, done
    with_views = server.again()
    try:
        for client in (world.admin, world.operator, *people):
            client.move_to(with_views)
        assert looks(world, people) == seen
        assert with_views.stop() == 0
    finally:
        with_views.kill()


def test_the_ledger_of_the_sandbox_matches_the_bookings(stopped):
    server, _, _, seen = stopped
    done = run_tool("sandbox", "ledger", "--data-dir", server.data_dir)
    assert done.returncode == 0, done
    payments = {p["id"]: p for p in json.loads(done.stdout)["payments"]}
    for r in seen["reservations"]:
        if r["status"] in ("confirmed", "checked_in", "cancelled"):
            p = payments[r["payment"]["id"]]
            assert (p["captured"], p["refunded"]) == (r["payment"]["captured"]["amount"],
                                                      r["payment"]["refunded"]["amount"])


def test_a_backup_while_serving_restores_to_a_consistent_moment(own, tmp_path):
    server = own()
    world = World(server)
    people = office(world)
    room = world.room(stepMinutes=15)
    guest = people[0]
    early = world.booked(guest, room, times.slot(20))

    async def serve_on(count=200):
        caller = AsyncClient(server, guest.key)
        try:
            for n in range(count):
                when = times.slot(30 + n // 40, n // 2 % 20, n % 2 * 30, 30)
                await caller.call("POST", "/v1/reservations", world.booking(room, when), idem=f"backup-{n}")
        finally:
            caller.close()

    async def both():
        work = asyncio.ensure_future(serve_on())
        done = await loop().run_in_executor(
            None, lambda: run_tool("backup", "--data-dir", server.data_dir, "--to", tmp_path / "backup"))
        await work
        return done

    done = run(both())
    assert done.returncode == 0, done
    restored = run_tool("restore", "--from", tmp_path / "backup", "--data-dir", tmp_path / "restored")
    assert restored.returncode == 0, restored
    assert run_tool("journal", "verify", "--data-dir", tmp_path / "restored").returncode == 0
    again = run_tool("restore", "--from", tmp_path / "backup", "--data-dir", tmp_path / "restored")
    assert again.returncode > 0, "a directory in use is not overwritten"
    copy = World(own(name="restored"))
    kept = {r["id"]: r for r in copy.admin.items("/v1/reservations", limit=200)}
    assert kept[early["id"]]["status"] == "confirmed"
    assert all(r["payment"]["captured"] == r["price"] for r in kept.values() if r["status"] == "confirmed")
    world.book(guest, room, times.slot(60))
