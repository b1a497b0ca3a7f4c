"""The checker is itself checked: each planted violation must be found, a sound run must pass."""

import copy
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from checker import check  # noqa: E402
from planted import DAY, HOUR, iso, sound_run  # noqa: E402


def kinds(run):
    return {kind for kind, _ in check(run.evidence)}


def test_a_sound_run_passes():
    assert check(sound_run().evidence) == []


def test_a_request_that_was_refused_for_the_moment_may_run_again():
    run = sound_run()
    op, rid, _, slot = run.start("again", 20)
    run.record("room/rm_1", "reservation.released", {"id": rid, "status": "rejected", **slot})
    run.record(f"saga/{rid}", "saga.completed", {"id": rid, "result": {"kind": "failure", "code": "timeout"}})
    run.evidence.operations.remove(op)
    run.record(f"saga/{rid}", "saga.started", {"id": rid, "principal": "ac_1", "input": {"kind": "booking"}})
    run.record("room/rm_1", "reservation.held", {"id": rid, "customer": "ac_1", **slot, "title": "again",
                                                 "price": run.money(1000), "payment": "pay_second"})
    run.record("room/rm_1", "reservation.released", {"id": rid, "status": "rejected", **slot})
    run.record(f"saga/{rid}", "saga.completed", {"id": rid, "result": {"kind": "failure", "code": "timeout"}})
    assert check(run.evidence) == []


def test_a_refund_of_the_fee_after_a_cancellation_passes():
    run = sound_run()
    run.refund("rs_half", 200)
    assert check(run.evidence) == []


def test_what_an_administrator_settled_by_hand_is_not_owed():
    run = sound_run()
    run.refund("rs_stay1", 300)
    stream = "saga/rs_op-refund_rs_stay1"
    paid = next(r for r in run.evidence.journal if r["stream"] == stream and r["type"] == "payment.refunded.v1")
    paid.update(type="operator.acted.v1", data={"by": "ac_admin", "action": "saga.resolve", "note": "paid in cash"})
    run.payment("rs_stay1")["refunded"] = 0
    run.evidence.ledger["entries"] = [e for e in run.evidence.ledger["entries"] if e["payment"] != "pay_stay1"]
    doc = run.doc("rs_stay1")["payment"]
    doc.update(status="captured", refunded=run.money(0))
    assert {kind for kind, _ in check(run.evidence)} == {"lost-refund"}  # its caller was answered 201 all the same


def lose_booking(run):
    run.evidence.reservations[:] = [d for d in run.evidence.reservations if d["id"] != "rs_stay0"]


def lose_booking_on_every_side(run):
    lose_booking(run)
    run.drop_records(lambda r: "rs_stay0" in str(r))
    run.evidence.ledger["payments"] = [p for p in run.evidence.ledger["payments"] if p["id"] != "pay_stay0"]
    run.evidence.board.pop("rs_stay0")


def change_booked_time(run):
    run.doc("rs_stay0")["start"] = iso(DAY - HOUR)


def resurrect_cancelled(run):
    doc = run.doc("rs_gone")
    doc["status"] = "confirmed"


def overlap_in_views(run):
    doc = copy.deepcopy(run.doc("rs_stay0"))
    doc["id"] = "rs_twin"
    run.evidence.reservations.append(doc)


def overlap_in_journal(run):
    run.book("intruder", 2)


def overlap_of_buffers(run):
    run.book("close", 5)


def charge_without_booking(run):
    run.evidence.ledger["payments"].append({"id": "pay_x", "state": "captured", "captured": 5, "refunded": 0})


def charge_after_decline(run):
    run.payment("rs_poor").update(state="captured", captured=1000)


def authorisation_left_behind(run):
    run.payment("rs_poor").update(state="authorized", authorized=1000)


def refund_forgotten(run):
    run.payment("rs_gone")["refunded"] = 0


def booking_without_payment(run):
    run.payment("rs_stay1").update(state="voided", captured=0)


def refunded_but_kept(run):
    run.payment("rs_stay1")["refunded"] = 1000


def charged_twice(run):
    run.payment("rs_stay1")["captured"] = 2000


