"""Signing in by JSON Web Token; the tokens are made by PyJWT, which shares no code with the server."""

import base64
import json
import signal
import time

import jwt
import pytest
from harness import times
from harness.client import Client, fresh_key
from harness.issuer import AUDIENCE, ISSUER, MAKERS, Issuer, Key, key_set
from harness.server import Server, StartFailed
from harness.waiting import until
from harness.world import World


def token_options(keys, *more):
    return ["--jwt-issuer", ISSUER, "--jwt-audience", AUDIENCE, "--jwt-keys", keys, *more]


@pytest.fixture(scope="module")
def keys():
    return {algorithm: Key(algorithm, algorithm.lower()) for algorithm in MAKERS}


@pytest.fixture(scope="module")
def issuer(keys):
    with Issuer(key_set(*keys.values())) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory, issuer):
    algorithms = ",".join(MAKERS)
    with Server(tmp_path_factory.mktemp("tokens") / "data",
                *token_options(issuer.url, "--jwt-algorithms", algorithms)) as running:
        until(lambda: issuer.fetches > 0, "the keys to be fetched")
        yield running


def answer_of(server, token):
    client = Client(server, token)
    try:
        return until(lambda: retried(client), "an answer other than 503")
    finally:
        client.close()


def retried(client):
    """The server asks to come back while it fetches keys."""
    answer = client.get("/v1/me", expect=(200, 401, 403, 503))
    return None if answer.status == 503 else answer


@pytest.mark.parametrize("algorithm", MAKERS)
def test_every_family_of_signatures_signs_in(server, keys, algorithm):
    me = answer_of(server, keys[algorithm].token(f"sub-{algorithm}", name=f"Guest {algorithm}")).json()
    assert me["name"] == f"Guest {algorithm}" and me["role"] == "customer"


def test_a_guest_books_and_sees_only_what_is_theirs(server, keys):
    world = World(server)
    room = world.room()
    mina, jonas = (Client(server, keys["ES256"].token(who)) for who in ("mina", "jonas"))
    answer_of(server, mina.key)
    booked = mina.post("/v1/reservations", world.booking(room, times.slot(9)), idem=fresh_key(), expect=201)
    place = f"/v1/reservations/{booked.json()['id']}"
    assert booked.json()["customerId"] == mina.get("/v1/me").json()["id"]
    mina.get(place)
    jonas.get(place, expect=404)
    assert jonas.items("/v1/reservations") == []
    operator = Client(server, keys["RS256"].token("olga", roles=["x", "atrium-operator"]))
    operator.get(place)
    operator.get("/v1/accounts", expect=403)
    Client(server, keys["RS256"].token("ada", roles="atrium-admin")).get("/v1/accounts")


def refused_tokens(keys):
    now = int(time.time())
    key, stranger = keys["RS256"], Key("RS256", "rs256")
    public = base64.urlsafe_b64decode(key.jwk["n"] + "==")
    good = key.token("mallory")
    head, body, signature = good.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"iss": ISSUER, "aud": AUDIENCE, "sub": "admin",
                                                  "exp": now + 600}).encode()).decode().rstrip("=")
    yield "other claims under the signature", f"{head}.{forged}.{signature}"
    yield "no signature", f"{head}.{body}."
    yield "alg none", jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": "m", "exp": now + 600}, None, "none")
    yield "HMAC with the public key", jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": "m", "exp": now + 600},
                                                 public, "HS256", headers={"kid": "rs256"})
    yield "a stranger's key under our key id", stranger.token()
    yield "a key in the header", stranger.token(headers={"jwk": stranger.jwk, "jku": "http://127.0.0.1:9/keys"})
    yield "another issuer", key.token(iss=ISSUER + "/")
    yield "another audience", key.token(aud=["other"])
    yield "no audience", key.token(without=["aud"])
    yield "expired", key.token(exp=now - 61)
    yield "no expiry", key.token(without=["exp"])
    yield "not yet valid", key.token(nbf=now + 120)
    yield "issued in the future", key.token(iat=now + 120)
    yield "no subject", key.token(without=["sub"])
    yield "a critical extension", key.token(headers={"crit": ["x"], "x": 1})
    yield "another type", key.token(headers={"typ": "dpop+jwt"})
    yield "too large", key.token(padding="x" * 5000)


def test_what_is_wrong_with_a_token_is_said(server, keys):
    assert answer_of(server, keys["RS256"].token()).status == 200
    for what, token in refused_tokens(keys):
        answer = answer_of(server, token)
        assert answer.status == 401 and answer.header("www-authenticate"), (what, answer)
        assert answer.json()["detail"], what


def test_an_unknown_key_is_no_flood_of_fetches(server, issuer, keys):
    answer_of(server, keys["RS256"].token())
    before = issuer.fetches
    for number in range(30):
        assert Client(server, Key("EdDSA", f"new-{number}").token()).get("/v1/me", expect=(401, 503))
    assert issuer.fetches - before <= 2


def test_keys_rotate_and_a_silent_issuer_signs_nobody_out(own, keys):
    old, new = keys["ES256"], Key("ES256", "next")
    with Issuer(key_set(old)) as issuer:
        server = own(*token_options(issuer.url))
        assert answer_of(server, old.token()).status == 200
        issuer.document = key_set(old, new)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: Client(server, new.token()).get("/v1/me", expect=(200, 401, 503)).status == 200,
              "the new key to be used")
        issuer.status = 500
        before = issuer.fetches
        server.process.send_signal(signal.SIGHUP)
        until(lambda: issuer.fetches > before, "a fetch that fails")
        assert answer_of(server, old.token("jonas")).status == 200
        issuer.status, issuer.document = 200, key_set(new)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: Client(server, old.token("jonas")).get("/v1/me", expect=(200, 401, 503)).status == 401,
              "the old key to be forgotten")
    assert server.stop() == 0


def test_keys_may_come_from_a_file(own, tmp_path, keys):
    path = tmp_path / "keys.json"
    path.write_text(key_set(keys["EdDSA"]))
    server = own(*token_options(path, "--jwt-roles-claim", "/realm_access/roles", "--jwt-customer-role", "guest"))
    key = keys["EdDSA"]
    assert answer_of(server, key.token()).status == 403
    assert answer_of(server, key.token(realm_access={"roles": ["guest"]})).status == 200
    assert Client(server, key.token()).get("/livez").status == 200


def test_mistakes_in_the_options_are_told_at_start(own, tmp_path):
    empty = tmp_path / "empty.json"
    empty.write_text('{"keys": []}')
    for options, told in ((token_options(empty), "holds no public key"),
                          (token_options(tmp_path / "missing.json"), "cannot be read"),
                          (token_options("http://id.example/keys"), "https://"),
                          (["--jwt-issuer", ISSUER], "set together"),
                          (token_options(empty, "--jwt-algorithms", "HS256"), "some of")):
        with pytest.raises(StartFailed, match=told):
            own(*options)
