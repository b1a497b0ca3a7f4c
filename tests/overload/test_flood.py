"""Small form of the flood: what must hold on any machine."""

import judge

import flood


def test_three_times_the_load_is_shed_fairly_and_nothing_is_lost(tmp_path):
    # A bound of its own, so that a busy machine is overloaded as surely as an idle one.
    evidence = flood.run(tmp_path / "office", seconds=4, connections=1000, options=("--max-in-flight", 256))
    found = judge.flood(evidence)
    assert not found, "\n".join(found)
    print(*judge.flood_figures(evidence), sep="\n")