def second_capture_key(run):
    run.evidence.ledger["entries"].append({"operation": "capture", "outcome": "ok", "payment": "pay_stay1",
                                           "key": "other", "amount": 1000})


def one_key_two_bookings(run):
    run.book("stay0", 12)


def confirmed_twice(run):
    run.record("room/rm_1", "reservation.confirmed", {"id": "rs_stay0", "start_ms": DAY, "end_ms": DAY + HOUR})


def held_again(run):
    held = next(r for r in run.evidence.journal if r["type"] == "reservation.held.v1" and r["data"]["id"] == "rs_poor")
    run.record("room/rm_1", "reservation.held", held["data"])


def started_again_after_its_answer(run):
    run.record("saga/rs_poor", "saga.started", {"id": "rs_poor", "principal": "ac_1", "input": {"kind": "booking"}})
    run.record("saga/rs_poor", "saga.completed", {"id": "rs_poor", "result": {"kind": "failure"}})


def refunded_twice(run):
    run.record("saga/rs_cancel_rs_gone", "payment.refunded",
               {"id": "pay_gone", "reservation": "rs_gone", "amount": run.money(0)})


def different_answer(run):
    run.operation("stay0").attempts.append({"status": 409, "body": {"type": "slot-taken"}})


def different_body(run):
    run.operation("stay0").attempts.append({"status": 201, "body": {"id": "rs_stay0", "title": "other"}})


def stale_status(run):
    run.doc("rs_half")["payment"]["status"] = "captured"


def stale_payment(run):
    run.doc("rs_stay1")["payment"]["captured"] = run.money(1)


def stale_board(run):
    run.evidence.board["rs_gone"] = "confirmed"


def phantom_in_views(run):
    doc = copy.deepcopy(run.doc("rs_stay0"))
    doc.update(id="rs_phantom", start=iso(DAY + 99 * HOUR), end=iso(DAY + 100 * HOUR))
    run.evidence.reservations.append(doc)


def rebuilt_differently(run):
    run.evidence.views_before = {"/v1/rooms": {"items": []}}
    run.evidence.views_rebuilt = {"/v1/rooms": {"items": [1]}}


def refused_but_executed(run):
    run.operation("stay2").attempts[:] = [{"status": 409, "body": {"type": "slot-taken"}}]


def message_missing(run):
    run.evidence.inboxes["ac_1"] = [n for n in run.evidence.inboxes["ac_1"] if n["type"] != "payment.declined"]


def message_id_twice(run):
    run.evidence.inboxes["ac_1"].append(run.evidence.inboxes["ac_1"][0])


def saga_unfinished(run):
    run.drop_records(lambda r: r["type"].startswith("saga.completed.") and r["data"]["id"] == "rs_stay1")


def saga_still_running(run):
    run.evidence.open_sagas.append({"id": "rs_9", "state": "running"})


def never_answered(run):
    run.operation("stay0").attempts[:] = [{"unknown": True}]


def cancellation_lost(run):
    run.doc("rs_half")["status"] = "confirmed"


def change_lost(run):
    run.doc("rs_there").update(roomId="rm_1")


def change_executed_though_refused(run):
    run.change("rs_same", "rm_2", 20, 1000)
    run.evidence.operations[-1].attempts[:] = [{"status": 409, "body": {"type": "slot-taken"}}]


def changed_before_it_was_paid(run):
    run.drop_records(lambda r: r["type"] == "payment.captured.v1" and r["data"]["id"] == "pay_chg_rs_later")


def difference_taken_without_the_change(run):
    run.evidence.ledger["payments"].append({"id": "pay_chg_rs_same", "state": "captured", "captured": 500, "refunded": 0})


def difference_not_given_back(run):
    run.payment("rs_there")["refunded"] = 0


def old_slot_freed_first(run):
    run.drop_records(lambda r: r["type"] == "reservation.changed.v1" and r["data"]["id"] == "rs_there")


def moved_onto_another(run):
    run.change("rs_same", "rm_2", 16.5, 1000)


def new_slot_left_locked(run):
    run.drop_records(lambda r: r["type"] == "reservation.change_released.v1")


def change_not_told(run):
    run.evidence.inboxes["ac_2"] = [n for n in run.evidence.inboxes["ac_2"] if n["type"] != "reservation.changed"]


