"""What must hold of what flood.py and hang.py saw. Each function returns the violations in words."""

MOST_GROWN_KB = 400 * 1024  # bodies, connections, sagas in flight and what the journal and the views hold on to
MOST_BEHIND_S = 4  # what readers see during the flood, in seconds of bookings at the peak
EVENTS_EACH = 5
LEAST_GOODPUT = 0.9
REFUSED_WITHIN_US = 50_000
MOST_SLOWER = 1.5
MOST_REFUSED_MODEST = 0.1  # a bound that was halved a moment ago refuses everybody until there is room


def only(seen, allowed, what):
    """Nothing but these statuses, and every connection survived."""
    out = [f"{what}: {n} answers {s}" for s, n in seen["status"].items() if s not in allowed]
    if seen["failed_connections"] or seen["unanswered"]:
        out.append(f"{what}: {seen['failed_connections']} connections failed, {seen['unanswered']} were not answered")
    if seen["without_retry_after"]:
        out.append(f"{what}: {seen['without_retry_after']} answers 503 without Retry-After")
    return out


def refused_share(seen):
    return seen["status"].get("503", 0) / max(1, sum(seen["status"].values()))


def flood(evidence):
    """What holds on any machine, however busy."""
    o, fair, durable = evidence["overload"], evidence["fair"], evidence["durable"]
    out = only(o["calm"], ("201",), "64 clients in a closed loop before the flood")
    out += only(o["recovered"], ("201",), "64 clients in a closed loop after the flood")
    out += only(o["flood"], ("201", "503"), "the flood")
    if not o["flood"]["status"].get("503"):
        out.append("nothing was refused: the load was no overload")
    if not o["flood"]["status"].get("201"):
        out.append("nothing was booked during the flood")
    if o["behind_events"] > MOST_BEHIND_S * EVENTS_EACH * o["peak"]:
        out.append(f"the views were {o['behind_events']} events behind at the flood's end")
    if o["grown_kb"] > MOST_GROWN_KB:
        out.append(f"memory grew by {o['grown_kb'] // 1024} MB")
    a = o["admission"]
    if not a["limitLeast"] <= a["limit"] <= a["limitMost"]:
        out.append(f"the limit {a['limit']} is not within {a['limitLeast']}..{a['limitMost']}")
    out += only(fair["modest"], ("201", "503"), "the modest customer beside a flood")
    if refused_share(fair["modest"]) > MOST_REFUSED_MODEST:
        out.append(f"{fair['modest']['status']['503']} bookings of the modest customer were refused beside a flood")
    out += only(fair["flood"], ("201", "503"), "one customer's flood")
    if not fair["flood"]["status"].get("503"):
        out.append("the one customer's flood was never refused")
    found = durable["found"].get("200", 0)
    if found != durable["acknowledged"] or not found:
        out.append(f"{durable['acknowledged'] - found} of {durable['acknowledged']} acknowledged bookings are gone")
    return out


def flood_figures(evidence):
    """(row, measured, bound, holds) of the table."""
    o = evidence["overload"]
    seen = o["flood"]["by_status"]
    goodput = seen.get("201", {"rate": 0})["rate"] / ((o["peak"] + o["peak_after"]) / 2)
    refused = seen.get("503", {"p99_us": float("nan")})["p99_us"]
    return [("goodput at three times the peak / peak", f"{goodput:.2f}", f">= {LEAST_GOODPUT}", goodput >= LEAST_GOODPUT),
            ("refusals, p99 from when they were due", f"{refused / 1000:.1f} ms", "< 50 ms", refused < REFUSED_WITHIN_US)]


def hang(evidence):
    """What holds on any machine, however busy."""
    first, refused, after = evidence["first"], evidence["refused"], evidence["after"]
    out = only(evidence["reads_normal"], ("200",), "reads before")
    out += only(evidence["reads_hanging"], ("200",), "reads while the provider hangs")
    out += only(evidence["board_hanging"], ("200",), "the board while the provider hangs")
    out += only(first, ("201", "202", "503"), "the first bookings")
    if max(s["max_us"] for s in first["by_status"].values()) > evidence["deadline_us"]:
        out.append("a booking was not answered within its deadline")
    if evidence["state"] == "closed":
        out.append("the breaker stayed closed")
    out += only(refused, ("202", "503"), "bookings behind the open breaker")
    answered = refused["status"]
    if answered.get("202", 0) > max(10, 0.01 * answered.get("503", 0)):
        out.append(f"{answered['202']} bookings waited for the provider although the breaker was open")
    if after["status"] != 201:
        out.append(f"the first booking after its return was answered {after['status']}")
    if after["opened"] != evidence["opened"]:
        out.append(f"it took {after['opened'] - evidence['opened'] + 1} probes to recover")
    if after["unsettled"]:
        out.append(f"{after['unsettled']} sagas did not end")
    return out


def hang_figures(evidence):
    def ratio(what):
        return evidence[f"{what}_hanging"]["p99_us"] / evidence[f"{what}_normal"]["p99_us"]
    reads, board = ratio("reads"), ratio("board")
    refused = evidence["refused"]["by_status"]["503"]["p99_us"]
    return [("GET p99 while it hangs / normal", f"{reads:.2f}", f"<= {MOST_SLOWER}", reads <= MOST_SLOWER),
            ("board p99 while it hangs / normal", f"{board:.2f}", f"<= {MOST_SLOWER}", board <= MOST_SLOWER),
            ("bookings behind the open breaker, p99", f"{refused / 1000:.1f} ms", "< 50 ms", refused < REFUSED_WITHIN_US)]
