"""Reconciliation inside the server: what is owed is made good, the rest is left to a person; bookings go on."""

import pytest

from harness import times
from harness.waiting import until

PATH = "/v1/introspection/reconciliation"


@pytest.fixture
def site(own_site):
    site = own_site(**{"reconcile-every": "1s", "reconcile-grace": "1s"})
    guest, room = site.world.customer(), site.world.room()
    made = [site.world.booked(guest, room, times.slot(3 + n)) for n in range(3)]
    site.world.cancel(guest, made[2]["id"])
    site.settle()
    site.guest, site.room = guest, room
    site.payment = lambda n: made[n]["payment"]["id"]
    return site


def report(site):
    return site.world.operator.get(PATH).json()


def take(site, payment, key, amount=700, capture=False):
    """Money behind Atrium's back."""
    intent = site.psp.authorize(key=key, amount=amount, **{"metadata[atrium_payment]": payment}).json()["id"]
    if capture:
        site.psp.call("POST", f"/v1/payment_intents/{intent}/capture", {}, key=key + "-capture")
    return intent


def found(site, wanted):
    """The differences of a run in which all of these stand."""
    def look():
        all_of_it = {(d["paymentId"], d["kind"]): d for d in report(site)["differences"]}
        return all_of_it if set(wanted) <= set(all_of_it) else None
    return until(look, f"{wanted} are found", 60)


def next_run(site):
    before = report(site)["runs"]
    return until(lambda: (r := report(site))["runs"] > before + 1 and r, "another comparison", 60)


def test_equal_ledgers_stay_as_they_are_while_bookings_go_on(site):
    for n in range(10):
        site.world.book(site.guest, site.room, times.slot(4 + n, 14))
    seen = next_run(site)
    assert seen["enabled"] and seen["everyMs"] == 1000 and seen["problem"] == ""
    assert seen["differences"] == [] and seen["healed"] == 0 and seen["allPayments"]
    until(lambda: report(site)["payments"] == 13, "all payments are compared", 30)


def test_what_is_owed_is_made_good_through_sagas(site):
    take(site, site.payment(0), "twice", capture=True)
    take(site, site.payment(2), "held")
    until(lambda: report(site)["healed"] == 2, "both are made good", 60)
    seen = next_run(site)
    assert seen["differences"] == [] and seen["byKind"] == {}
    intents = {i["id"]: i for i in site.psp.call("GET", "/v1/payment_intents", {"limit": 100}).json()["data"]}
    assert sum(i["status"] == "canceled" for i in intents.values()) >= 1
    metrics = site.world.anonymous.get("/metrics").body.decode()
    assert "atrium_reconciliation_healed_total 2" in metrics
    assert 'atrium_reconciliation_differences{kind="void-owed"} 0' in metrics
    assert site.world.operator.get("/v1/introspection/sagas").json()["items"] == []


def test_what_takes_a_person_is_parked_once_and_ends_with_a_note(site):
    take(site, "pay_of_nobody", "alien")
    seen = found(site, [("pay_of_nobody", "stranger")])
    saga = until(lambda: site.world.operator.get("/v1/introspection/sagas", query={"state": "parked"}).json()["items"],
                 "it is parked", 30)
    assert [s["id"] for s in saga] == [seen["pay_of_nobody", "stranger"]["sagaId"]]
    assert saga[0]["actions"] == ["resolve"] and "journal and provider differ" in saga[0]["waitingFor"]
    until(lambda: found(site, [("pay_of_nobody", "stranger")])["pay_of_nobody", "stranger"]["outcome"] == "parked",
          "the report says so", 30)
    site.world.admin.post(f"/v1/introspection/sagas/{saga[0]['id']}/actions",
                          {"action": "resolve", "note": "another shop on this account"}, expect=200)
    until(lambda: found(site, [("pay_of_nobody", "stranger")])["pay_of_nobody", "stranger"]["outcome"] ==
          "settled-by-hand", "it is not parked again", 30)
    assert site.world.operator.get("/v1/introspection/sagas").json()["items"] == []


def test_a_crash_in_the_middle_heals_once(site):
    take(site, site.payment(0), "twice", capture=True)
    found(site, [(site.payment(0), "refund-owed")])
    site.kill_atrium()
    site.follow(site.guest)
    until(lambda: (r := report(site))["runs"] > 1 and r["differences"] == [], "it is made good", 60)
    refunds = [i for i in site.psp.call("GET", "/v1/refunds", {"limit": 100}).json()["data"]]
    assert len([r for r in refunds if r["amount"] == 700]) == 1


def test_a_provider_that_is_away_is_said(site):
    site.psp.kill()
    seen = until(lambda: (r := report(site))["failed"] > 0 and r, "a failed comparison", 60)
    assert "ledger cannot be read" in seen["problem"]
    site.psp = site.psp.again()
    until(lambda: (r := report(site))["finishedAt"] and r["problem"] == "", "it works again", 60)
