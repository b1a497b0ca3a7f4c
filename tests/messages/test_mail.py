"""Mails arrive: in two languages, with a calendar entry, whatever the relay and the process do."""

import asyncio
import datetime
import threading
import zoneinfo

import icalendar
import pytest

from harness import times
from harness.server import run_tool
from harness.waiting import until
from harness.world import DECLINES, World
from mail_receiver import FULL, Mailbox, accepting, certificate


def mail_about(box, reservation, kind, timeout=20):
    """The mails about a reservation of which at least one is of this kind."""
    def look():
        return [m for m in box.about(reservation) if calendar_method(m) == kind or kind is None]
    return until(look, f"a {kind} mail about {reservation}", timeout)


def calendar_method(mail):
    part = mail.part("text/calendar")
    return part.get_param("method") if part else None


def calendar_of(mail):
    return icalendar.Calendar.from_ical(mail.part("text/calendar").get_payload(decode=True))


def event_of(mail):
    return calendar_of(mail).walk("VEVENT")[0]


# ---- what a mail holds --------------------------------------------------------------------------
def test_a_booking_and_its_cancellation_are_mailed_with_a_calendar_entry(mailing, box):
    guest, room = mailing.customer("Jonas Weber"), mailing.room(name="Namsan", site="Seoul")
    when = times.slot(5, 10)
    made = mailing.booked(guest, room, when)
    mail = mail_about(box, made["id"], "REQUEST")[0]
    assert mail.sender == "bookings@atrium.example"
    assert "Namsan" in mail.message["Subject"] and "Namsan" in mail.text() and "Namsan" in mail.text("text/html")
    assert mail.part("text/calendar").get_filename() == "invite.ics"
    booked = event_of(mail)
    assert booked.decoded("dtstart") == datetime.datetime.fromisoformat(when["start"])
    assert booked.decoded("dtend") == datetime.datetime.fromisoformat(when["end"])
    assert str(booked["dtstart"].params["TZID"]) == "Asia/Seoul"
    assert booked["status"] == "CONFIRMED" and "Namsan" in booked["location"]
    mailing.cancel(guest, made["id"])
    cancelled = event_of(mail_about(box, made["id"], "CANCEL")[0])
    assert cancelled["uid"] == booked["uid"] and cancelled["sequence"] > booked["sequence"]
    assert cancelled["status"] == "CANCELLED"
    until(lambda: len(box.about(made["id"])) == 3, "the refund is mailed, too")
    ids = [m.id for m in box.mails]
    assert len(ids) == len(set(ids))


def test_a_moved_booking_moves_in_the_calendar_and_is_reminded_of_at_its_new_time(start, box, clock):
    world = World(start(*box.options(), "--clock-file", clock.path))
    guest, room, loft = world.customer(), world.room(), world.room(name="Loft")
    made = world.booked(guest, room, times.slot(5, 10))
    booked = event_of(mail_about(box, made["id"], "REQUEST")[0])
    place, later = f"/v1/reservations/{made['id']}", times.slot(8, 12)
    guest.patch(place, {**later, "roomId": loft["id"]}, etag=guest.get(place).header("etag"), idem="move")
    mails = until(lambda: [m for m in box.about(made["id"]) if "Changed" in m.message["Subject"]], "the move is mailed")
    moved = event_of(mails[0])
    assert moved["uid"] == booked["uid"] and moved["sequence"] > booked["sequence"] and "Loft" in moved["location"]
    assert moved.decoded("dtstart") == datetime.datetime.fromisoformat(later["start"])
    clock.advance(seconds=(times.at(4, 16) - times.now()).total_seconds())
    until(lambda: len([d for d in destinations(world) if d["waiting"]]) <= 1, "the old reminder has had its turn")
    clock.advance(days=3)
    until(lambda: reminders(box), "the reminder comes a day before the new start")
    assert len(reminders(box)) == 1 and "Loft" in reminders(box)[0].text()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"])
def test_the_calendar_entry_means_the_same_instant_in_every_zone(mailing, box, zone):
    guest = mailing.customer()
    room = mailing.room(timeZone=zone, horizonDays=400) if zone else None
    # Winter and summer, and a booking around midnight.
    for days in (30, 200):
        when = times.slot(days, 23, 30, minutes=60, zone=zone)
        made = mailing.booked(guest, room, when)
        calendar = calendar_of(mail_about(box, made["id"], "REQUEST")[0])
        entry = calendar.walk("VEVENT")[0]
        wall = entry["dtstart"].dt.replace(tzinfo=None)
        wanted = datetime.datetime.fromisoformat(when["start"])
        assert wall == wanted.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
        stated = calendar.walk("VTIMEZONE")[0].to_tz()
        assert stated.localize(wall).utcoffset() == wanted.utcoffset(), "the zone sent along agrees"


