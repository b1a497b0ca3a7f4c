"""The program: start-up line, refusals to start, stop, restart, options."""

import asyncio
import json
import os
import pathlib
import re
import subprocess

import pytest

from harness import times
from harness.client import AsyncClient, Client, fresh_key, run
from harness.server import ADMIN_KEY, StartFailed, Server, binary, environment, run_tool
from harness.waiting import pause, until
from harness.world import World


def keys_in(log):
    """Every API key that is printed, once."""
    return sorted(set(re.findall(r"\batr_[A-Za-z0-9_]{30,}\b", log)))


def threads_by_name(server, look):
    """What `look` says of the threads of each name."""
    found = {}
    for thread in pathlib.Path(f"/proc/{server.pid}/task").iterdir():
        name = (thread / "comm").read_text().strip()
        found.setdefault(name, []).append(look(int(thread.name)))
    return found


def test_threads_that_compute_do_not_interrupt_those_that_start_io(own):
    found = threads_by_name(own(), os.sched_getscheduler)
    for name in ("caf.multiplexer", "atrium-follower"):
        assert set(found[name]) == {os.SCHED_BATCH}, found
    for name in ("atrium-http", "atrium-journal"):
        assert set(found[name]) == {os.SCHED_OTHER}, found


def test_threads_that_serve_connections_come_first(own):
    found = threads_by_name(own(), lambda thread: os.getpriority(os.PRIO_PROCESS, thread))
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert set(found["atrium-http"]) == {mine}, found
    for name in ("caf.multiplexer", "atrium-follower", "atrium-journal"):
        assert set(found[name]) == {min(19, mine + 7)}, found


def test_there_are_as_many_actor_threads_as_processors_it_may_use(own):
    one = str(min(os.sched_getaffinity(0)))
    found = threads_by_name(own(command=["taskset", "-c", one]), lambda thread: thread)
    assert len(found["caf.multiplexer"]) == 1, found


def test_everything_is_there_after_a_restart(own):
    first = own()
    world = World(first)
    guest, room = world.customer(), world.room(name="Lasting")
    stays = world.booked(guest, room, times.slot(5, 9))
    gone = world.booked(guest, room, times.slot(5, 11))
    answer = world.cancel(guest, gone["id"])
    guest.get("/v1/rooms", headers=guest.sees(answer.position))
    looks = [f"/v1/rooms/{room['id']}", f"/v1/reservations/{stays['id']}", f"/v1/reservations/{gone['id']}",
             "/v1/notifications", f"/v1/reservations/{stays['id']}/history", "/v1/me"]
    before = [guest.get(path).body for path in looks]
    assert first.stop() == 0
    guest.move_to(own())
    assert [guest.get(path).body for path in looks] == before


def test_answers_of_keys_survive_a_restart(own):
    first = own()
    world = World(first)
    guest, room, key = world.customer(), world.room(), fresh_key()
    made = world.book(guest, room, times.slot(5), key=key)
    refused = world.book(guest, room, times.slot(5), key=key + "x", expect=409)
    first.kill()
    world.server = own()
    guest.move_to(world.server)
    again = world.book(guest, room, times.slot(5), key=key)
    assert again.body == made.body and again.header("atrium-replayed") == "true"
    assert world.book(guest, room, times.slot(5), key=key + "x", expect=409).body == refused.body
    world.book(guest, room, times.slot(6), key=key, expect=422)


def test_a_second_process_on_the_data_directory_is_refused_and_told_who_holds_it(own, tmp_path):
    first = own()
    second = Server(tmp_path / "data")
    with pytest.raises(StartFailed):
        second.start()
    assert second.process.returncode > 0
    assert str(first.pid) in second.log(), second.log()
    Client(first, ADMIN_KEY).get("/v1/me")


def test_a_directory_is_free_again_after_kill_9(own):
    own().kill()
    Client(own(), ADMIN_KEY).get("/v1/me")


def test_sigterm_lets_requests_in_flight_end(own):
    server = own()
    world = World(server)
    room = world.room()
    people = [world.customer() for _ in range(8)]

    async def drain():
        callers = [AsyncClient(server, p.key) for p in people]
        for c in callers:
            await c.connection.open()
        tasks = [asyncio.ensure_future(c.call(
            "POST", "/v1/reservations", world.booking(room, times.slot(5, 2 * n)), idem=f"drain-{n}"))
            for n, c in enumerate(callers)]
        await pause(0)  # the requests are written
        server.process.terminate()
        return await asyncio.gather(*tasks)

    answers = run(drain())
    assert {a.status for a in answers} <= {201, 202, 503}, answers
    assert all(a.header("retry-after") for a in answers if a.status == 503)
    assert server.wait(20) == 0
    again = own()
    for a, person in zip(answers, people):
        kept = person.move_to(again).items("/v1/reservations")
        assert len(kept) == (1 if a.status == 201 else len(kept))
        assert a.status != 201 or kept[0]["status"] == "confirmed"


def test_an_idle_server_with_an_open_stream_stops_at_once(own):
    server = own()
    admin = Client(server, ADMIN_KEY)
    with admin.stream("/v1/events"):
        assert server.stop(10) == 0


