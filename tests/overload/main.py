"""The full form; called by tests/overload/run."""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import conftest  # noqa: F401  (where the imports below are found)
import flood
import hang
import judge
from tools import BUILD

PARTS = {"flood": (lambda d, s: flood.run(d / "office", s), judge.flood, judge.flood_figures),
         # The p99 of 400 reads a second stands on a steep slope: in phases of 10 s it halves and doubles by itself.
         "hang": (lambda d, s: hang.run(d, 3 * s), judge.hang, judge.hang_figures)}


def main():
    p = argparse.ArgumentParser(prog="tests/overload/run")
    p.add_argument("--seconds", type=int, default=10, help="length of a phase (default 10)")
    p.add_argument("--only", choices=PARTS)
    p.add_argument("--dir", default=str(BUILD), help="where data is written meanwhile; a real disk, not a tmpfs")
    p.add_argument("--json", help="where to write all that was seen")
    options = p.parse_args()
    good, all_seen = True, {}
    for name, (run, violations, figures) in PARTS.items():
        if options.only not in (None, name):
            continue
        directory = pathlib.Path(tempfile.mkdtemp(prefix="overload-", dir=options.dir))
        try:
            seen = all_seen[name] = run(directory, options.seconds)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        found = violations(seen)
        print(f"{name}: " + ("; ".join(found) or "everything that must hold on any machine holds"))
        for row, measured, bound, holds in figures(seen):
            print(f"  {row:<44} {measured:>10}  {bound:<8} {'holds' if holds else 'FALLS SHORT'}")
            good = good and holds
        good = good and not found
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(all_seen, indent=1, default=str))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