def test_a_mail_is_in_the_language_of_its_reader(mailing, box):
    mina, jonas = mailing.customer("박미나", locale="ko"), mailing.customer("Jonas", locale="en")
    room = mailing.room()
    korean = mail_about(box, mailing.booked(mina, room, times.slot(5, 9))["id"], "REQUEST")[0]
    english = mail_about(box, mailing.booked(jonas, room, times.slot(5, 11))["id"], "REQUEST")[0]
    assert "예약" in korean.message["Subject"] and "박미나" in korean.text() and 'lang="ko"' in korean.text("text/html")
    assert "박미나" in str(korean.message["To"])
    assert "Booked" in english.message["Subject"] and 'lang="en"' in english.text("text/html")


def test_texts_of_people_cannot_become_headers_or_markup(mailing, box):
    guest = mailing.customer('"Eve" <b>, evil@example.org;=?x?=')
    room = mailing.room(name="<script>alert(1)</script> =?utf-8?b?QmNjOg==?=")
    made = mailing.booked(guest, room, times.slot(5), title="Bcc: a@b\u2028c <img src=x>")
    mail = mail_about(box, made["id"], "REQUEST")[0]
    assert mail.message["Bcc"] is None and len(mail.recipients) == 1
    assert [a.addr_spec for a in mail.message["To"].addresses] == mail.recipients
    assert mail.message["To"].addresses[0].display_name == '"Eve" <b>, evil@example.org;=?x?='
    assert "<script" not in mail.text("text/html") and "<img" not in mail.text("text/html")
    assert b"\nBcc:" not in mail.raw
    assert all(line.isascii() and len(line) <= 998 for line in mail.raw.splitlines())
    for header in mail.message:
        assert "\n" not in mail.message[header] and "\r" not in mail.message[header]


def test_addresses_that_could_end_a_command_are_refused_at_the_door(mailing):
    for address in ("a@b\r\nRCPT TO:<x@y>", "a b@example.org", "<a@example.org>", "a@example.org>\n"):
        answer = mailing.admin.post("/v1/accounts", {"name": "Eve", "email": address}, expect=422)
        assert answer.json()["violations"], answer


def test_optional_mails_can_be_turned_off(start, box, clock):
    server = start(*box.options(), "--clock-file", clock.path)
    world = World(server)
    quiet = world.customer(notifications={"email": "transactional"})
    silent = world.customer(notifications={"email": "none"})
    chatty, room = world.customer(), world.room()
    for who, hour in ((quiet, 9), (silent, 10), (chatty, 11)):
        body = {"roomId": room["id"], **times.slot(3, hour), "partySize": 1}
        who.post("/v1/holds", body, expect=201, idem=f"hold-{hour}")
        world.booked(who, room, times.slot(4, hour))
    clock.advance(minutes=30)
    until(lambda: len(box.mails) == 3, "two bookings and one hold are mailed")
    about_holds = [m for m in box.mails if calendar_method(m) is None]
    assert [m.recipients[0] for m in about_holds] == [chatty.get("/v1/me").json()["email"]]
    assert not box.to(silent.get("/v1/me").json()["email"])


