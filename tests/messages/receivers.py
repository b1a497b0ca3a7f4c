#!/usr/bin/python3
"""A mail server and a web hook receiver in a process of their own, so that they take no time from who books.

    receivers.py FILE MAIL-PORT HOOK-PORT

Prints a line once it listens, appends one JSON line to FILE for each message it took, and ends when its standard input
does. Hooks are verified with the secrets that arrive there, one a line.
"""

import hashlib
import json
import pathlib
import re
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parents[1] / "build" / "python")]

from hook_receiver import Receiver  # noqa: E402
from mail_receiver import Mailbox  # noqa: E402

RESERVATION = re.compile(r"\batr[a-z2-7]{26}\b")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Ledger:
    """The file; a line is whole when it is there."""

    def __init__(self, path):
        self.file, self.lock, self.secrets = open(path, "a", encoding="utf-8"), threading.Lock(), []

    def write(self, **fact):
        with self.lock:
            self.file.write(json.dumps(fact) + "\n")
            self.file.flush()

    def take_mail(self, envelope):
        """None: take it as usual."""
        from mail_receiver import Mail
        mail = Mail(envelope, False, None)
        text = mail.text()
        found = RESERVATION.search(text)
        self.write(kind="mail", id=mail.id, to=mail.recipients[0], reservation=found.group() if found else "",
                   digest=digest(mail.message["Subject"] + text))

    def take_hook(self, hook):
        event = hook.event()
        self.write(kind="hook", id=hook.id, to=hook.path, type=event["type"],
                   reservation=event["data"].get("reservationId", ""), digest=digest(hook.body.decode()),
                   verified=any(hook.verified_by(secret) for secret in self.secrets))
        return 204


def main(path, mail_port, hook_port):
    ledger = Ledger(path)
    ledger.secrets.append(sys.stdin.readline().strip())
    hooks = Receiver(int(hook_port))
    hooks.judge = ledger.take_hook
    with Mailbox(int(mail_port)) as box:
        box.judge = ledger.take_mail
        print("listening", flush=True)
        for line in sys.stdin:
            ledger.secrets.append(line.strip())
    hooks.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
