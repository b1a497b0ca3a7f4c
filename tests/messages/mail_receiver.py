"""A mail server that can be told to misbehave."""

import email
import email.policy
import os
import signal
import ssl
import subprocess
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from harness.server import free_port

FULL = "452 4.3.1 Insufficient system storage"


class Mail:
    def __init__(self, envelope, peer_is_tls, user):
        self.raw = envelope.content
        self.sender, self.recipients = envelope.mail_from, envelope.rcpt_tos
        self.message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.id = self.message["Message-ID"]
        self.tls, self.user = peer_is_tls, user

    def part(self, kind):
        return next((p for p in self.message.walk() if p.get_content_type() == kind), None)

    def text(self, kind="text/plain"):
        return self.part(kind).get_content()


class Mailbox:
    """Takes mails on 127.0.0.1; `judge(envelope)` may return another answer than 250."""

    def __init__(self, port=0, **options):
        self.mails, self.attempts = [], []
        self.judge = lambda envelope: None
        self.lock = threading.Lock()
        self.options_given = options
        self.port = port
        self.kill_after_taking = None  # a process that dies before it hears the answer
        self.start()

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port or free_port(),
                                     **self.options_given)
        self.controller.start()
        self.port = self.controller.port

    def stop(self):
        self.controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self.lock:
            self.attempts.append(address)
        if address.startswith("nobody"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.judge(envelope)
        if answer is not None:
            answer = await answer if hasattr(answer, "__await__") else answer
        if answer is not None:
            return answer
        user = session.auth_data.login.decode() if session.authenticated else None
        with self.lock:
            self.mails.append(Mail(envelope, session.ssl is not None, user))
        if self.kill_after_taking is not None:
            os.kill(self.kill_after_taking, signal.SIGKILL)
            self.kill_after_taking = None
        return "250 taken"

    def to(self, address):
        with self.lock:
            return [m for m in self.mails if address in m.recipients]

    def about(self, reservation):
        with self.lock:
            return [m for m in self.mails if reservation in m.text()]

    def options(self, security="none"):
        return ("--smtp-host", "127.0.0.1", "--smtp-port", self.port, "--smtp-security", security,
                "--mail-from", "bookings@atrium.example", "--mail-from-name", "Atrium 예약")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def certificate(folder):
    """A certificate for 127.0.0.1 that signs itself: (certificate file, server's context)."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


def accepting(user, password):
    """An authenticator for one account."""
    def check(server, session, envelope, mechanism, data):
        good = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=good, handled=False, auth_data=data if good else None)
    return check
