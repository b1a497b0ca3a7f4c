"""A room calendar as one would write it on paper: lists, loops, no cleverness."""

from datetime import timedelta

from harness import times


class Model:
    def __init__(self, rooms):
        self.rooms = {r["id"]: r for r in rooms}
        self.kept = {}  # id -> (owner, room id, start, end, kind, when)
        self.counts = {}

    def count(self, kind, status):
        self.counts[kind, status] = self.counts.get((kind, status), 0) + 1

    def slot(self, owner, room, when, party, moving=None):
        """(status, problem) of a request for a slot: rules first, then who else has it than the booking `moving`."""
        start, end = times.parse(when["start"]), times.parse(when["end"])
        if self.broken_rules(room, start, end, party):
            return 422, "rule-violation"
        buffer = timedelta(minutes=room["bufferMinutes"])
        for what, (_, room_id, other_start, other_end, _, _) in self.kept.items():
            if what != moving and room_id == room["id"] and start < other_end + buffer and other_start < end + buffer:
                return 409, "slot-taken"
        return 201, None

    def broken_rules(self, room, start, end, party):
        minutes = (end - start).total_seconds() / 60
        since_midnight = start.hour * 60 + start.minute
        broken = minutes < room["minDurationMinutes"] or minutes > room["maxDurationMinutes"]
        broken = broken or minutes % room["stepMinutes"] or since_midnight % room["stepMinutes"]
        broken = broken or party > room["capacity"]
        return broken or not self.is_open(room, start, end)

    def is_open(self, room, start, end):
        """Walks the slot minute by minute in quarter hours: every one has to be inside a window."""
        if not room["openingHours"]:
            return True
        window = room["openingHours"][0]  # one window for every day
        opens, closes = minutes_of(window["open"]), minutes_of(window["close"])
        moment = start
        while moment < end:
            at = moment.hour * 60 + moment.minute
            inside = opens <= at < closes if opens < closes else at >= opens or at < closes
            if not inside:
                return False
            moment += timedelta(minutes=15)
        return True

    def keep(self, what, owner, room, when, kind):
        self.kept[what] = (owner, room["id"], times.parse(when["start"]), times.parse(when["end"]), kind, when)

    def free(self, what):
        del self.kept[what]

    def owner(self, what):
        return self.kept[what][0]

    def place(self, what):
        return self.kept[what][1:4]

    def where(self, what):
        return self.rooms[self.kept[what][1]], self.kept[what][5]

    def all_of(self, kind):
        return [k for k, v in self.kept.items() if v[4] == kind]

    def bookings_of(self, owner):
        return {k for k, v in self.kept.items() if v[0] == owner and v[4] == "booking"}


def minutes_of(text):
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
