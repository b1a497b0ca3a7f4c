"""Limits on requests: per account and per address, as callers see them."""

import re

import pytest
from harness.client import Client
from harness.server import Server
from harness.world import World


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    # Slow enough that nothing comes back while a test counts.
    with Server(tmp_path_factory.mktemp("limits") / "data", "--rate-limit", "1", "--rate-limit-burst", "30",
                "--anonymous-rate-limit", "1", "--anonymous-rate-limit-burst", "20") as running:
        yield running


@pytest.fixture(scope="module")
def world(server):
    return World(server)


def refusal_of(client, most):
    """The first 429; the answers before it are counted."""
    for number in range(most):
        answer = client.get("/v1/me", expect=(200, 401, 429))
        if answer.status == 429:
            return number, answer
    raise AssertionError(f"{most} requests went through")


def test_an_account_is_limited_whichever_key_it_uses(world):
    guest, other = world.customer(), world.customer()
    second = guest.post(f"/v1/accounts/{guest.id}/keys", {"name": "second"}, expect=201).json()["secret"]
    first = guest.get("/v1/me")
    assert first.header("ratelimit-policy") == '"account";q=30;w=30'
    left = int(re.fullmatch(r'"account";r=(\d+);t=\d+', first.header("ratelimit")).group(1))
    number, answer = refusal_of(Client(world.server, second), 40)
    assert left <= number <= left + 5
    assert answer.json()["code"] == "rate-limited" and answer.json()["reason"] == "account"
    assert 1 <= int(answer.header("retry-after")) <= 2
    guest.get("/v1/rooms", expect=429)
    other.get("/v1/me")


def test_wrong_credentials_are_limited_by_address_and_nobody_else_is(world):
    guest = world.customer()
    _, answer = refusal_of(Client(world.server, "atr_nonsense"), 40)
    assert answer.json()["reason"] == "address"
    world.anonymous.get("/v1/rooms", expect=429)
    guest.get("/v1/me")


def test_probes_and_documents_are_never_limited(world):
    refusal_of(Client(world.server, "atr_nonsense"), 40)
    for path in ("/livez", "/readyz", "/startupz", "/metrics", "/openapi.yaml", "/docs"):
        for _ in range(25):
            answer = world.anonymous.get(path)
            assert answer.header("ratelimit") is None
