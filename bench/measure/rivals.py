"""What Atrium is measured beside: PostgreSQL with pgbench, and nginx with a static file."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

from tools import ROOT, free_port, tool, write_lines

PG_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
SQL = ROOT / "bench" / "postgres"


class Postgres:
    """A cluster of its own with the distribution's settings, reached by a socket in its directory. Stopped outside its
    loads, so that its own housekeeping falls on them and not on what is measured beside it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []

    def run(self, name, *arguments, timeout=600):
        return subprocess.run([*self.as_user, str(PG_BIN / name), *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout, check=True, cwd="/", env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})

    def __enter__(self):
        self.directory.mkdir(parents=True)
        for sql in SQL.glob("*.sql"):
            shutil.copy(sql, self.directory)
        if self.as_user:
            shutil.chown(self.directory, "postgres", "postgres")
        data = self.directory / "data"
        self.run("initdb", "-D", data, "--auth=trust", "-U", self.user, "--encoding=UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.directory}"
        self.run("pg_ctl", "-D", data, "-w", "-l", self.directory / "log", "-o", options, "start")
        self.connect = ["-h", self.directory, "-U", self.user]
        self.run("psql", *self.connect, "-q", "-d", "postgres", "-f", self.directory / "init.sql")
        self.signal(signal.SIGSTOP)
        return self

    def __exit__(self, *_):
        self.signal(signal.SIGCONT)
        self.run("pg_ctl", "-D", self.directory / "data", "-m", "immediate", "stop")

    def signal(self, number):
        """To the server and all its processes."""
        first = int((self.directory / "data" / "postmaster.pid").read_text().split()[0])
        for pid in [first, *map(int, (pathlib.Path("/proc") / str(first) / "task" / str(first) / "children").read_text().split())]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def book(self, clients, seconds, rooms=1000):
        """{"rate", "mean_us"} of pgbench with prepared statements."""
        self.signal(signal.SIGCONT)
        try:
            return self.book_awake(clients, seconds, rooms)
        finally:
            self.run("psql", *self.connect, "-q", "-d", "postgres", "-c", "CHECKPOINT")
            self.signal(signal.SIGSTOP)

    def book_awake(self, clients, seconds, rooms):
        done = self.run("pgbench", *self.connect, "-n", "-M", "prepared", "-c", clients, "-j", 2 if clients > 1 else 1,
                        "-T", max(1, round(seconds)), "-D", f"rooms={rooms}", "-f", self.directory / "book.sql", "postgres")
        number = {name: float(value) for name, value in re.findall(r"^(tps|latency average) = ([0-9.]+)", done.stdout, re.M)}
        failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
        if failed and int(failed.group(1)):
            raise RuntimeError(f"pgbench: {done.stdout}")
        return {"rate": number["tps"], "mean_us": number["latency average"] * 1000}


class Nginx:
    """One worker that serves one static file."""

    def __init__(self, directory, content):
        self.directory, self.content, self.port = pathlib.Path(directory), content, free_port()

    def __enter__(self):
        self.directory.mkdir(parents=True)
        (self.directory / "room.json").write_bytes(self.content)
        self.directory.chmod(0o755)
        temps = "".join(f"{t}_temp_path {self.directory}/{t}; " for t in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = write_lines(self.directory / "nginx.conf", [
            "daemon off; worker_processes 1;", f"pid {self.directory}/pid; error_log {self.directory}/error.log;",
            "user root;" if os.geteuid() == 0 else "", "events { worker_connections 2048; }",
            "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=10;",
            temps, f"server {{ listen 127.0.0.1:{self.port}; root {self.directory}; default_type application/json; }} }}"])
        self.process = subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.DEVNULL)
        self.target = write_lines(self.directory / "targets", ["/room.json"])
        deadline = time.monotonic() + 10
        while not (self.directory / "pid").exists():
            if time.monotonic() > deadline:
                raise RuntimeError((self.directory / "error.log").read_text())
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def get(self, clients, seconds):
        return tool("bench_load", "get", "--port", self.port, "--connections", clients, "--seconds", seconds,
                    "--targets", self.target)
