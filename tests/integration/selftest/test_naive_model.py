"""The naive model on cases worked out by hand."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness import times  # noqa: E402
from model import Model  # noqa: E402

ROOM = {"id": "rm", "stepMinutes": 30, "minDurationMinutes": 30, "maxDurationMinutes": 240, "bufferMinutes": 30,
        "capacity": 4, "openingHours": []}


@pytest.mark.parametrize("hour,minute,minutes,party,status", [
    (12, 0, 60, 4, 409), (11, 0, 60, 4, 409), (10, 30, 60, 4, 201), (13, 30, 30, 4, 201), (13, 0, 30, 4, 409),
    (9, 15, 30, 1, 422), (9, 0, 45, 1, 422), (9, 0, 270, 1, 422), (9, 0, 60, 5, 422)])
def test_slots_around_a_booking_at_noon(hour, minute, minutes, party, status):
    model = Model([ROOM])
    model.keep("b", "me", ROOM, times.slot(3, 12), "booking")
    assert model.slot("you", ROOM, times.slot(3, hour, minute, minutes), party)[0] == status


def test_a_booking_that_moves_is_not_in_its_own_way():
    model = Model([ROOM])
    model.keep("b", "me", ROOM, times.slot(3, 12), "booking")
    model.keep("c", "me", ROOM, times.slot(3, 14), "booking")
    assert model.slot("me", ROOM, times.slot(3, 13), 4, moving="b")[0] == 409, "the next one's buffer"
    assert model.slot("me", ROOM, times.slot(3, 12, 30), 4, moving="b") == (201, None)


@pytest.mark.parametrize("hour,minutes,is_open", [(8, 60, True), (7, 60, False), (23, 180, True), (1, 60, True),
                                                  (1, 120, False), (3, 60, False)])
def test_a_window_over_midnight(hour, minutes, is_open):
    room = {**ROOM, "openingHours": [{"days": [], "open": "08:00", "close": "02:00"}], "bufferMinutes": 0}
    when = times.slot(3, hour, minutes=minutes)
    assert Model([room]).is_open(room, times.parse(when["start"]), times.parse(when["end"])) == is_open
