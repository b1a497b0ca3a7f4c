"""kill -9 at random moments under load; the evidence of the whole run is then held against invariants 1-7."""

import random

import crash_run


def test_nothing_is_lost_doubled_or_invented_by_kills(pytestconfig, tmp_path):
    seed = pytestconfig.getoption("--seed")
    seed = random.SystemRandom().randrange(10 ** 6) if seed is None else seed
    kills = pytestconfig.getoption("--kills")
    options = crash_run.parse(["--kills", str(kills), "--seed", str(seed), "--dir", str(tmp_path / "run")])
    print(f"seed {seed}: repeat with --seed {seed}")
    findings, facts = crash_run.crash_run(options)
    print(facts)
    assert not findings, f"seed {seed}, {facts}\n" + "\n".join(f"{k}: {t}" for k, t in findings[:40])
    answers = facts["answers"]
    assert facts["kills"] >= kills
    for wanted in ("book 201", "book 409", "book 402", "cancel 201", "hold 201", "unknown"):
        assert answers.get(wanted, 0) > 0, f"the run was not a test: no {wanted} in {facts}"
    assert answers["book 201"] > 10 * kills, facts
