"""The clients' record of a run, one JSON line per fact, written before it can be lost.

{"op": n, "kind", "key", "account", "request", "target"}   what a client is about to ask, before it asks
{"op": n, "attempt": {...}}                                 an answer, or {"unknown": true}
{"note": "kill", ...}                                       what the run did
"""

import json

from checker import Operation


class History:
    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8", buffering=1 << 16)
        self.count = 0
        self.operations = []

    def begin(self, kind, key, account, request, target=""):
        op = Operation(kind, key, account, request, target)
        op.number = self.count
        self.count += 1
        self.operations.append(op)
        self._line({"op": op.number, "kind": kind, "key": key, "account": account, "request": request,
                    "target": target})
        return op

    def attempt(self, op, attempt):
        op.attempts.append(attempt)
        self._line({"op": op.number, "attempt": attempt})

    def note(self, what, **facts):
        self._line({"note": what, **facts})

    def _line(self, value):
        self.file.write(json.dumps(value, ensure_ascii=False) + "\n")

    def close(self):
        self.file.close()


def load(path):
    """The operations of a recorded run, for checking it again."""
    operations = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            fact = json.loads(line)
            if "attempt" in fact:
                operations[fact["op"]].attempts.append(fact["attempt"])
            elif "op" in fact:
                operations[fact["op"]] = Operation(fact["kind"], fact["key"], fact["account"], fact["request"],
                                                   fact["target"])
    return list(operations.values())
