"""The storm in its small form: about a minute of bookings, faults and kills."""

import random

import storm


def test_a_storm_leaves_nothing_lost_doubled_or_unsettled(pytestconfig, tmp_path):
    seed = pytestconfig.getoption("--seed")
    seed = random.SystemRandom().randrange(10 ** 6) if seed is None else seed
    bookings = pytestconfig.getoption("--bookings")
    print(f"seed {seed}: repeat with --seed {seed}")
    findings, facts = storm.storm(storm.parse(
        ["--bookings", str(bookings), "--kills", "4", "--psp-kills", "2", "--people", "128", "--limit", "400",
         "--seed", str(seed), "--dir", str(tmp_path / "run")]))
    print(facts)
    assert not findings, f"seed {seed}, {facts}\n" + "\n".join(f"{kind}: {text}" for kind, text in findings[:40])
    assert facts["bookings"] >= bookings
    for wanted in ("book 201", "book 402", "book 409", "cancel 201", "unknown"):
        assert facts["answers"].get(wanted, 0) > 0, f"the run was not a test: no {wanted} in {facts}"
    assert facts["bank"].get(303, 0) > 0, f"the run was not a test: nobody confirmed a payment in {facts}"
    planted = facts["planted"]
    for kind in ("timeout-before-effect", "timeout-after-effect", "late-effect", "reset-before-effect",
                 "reset-after-effect", "server-error", "server-error-after-effect", "rate-limited", "webhooks-lost",
                 "webhooks-duplicated", "webhooks-late"):
        assert planted.get(kind, 0) > 0, f"the run was not a test: no {kind} in {facts}"
    share = sum(n for kind, n in planted.items() if "-" in kind and not kind.startswith("webhooks")) / planted["requests"]
    assert 0.12 < share < 0.3, facts
