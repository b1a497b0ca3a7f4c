"""Slots in a room's own zone, some days ahead of now."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

SEOUL = "Asia/Seoul"


def now():
    return datetime.now(timezone.utc)


def parse(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def utc(moment):
    """As the server writes it: UTC, Z, no fraction when there is none."""
    moment = moment.astimezone(timezone.utc)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    millis = moment.microsecond // 1000
    return text + (f".{millis:03d}Z" if millis else "Z")


def at(days, hour=9, minute=0, zone=SEOUL):
    """Local wall-clock time `days` from today."""
    day = datetime.now(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def lasting(start, minutes):
    """{"start", "end"} of a slot that lasts so long in elapsed time."""
    end = (start.astimezone(timezone.utc) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
    return {"start": start.isoformat(), "end": end.isoformat()}


def slot(days, hour=9, minute=0, minutes=60, zone=SEOUL):
    return lasting(at(days, hour, minute, zone), minutes)


def next_weekday(weekday, at_least=7, zone=SEOUL):
    """Days from today to the first such day (Monday 0) at least so far ahead."""
    today = datetime.now(ZoneInfo(zone)).date()
    return next(d for d in range(at_least, at_least + 7) if (today + timedelta(days=d)).weekday() == weekday)


def minute_from_now(minutes=1):
    """The next whole minute at least so many minutes ahead, in UTC."""
    moment = now() + timedelta(minutes=minutes)
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1 if moment.second else 0)


def utc_offset(moment):
    return moment.utcoffset()


def transitions(zone, days=700):
    """(day, change) of every change of the zone's offset in the coming days; change > 0: clocks go forward."""
    z, out = ZoneInfo(zone), []
    start = datetime.now(z).date()
    for n in range(2, days):
        day = start + timedelta(days=n)
        before = datetime(day.year, day.month, day.day, 0, 0, tzinfo=z).utcoffset()
        following = day + timedelta(days=1)
        after = datetime(following.year, following.month, following.day, 0, 0, tzinfo=z).utcoffset()
        if before != after:
            out.append((n, after - before))
    return out
