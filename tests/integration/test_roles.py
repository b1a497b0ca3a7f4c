"""The role matrix: every operation of the contract x five kinds of caller."""

import re

import pytest

from harness.client import contract, fresh_key, run
from harness.matrix import ROLES, ROWS, STREAMS, Things
from harness.wire import EventStream

FITS = {"ok": lambda s: 200 <= s < 300, "no": lambda s: s == 403, "hidden": lambda s: s in (403, 404),
        "401": lambda s: s == 401}


def shape(name):
    """Placeholders carry no meaning here: "/v1/rooms/{roomId}" and "/v1/rooms/{id}" are one."""
    return re.sub(r"\{[^}]+\}", "{}", name)


def test_every_operation_of_the_contract_has_a_row_and_the_other_way_round():
    documented = {shape(o.name) for o in contract().operations}
    rows = {shape(name) for name in ROWS}
    assert documented - rows == set(), "operations without an expected answer per role"
    assert rows - documented == set(), "rows for operations that do not exist"


@pytest.fixture(scope="module")
def things(world):
    return Things(world)


def stream_status(client, ask):
    async def head():
        stream = EventStream(client.server.host, client.server.port)
        try:
            return (await stream.open(ask.path, {"Authorization": f"Bearer {client.key}"} if client.key else {})).status
        finally:
            stream.close()
    return run(head())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_role(things, name, role):
    expected, make = ROWS[name]
    client, ask, method = things.caller(role), make(things, role), name.split()[0]
    if name in STREAMS and expected[role] == "ok":
        status = stream_status(client, ask)
        assert status == 200
        return
    answer = client.request(method, ask.path, ask.body, query=ask.query, headers=ask.headers,
                            idem=fresh_key() if ask.idem else None)
    assert FITS[expected[role]](answer.status), f"{name} as {role}: {expected[role]} expected, got {answer}"


def test_wrong_credentials_are_told_nothing_but_401(world):
    good = world.customer().key
    for value in ("Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer x", f"Bearer {good}x", f"Bearer {good[:-1]}",
                  f"bearer{good}", "Bearer " + "a" * 5000):
        answer = world.anonymous.get("/v1/me", expect=(401, 431), headers={"Authorization": value})
        assert answer.status == 431 or answer.header("www-authenticate"), answer
    world.anonymous.get("/v1/me", headers={"Authorization": f"bearer {good}"})
