"""Stripe's adapter against stripe-mock: every request fits Stripe's OpenAPI description; TLS is verified."""

import os
import pathlib
import re
import shutil
import ssl
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

from harness.server import ROOT

# The newest release that the Go of Debian 12 (1.19) builds.
MODULE = "github.com/stripe/stripe-mock@v0.148.0"
TOOLS = pathlib.Path(os.environ.get("ATRIUM_TOOLS") or ROOT / "build" / "release" / "tools")
CHECK = os.environ.get("ATRIUM_STRIPE_MOCK_CHECK") or ROOT / "build/release/tests/stripe/stripe_mock_check"


def built():
    """Path of stripe-mock, built on first use."""
    program = TOOLS / MODULE.replace("/", "_") / "stripe-mock"
    if program.exists():
        return program
    go = "/usr/bin/go" if os.path.exists("/usr/bin/go") else shutil.which("go")
    assert go, "no Go to build stripe-mock with; scripts/test installs it (package golang-go)"
    fresh = TOOLS / f"fresh-{os.getpid()}"
    env = {**os.environ, "GOBIN": str(fresh), "GOPATH": str(TOOLS / "go"), "GOFLAGS": "-modcacherw",
           "GOTOOLCHAIN": "local"}
    subprocess.run([go, "install", MODULE], env=env, check=True, timeout=500)
    program.parent.mkdir(parents=True, exist_ok=True)
    os.replace(fresh / "stripe-mock", program)
    fresh.rmdir()
    return program


@pytest.fixture(scope="module")
def mock():
    """{"HTTP": port, "HTTPS": port} of a running stripe-mock."""
    process = subprocess.Popen([built(), "-http-addr", "127.0.0.1:", "-https-addr", "127.0.0.1:"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ports, lines, ready = {}, [], threading.Event()

    def read():
        for line in process.stdout:
            lines.append(line)
            found = re.search(r"Listening for (HTTPS?) at address: \S*:(\d+)", line)
            if found:
                ports[found[1]] = int(found[2])
            if len(ports) == 2:
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert ready.wait(30) and len(ports) == 2, "".join(lines)
    yield ports
    process.kill()
    process.wait(10)
    reader.join(5)


def test_the_mock_refuses_what_stripe_would_refuse(mock):
    request = urllib.request.Request(f"http://127.0.0.1:{mock['HTTP']}/v1/payment_intents",
                                     data=b"amount=1&currency=krw&colour=red",
                                     headers={"Authorization": "Bearer sk_test_123"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 400


def test_the_adapter_speaks_as_stripe_describes(mock, tmp_path):
    certificate = tmp_path / "mock.pem"
    certificate.write_text(ssl.get_server_certificate(("127.0.0.1", mock["HTTPS"])))
    env = {**os.environ, "STRIPE_MOCK_HTTP": f"http://127.0.0.1:{mock['HTTP']}",
           "STRIPE_MOCK_HTTPS": f"https://localhost:{mock['HTTPS']}",
           "STRIPE_MOCK_HTTPS_BY_ADDRESS": f"https://127.0.0.1:{mock['HTTPS']}", "STRIPE_MOCK_CA": str(certificate)}
    done = subprocess.run([CHECK], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "7 tests" in done.stdout, done.stdout + done.stderr
