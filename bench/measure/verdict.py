"""The rows that must hold, judged on the figures of one run."""

import math

NAN = float("nan")


class Figures:
    """Looks results up; what was not measured is NaN and holds nothing."""

    def __init__(self, results):
        self.results = results

    def of(self, name, field):
        return self.results.get(name, {}).get(field, NAN)


def rows(results):
    """One row per line of the must-hold table, see row()."""
    f = Figures(results)
    board = min_known(f.of("board, server side, 1", "p99_us"), f.of("board, 1,000 rooms x 1 week, 1 client", "p99_us"))
    board *= f.of("board, pages", "count")  # a board that comes in pages is there with its last page
    idle = next((v for k, v in results.items() if k.startswith("memory, ") and k.endswith(" idle")), {})
    return [
        row("bookings/s over HTTP, 64 clients / PostgreSQL like for like", f.of("bookings / PostgreSQL", "ratio"), "x",
            at_least=4, goal=10),
        row("hot room / spread, 64 clients", f.of("hot room / spread", "ratio"), "x", at_least=0.8, goal=1),
        row("lone client's booking / two raw LMDB commits (p50)", f.of("lone client / two raw commits", "ratio"), "x",
            at_most=2, goal=1.3),
        row("bookings/s through the simulator / sandbox, 64 clients", f.of("bookings, simulator / sandbox", "ratio"), "x",
            at_least=0.5, goal=0.7),
        row("GET one room / nginx static file, 64 clients", f.of("GET one room / nginx, 64", "ratio"), "x",
            at_least=0.6, goal=1),
        row("board, 1,000 rooms x 1 week, 20,000 bookings, all pages, p99", board / 1000, "ms", at_most=50, goal=10),
        row("replay: read, decode, apply", f.of("replay", "decode_apply_per_s"), "events/s", at_least=200_000,
            goal=1_000_000),
        row("memory, 100,000 registered rooms, idle, RSS", idle.get("VmRSS", NAN) / 1024, "MB", at_most=300, goal=100),
    ]


def min_known(*values):
    known = [v for v in values if not math.isnan(v)]
    return min(known) if known else NAN


def row(what, value, unit, at_least=None, at_most=None, goal=None):
    """The row as what, value, bound, goal beyond it, and whether each is met."""
    bound = at_least if at_least is not None else at_most
    holds = value >= bound if at_least is not None else value <= bound
    reached = value >= goal if at_least is not None else value <= goal
    sign = ">=" if at_least is not None else "<="
    return {"what": what, "value": value, "unit": unit, "bound": f"{sign} {bound:,}", "goal": f"{sign} {goal:,}",
            "holds": bool(holds), "reached": bool(reached)}


def render(judged):
    lines = [f"{'must hold, same run':<62}{'measured':>16}   {'bound':<14}{'verdict':<12}going to"]
    for r in judged:
        value = "not measured" if math.isnan(r["value"]) else f"{r['value']:,.2f} {r['unit']}"
        verdict = "holds" if r["holds"] else "FALLS SHORT"
        lines.append(f"{r['what']:<62}{value:>16}   {r['bound']:<14}{verdict:<12}"
                     f"{r['goal']}{' (reached)' if r['reached'] else ''}")
    return "\n".join(lines)
