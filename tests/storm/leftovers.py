"""Gathers what a storm left behind, into files that can be judged again, and reads them."""

import json

import history
from checker import Evidence
from evidence import lines_of
from harness.client import connect, headers_of, run, target_of
from harness.server import ADMIN_KEY, run_tool
from provider_side import changes, ledger_of
from verdict import Aftermath


def every_item(server, key, path, **query):
    """All items of a list. Its form is checked elsewhere: here are hundreds of thousands."""
    connection = connect(server)
    try:
        while True:
            answer = run(connection.request("GET", target_of(path, {"limit": 200, **query}), headers_of(key, {}, False)))
            assert answer.status == 200, answer
            page = answer.json()
            yield from page["items"]
            if not page.get("nextCursor"):
                return
            query["cursor"] = page["nextCursor"]
    finally:
        connection.close()


def write_lines(path, items):
    with open(path, "w", encoding="utf-8") as out:
        for item in items:
            out.write(json.dumps(item, ensure_ascii=False) + "\n")


def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def gather(both, accounts, directory):
    """What the running server shows, then, from the command line, what is in its files; leaves it running."""
    server = both.server
    write_lines(directory / "reservations.jsonl", every_item(server, ADMIN_KEY, "/v1/reservations"))
    write_lines(directory / "inboxes.jsonl",
                ({"account": account, "notes": list(every_item(server, key, "/v1/notifications"))}
                 for account, key in accounts))
    aftermath = Aftermath(
        open_sagas=both.admin.get("/v1/introspection/sagas", query={"limit": 1000}).json()["items"])
    verified = run_tool("journal", "verify", "--data-dir", server.data_dir, timeout=600)
    aftermath.journal_problem = verified.stdout + verified.stderr if verified.returncode else ""
    write_lines(directory / "journal.jsonl", lines_of("journal", "dump", "--data-dir", server.data_dir))
    return aftermath


def reconcile(both, aftermath):
    """What Atrium itself says of its payments and the provider's ledger."""
    done = run_tool("reconcile", "--data-dir", both.server.data_dir, *both.server.args, "--quiet-for", "0s",
                    timeout=600)
    aftermath.reconcile_status = done.returncode
    aftermath.differences = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def load(directory):
    """(Evidence, Aftermath) of a run that was kept."""
    aftermath = Aftermath(**json.loads((directory / "aftermath.json").read_text()))
    inboxes = {box["account"]: box["notes"] for box in read_lines(directory / "inboxes.jsonl")}
    return Evidence(operations=history.load(directory / "history.jsonl"),
                    journal=read_lines(directory / "journal.jsonl"),
                    ledger=ledger_of(changes(directory / "psp" / "ledger")),
                    reservations=list(read_lines(directory / "reservations.jsonl")), inboxes=inboxes,
                    open_sagas=aftermath.open_sagas), aftermath
