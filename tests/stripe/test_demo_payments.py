"""What scripts/run --demo-payments does: both programs, one end."""

import os
import pathlib
import re
import signal
import subprocess
import threading

from harness.psp import binary as psp_binary
from harness.server import ADDRESS, ADMIN_KEY, ROOT, binary, environment
from harness.waiting import until
from harness.world import World
from harness import times


def test_both_programs_serve_and_end_together(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "atrium").symlink_to(pathlib.Path(binary()).resolve())
    (programs / "atrium-psp").symlink_to(pathlib.Path(psp_binary()).resolve())
    script = 'set -euo pipefail; source "$0"; serve_with_psp "$@"'
    process = subprocess.Popen(
        ["bash", "-c", script, ROOT / "scripts" / "common.sh", programs, tmp_path / "data-psp",
         "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment({"ATRIUM_ADMIN_KEY": ADMIN_KEY}), start_new_session=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        address = until(lambda: [found for line in list(lines) if "simulator" not in line
                                 for found in [ADDRESS.search(line)] if found], "atrium is ready", 30)[0]

        class Running:
            host, port, written = address[1], int(address[2]), 0

        world = World(Running())
        made = world.booked(world.customer(), world.room(), times.slot(3))
        assert made["payment"]["status"] == "captured"
        psp = re.search(r"simulator at http://127\.0\.0\.1:(\d+)", "".join(lines))[1]
        assert made["payment"]["id"] in (tmp_path / "data-psp" / "ledger").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, "".join(lines)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        reader.join(5)
    gone = subprocess.run(["curl", "-s", "-m", "2", f"http://127.0.0.1:{psp}/healthz"], capture_output=True)
    assert gone.returncode == 7, "the simulator has ended too"
