"""Holds the tree against the house rules; prints every breach as path:line: rule: text.

Usage: hygiene.py ROOT. The rules are the functions in RULES; tests/repo/hygiene_test.py plants a breach
of each.
"""
import os
import re
import subprocess
import sys

# Which folders a folder may include; "actors/protocol" stands for that part of actors alone.
MAY_INCLUDE = {
    "domain": [],
    "cluster-config": ["domain"],
    "persistence": ["domain"],
    "outbound": ["domain"],
    "payments": ["domain", "outbound"],
    "notifications": ["domain", "persistence", "outbound"],
    "actors": ["domain", "persistence", "payments", "notifications"],
    "sagas": ["domain", "persistence", "payments", "actors"],
    "http": ["domain", "persistence", "notifications", "actors/protocol"],
    "app": ["domain", "cluster-config", "persistence", "outbound", "payments", "notifications", "actors",
            "sagas", "http"],
    "psp": ["domain", "cluster-config", "outbound", "payments", "http"],
}
# Libraries that only these folders may know.
ONLY_IN = {
    r"caf/": {"actors", "sagas", "app", "tests", "bench"},
    r"lmdb\.h": {"persistence", "tests", "bench"},
    r"boost/(beast|asio)": {"http", "outbound", "app", "tests", "bench"},
    r"curl/": {"outbound", "tests"},
    r"libical/": {"notifications", "tests"},
    r"CLI/": {"cluster-config", "app", "psp", "tests", "bench"},
}
CODE = (".cpp", ".hpp", ".py", ".sh", ".js", ".ts")
CXX = (".cpp", ".hpp")
MOST_LINES = 400
# Written in pieces, so that this file does not break its own rule.
LEFTOVER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HA" + "CK"]) + r")\b")
DISABLED = re.compile(r"DISABLED_|GTEST_SKIP|mark\.skip|mark\.xfail|pytest\.skip|unittest\.skip")
SLEEP = re.compile(r"\bsleep_(for|until)\b|\b(u|nano)?sleep\(")
# Waiting for another process has to poll; the one place in tests/integration that may.
MAY_SLEEP = re.compile(r"^tests/(integration|simulation)/(\w+/)*waiting\.(py|hpp|cpp)$")
MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(work|home|root|Users)/\w")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def list_files(root):
    """Files that are or could be committed, as paths relative to root."""
    try:
        out = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True).stdout.decode()
        found = [name for name in out.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in ("build", "data", ".git", "__pycache__")]
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(name for name in found if os.path.isfile(os.path.join(root, name)))


def lines_of(root, path):
    try:
        with open(os.path.join(root, path), encoding="utf-8") as f:
            return f.read().splitlines()
    except UnicodeDecodeError:
        return []  # not text


def top(path):
    return path.split("/")[0] if "/" in path else ""


def may_include(folder, included):
    if folder not in MAY_INCLUDE or top(included) not in MAY_INCLUDE or top(included) == folder:
        return True
    return any(included.startswith(allowed + "/") for allowed in MAY_INCLUDE[folder])


def include_direction(root, files):
    for path in files:
        if not path.endswith(CXX):
            continue
        folder = top(path)
        for number, line in enumerate(lines_of(root, path), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            kind, included = found.groups()
            if kind == '"' and not may_include(folder, included):
                yield path, number, f"{folder}/ must not include {included}"
            if kind == '"' and folder in MAY_INCLUDE and "/" not in included:
                yield path, number, f"{included}: includes start at the root of the tree"
            for library, folders in ONLY_IN.items():
                if kind == "<" and re.match(library, included) and folder not in folders:
                    yield path, number, f"{folder}/ must not know {included}"


def leftovers(root, files):
    for path in files:
        for number, line in enumerate(lines_of(root, path), 1):
            if LEFTOVER.search(line):
                yield path, number, "leftover marker: " + line.strip()


def disabled_tests(root, files):
    for path in files:
        if not path.startswith("tests/") or path.startswith("tests/repo/hygiene"):
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            if DISABLED.search(line):
                yield path, number, "disabled test: " + line.strip()


def sleeping_tests(root, files):
    for path in files:
        is_test = path.startswith("tests/") and path.endswith(CODE)
        if not is_test or MAY_SLEEP.match(path) or path.startswith("tests/repo/hygiene"):
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            if SLEEP.search(line):
                yield path, number, "tests wait for events, not for time: " + line.strip()


def readme_in_every_folder(root, files):
    for folder in sorted({top(path) for path in files} - {""}):
        if not folder.startswith(".") and f"{folder}/README.md" not in files:
            yield folder, 1, "no README.md"


def file_size(root, files):
    for path in files:
        if path.endswith(CODE) and len(lines_of(root, path)) > MOST_LINES:
            yield path, 1, f"{len(lines_of(root, path))} lines; look for the second idea in it"


def machine_paths(root, files):
    for path in files:
        if path.startswith("tests/repo/hygiene"):
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            if MACHINE_PATH.search(line):
                yield path, number, "path of one machine: " + line.strip()


def formatting(root, files):
    sources = [path for path in files if path.endswith(CXX)]
    if not sources:
        return
    out = subprocess.run(["clang-format", "--dry-run", *sources], cwd=root, capture_output=True,
                         text=True, check=False).stderr
    told = set()
    for found in re.finditer(r"^(\S+?):(\d+):\d+: warning: code should be clang-formatted", out, re.M):
        if found[1] not in told:
            told.add(found[1])
            yield found[1], int(found[2]), "not formatted (scripts/format)"


def named_tests(root, files):
    """Documents name tests as `Suite.Name` or `file.py::name`; a test that is renamed or goes is missed."""
    known = set()
    for path in files:
        if not path.startswith("tests/"):
            continue
        text = "\n".join(lines_of(root, path))
        known |= {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", text, re.M)}
        known |= {f"{os.path.basename(path)}::{name}" for name in re.findall(r"^def (test_\w+)", text, re.M)}
    for path in files:
        if not path.startswith("docs/") or not path.endswith(".md"):
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            for name in re.findall(r"`(\w+Test\.\w+|test_\w+\.py::\w+)`", line):
                if name not in known:
                    yield path, number, f"no test is called {name}"


RULES = [include_direction, leftovers, disabled_tests, sleeping_tests, readme_in_every_folder,
         file_size, machine_paths, named_tests, formatting]


def check(root):
    files = list_files(root)
    return [(rule.__name__, *breach) for rule in RULES for breach in rule(root, files)]


if __name__ == "__main__":
    breaches = check(sys.argv[1])
    for rule, path, number, text in breaches:
        print(f"{path}:{number}: {rule}: {text}")
    print(f"{len(breaches)} breaches of the house rules")
    sys.exit(1 if breaches else 0)
