"""The judge finds what is planted."""

import copy

import judge
import pytest


def seen(status, **more):
    by = {s: {"rate": n / 10, "p50_us": 1000, "p99_us": 2000, "max_us": 3000} for s, n in status.items()}
    return {"status": status, "by_status": by, "failed_connections": 0, "unanswered": 0, "without_retry_after": 0,
            "p99_us": 2000, **more}


def good_flood():
    admission = {"limit": 300, "limitLeast": 256, "limitMost": 2048}
    return {"overload": {"peak": 1000, "peak_after": 1000, "calm": seen({"201": 100}), "recovered": seen({"201": 100}),
                         "flood": seen({"201": 9500, "503": 20000}), "admission": admission, "grown_kb": 1000,
                         "behind_events": 10000},
            "fair": {"modest": seen({"201": 80}), "flood": seen({"201": 100, "503": 1000})},
            "durable": {"acknowledged": 50, "found": {"200": 50}}}


def good_hang():
    return {"deadline_us": 12e6, "reads_normal": seen({"200": 10}), "reads_hanging": seen({"200": 10}),
            "board_normal": seen({"200": 10}), "board_hanging": seen({"200": 10}), "first": seen({"202": 5, "503": 9}),
            "state": "open", "refused": seen({"503": 1000, "202": 3}), "opened": 3,
            "after": {"status": 201, "opened": 3, "unsettled": 0}}


def put(evidence, path, value):
    *way, last = path.split("/")
    at = evidence
    for name in way:
        at = at[name]
    at[last] = value


def test_what_is_good_is_found_good():
    assert judge.flood(good_flood()) == [] and judge.hang(good_hang()) == []
    assert all(row[3] for row in judge.flood_figures(good_flood()) + judge.hang_figures(good_hang()))


@pytest.mark.parametrize("path,value", [
    ("overload/calm/status", {"201": 99, "503": 1}), ("overload/recovered/status", {"201": 99, "500": 1}),
    ("overload/flood/status", {"201": 5, "503": 5, "500": 1}), ("overload/flood/status", {"201": 5}),
    ("overload/flood/status", {"503": 5}), ("overload/flood/without_retry_after", 1),
    ("overload/flood/failed_connections", 1), ("overload/flood/unanswered", 1),
    ("overload/grown_kb", 10**6), ("overload/behind_events", 20_001), ("overload/admission/limit", 100), ("overload/admission/limit", 5000),
    ("fair/modest/status", {"201": 79, "503": 11}), ("fair/modest/status", {"201": 79, "500": 1}), ("fair/flood/status", {"201": 100}),
    ("durable/found", {"200": 49, "404": 1}), ("durable/found", {})])
def test_planted_violations_of_the_flood(path, value):
    evidence = copy.deepcopy(good_flood())
    put(evidence, path, value)
    assert len(judge.flood(evidence)) >= 1


@pytest.mark.parametrize("path,value", [
    ("reads_hanging/status", {"200": 9, "503": 1}), ("board_hanging/status", {"500": 1}),
    ("first/status", {"500": 1}), ("first/by_status/202/max_us", 13e6), ("state", "closed"),
    ("refused/status", {"503": 1000, "202": 200}), ("refused/status", {"503": 1000, "201": 1}),
    ("after/status", 503), ("after/opened", 4), ("after/unsettled", 1)])
def test_planted_violations_of_the_hang(path, value):
    evidence = copy.deepcopy(good_hang())
    put(evidence, path, value)
    assert len(judge.hang(evidence)) == 1


@pytest.mark.parametrize("figures,good,path,value", [
    (judge.flood_figures, good_flood, "overload/flood/by_status/201/rate", 890),
    (judge.flood_figures, good_flood, "overload/flood/by_status/503/p99_us", 60_000),
    (judge.hang_figures, good_hang, "reads_hanging/p99_us", 3100), (judge.hang_figures, good_hang, "board_hanging/p99_us", 3100),
    (judge.hang_figures, good_hang, "refused/by_status/503/p99_us", 60_000)])
def test_planted_figures(figures, good, path, value):
    evidence = good()
    put(evidence, path, value)
    assert [row[3] for row in figures(evidence)].count(False) == 1
