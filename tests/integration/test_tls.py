"""HTTPS: with the tests' own client, curl, openssl s_client, and clients that do not behave."""

import signal
import socket
import ssl
import subprocess

import pytest
from harness import times
from harness.certificates import Certificate, trusting
from harness.client import Client, fresh_key
from harness.server import ADMIN_KEY, Server, StartFailed
from harness.waiting import until
from harness.world import World


@pytest.fixture(scope="module")
def certificate():
    return Certificate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder, certificate):
    with Server(folder / "data", *certificate.write(folder), tls=trusting(certificate)) as running:
        yield running


def s_client(server, *options, send=b""):
    return subprocess.run(["openssl", "s_client", "-connect", f"{server.host}:{server.port}", *options],
                          input=send, capture_output=True, timeout=20)


def shown_certificate(server):
    """What a new connection is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((server.host, server.port), timeout=10) as raw, context.wrap_socket(raw) as tls:
        return tls.getpeercert(binary_form=True)


def test_a_booking_over_tls(server):
    world = World(server)
    guest, room = world.customer(), world.room()
    booked = guest.post("/v1/reservations", world.booking(room, times.slot(3)), idem=fresh_key(), expect=201)
    guest.get(f"/v1/reservations/{booked.json()['id']}")
    assert "https://127.0.0.1" in server.log()


def test_events_stream_over_tls(server):
    world = World(server)
    guest, room = world.customer(), world.room()
    with guest.stream("/v1/events") as events:
        booked = guest.post("/v1/reservations", world.booking(room, times.slot(4)), idem=fresh_key(), expect=201)
        events.until(lambda e: booked.json()["id"] in e.data)


def test_curl_verifies_and_expects_to_continue(server, folder):
    url = f"https://{server.host}:{server.port}"
    curl = ["curl", "-sS", "--max-time", "10", "--cacert", str(folder / "certificate.pem"),
            "-H", f"Authorization: Bearer {ADMIN_KEY}"]
    seen = subprocess.run([*curl, "-w", "%{http_version} %{ssl_verify_result}", f"{url}/v1/me"],
                          capture_output=True, text=True)
    assert seen.returncode == 0 and '"role":"admin"' in seen.stdout and seen.stdout.endswith("1.1 0"), seen
    body = folder / "body.json"
    body.write_text('{"name": "' + "x" * 100_000 + '"}')
    posted = subprocess.run([*curl, "-H", "Expect: 100-continue", "-H", "Content-Type: application/json",
                             "-w", "%{http_code}", "-o", "/dev/null", "-d", f"@{body}", f"{url}/v1/rooms"],
                            capture_output=True, text=True)
    assert posted.stdout == "422", posted


@pytest.mark.parametrize("offer, shown", [
    (["-tls1_3", "-alpn", "h2,http/1.1"], b"ALPN protocol: http/1.1"),
    (["-tls1_2"], b"Cipher is ECDHE-"),
    (["-tls1_2", "-alpn", "http/1.1"], b"ALPN protocol: http/1.1"),
])
def test_what_is_agreed_on(server, offer, shown):
    done = s_client(server, *offer)
    assert done.returncode == 0 and shown in done.stdout, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("offer", [
    ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],  # no forward secrecy
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],  # no authenticated encryption
    ["-alpn", "h2"],
])
def test_what_is_refused(server, offer):
    assert s_client(server, *offer).returncode != 0
    Client(server).get("/livez")


def test_a_client_cannot_renegotiate(server):
    done = s_client(server, "-tls1_2", send=b"R\n")
    assert b"Secure Renegotiation IS supported" in done.stdout
    assert b"renegotiation" in done.stderr.lower(), done.stderr


def test_plain_http_is_told_where_to_go(server):
    with socket.create_connection((server.host, server.port), timeout=10) as raw:
        raw.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ") and b"https://" in answer


def test_silent_connections_are_cut_and_others_served(own, tmp_path, certificate):
    server = own(*certificate.write(tmp_path), "--handshake-timeout", "1s", "--max-handshakes", "50",
                 tls=trusting(certificate))
    silent = [socket.create_connection((server.host, server.port), timeout=10) for _ in range(45)]
    Client(server).get("/livez")
    assert all(s.recv(1) == b"" for s in silent)
    for s in silent:
        s.close()
    assert server.stop() == 0


def test_a_certificate_is_replaced_without_a_break(own, tmp_path):
    first, second, third = Certificate(), Certificate(), Certificate()
    server = own(*first.write(tmp_path), tls=trusting(first, second, third))
    staying = Client(server)
    staying.get("/livez")
    connection = staying.connection.writer
    second.write(tmp_path)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: shown_certificate(server) == second.der, "SIGHUP to bring the second certificate")
    third.write(tmp_path)
    until(lambda: shown_certificate(server) == third.der, "the changed files to be noticed")
    staying.get("/livez")
    assert staying.connection.writer is connection, "the old connection was dropped"
    (tmp_path / "key.pem").write_text(first.key_pem())
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "is not the key of" in server.log(), "the mistake to be logged")
    assert shown_certificate(server) == third.der
    assert server.stop() == 0


def test_mistakes_are_told_at_start(own, tmp_path):
    good, other = Certificate(), Certificate()
    options = good.write(tmp_path)

    def told(text, *arguments):
        with pytest.raises(StartFailed, match=text):
            own(*arguments)

    told("set together", *options[:2])
    told("cannot be read: No such file", "--tls-certificate", tmp_path / "missing.pem", *options[2:])
    (tmp_path / "key.pem").write_text(other.key_pem())
    told("is not the key of", *options)
    (tmp_path / "key.pem").write_text(good.key_pem(b"secret"))
    told("without a passphrase", *options)
    told("expired at 20", *Certificate(days=-1).write(tmp_path))
