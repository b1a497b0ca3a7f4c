#!/usr/bin/python3
"""Runs the measurements one after the other and prints the table; called by bench/run."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

from sections import SECTIONS
from tools import BUILD, ROOT, say
from verdict import render, rows


class Run:
    """Settings and results of one run."""

    def __init__(self, directory, seconds, quick):
        self.directory, self.seconds, self.quick = pathlib.Path(directory), seconds, quick
        self.results, self.unexpected = {}, []

    def in_turns(self, name, first, second, field, rounds=4):
        """Measures two things in turns, so that the machine's moods hit both; keeps the round in the middle of each,
        and as `name` the median of the rounds' ratios first / second."""
        pairs = [(self.alone(first[1], self.seconds / 2), self.alone(second[1], self.seconds / 2)) for _ in range(rounds)]
        for i, (what, _) in enumerate((first, second)):
            for one in pairs:
                self.look_at(what, one[i])
            in_order = sorted((p[i] for p in pairs), key=lambda figures: figures[field])
            self.record(what, in_order[rounds // 2])
        ratios = sorted(a[field] / b[field] for a, b in pairs)
        self.record(name, {"ratio": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]})

    @staticmethod
    def alone(load, seconds):
        """Measures with a disk that has written what the loads before left to it."""
        os.sync()
        return load(seconds)

    def keep(self, name, figures):
        self.look_at(name, figures)
        self.record(name, figures)

    def look_at(self, name, figures):
        """A load whose answers were not the expected ones measured something else."""
        if "note" in figures:
            self.unexpected.append(f"{name}: {figures['note']}")

    def record(self, name, figures):
        self.results[name] = figures
        say(f"  {name:<52} {line_of(figures)}")


def line_of(figures):
    """One result in words."""
    out = []
    if "ratio" in figures:
        out.append(f"    ratio {figures['ratio']:.2f} ({figures['least']:.2f} to {figures['most']:.2f} in four rounds)")
    if "rate" in figures:
        out.append(f"{figures['rate']:>9,.0f}/s")
    for field in ("mean_us", "p50_us", "p90_us", "p99_us", "p999_us"):
        if field in figures:
            out.append(f"{field[:-3]} {figures[field] / 1000:.2f} ms")
    if "cpu_us_per_request" in figures:
        out.append(f"{figures['cpu_us_per_request']:.0f} us CPU each")
    if "seconds" in figures and "rate" not in figures:
        out.append(f"{figures['seconds']:.2f} s")
    if "VmRSS" in figures:
        out.append(f"RSS {figures['VmRSS'] / 1024:.0f} MB, of it anonymous {figures['RssAnon'] / 1024:.0f} MB")
    out += [f"{k[:-6]} {v:,.0f}/s" for k, v in figures.items() if k.endswith("_per_s")]
    if "note" in figures:
        out.append("! " + figures["note"])
    return "  ".join(out)


def main():
    p = argparse.ArgumentParser(prog="bench/run", description="Measures Atrium beside PostgreSQL and nginx.")
    p.add_argument("--quick", action="store_true", help="short runs and a tenth of the rooms: a smoke test, no figures")
    p.add_argument("--seconds", type=int, default=None, help="length of a load, default 8 (--quick: 2)")
    p.add_argument("--only", action="append", choices=SECTIONS, help="only this section; may be repeated")
    p.add_argument("--dir", default=None, help="where data is written meanwhile; a real disk, not a tmpfs")
    p.add_argument("--json", default=None, help="where the figures are kept")
    options = p.parse_args()
    base = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=options.dir or BUILD))
    base.chmod(0o755)
    os.environ.setdefault("ATRIUM_BINARY", str(BUILD / "atrium"))
    run = Run(base, options.seconds or (2 if options.quick else 8), options.quick)
    began = time.monotonic()
    try:
        for name, section in SECTIONS.items():
            if not options.only or name in options.only:
                say(f"{name}:")
                section(run)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    judged = rows(run.results)
    print(f"\n{os.cpu_count()} cores, {run.seconds} s a load, {time.monotonic() - began:.0f} s in all\n")
    print(render(judged))
    file = pathlib.Path(options.json or ROOT / "build" / "bench.json")
    file.write_text(json.dumps({"results": run.results, "must_hold": judged}, indent=1))
    print(f"\nall figures: {file}")
    if run.unexpected:
        print("\nNOT WHAT WAS TO BE MEASURED:\n" + "\n".join(run.unexpected))
        return 2
    return 0 if all(r["holds"] for r in judged) or options.only or options.quick else 1


if __name__ == "__main__":
    sys.exit(main())