def test_an_optional_mail_can_be_ended_by_one_click_and_no_other_mail_offers_it(start, box, clock):
    server = start(*box.options(), "--clock-file", clock.path, "--public-url", "https://desk.example/")
    world = World(server)
    guest, room = world.customer(), world.room()

    def hold(hour):
        body = {"roomId": room["id"], **times.slot(3, hour), "partySize": 1}
        guest.post("/v1/holds", body, expect=201, idem=f"hold-{hour}")
        clock.advance(minutes=30)
    hold(9)
    mail = until(lambda: box.mails and box.mails[0], "the ended hold is mailed")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail.message["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://desk.example/v1/unsubscribe/") and link in mail.text()
    made = world.booked(guest, room, times.slot(4))
    booked = mail_about(box, made["id"], "REQUEST")[0]
    assert booked.message["List-Unsubscribe"] is None, "what happened to a booking is always told"
    world.anonymous.post(link.removeprefix("https://desk.example"), b"List-Unsubscribe=One-Click", expect=200,
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    hold(10)
    made = world.booked(guest, room, times.slot(4, 15))
    mail_about(box, made["id"], "REQUEST")
    assert len([m for m in box.mails if m.message["List-Unsubscribe"]]) == 1, "no second mail about a hold"


def test_with_the_notifier_stopped_bookings_go_on_and_every_mail_follows(mailing, box):
    drill = "/v1/introspection/drills/notifier/actions"
    mailing.admin.post(drill, {"action": "stop"}, expect=200)
    guest, room = mailing.customer(), mailing.room()
    made = [mailing.booked(guest, room, times.slot(5, hour))["id"] for hour in range(9, 14)]
    mailing.cancel(guest, made[0])
    assert not box.mails
    channel = next(c for c in mailing.operator.get("/v1/introspection/deliveries").json()["items"]
                   if c["channel"] == "mail")
    assert channel["paused"] is True and channel["delivered"] == 0
    mailing.admin.post(drill, {"action": "start"}, expect=200)
    for booking in made:
        mail_about(box, booking, "REQUEST")
    mail_about(box, made[0], "CANCEL")


def test_the_relays_breaker_is_shown_tripped_and_reset(mailing, box):
    def relay():
        return next(d for d in mailing.operator.get("/v1/introspection/dependencies").json()["items"]
                    if d["name"] == "mail")
    assert relay()["state"] == "closed" and relay()["retriesLeft"] is None
    actions = "/v1/introspection/dependencies/mail/actions"
    assert mailing.admin.post(actions, {"action": "trip"}, expect=200).json()["state"] == "tripped"
    guest, room = mailing.customer(), mailing.room()
    held_back = mailing.booked(guest, room, times.slot(5))
    until(lambda: any(d["waiting"] for c in mailing.operator.get("/v1/introspection/deliveries").json()["items"]
                      for d in c["destinations"]), "the mail waits")
    assert not box.mails
    assert mailing.admin.post(actions, {"action": "reset"}, expect=200).json()["state"] == "closed"
    mail_about(box, held_back["id"], "REQUEST")


def reminders(box):
    return [m for m in box.mails if "Reminder" in m.message["Subject"]]


def test_a_booking_that_still_stands_is_reminded_of_once(start, box, clock):
    world = World(start(*box.options(), "--clock-file", clock.path))
    guest, room = world.customer(), world.room()
    quiet = world.customer(notifications={"email": "transactional"})
    stands = world.booked(guest, room, times.slot(5, 10))
    gone = world.booked(guest, room, times.slot(5, 12))
    world.booked(quiet, room, times.slot(5, 14))
    world.cancel(guest, gone["id"])
    until(lambda: len(box.about(gone["id"])) == 3, "the cancellation is mailed")
    assert reminders(box) == []
    clock.advance(seconds=(times.at(4, 16) - times.now()).total_seconds())
    until(lambda: reminders(box), "the reminder comes a day before")
    until(lambda: not [d for d in destinations(world) if d["waiting"]], "nothing waits any more")
    assert [stands["id"] in m.text() for m in reminders(box)] == [True]
    assert calendar_method(reminders(box)[0]) is None
    confirmed = [m for m in box.about(stands["id"]) if m not in reminders(box)]
    assert reminders(box)[0].id != confirmed[0].id


# ---- the relay ----------------------------------------------------------------------------------
def test_starttls_and_auth(start, tmp_path):
    cert, context = certificate(tmp_path)
    with Mailbox(tls_context=context, require_starttls=True, auth_required=True,
                 authenticator=accepting("atrium", "geheim&0815")) as box:
        secret = tmp_path / "password"
        secret.write_text("geheim&0815\n")
        server = start(*box.options("starttls"), "--smtp-ca-file", cert, "--smtp-user", "atrium",
                       "--smtp-password-file", secret, "--log-level", "trace")
        world = World(server)
        made = world.booked(world.customer(), world.room(), times.slot(5))
        mail = mail_about(box, made["id"], "REQUEST")[0]
        assert mail.tls and mail.user == "atrium"
        assert "geheim" not in server.log()


def test_a_relay_without_starttls_or_with_another_certificate_gets_nothing(start, tmp_path, box):
    cert, context = certificate(tmp_path)
    with Mailbox(tls_context=context) as tls_box:
        for name, relay in (("plain", box), ("untrusted", tls_box)):
            server = start(*relay.options("starttls"), name=name)
            world = World(server)
            world.booked(world.customer(), world.room(), times.slot(5))
            until(lambda: "mail" in server.log() or delivery_trouble(world), "the trouble is shown")
            assert not relay.mails and not relay.attempts


def destinations(world):
    channels = world.admin.get("/v1/introspection/deliveries").json()["items"]
    return [d for c in channels for d in c["destinations"]]


def delivery_trouble(world):
    return [d for d in destinations(world) if d["failingSince"]]


def test_every_message_can_be_looked_at_beforehand():
    english, korean = run_tool("notifications", "preview"), run_tool("notifications", "preview", "--locale", "ko")
    assert english.returncode == korean.returncode == 0
    types = [line.split("]")[0] for line in english.stdout.splitlines() if line.startswith("[")]
    assert len(types) == len(set(types)) == 13 and "[reservation.confirmed" in types
    assert "예약" in korean.stdout and "예약" not in english.stdout
    html = run_tool("notifications", "preview", "--type", "reservation.confirmed", "--format", "html")
    assert html.stdout.startswith("<!doctype html>")
    mail = run_tool("notifications", "preview", "--type", "reservation.confirmed", "--format", "mail")
    assert "text/calendar" in mail.stdout and "Message-ID" in mail.stdout
    unknown = run_tool("notifications", "preview", "--type", "nothing")
    assert unknown.returncode == 2 and "reservation.confirmed" in unknown.stderr


def test_a_password_is_in_no_output(tmp_path):
    done = run_tool("config", "show", env={"ATRIUM_SMTP_PASSWORD": "geheim&0815"})
    assert done.returncode == 0 and "geheim" not in done.stdout + done.stderr and "smtp-password" in done.stdout
    assert run_tool("serve", "--smtp-password", "x").returncode != 0, "nor can it be an argument"


# ---- trouble ------------------------------------------------------------------------------------
def books(world, count, day=5):
    guest, room = world.customer(), world.room()
    return [world.booked(guest, room, times.slot(day + n // 20, n % 20))["id"] for n in range(count)]


def all_arrive(box, reservations, timeout=30):
    until(lambda: {r for r in reservations if box.about(r)} == set(reservations), "every mail arrives", timeout)


def test_an_outage_loses_nothing(mailing, box):
    books(mailing, 1)
    box.stop()
    made = books(mailing, 20)
    until(lambda: delivery_trouble(mailing), "the trouble is shown")
    box.start()
    all_arrive(box, made)
    until(lambda: not delivery_trouble(mailing), "and goes")
    ids = [m.id for m in box.mails]
    assert len(ids) == len(set(ids)) == 21, "no connection, no duplicate"


def test_a_full_disk_is_waited_for(mailing, box):
    box.judge = lambda envelope: FULL
    made = books(mailing, 12)
    until(lambda: len(box.attempts) >= 5, "it is tried again")
    assert not box.mails
    box.judge = lambda envelope: None
    all_arrive(box, made)
    ids = [m.id for m in box.mails]
    assert len(ids) == len(set(ids)) == 12


def test_a_mail_that_nobody_takes_holds_up_no_other(mailing, box):
    poison = mailing.person(email="nobody@example.org")
    room = mailing.room()
    mailing.booked(poison, room, times.slot(3))
    # Temporarily refused for ever, which is worse than a clear no.
    box.judge = lambda envelope: "451 4.7.1 Try again later" if b"cG9pc29u" in envelope.content else None
    odd = mailing.person(email="poison@example.org", name="poison" * 5)
    mailing.booked(odd, room, times.slot(4))
    made = books(mailing, 10)
    all_arrive(box, made)
    assert not box.to("nobody@example.org")
    parked = mailing.admin.get("/v1/introspection/deliveries").json()["items"][0]["parked"]
    assert parked == 1


@pytest.mark.parametrize("round_number", range(3))
def test_a_kill_between_sending_and_noting_repeats_with_the_same_id(start, box, round_number):
    server = start(*box.options())
    world = World(server)
    box.kill_after_taking = server.pid
    guest, room = world.customer(), world.room()
    made = world.book(guest, room, times.slot(5)).json()["id"]
    until(lambda: not server.alive(), "the process dies with the mail in the box")
    server = server.again()
    twice = until(lambda: len(box.about(made)) >= 2 and box.about(made), "the mail comes again")
    assert len({m.id for m in twice}) == 1 and len({m.raw for m in twice}) == 1
    assert server.stop() == 0


def test_a_lost_outbox_repeats_but_loses_nothing(start, box):
    server = start(*box.options())
    made = books(World(server), 3)
    all_arrive(box, made)
    assert server.stop() == 0
    for file in (server.data_dir / "outbox").iterdir():
        file.unlink()
    again = server.again()
    until(lambda: all(len(box.about(r)) == 2 for r in made), "all come again")
    assert all(len({m.id for m in box.about(r)}) == 1 for r in made)
    assert again.stop() == 0


def test_a_slow_relay_keeps_no_booking_waiting(mailing, box):
    gate = threading.Event()

    async def wait_for_gate():
        await asyncio.get_running_loop().run_in_executor(None, gate.wait, 60)

    box.judge = lambda envelope: wait_for_gate()
    made = books(mailing, 10)
    assert not box.mails, "all were booked while no mail was taken"
    gate.set()
    all_arrive(box, made)


def test_a_declined_payment_is_mailed_without_a_calendar_entry(mailing, box):
    guest = mailing.customer()
    mailing.book(guest, mailing.room(), times.slot(5), token=DECLINES, expect=402)
    address = guest.get("/v1/me").json()["email"]
    mail = until(lambda: box.to(address), "the mail arrives")[0]
    assert "declined" in mail.message["Subject"].lower() and calendar_method(mail) is None
