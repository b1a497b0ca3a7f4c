"""What operators and machines look at: health, metrics, introspection, the contract and its page."""

import re

import yaml

from harness import times
from harness.contract import QuickLoader
from harness.server import ROOT

NAME = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? ([-+0-9.eEInfNa]+)$")


def metrics(world):
    text = world.anonymous.get("/metrics").body.decode()
    out = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            found = NAME.match(line)
            assert found, f"not Prometheus text: {line!r}"
            out[found.group(1) + (found.group(2) or "")] = float(found.group(3))
    return out


def test_the_probes_say_yes(world):
    for probe in ("/livez", "/readyz", "/startupz"):
        world.anonymous.get(probe)


def test_metrics_move_with_bookings(world, guest):
    room = world.room()
    before = metrics(world)
    for hour in (9, 11, 13):
        world.booked(guest, room, times.slot(5, hour))
    after = metrics(world)
    grown = {k for k, v in after.items() if v > before.get(k, 0)}
    assert any("http_requests" in k and "2xx" in k and "reservations" in k for k in grown), sorted(grown)
    assert any("journal" in k for k in grown), sorted(grown)
    for wanted in ("atrium_journal_position", "atrium_projection_lag", "atrium_actors", "atrium_http_request_seconds"):
        assert any(wanted in k for k in after), f"nothing about {wanted}: {sorted(after)[:80]}"


def test_introspection_tells_what_is_going_on(world, guest, operator):
    made = world.book(guest, world.room(), times.slot(5))
    seen = operator.sees(made.position)
    summary = operator.get("/v1/introspection/summary", headers=seen).json()
    assert summary, "not empty"
    journal = operator.get("/v1/introspection/journal", headers=seen).json()
    assert str(made.position) in str(journal), "the newest position is there"
    views = operator.get("/v1/introspection/views", headers=seen).json()
    assert "lag" in str(views)
    actors = operator.get("/v1/introspection/actors").json()
    assert "room" in str(actors)
    assert operator.get("/v1/introspection/sagas").json() is not None


def test_a_saga_that_waits_for_its_provider_says_why(world, guest, operator):
    room = world.room()
    answer = world.book(guest, room, times.slot(5), token="pm_atrium_down", expect=(202, 402, 503))
    if answer.status == 202:
        sagas = world.eventually(lambda: operator.get("/v1/introspection/sagas").json()["items"], "a waiting saga")
        assert "authori" in str(sagas).lower(), sagas


def test_the_contract_is_served_as_it_is_in_the_tree(world):
    served = world.anonymous.get("/openapi.yaml")
    assert served.body == (ROOT / "http" / "openapi.yaml").read_bytes()
    document = yaml.load(served.body, Loader=QuickLoader)
    assert document["openapi"].startswith("3.1")


def test_docs_are_a_readable_page_with_a_strict_policy(world):
    page = world.anonymous.get("/docs")
    assert page.content_type == "text/html" and b"/v1/reservations" in page.body
    policy = page.header("content-security-policy") or ""
    assert "default-src" in policy and "frame-ancestors 'none'" in policy
    assert page.header("x-content-type-options") == "nosniff"
