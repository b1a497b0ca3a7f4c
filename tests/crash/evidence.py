"""Gathers what a run left behind, from HTTP and from the command line."""

import json

from checker import Evidence
from harness import times
from harness.client import Client
from harness.server import ADMIN_KEY, run_tool
from workload import DAYS


def lines_of(*command):
    """JSON lines that a subcommand prints; it has to succeed."""
    done = run_tool(*command, timeout=600)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def ledger_of(data_dir):
    done = run_tool("sandbox", "ledger", "--data-dir", data_dir, timeout=600)
    assert done.returncode == 0, f"sandbox ledger: exit {done.returncode}\n{done.stderr[-2000:]}"
    text = done.stdout[done.stdout.index("{"):]
    return json.loads(text)


def served(server, people):
    """(views, reservations, board, inboxes) as HTTP shows them now."""
    admin = Client(server, ADMIN_KEY)
    views = {"rooms": admin.items("/v1/rooms", {"status": "all"}, limit=200)}
    views["reservations"] = admin.items("/v1/reservations", limit=200)
    query = {"from": times.at(DAYS[0] - 1, 0).isoformat(), "to": times.at(DAYS[-1] + 2, 0).isoformat()}
    page = admin.get("/v1/board", query=query).json()
    views["board"] = page["rooms"]
    views["payments"] = admin.items("/v1/payments", limit=200)
    board = {b["id"]: b["status"] for row in page["rooms"] for b in row["bookings"]}
    inboxes = {}
    for account, key in people:
        inboxes[account] = Client(server, key).items("/v1/notifications", limit=200)
        views[f"inbox of {account}"] = inboxes[account]
    return views, views["reservations"], board, inboxes


def without_holds(views):
    """Holds end by the clock between two looks; everything else must be the same."""
    rows = [{**row, "bookings": [b for b in row["bookings"] if b["status"] != "hold"]} for row in views["board"]]
    inboxes = {k: [n for n in v if n["type"] != "hold.expired"] for k, v in views.items() if k.startswith("inbox")}
    return {**views, **inboxes, "board": rows}


def gather(site, operations, people):
    """Stops the server, rebuilds its views and starts it again in between; leaves it running."""
    views, reservations, board, inboxes = served(site.server, people)
    open_sagas = Client(site.server, ADMIN_KEY).get("/v1/introspection/sagas").json()["items"]
    code = site.server.stop()
    assert code == 0, f"exit {code} after SIGTERM:\n{site.server.log()[-3000:]}"
    data = site.server.data_dir
    verified = run_tool("journal", "verify", "--data-dir", data, timeout=600)
    assert verified.returncode == 0, f"journal verify: {verified.stdout}{verified.stderr}"
    journal, ledger = lines_of("journal", "dump", "--data-dir", data), ledger_of(data)
    rebuilt = run_tool("views", "rebuild", "--data-dir", data, timeout=600)
    assert rebuilt.returncode == 0, f"views rebuild: {rebuilt.stdout}{rebuilt.stderr}"
    site.restart()
    again, *_ = served(site.server, people)
    return Evidence(operations=operations, journal=journal, ledger=ledger, reservations=reservations, board=board,
                    inboxes=inboxes, open_sagas=open_sagas, views_before=without_holds(views),
                    views_rebuilt=without_holds(again))
