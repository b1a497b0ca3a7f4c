"""One click ends the mails that nobody needs (RFC 8058)."""

import pytest

from harness.links import base64url, unsubscribe_token

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def path_for(world, who):
    return f"/v1/unsubscribe/{unsubscribe_token(world.server, who.id)}"


def choice(who):
    return who.get("/v1/me").json()["notifications"]["email"]


def test_one_click_without_credentials_ends_optional_mails_and_nothing_else(world):
    guest, bystander = world.customer("Mina"), world.customer("Jonas")
    path = path_for(world, guest)
    assert choice(guest) == "all"
    looked = world.anonymous.get(path)
    assert looked.content_type == "text/html" and b"<form" in looked.body and choice(guest) == "all", "looking is free"
    done = world.anonymous.post(path, ONE_CLICK, headers=FORM, expect=200)
    assert b"<form" not in done.body and choice(guest) == "transactional" and choice(bystander) == "all"
    assert guest.get("/v1/me").json()["name"] == "Mina"
    again = world.operator.get("/v1/introspection/journal").json()["position"]
    world.anonymous.post(path, ONE_CLICK, headers=FORM, expect=200)
    assert world.operator.get("/v1/introspection/journal").json()["position"] == again, "repeating writes nothing"


def test_the_account_can_take_it_back(world):
    guest = world.customer()
    world.anonymous.post(path_for(world, guest), ONE_CLICK, headers=FORM, expect=200)
    etag = guest.get(f"/v1/accounts/{guest.id}").header("etag")
    guest.patch(f"/v1/accounts/{guest.id}", {"notifications": {"email": "all"}}, etag=etag)
    assert choice(guest) == "all"


def test_none_stays_none(world):
    guest = world.customer(notifications={"email": "none"})
    world.anonymous.post(path_for(world, guest), ONE_CLICK, headers=FORM, expect=200)
    assert choice(guest) == "none"


def test_a_multipart_form_is_as_good(world):
    guest = world.customer()
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    world.anonymous.post(path_for(world, guest), body, expect=200,
                         headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert choice(guest) == "transactional"


def test_korean_readers_get_a_korean_page(world):
    guest = world.customer(locale="ko")
    assert "알림" in world.anonymous.get(path_for(world, guest)).body.decode()


def test_no_other_token_is_taken(world):
    guest, other = world.customer(), world.customer()
    good, foreign = (unsubscribe_token(world.server, who.id) for who in (guest, other))
    account, proof = good.split(".")
    for wrong in (account, f"{account}.", f".{proof}", f"{account}.{foreign.split('.')[1]}", f"{good}A", good[:-1],
                  good.replace(".", "!"), f"{base64url(b'acc_nobody')}.{proof}", "A" * 600, "%C3%28.%41"):
        world.anonymous.get(f"/v1/unsubscribe/{wrong}", expect=404)
        world.anonymous.post(f"/v1/unsubscribe/{wrong}", ONE_CLICK, headers=FORM, expect=404)
    world.anonymous.get("/v1/unsubscribe/%00.%41", expect=400)
    assert choice(guest) == "all"


@pytest.mark.parametrize("body,kind", [(b"", "application/x-www-form-urlencoded"), (b"{}", "application/json"),
                                       (b"List-Unsubscribe=Two", "application/x-www-form-urlencoded")])
def test_only_the_form_of_the_standard_counts(world, body, kind):
    guest = world.customer()
    world.anonymous.post(path_for(world, guest), body, headers={"Content-Type": kind}, expect=415)
    assert choice(guest) == "all"
