"""What the storm has to leave behind, beyond what the crash checker asks for. Pure: no I/O, no clock."""

from dataclasses import dataclass, field

import checker

SETTLE_SECONDS = 60


@dataclass
class Aftermath:
    """What was seen once the faults had stopped."""
    settle_seconds: float = 0.0
    open_sagas: list = field(default_factory=list)     # what introspection shows after settling
    reconcile_status: int = 0
    differences: list = field(default_factory=list)    # what `atrium reconcile` printed
    journal_problem: str = ""                          # what `atrium journal verify` found


def judge(evidence, aftermath):
    """Every finding as (kind, text); an empty list is a pass."""
    found = checker.check(evidence)
    found += [("charge-without-booking", f"the provider still holds money: {p}")
              for p in evidence.ledger["payments"] if p["state"] in ("authorized", "pending")]
    if aftermath.settle_seconds >= SETTLE_SECONDS:
        found.append(("settled-late", f"{aftermath.settle_seconds:.1f} s after the faults had stopped"))
    for saga in aftermath.open_sagas:
        if saga["state"] != "parked":
            found.append(("unfinished-saga", f"introspection still shows {saga}"))
        elif not saga.get("waitingFor"):
            found.append(("parked-without-reason", f"{saga}"))
    found += [("reconcile", str(d)) for d in aftermath.differences]
    if aftermath.reconcile_status != 0 and not aftermath.differences:
        found.append(("reconcile", f"exit status {aftermath.reconcile_status}"))
    if aftermath.journal_problem:
        found.append(("journal", aftermath.journal_problem))
    return found
