"""Errors are problem documents, with stable codes, in English, and repeat nothing of what was sent."""

import json

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.translation import get_language

from consent.receipts.reading import NotFound
from consent.seals.directory import KeystoreRefused
from portal.api import problems

from .conftest import code_of

CANARY = "canary-7f3a"


def test_an_address_that_does_not_exist_is_a_problem_document(db, anyone):
    assert code_of(anyone.get(f"/api/v1/{CANARY}"), 404) == "not_found"
    assert code_of(anyone.delete("/api/"), 404) == "not_found"


def test_a_method_that_an_address_does_not_take_is_named_in_allow(alice, programmes):
    response = alice.put("/api/v1/decisions", {}, content_type="application/json")
    assert code_of(response, 405) == "method_not_allowed"
    assert set(response["Allow"].split(", ")) == {"GET", "POST", "HEAD"}


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_a_body_of_another_type_is_refused(alice, programmes, kind):
    assert (
        code_of(alice.generic("POST", "/api/v1/decisions", b"x=1", content_type=kind), 415) == "unsupported_media_type"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b'{"a":1,"a":1}', b'{"kind":NaN}', b'{"kind":Infinity}', b'{"kind":1e999}',
        b'{"kind":"\\ud800"}', b'{"kind":"\\u0000"}', b"[" * 60_000, b'{"a":' * 9 + b"1" + b"}" * 9, b'{"a":' + b"9" * 5_000 + b"}",
        b"{'kind': 1}", b'{"kind": 1,}', b"\xef\xbb\xbf{}", b'{"a":{"b":1,"b":2}}',
    ],
)  # fmt: skip
def test_json_that_is_not_strict_is_refused(alice, programmes, body):
    response = alice.generic("POST", "/api/v1/decisions", body, content_type="application/json")
    assert code_of(response, 400) == "malformed"


def test_a_body_that_is_too_long_is_refused(alice, programmes):
    body = json.dumps({"programme": "x" * 70_000}).encode()
    assert (
        code_of(alice.generic("POST", "/api/v1/decisions", body, content_type="application/json"), 413) == "too_large"
    )


def test_an_unknown_field_is_refused_and_its_name_not_repeated(alice, programmes):
    body = {"programme": "interface-learning", "kind": "mouse", "state": "refused", CANARY: 1}
    response = alice.post("/api/v1/decisions", body, content_type="application/json")
    assert code_of(response, 400) == "invalid"
    assert response.json()["errors"][0]["code"] == "unknown_field"
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        {"programme": CANARY, "kind": CANARY, "state": "given", "notice_version": 1},
        {"programme": "interface-learning", "kind": "mouse", "state": CANARY},
        {"programme": {CANARY: 1}, "kind": [CANARY], "state": {CANARY: [CANARY]}},
        {"programme": CANARY * 10, "kind": CANARY * 10, "state": CANARY},
    ],
)
def test_what_was_sent_is_not_repeated(alice, programmes, body):
    response = alice.post("/api/v1/decisions", body, content_type="application/json")
    assert response.status_code in (400, 422)
    assert CANARY not in response.content.decode()


def test_a_wrong_field_is_pointed_at(alice, programmes):
    response = alice.post("/api/v1/decisions", {"kind": "mouse", "state": "perhaps"}, content_type="application/json")
    found = {(error["pointer"], error["code"]) for error in response.json()["errors"]}
    assert found == {("/programme", "required"), ("/state", "invalid_choice")}


def test_a_fault_of_ours_is_a_problem_document_that_tells_nothing(alice, cast, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("portal.api.decisions.overview", broken)
    response = alice.get("/api/v1/decisions")
    assert code_of(response, 500) == "unexpected"
    assert CANARY not in response.content.decode()


def test_a_fault_of_ours_reaches_whoever_watches_exceptions(cast, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("portal.api.decisions.overview", broken)
    client = Client()
    client.force_login(cast.alice)
    with pytest.raises(RuntimeError):
        client.get("/api/v1/decisions")


def test_a_lost_database_is_a_503_that_says_to_repeat(alice, cast, monkeypatch):
    def lost(*_args, **_kwargs):
        raise OperationalError(CANARY)

    monkeypatch.setattr("portal.api.decisions.overview", lost)
    response = alice.get("/api/v1/decisions")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "unavailable"


def test_the_sentences_are_english_whatever_the_browser_asks_for(alice, monkeypatch, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    spoken = []
    monkeypatch.setattr("portal.api.decisions.overview", lambda _person: spoken.append(get_language()) or [])
    alice.get("/api/v1/decisions", headers={"Accept-Language": "de"})
    assert spoken == ["en"]


def test_where_keys_lie_is_not_told():
    found = problems.problem_of(KeystoreRefused(f"The keystore /{CANARY} is not private."))
    assert found.status == 503
    assert CANARY not in found.detail


def test_a_room_s_exception_that_the_table_does_not_list_is_a_fault_of_ours():
    class Unlisted(Exception):
        code = "unlisted"

    Unlisted.__module__ = "consent.somewhere"
    assert problems.problem_of(Unlisted("sentence")) is None
    assert problems.problem_of(NotFound("There is no such receipt.")).status == 404


def test_an_exception_from_elsewhere_with_a_listed_code_is_a_fault_of_ours():
    class Foreign(Exception):
        code = "not_found"

    assert problems.problem_of(Foreign(CANARY)) is None


def test_every_status_in_the_table_is_an_error_with_a_phrase():
    assert all(400 <= status < 600 for status in problems.STATUS.values())
