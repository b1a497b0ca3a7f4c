"""The measurements. Each takes the settings and the results so far and adds its own."""

import shutil
import time
import urllib.parse

from office import Office
from rivals import Nginx, Postgres
from simulator import simulator
from tools import say, tool

from harness.server import Server  # found by tools.py


def bookings(run):
    """Beside PostgreSQL and raw commits, each pair in turns; over 1,000 rooms and on one hot room."""
    with Office(run.directory / "bookings") as office, Postgres(run.directory / "postgres") as db:
        office.add_customers(256)
        rooms, made = office.add_rooms(1000, "rooms")
        run.keep("registering rooms, 64 clients", made)

        def spread(clients):
            return f"bookings over 1,000 rooms, {clients} clients", lambda s: office.book(rooms, clients, s)

        def hot(clients):
            # Ten years of minutes: more slots than all its loads together ask for.
            room, _ = office.add_rooms(1, f"hot{clients}", step=1, horizon_days=3650)
            return f"bookings of one hot room, {clients} clients", lambda s: office.book(room, clients, s, slot=1)

        def rival(clients):
            return f"PostgreSQL bookings, {clients} clients", lambda s: db.book(clients, s)

        run.in_turns("lone client / two raw commits", spread(1), ("two raw LMDB commits", lambda s: raw_commits(run, s)),
                     "p50_us")
        run.in_turns("bookings / PostgreSQL", spread(64), rival(64), "rate")
        run.in_turns("hot room / spread", hot(64), (spread(64)[0] + ", beside the hot room", spread(64)[1]), "rate")
        for name, load in (rival(1), rival(16), spread(16), spread(256), hot(1), hot(16), hot(256)):
            run.keep(name, run.alone(load, run.seconds))
        peak = run.results["bookings over 1,000 rooms, 64 clients"]["rate"]
        for share in (25, 50, 75):
            run.keep(f"bookings, open loop at {share} % of 64 clients' rate",
                     run.alone(lambda s, rate=int(peak * share / 100): office.book(rooms, 256, s, rate=rate), run.seconds))
        run.keep("memory after all these bookings", office.server.memory_kb())


def raw_commits(run, seconds):
    directory = run.directory / "commits"
    out = tool("bench_lmdb_commit", directory, seconds)
    shutil.rmtree(directory)
    return out


def reads(run):
    """One room beside nginx; the board and availability with 20,000 bookings in the week."""
    with Office(run.directory / "reads") as office:
        office.add_customers(64)
        rooms, _ = office.add_rooms(1000, "rooms")
        filled = office.book(rooms, 64, 3600, slot=480, minutes=60, count=20000, warmup=0)
        run.keep("filling the board: 20,000 bookings", filled)
        ids = rooms.read_text().split()
        document = office.admin.call("GET", f"/v1/rooms/{ids[0]}")
        with Nginx(run.directory / "nginx", document) as nginx:
            for clients in (1, 64):
                run.in_turns(f"GET one room / nginx, {clients}",
                             (f"GET one room, {clients} clients",
                              lambda s, n=clients: office.get([f"/v1/rooms/{ids[0]}"], n, s)),
                             (f"nginx static file of {len(document)} bytes, {clients} clients",
                              lambda s, n=clients: nginx.get(n, s)), "rate")
        run.keep("GET of 1,000 rooms in turn, 64 clients", office.get([f"/v1/rooms/{i}" for i in ids], 64, run.seconds))
        board(run, office)
        run.keep("availability among 1,000 rooms, 1 client", office.get([office.availability_target()], 1, run.seconds))
        run.keep("availability among 1,000 rooms, 16 clients", office.get([office.availability_target()], 16, run.seconds))


def board(run, office):
    targets, size = board_pages(office)
    if size != (1000, 20000):
        raise RuntimeError(f"the board shows {size}, not 1,000 rooms with 20,000 bookings")
    run.results["board, pages"] = {"count": len(targets)}
    before = board_times(office)
    for clients in (1, 4):
        run.keep(f"board, 1,000 rooms x 1 week, {clients} client{'s'[:clients > 1]}",
                 office.get(targets, clients, run.seconds, keys=office.admin_key))
        after = board_times(office)
        if after:
            run.results[f"board, server side, {clients}"] = {"p99_us": bucket_p99_us(before, after)}
        before = after


def board_pages(office):
    """Targets that together show the whole board, and (rooms, bookings) on them."""
    targets, rooms, bookings = [office.board_target()], 0, 0
    while True:
        shown = office.admin.json("GET", targets[-1])
        rooms += len(shown["rooms"])
        bookings += sum(len(r["bookings"]) for r in shown["rooms"])
        if not shown.get("nextCursor"):
            return targets, (rooms, bookings)
        targets.append(office.board_target() + "&" + urllib.parse.urlencode({"cursor": shown["nextCursor"]}))


def board_times(office):
    """{upper bound in seconds: count} of the server's own histogram for the board, when it keeps one."""
    out = {}
    for line in office.admin.call("GET", "/metrics").decode().splitlines():
        if "_bucket{" in line and "/v1/board" in line and "seconds" in line:
            bound = line.split('le="')[1].split('"')[0]
            out[float(bound.replace("+Inf", "inf"))] = out.get(float(bound.replace("+Inf", "inf")), 0) + float(line.rsplit(" ", 1)[1])
    return out


def bucket_p99_us(before, after):
    """The bucket bound below which 99 % of the requests between two looks lie."""
    grown = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    total = grown.get(float("inf"), 0)
    return next((bound * 1e6 for bound in sorted(grown) if total and grown[bound] >= 0.99 * total), float("nan"))


def replay(run):
    directory = run.directory / "replay"
    run.keep("replay", tool("bench_replay", "--dir", directory, "--bookings", 20000 if run.quick else 100000))
    shutil.rmtree(directory)


def memory(run):
    """100,000 rooms: right after they were made, when they have gone to sleep, and after a restart."""
    count = 10000 if run.quick else 100000
    office = Office(run.directory / "memory")
    with Server(run.directory / "empty") as nothing:
        run.keep("start-up, empty", {"seconds": nothing.start_seconds, **nothing.memory_kb()})
    with office:
        _, made = office.add_rooms(count, "rooms")
        run.keep(f"registering {count} rooms", made)
        run.keep(f"memory, {count} rooms just registered", office.server.memory_kb())
        run.keep(f"memory, {count} rooms idle", asleep(office))
        office.server.stop()
    with Server(office.server.data_dir) as again:
        run.keep(f"start-up, {count} rooms", {"seconds": again.start_seconds, **again.memory_kb()})


def asleep(office, patience_s=240):
    """Memory once no room is an actor any more: those that nobody uses leave after two minutes."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if not office.admin.json("GET", "/v1/introspection/summary")["actors"].get("room"):
            break
        time.sleep(1)
    # Idle also means that the allocator has had its second or two to give unused pages back.
    time.sleep(10)
    return office.server.memory_kb()


SECTIONS = {"bookings": bookings, "simulator": simulator, "reads": reads, "replay": replay, "memory": memory}