def changed_twice_for_money(run):
    run.record("saga/chg_rs_later", "payment.captured",
               {"id": "pay_chg_rs_later", "reservation": "rs_later", "amount": run.money(500)})
def granted_refund_not_paid(run):
    run.payment("rs_stay2")["refunded"] = 0


def refund_by_hand_paid_without_promise(run):
    run.drop_records(lambda r: r["type"] == "reservation.refund_granted.v1" and r["data"]["reservation"] == "rs_stay2")


def refund_by_hand_paid_twice(run):
    run.record("saga/rs_op-refund_rs_stay2", "payment.refunded",
               {"id": "pay_stay2", "reservation": "rs_stay2", "amount": run.money(0)})


def refund_by_hand_under_a_second_key(run):
    run.evidence.ledger["entries"] += [{"operation": "refund", "outcome": "ok", "payment": "pay_stay2", "key": key,
                                        "amount": 1} for key in ("one", "two")]


def refund_by_hand_lost(run):
    run.operation("op-refund-rs_stay2").body()["id"] = "rs_elsewhere"


def refunded_more_than_the_price(run):
    run.refund("rs_stay2", 900, name="op-more")


def fee_that_forgets_a_refund(run):
    run.refund("rs_stay1", 100)
    run.cancel("rs_stay1", refund=500)  # its fee says 500, 400 are kept


def hole_in_journal(run):
    del run.evidence.journal[3]


PLANTED = [
    (lose_booking, "lost-booking"), (lose_booking_on_every_side, "lost-booking"), (change_booked_time, "lost-booking"),
    (resurrect_cancelled, "lost-cancellation"), (overlap_in_views, "overlap"), (overlap_in_journal, "overlap"),
    (overlap_of_buffers, "overlap"), (charge_without_booking, "charge-without-booking"),
    (charge_after_decline, "charge-without-booking"), (authorisation_left_behind, "charge-without-booking"),
    (refund_forgotten, "charge-without-booking"), (booking_without_payment, "booking-without-payment"),
    (refunded_but_kept, "booking-without-payment"), (charged_twice, "doubled-effect"),
    (second_capture_key, "doubled-effect"), (one_key_two_bookings, "doubled-effect"),
    (confirmed_twice, "doubled-effect"), (refunded_twice, "doubled-effect"),
    (held_again, "doubled-effect"), (started_again_after_its_answer, "doubled-effect"), (different_answer, "changed-answer"),
    (different_body, "changed-answer"), (stale_status, "stale-view"), (stale_payment, "stale-view"),
    (stale_board, "stale-view"), (phantom_in_views, "stale-view"), (rebuilt_differently, "stale-view"),
    (refused_but_executed, "refused-but-executed"), (message_missing, "missing-notification"),
    (message_id_twice, "duplicate-notification"), (saga_unfinished, "unfinished-saga"),
    (saga_still_running, "unfinished-saga"), (never_answered, "unanswered"), (cancellation_lost, "lost-cancellation"),
    (hole_in_journal, "journal-gap"),
    (change_lost, "lost-booking"), (change_executed_though_refused, "lost-booking"),
    (changed_before_it_was_paid, "booking-without-payment"),
    (difference_taken_without_the_change, "charge-without-booking"),
    (difference_not_given_back, "charge-without-booking"), (old_slot_freed_first, "slot-lost"),
    (moved_onto_another, "overlap"), (new_slot_left_locked, "unfinished-saga"), (change_not_told, "missing-notification"),
    (changed_twice_for_money, "doubled-effect"),
    (granted_refund_not_paid, "charge-without-booking"), (refund_by_hand_paid_without_promise, "booking-without-payment"),
    (refund_by_hand_paid_twice, "doubled-effect"), (refund_by_hand_under_a_second_key, "doubled-effect"),
    (refund_by_hand_lost, "lost-refund"), (refunded_more_than_the_price, "refunded-too-much"),
    (fee_that_forgets_a_refund, "wrong-fee"),
]


@pytest.mark.parametrize("plant,kind", PLANTED, ids=[p.__name__ for p, _ in PLANTED])
def test_a_planted_violation_is_found(plant, kind):
    run = sound_run()
    plant(run)
    assert kind in kinds(run)