def test_the_first_start_makes_an_admin_key_and_prints_it_once(own):
    first = own(admin_key=None)
    keys = until(lambda: keys_in(first.log()), "the key is printed")
    assert len(keys) == 1, first.log()
    assert Client(first, keys[0]).get("/v1/me").json()["role"] == "admin"
    assert first.stop() == 0
    second = own(admin_key=None)
    assert keys[0] not in second.log() and not keys_in(second.log())
    assert Client(second, keys[0]).get("/v1/me").json()["role"] == "admin"


@pytest.mark.parametrize("args,env,says", [
    (["--listen", "nonsense"], {}, "listen"), (["--no-such-option"], {}, "no-such-option"),
    ([], {"ATRIUM_ADMIN_KEY": "short"}, "24"), (["--config", "/does/not/exist.toml"], {}, "exist"),
])
def test_a_wrong_option_is_named_before_anything_is_touched(tmp_path, args, env, says):
    done = subprocess.run([binary(), "serve", "--data-dir", str(tmp_path / "d"), *args], capture_output=True,
                          text=True, timeout=30, env=environment(env))
    assert done.returncode > 0
    assert says in done.stdout + done.stderr, done
    assert not (tmp_path / "d" / "journal").exists()


def test_config_show_names_every_option_with_its_value(tmp_path):
    done = run_tool("config", "show", "--data-dir", tmp_path, env={"ATRIUM_LISTEN": "127.0.0.1:4711"})
    assert done.returncode == 0, done
    assert "127.0.0.1:4711" in done.stdout and str(tmp_path) in done.stdout
    secret = run_tool("config", "show", "--data-dir", tmp_path, env={"ATRIUM_ADMIN_KEY": "k" * 40})
    assert "k" * 40 not in secret.stdout + secret.stderr


def test_another_address_needs_credentials(tmp_path):
    server = Server(tmp_path / "d", listen="0.0.0.0:0", admin_key=None)
    with pytest.raises(StartFailed):
        server.start()
    assert "ATRIUM_ADMIN_KEY" in server.log() or "credential" in server.log()


def test_help_and_version():
    assert re.search(r"\d+\.\d+\.\d+", run_tool("--version").stdout)
    text = run_tool("--help")
    assert text.returncode == 0 and "serve" in text.stdout and "journal" in text.stdout
    assert run_tool("serve", "--help").returncode == 0
    assert run_tool("dance").returncode > 0


def test_logs_are_json_lines_when_nobody_watches_and_carry_the_trace(own):
    server = own()
    world = World(server)
    trace = "0af7651916cd43dd8448eb211c80319c"
    world.book(world.customer(), world.room(), times.slot(5), expect=402, token="pm_card_chargeDeclined",
               headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert server.stop() == 0
    lines = [line for line in server.log().splitlines() if line.startswith("{")]
    assert lines, server.log()
    for line in lines:
        json.loads(line)


def test_what_a_start_tells_people_stands_together_below_its_log(own):
    server = own("--demo", admin_key=None)
    assert server.stop() == 0
    lines = list(server.lines)
    begins = next(i for i, line in enumerate(lines) if "administrator's key" in line)
    ends = max(i for i, line in enumerate(lines) if line.startswith("  curl"))
    assert "ready at" in lines[begins - 1], server.log()
    assert not [line for line in lines[begins:ends] if line.startswith("{")], server.log()
    assert [json.loads(line)["level"] for line in lines[:begins] + lines[ends + 1:]]


def test_keys_go_to_standard_output_and_the_log_to_standard_error(tmp_path):
    told, log = tmp_path / "told", tmp_path / "log"
    with open(told, "w") as out, open(log, "w") as err:
        process = subprocess.Popen([binary(), "serve", "--demo", "--data-dir", tmp_path / "data",
                                    "--listen", "127.0.0.1:0"], stdout=out, stderr=err, env=environment())
        try:
            until(lambda: "is ready at" in told.read_text(), "the start is told")
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert len(keys_in(told.read_text())) == 3 and '{"at"' not in told.read_text()
    assert not keys_in(log.read_text())
    assert [json.loads(line)["level"] for line in log.read_text().splitlines()]


def test_demo_fills_an_office_that_can_be_used_at_once(own):
    server = own("--demo")
    keys = until(lambda: keys_in(server.log()), "keys are printed")
    assert len(keys) >= 2, f"the demo's customers and their keys are printed:\n{server.log()}"
    admin = Client(server, ADMIN_KEY)
    rooms = admin.items("/v1/rooms")
    assert len(rooms) >= 10 and len({r["site"] for r in rooms}) == 2
    assert any(r["rating"]["count"] for r in rooms)
    query = {"from": times.at(-1, 0).isoformat(), "to": times.at(8, 0).isoformat()}
    shown = [b for row in admin.get("/v1/board", query=query).json()["rooms"] for b in row["bookings"]]
    assert len(shown) >= 20
    roles = {Client(server, k).get("/v1/me").json()["role"] for k in keys}
    assert "customer" in roles
    assert server.stop() == 0
    again = own("--demo")
    assert len(Client(again, ADMIN_KEY).items("/v1/rooms")) == len(rooms), "a second start adds nothing"
    assert pathlib.Path(again.data_dir).exists()
