"""`atrium reconcile`: each planted difference is found and named, and what is owed is healed."""

import json

import pytest

from harness import times
from harness.psp import SECRET_KEY
from harness.server import run_tool

STATUS_DIFFERENT = 3


def reconcile(site, *args, status):
    done = run_tool("reconcile", "--data-dir", site.server.data_dir, *site.server.args, "--quiet-for", "0s", *args)
    assert done.returncode == status, done
    assert SECRET_KEY not in done.stdout + done.stderr
    return {(d["payment"], d["kind"]): d for d in map(json.loads, done.stdout.splitlines())}


@pytest.fixture
def booked(own_site):
    site = own_site()
    guest, room = site.world.customer(), site.world.room()
    made = [site.world.booked(guest, room, times.slot(3 + n)) for n in range(4)]
    site.world.cancel(guest, made[3]["id"])
    site.settle()
    site.payment = lambda n: made[n]["payment"]["id"]
    site.intent = lambda n: site.psp.payments()[site.payment(n)]["id"]
    return site


def hold(site, payment, key):
    """Money that the provider holds under this id."""
    made = site.psp.authorize(key=key, amount=700, **{"metadata[atrium_payment]": payment})
    assert made.status == 200
    return made.json()["id"]


def test_equal_ledgers_are_said_to_be_equal(booked):
    assert reconcile(booked, status=0) == {}


def test_what_is_owed_is_found_and_healed_once(booked):
    psp = booked.psp
    # A second charge of a paid booking, money held for a cancelled one, both behind Atrium's back.
    twice = hold(booked, booked.payment(0), "plant-1")
    psp.call("POST", f"/v1/payment_intents/{twice}/capture", {}, key="plant-2")
    hold(booked, booked.payment(3), "plant-3")
    found = reconcile(booked, status=STATUS_DIFFERENT)
    assert set(found) == {(booked.payment(0), "refund-owed"), (booked.payment(3), "void-owed")}
    assert {d["amount"] for d in found.values()} == {700}
    assert all(d["healed"] == "no" for d in found.values())
    healed = reconcile(booked, "--heal", status=0)
    assert set(healed) == set(found) and all(d["healed"] == "done" for d in healed.values())
    assert reconcile(booked, status=0) == {}


def test_what_takes_a_person_is_only_told(booked):
    psp = booked.psp
    psp.call("POST", "/v1/refunds", {"payment_intent": booked.intent(1), "amount": 500}, key="plant-1")
    hold(booked, "pay_of_nobody", "plant-2")
    found = reconcile(booked, "--heal", status=STATUS_DIFFERENT)
    assert set(found) == {(booked.payment(1), "short"), ("pay_of_nobody", "stranger")}
    assert found[booked.payment(1), "short"]["amount"] == 500
    assert all(d["healed"] == "no" for d in found.values())


def test_a_provider_that_lost_its_ledger_is_told_of_every_payment(booked):
    booked.psp.kill()
    (booked.psp.data_dir / "ledger").unlink()
    booked.psp = booked.psp.again()
    found = reconcile(booked, "--heal", status=STATUS_DIFFERENT)
    assert {kind for _, kind in found} == {"missing"} and len(found) == 3


def test_without_the_provider_nothing_is_claimed(booked):
    booked.psp.kill()
    assert reconcile(booked, status=1) == {}


def test_the_sandbox_is_reconciled_too(tmp_path):
    from harness.server import Server
    from harness.world import DECLINES, World
    with Server(tmp_path / "data") as server:
        world = World(server)
        guest, room = world.customer(), world.room()
        gone = world.booked(guest, room, times.slot(3))
        world.booked(guest, room, times.slot(4))
        world.book(guest, room, times.slot(5), token=DECLINES, expect=402)
        world.cancel(guest, gone["id"])
        done = run_tool("reconcile", "--data-dir", server.data_dir, "--quiet-for", "0s")
    assert done.returncode == 0 and done.stdout == "" and "0 differences" in done.stderr, done
