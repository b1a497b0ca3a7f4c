"""Small form of a provider that hangs: what must hold on any machine."""

import hang
import judge


def test_reads_go_on_bookings_are_refused_and_one_probe_brings_them_back(tmp_path):
    evidence = hang.run(tmp_path, seconds=6)
    found = judge.hang(evidence)
    assert not found, "\n".join(found)
    print(*judge.hang_figures(evidence), sep="\n")
