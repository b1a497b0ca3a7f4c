"""The README's tour, run literally."""

import os
import re
import subprocess

from harness.server import ROOT


def tour():
    """The block of README.md that starts with ```sh tour."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^```sh tour[^\n]*\n(.*?)^```", text, re.M | re.S)
    assert block, "README.md has no ```sh tour block"
    return block.group(1)


def run_tour(server):
    """bash with every command echoed, so that a failure shows where it was."""
    env = {**os.environ, "ATRIUM": f"http://{server.host}:{server.port}", "KEY": server.admin_key,
           "ATRIUM_KEY": server.admin_key, "URL": f"http://{server.host}:{server.port}"}
    script = "set -u\n" + tour()
    return subprocess.run(["bash", "-x", "-c", script], capture_output=True, text=True, timeout=60, env=env)


def test_every_command_of_the_tour_does_what_the_readme_says(own):
    server = own("--demo")
    done = run_tour(server)
    text = done.stdout
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "confirmed" in text, f"a booking is made:\n{text}\n{done.stderr}"
    assert "slot-taken" in text, "a second one for the same slot is refused"
    assert '"refund"' in text, "and a cancellation pays back"
    assert "unauthenticated" not in text and "not-found" not in text, text
