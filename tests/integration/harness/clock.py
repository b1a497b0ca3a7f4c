"""The server's clock in the hands of a test."""

from datetime import datetime, timedelta, timezone


class Clock:
    """Moves a server's clock: `--clock-file` names a file with milliseconds to add."""

    def __init__(self, path):
        self.path, self.offset_ms = path, 0
        self.write()

    def write(self):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(self.offset_ms))
        fresh.rename(self.path)

    def forward_to(self, moment):
        """The server's time is `moment` now."""
        ahead = moment - (datetime.now(timezone.utc) + timedelta(milliseconds=self.offset_ms))
        assert ahead > timedelta(0), f"{moment} has passed by the server's clock"
        self.advance(milliseconds=ahead / timedelta(milliseconds=1))

    def advance(self, **by):
        self.offset_ms += int(timedelta(**by).total_seconds() * 1000)
        self.write()
