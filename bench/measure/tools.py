"""Small things every measurement needs: the load generator, CPU time, ports, people."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ATRIUM_BENCH_BUILD", ROOT / "build" / "release"))
sys.path.insert(0, str(ROOT / "tests" / "integration"))


def say(text):
    print(text, file=sys.stderr, flush=True)


def tool(name, *arguments, timeout=900):
    """Runs one of bench's programs; its JSON line."""
    command = [str(BUILD / "bench" / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def cpu_seconds(pid):
    """User and system time of a process, its threads included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_lines(path, lines):
    path = pathlib.Path(path)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


class Api:
    """A few plain calls, for set-up and checks."""

    def __init__(self, server, key):
        self.server, self.key = server, key
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=120)

    def call(self, method, target, body=None):
        headers = {"Authorization": f"Bearer {self.key}"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        # The server ends connections that were idle for a minute, and some loads take longer.
        self.connection.close()
        self.connection.request(method, target, data, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {target}: {answer.status} {content[:500]!r}")
        return content

    def json(self, method, target, body=None):
        return json.loads(self.call(method, target, body))


def make_customers(server, admin_key, count):
    """The keys of so many new customers."""
    def some(numbers):
        api, keys = Api(server, admin_key), []
        for n in numbers:
            account = api.json("POST", "/v1/accounts", {"name": f"Customer {n}", "email": f"c{n}@example.org",
                                                        "role": "customer", "locale": "en"})
            keys.append(api.json("POST", f"/v1/accounts/{account['id']}/keys", {"name": "bench"})["secret"])
        return keys
    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(some, [range(i, count, 8) for i in range(8)]), [])
