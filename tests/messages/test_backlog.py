"""A stopped notifier costs no booking anything and loses no message: the small form, and the checker held against
planted violations."""

import random

import pytest

import backlog
from deliveries import check, copies

BOOKED = {"r1": "a1", "r2": "a2"}


def sound():
    notes = {"a1": ("a1@x", [{"type": "reservation.confirmed", "reservationId": "r1"},
                             {"type": "reservation.cancelled", "reservationId": "r1"}]),
             "a2": ("a2@x", [{"type": "reservation.confirmed", "reservationId": "r2"}])}
    mails = [{"kind": "mail", "id": f"m{n}", "to": to, "reservation": about, "digest": f"d{n}"}
             for n, (to, about) in enumerate((("a1@x", "r1"), ("a1@x", "r1"), ("a2@x", "r2"), ("else@x", "r9")))]
    hooks = [{"kind": "hook", "id": f"h{n}", "to": "/a", "type": what, "reservation": about, "digest": f"e{n}",
              "verified": True}
             for n, (what, about) in enumerate((("reservation.confirmed", "r1"), ("reservation.cancelled", "r1"),
                                                ("reservation.confirmed", "r2")))]
    return dict(BOOKED), notes, "/a", mails + hooks + [dict(mails[0]), dict(hooks[0])]


def message(run, name):
    return next(m for m in run[3] if m["id"] == name)


def drop(name):
    def plant(run):
        run[3][:] = [m for m in run[3] if m["id"] != name]
    return plant


PLANTED = {
    "lost mail": (drop("m1"), "missing-mail"), "lost hook": (drop("h2"), "missing-hook"),
    "lost note": (lambda run: run[1]["a2"][1].clear(), "missing-note"),
    "a copy under another id": (lambda run: run[3].append({**message(run, "h0"), "id": "h9"}), "duplicate-unknown"),
    "a mail twice under two ids": (lambda run: run[3].append({**message(run, "m2"), "id": "m9"}), "unknown-mail"),
    "one id for two mails": (lambda run: run[3].append({**message(run, "m2"), "id": "m0"}), "one-id-two-messages"),
    "a hook of nothing": (lambda run: run[3].append({**message(run, "h0"), "id": "h8", "reservation": "r8"}),
                          "unknown-hook"),
    "not signed": (lambda run: message(run, "h1").update(verified=False), "unsigned-hook"),
}


def test_all_delivered_and_some_twice_passes():
    run = sound()
    assert check(*run) == [] and copies(run[3]) == 2


@pytest.mark.parametrize("plant,kind", PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_violation_is_found(plant, kind):
    run = sound()
    plant(run)
    assert kind in {found for found, _ in check(*run)}


def test_a_stopped_notifier_costs_no_booking_and_loses_no_message(tmp_path):
    seed = random.SystemRandom().randrange(10 ** 6)
    print(f"seed {seed}")
    # Rounds of a moment on a machine with other work: the full form asks for 0.95.
    findings, facts = backlog.backlog(backlog.parse(
        ["--bookings", "400", "--rounds", "5", "--least-ratio", "0.6", "--by", "drill", "--seed", str(seed), "--dir", str(tmp_path)]))
    print(facts)
    assert not findings, f"{facts}\n" + "\n".join(f"{kind}: {text}" for kind, text in findings[:40])
    assert facts["bookings"] >= 400 and facts["messages"] > 2 * 400
