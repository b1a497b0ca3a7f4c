"""Disks that are full and files that are not ours: a clear word, no false promise, nothing overwritten."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess

import pytest

from harness import times
from harness.client import Client, fresh_key
from harness.server import StartFailed, run_tool
from harness.wire import WireError
from harness.world import World

GRACE_SECONDS = 30


def book_until_the_end(world, guest, room, most=20000):
    """Books slot after slot until the server is gone; the ids that were answered 201."""
    acknowledged = []
    for n in range(most):
        body = world.booking(room, times.slot(2 + n // 48, n // 2 % 24, n % 2 * 30, 30), title="x" * 200)
        try:
            answer = guest.post("/v1/reservations", body, idem=fresh_key("disk"))
        except WireError:
            return acknowledged
        if answer.status == 201:
            acknowledged.append(answer.json()["id"])
        elif answer.status in (500, 503, 507):
            if world.server.process.poll() is not None:
                return acknowledged
    raise AssertionError("the disk never became full")


def assert_told_and_stopped(server):
    code = server.wait(GRACE_SECONDS)
    assert code not in (0, None) and code > 0, f"stops by itself with a code, not by a signal: {code}\n{server.log()}"
    last = "\n".join(server.log().splitlines()[-15:])
    assert any(word in last.lower() for word in ("no space", "disk", "file too large", "full")), last


def assert_all_there(server, guest, acknowledged):
    guest.move_to(server)
    kept = {r["id"]: r["status"] for r in guest.items("/v1/reservations", limit=200)}
    lost = [a for a in acknowledged if kept.get(a) != "confirmed"]
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged bookings are gone"


class SmallDisk:
    """A tmpfs of a few megabytes in a mount namespace of its own; nobody else sees it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True)
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
            unshare += ["--propagation", "unchanged"]  # under chroot the root is no mount point to be made private
        self.holder = subprocess.Popen([*unshare, "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n", "a mount namespace can be made"
        self.user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self.enter = ["nsenter", *self.user, "--mount", "--root", "--target", str(self.holder.pid)]

    def inside(self, *command):
        subprocess.run([*self.enter, *map(str, command)], check=True)

    def mount(self, size):
        self.inside("mount", "-t", "tmpfs", "-o", f"size={size}", "none", self.path)

    def grow(self, size):
        self.inside("mount", "-o", f"remount,size={size}", self.path)

    def close(self):
        self.holder.kill()
        self.holder.wait()


@pytest.fixture
def small_disk(tmp_path):
    disk = SmallDisk(tmp_path / "data" / "journal")
    yield disk
    disk.close()


def test_a_full_disk_under_the_journal_loses_nothing_that_was_promised(own, small_disk):
    small_disk.mount("3m")
    server = own(command=small_disk.enter)
    world = World(server)
    guest, room = world.customer(), world.room(horizonDays=3650)
    acknowledged = book_until_the_end(world, guest, room)
    assert_told_and_stopped(server)
    assert len(acknowledged) > 50, "it worked before"
    small_disk.grow("200m")
    again = own(command=small_disk.enter)
    assert_all_there(again, guest, acknowledged)
    world.server = again
    world.book(guest, room, times.slot(700))
    assert again.stop() == 0


def limit_files(megabytes):
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes << 20, megabytes << 20))
    return apply


def test_a_write_that_fails_anywhere_loses_nothing_that_was_promised(own):
    """RLIMIT_FSIZE: any file of the data directory may be the one that cannot grow."""
    server = own(preexec=limit_files(5))
    world = World(server)
    guest, room = world.customer(), world.room(horizonDays=3650)
    acknowledged = book_until_the_end(world, guest, room)
    assert_told_and_stopped(server)
    again = own()
    assert_all_there(again, guest, acknowledged)
    assert again.stop() == 0


# ---- files that are damaged or somebody else's --------------------------------------------------
def refuses_to_start(own, what, **options):
    server = own(start=False, **options)
    with pytest.raises(StartFailed):
        server.start()
    log = server.log()
    assert server.process.returncode > 0, f"{what}: ended by a signal, not by a decision: {server.process.returncode}\n{log}"
    assert len(log.strip()) > 20, f"{what}: says nothing"
    return log


def snapshot(directory):
    return {p.relative_to(directory): (p.stat().st_size, p.read_bytes() if p.stat().st_size < 1 << 24 else b"")
            for p in sorted(directory.rglob("*")) if p.is_file() and "lock" not in p.name}


def filled(own, name="data"):
    server = own(name=name)
    world = World(server)
    guest, room = world.customer(), world.room()
    for hour in range(20):
        world.book(guest, room, times.slot(4, hour))
    assert server.stop() == 0
    return server.data_dir


def journal_file(data_dir):
    return max((p for p in (data_dir / "journal").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)


def test_a_directory_with_alien_files_is_left_alone(own, tmp_path):
    for name, content in (("data.mdb", b"not lmdb at all\n" * 400), ("thesis.tex", b"my thesis")):
        directory = tmp_path / name.replace(".", "-") / "journal"
        directory.mkdir(parents=True)
        (directory / name).write_bytes(content)
        log = refuses_to_start(own, name, name=directory.parent.name)
        assert "journal" in log
        assert (directory / name).read_bytes() == content, "nothing is overwritten"


def test_a_journal_cut_short_is_noticed_and_left_as_it_is(own):
    data = filled(own)
    file = journal_file(data)
    used = len(file.read_bytes().rstrip(b"\0"))  # the rest is what the journal keeps ready
    with open(file, "r+b") as f:
        f.truncate(used // 3)
    before = snapshot(data / "journal")
    log = refuses_to_start(own, "cut")
    assert "journal" in log
    assert snapshot(data / "journal") == before
    verified = run_tool("journal", "verify", "--data-dir", data)
    assert verified.returncode > 0 and (verified.stdout + verified.stderr).strip()
    assert snapshot(data / "journal") == before


@pytest.mark.parametrize("what,instead", [(b"reservation.confirmed.v1", b"reservation.confirmeD.v1"),
                                          (b'"title":"Weekly sync"', b'"title":"Weakly sync"')])
def test_bytes_changed_in_records_are_found_by_verify(own, what, instead):
    data = filled(own)
    assert run_tool("journal", "verify", "--data-dir", data).returncode == 0
    file = journal_file(data)
    content = file.read_bytes()
    assert what in content
    file.write_bytes(content.replace(what, instead))
    verified = run_tool("journal", "verify", "--data-dir", data)
    told = verified.stdout + verified.stderr
    assert verified.returncode > 0, f"a damaged record passes: {told}"
    assert "position" in told or "record" in told, told


def test_derived_data_that_is_gone_or_garbage_is_made_again(own):
    data = filled(own)
    for damage in ("remove", "garbage"):
        for name in ("views", "index"):
            directory = data / name
            if damage == "remove":
                shutil.rmtree(directory)
            else:
                for file in directory.rglob("*.mdb"):
                    if "lock" not in file.name:
                        file.write_bytes(os.urandom(65536))
        server = own()
        operator = World(server).operator
        assert len(operator.items("/v1/reservations", {"status": "confirmed"})) == 20, damage
        assert server.stop() == 0


def test_an_unreadable_or_unwritable_place_is_said_plainly(own, tmp_path):
    (tmp_path / "file").write_text("I am a file")
    log = refuses_to_start(own, "a file as data directory", name="file")
    assert "file" in log
    assert (tmp_path / "file").read_text() == "I am a file"
    client = Client(own(name="fresh"))
    client.get("/livez")
