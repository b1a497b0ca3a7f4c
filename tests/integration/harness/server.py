"""The server under test as a process: start, wait for its start-up line, stop, kill."""

import collections
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
ADMIN_KEY = "integration-admin-key-0123456789abcdef"
WEBHOOK_SECRET = "whsec_integration"  # signs what the payment provider tells us
#: In the last thing that a start prints: whoever has it has the keys, too.
ADDRESS = re.compile(r"is ready at https?://(\[[0-9a-f:]+\]|[0-9.]+):(\d+)")
START_SECONDS = 60


def binary():
    return os.environ.get("ATRIUM_BINARY") or str(ROOT / "build" / "release" / "atrium")


def environment(more=None):
    """The tests' own environment without its ATRIUM_ settings, and with those of this run."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("ATRIUM_")}, **(more or {})}


def run_tool(*args, timeout=120, env=None):
    """Runs a subcommand to its end: CompletedProcess with text."""
    return subprocess.run([binary(), *map(str, args)], capture_output=True, text=True, timeout=timeout,
                          env=environment(env))


def free_port():
    """A port that nobody listens on now, for those who have to know it before they start."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class StartFailed(Exception):
    pass


class Server:
    """One run of `atrium serve`. Restarting on the same directory is a new object (`again()`)."""

    def __init__(self, data_dir, *args, env=None, listen="127.0.0.1:0", command=None, admin_key=ADMIN_KEY,
                 preexec=None, tls=None):
        self.data_dir = pathlib.Path(data_dir)
        self.args, self.env, self.listen, self.admin_key = args, env or {}, listen, admin_key
        self.command, self.preexec = command or [], preexec
        self.tls = tls  # ssl.SSLContext of the clients; None: plain text
        self.process = None
        self.lines = collections.deque(maxlen=5000)
        self.host = self.port = None
        self.ready = threading.Event()
        self.start_seconds = None
        self.written = 0  # newest Atrium-Position that a caller was told

    def start(self, wait=True):
        env = environment()
        if self.admin_key:
            env["ATRIUM_ADMIN_KEY"] = self.admin_key
        if "--stripe-webhook-secret-file" not in self.args:
            env["ATRIUM_STRIPE_WEBHOOK_SECRET"] = WEBHOOK_SECRET
        env.update(self.env)
        env = {name: value for name, value in env.items() if value is not None}
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*self.command, binary(), "serve", "--data-dir", str(self.data_dir), "--listen", self.listen,
             *map(str, self.args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
            preexec_fn=self.preexec)
        self.drain = threading.Thread(target=self._drain, daemon=True)
        self.drain.start()
        if wait:
            if not self.ready.wait(START_SECONDS) or self.port is None:
                self.kill()
                raise StartFailed(f"no start-up line:\n{self.log()}")
            self.start_seconds = time.monotonic() - began
        return self

    def _drain(self):
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            self.lines.append(line)
            found = ADDRESS.search(line)
            if found and self.port is None and int(found.group(2)) != 0:
                self.host, self.port = found.group(1).strip("[]"), int(found.group(2))
                self.ready.set()
        self.ready.set()  # the process ended; start() looks at port

    def log(self):
        return "\n".join(self.lines)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, timeout=30):
        code = self.process.wait(timeout)
        self.drain.join(5)
        return code

    def stop(self, timeout=30):
        """SIGTERM; the exit code. A server that does not drain in time is killed and the test fails."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no exit within {timeout} s of SIGTERM:\n{self.log()[-4000:]}") from None

    def kill(self):
        if self.alive():
            self.process.kill()
        if self.process is not None:
            self.process.wait(30)
            self.drain.join(5)

    def again(self, **changes):
        """A new process with the same settings, started."""
        settings = dict(env=self.env, listen=self.listen, command=self.command, admin_key=self.admin_key,
                        preexec=self.preexec, tls=self.tls)
        args = changes.pop("args", self.args)
        settings.update(changes)
        return Server(self.data_dir, *args, **settings).start()

    def memory_kb(self):
        """{"VmRSS", "RssAnon", "RssFile", ...} of the process in KiB."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return {name: int(kb) for name, kb in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.M)}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
