"""Accounts, their keys, and who one is."""

from datetime import timedelta

import pytest

from harness import times
from harness.client import Client, fresh_key
from harness.server import ADMIN_KEY
from harness.world import assert_problem


def test_an_account_is_made_read_changed_and_deleted(world):
    email = f"{fresh_key('a')}@example.org"
    made = world.admin.post("/v1/accounts", {"name": "Ada", "email": email, "role": "customer", "locale": "ko"},
                            expect=201)
    account = made.json()
    assert {k: account[k] for k in ("name", "email", "role", "locale")} == {
        "name": "Ada", "email": email, "role": "customer", "locale": "ko"}
    path = f"/v1/accounts/{account['id']}"
    assert made.header("location").endswith(path)
    read = world.admin.get(path, headers=world.admin.sees(made.position))
    assert read.json() == account
    assert_problem(world.admin.patch(path, {"name": "Ada L."}, expect=428), 428, "precondition-required")
    changed = world.admin.patch(path, {"name": "Ada L."}, etag=read.header("etag"))
    assert changed.json()["name"] == "Ada L." and changed.json()["email"] == email
    world.admin.patch(path, {"name": "late"}, etag=read.header("etag"), expect=412)
    assert account["id"] in [a["id"] for a in world.admin.items("/v1/accounts", limit=50)]
    gone = world.admin.delete(path, etag=changed.header("etag"), expect=(200, 204))
    world.admin.get(path, headers=world.admin.sees(gone.position), expect=404)


@pytest.mark.parametrize("change,pointer", [
    ({"name": ""}, "/name"), ({"email": "nonsense"}, "/email"), ({"role": "king"}, "/role"),
    ({"locale": "tlh"}, "/locale"), ({"password": "x"}, "/password"), ({"email": None}, "/email"),
])
def test_a_wrong_field_is_named(world, change, pointer):
    body = {"name": "Ada", "email": "ada@example.org", "role": "customer", "locale": "en", **change}
    answer = world.admin.post("/v1/accounts", {k: v for k, v in body.items() if v is not None})
    problem = assert_problem(answer, 422, "validation")
    assert any(v["pointer"] == pointer for v in problem["violations"]), problem


def test_who_am_i(world):
    guest = world.customer("Grace")
    me = guest.get("/v1/me").json()
    assert me["id"] == guest.id and me["name"] == "Grace" and me["role"] == "customer"


def test_a_customer_cannot_promote_himself(world):
    guest = world.customer()
    path = f"/v1/accounts/{guest.id}"
    etag = guest.get(path).header("etag")
    guest.patch(path, {"role": "admin"}, etag=etag, expect=(403, 422))
    assert guest.get("/v1/me").json()["role"] == "customer"


def test_the_secret_of_a_key_is_shown_once(world):
    guest = world.customer()
    path = f"/v1/accounts/{guest.id}/keys"
    made = world.admin.post(path, {"name": "laptop"}, expect=201)
    secret = made.json()["secret"]
    assert len(secret) >= 40 and made.json()["name"] == "laptop" and made.json()["accountId"] == guest.id
    listed = world.admin.get(path, headers=world.admin.sees(made.position))
    assert made.json()["id"] in [k["id"] for k in listed.json()["items"]]
    assert secret.encode() not in listed.body
    journal = world.admin.get(f"/v1/accounts/{guest.id}")
    assert secret.encode() not in journal.body
    assert Client(world.server, secret).get("/v1/me").json()["id"] == guest.id


def test_a_revoked_key_is_dead_at_once_and_others_live_on(world):
    guest = world.customer()
    second = world.admin.post(f"/v1/accounts/{guest.id}/keys", {"name": "b"}, expect=201).json()
    with_second = Client(world.server, second["secret"])
    with_second.get("/v1/me")
    world.admin.delete(f"/v1/accounts/{guest.id}/keys/{guest.key_id}", expect=(200, 204))
    guest.get("/v1/me", expect=401)
    with_second.get("/v1/me")


def test_a_key_with_an_end_ends(timed, clock):
    guest = timed.customer()
    ends = times.utc(times.now() + timedelta(hours=1))
    made = timed.admin.post(f"/v1/accounts/{guest.id}/keys", {"name": "short", "expiresAt": ends}, expect=201)
    short = Client(timed.server, made.json()["secret"])
    short.get("/v1/me")
    clock.advance(hours=2)
    timed.eventually(lambda: short.request("GET", "/v1/me").status == 401, "the key ends")
    guest.get("/v1/me")


def test_the_keys_of_a_deleted_account_are_dead(world):
    guest = world.customer()
    path = f"/v1/accounts/{guest.id}"
    world.admin.delete(path, etag=world.admin.get(path).header("etag"), expect=(200, 204))
    guest.get("/v1/me", expect=401)


def test_nobody_can_use_a_key_of_another_to_make_keys(world, guest, other):
    answer = other.post(f"/v1/accounts/{guest.id}/keys", {"name": "mine now"})
    assert answer.status in (403, 404)


def test_a_scoped_key_does_only_what_its_scopes_say(world):
    guest, room = world.customer(), world.room()
    made = world.admin.post(f"/v1/accounts/{guest.id}/keys", {"name": "read", "scopes": ["rooms:read"]}, expect=201)
    reader = Client(world.server, made.json()["secret"])
    reader.get("/v1/rooms")
    assert world.book(reader, room, times.slot(5), expect=403).json()["detail"]
    wrong = world.admin.post(f"/v1/accounts/{guest.id}/keys", {"name": "x", "scopes": ["fly:moon"]})
    assert wrong.status == 422, wrong


def test_the_admin_key_of_the_environment_is_admin(world):
    assert Client(world.server, ADMIN_KEY).get("/v1/me").json()["role"] == "admin"


def test_secrets_are_not_in_the_log(world):
    guest = world.customer()
    guest.get("/v1/me")
    log = world.server.log()
    assert guest.key not in log and ADMIN_KEY not in log
