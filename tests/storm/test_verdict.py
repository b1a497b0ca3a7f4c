"""The verdict is itself checked: a sound storm passes, each planted violation is found."""

import copy

import pytest

from planted import sound_run
from provider_side import CANCELLED, HELD, TAKEN, UNPAID, changes, ledger_of
from verdict import Aftermath, judge

STATUS = {"captured": TAKEN, "declined": UNPAID, "voided": CANCELLED, "authorized": HELD}


class Storm:
    """The crash tests' sound run with the simulator's ledger, line by line, in place of the sandbox's."""

    def __init__(self):
        self.run = sound_run()
        self.aftermath = Aftermath(settle_seconds=3.0)
        self.lines = []
        for p in self.run.evidence.ledger["payments"]:
            if p["captured"]:
                self.write(p["id"], HELD)
            self.write(p["id"], STATUS[p["state"]], captured=p["captured"])
            if p["refunded"]:
                self.write(p["id"], TAKEN, captured=p["captured"], refunded=p["refunded"], verb="refund")

    def write(self, payment, status, captured=0, refunded=0, intent=None, verb=None, key=None):
        verb = verb or {HELD: "authorize", TAKEN: "capture", CANCELLED: "cancel", UNPAID: "authorize"}[status]
        self.lines.append({"intent": {"id": intent or f"pi_{payment}", "status": status, "captured": captured,
                                      "refunded": refunded, "metadata": {"atrium_payment": payment}},
                           "key": key or f"{payment}/{verb}"})

    def kinds(self):
        self.run.evidence.ledger = ledger_of(copy.deepcopy(self.lines))
        return {kind for kind, _ in judge(self.run.evidence, self.aftermath)}


def test_a_sound_storm_passes():
    assert Storm().kinds() == set()


def test_money_held_for_a_moment_and_given_back_is_no_violation():
    storm = Storm()
    storm.write("pay_poor", HELD, intent="pi_second")
    storm.write("pay_poor", CANCELLED, intent="pi_second")
    assert storm.kinds() == set()


def test_lines_of_a_ledger_file_are_read_up_to_the_one_a_crash_cut(tmp_path):
    file = tmp_path / "ledger"
    file.write_text('0123abcd {"key":"a"}\n0123abcd {"key":"b"}\n0123ab')
    assert [c["key"] for c in changes(file)] == ["a", "b"]


def lost_booking(storm):
    storm.run.evidence.reservations[:] = [d for d in storm.run.evidence.reservations if d["id"] != "rs_stay0"]


def charged_by_two_intents(storm):
    storm.write("pay_stay0", HELD, intent="pi_second")
    storm.write("pay_stay0", TAKEN, captured=1000, intent="pi_second")


def refunded_in_two_parts(storm):
    storm.write("pay_half", TAKEN, captured=1000, refunded=600, key="another/refund")


def unpaid_confirmed(storm):
    storm.lines[:] = [c for c in storm.lines if c["intent"]["metadata"]["atrium_payment"] != "pay_stay1"]


def only_held_for_a_confirmed(storm):
    storm.lines[:] = [c for c in storm.lines if c["key"] != "pay_stay1/capture"]


def charge_without_booking(storm):
    storm.write("pay_of_nobody", TAKEN, captured=5)


def held_without_booking(storm):
    storm.write("pay_poor", HELD, intent="pi_second")


def held_beside_a_charge(storm):
    storm.write("pay_gone", HELD, intent="pi_second")


def unsettled_saga(storm):
    storm.run.drop_records(lambda r: r["type"].startswith("saga.completed.") and r["data"]["id"] == "rs_stay1")


def saga_that_still_runs(storm):
    storm.aftermath.open_sagas = [{"id": "rs_9", "state": "compensating", "waitingFor": "the provider"}]


def parked_without_reason(storm):
    storm.aftermath.open_sagas = [{"id": "rs_9", "state": "parked", "waitingFor": ""}]


def settled_late(storm):
    storm.aftermath.settle_seconds = 60.0


def a_difference(storm):
    storm.aftermath.differences, storm.aftermath.reconcile_status = [{"kind": "short", "payment": "pay_1"}], 3


def reconcile_failed(storm):
    storm.aftermath.reconcile_status = 1


def damaged_journal(storm):
    storm.aftermath.journal_problem = "position 7: checksum"


PLANTED = [
    (lost_booking, "lost-booking"), (charged_by_two_intents, "doubled-effect"), (refunded_in_two_parts, "doubled-effect"),
    (unpaid_confirmed, "booking-without-payment"), (only_held_for_a_confirmed, "booking-without-payment"),
    (charge_without_booking, "charge-without-booking"), (held_without_booking, "charge-without-booking"),
    (unsettled_saga, "unfinished-saga"), (saga_that_still_runs, "unfinished-saga"),
    (parked_without_reason, "parked-without-reason"), (settled_late, "settled-late"), (a_difference, "reconcile"),
    (reconcile_failed, "reconcile"), (damaged_journal, "journal"), (held_beside_a_charge, "charge-without-booking"),
]


@pytest.mark.parametrize("plant,kind", PLANTED, ids=[p.__name__ for p, _ in PLANTED])
def test_a_planted_violation_is_found(plant, kind):
    storm = Storm()
    plant(storm)
    assert kind in storm.kinds()
