"""The contract checker finds what is wrong, and passes what is right."""

import json
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from fake import DOCUMENT  # noqa: E402
from harness.contract import Contract, Violation  # noqa: E402
from harness.wire import Answer  # noqa: E402

AT = "2026-11-22T00:00:00Z"
PROBLEM = {"type": "t", "title": "t", "status": 503, "detail": "d"}


@pytest.fixture
def contract():
    return Contract(DOCUMENT)


def of(status, body, kind="application/json", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    pairs = [("content-type", kind)] + [(k.lower().replace("_", "-"), v) for k, v in headers.items()]
    return Answer(status, pairs, data)


def test_a_sound_answer_passes_and_counts_as_exercised(contract):
    contract.check("GET", "/v1/things?limit=2", of(200, {"items": [{"id": "a", "at": AT}]}, x_need="1"))
    contract.check("POST", "/v1/things", of(201, {"id": "a", "at": AT}), json.dumps({"id": "a", "at": AT}).encode())
    assert contract.unexercised() == ["DELETE /v1/things/{id}", "GET /v1/things/latest"]


@pytest.mark.parametrize("method,target,answer,request_body,what", [
    ("GET", "/v1/things", of(200, {"items": [{"id": 1, "at": AT}]}, x_need="1"), b"", "is not of type"),
    ("GET", "/v1/things", of(200, {}, x_need="1"), b"", "required property"),
    ("GET", "/v1/things", of(200, {"items": [{"id": "a", "at": "today"}]}, x_need="1"), b"", "date-time"),
    ("GET", "/v1/things", of(200, {"items": [{"id": "a", "at": AT, "b": 1}]}, x_need="1"), b"", "additional"),
    ("GET", "/v1/things", of(200, {"items": []}), b"", "x-need"),
    ("GET", "/v1/things", of(200, {"items": []}, "text/html", x_need="1"), b"", "content type"),
    ("GET", "/v1/things?colour=red", of(200, {"items": []}, x_need="1"), b"", "undocumented query"),
    ("GET", "/v1/things", of(503, PROBLEM, "application/problem+json"), b"", "retry-after"),
    ("GET", "/v1/things", of(404, PROBLEM, "application/problem+json"), b"", "problem says 503"),
    ("POST", "/v1/things", of(200, {"id": "a", "at": AT}), b"", "not documented"),
    ("POST", "/v1/things", of(201, {"id": "a", "at": AT}), b'{"id":1}', "outside the document"),
    ("DELETE", "/v1/things/7", of(204, b"hello"), b"", "a body where none"),
    ("GET", "/v1/nothing", of(200, {}), b"", "not in the document"),
    ("PUT", "/v1/things", of(200, {}), b"", "not in the document"),
])
def test_a_broken_promise_is_found(contract, method, target, answer, request_body, what):
    with pytest.raises(Violation) as found:
        contract.check(method, target, answer, request_body)
    assert what in str(found.value).lower()


def test_a_literal_path_wins_over_a_placeholder(contract):
    assert contract.find("GET", "/v1/things/latest").template == "/v1/things/latest"
    assert contract.find("DELETE", "/v1/things/latest").template == "/v1/things/{id}"


def test_an_unknown_path_may_be_not_found(contract):
    contract.check("GET", "/v1/nothing", of(404, {**PROBLEM, "status": 404}, "application/problem+json"))
