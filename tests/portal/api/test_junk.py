"""Whatever is sent anywhere: a clear answer, never a fault, never an echo."""

import json
from uuid import UUID

import pytest
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.captures.models import Segment
from consent.choices.models import Decision
from consent.database import acting_for
from consent.rights.models import RightsRequest

CANARY = "canary-junk-0451"
PATHS = [
    "/api/v1/permissions",
    "/api/v1/permissions/confirmations",
    "/api/v1/captures",
    "/api/v1/decisions",
    "/api/v1/receipts/",
    "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.json",
    "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.proof",
    "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.kantara.json",
    "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.pdf",
    "/api/v1/requests",
    "/api/v1/requests/DEL-3M8D-71WX",
    "/api/v1/verify",
    "/api/v1/ledger/checkpoint",
    "/api/v1/ledger/checkpoint/7",
    "/api/v1/ledger/checkpoint/7/time-stamp",
    "/api/v1/ledger/consistency",
    "/api/v1/keys",
    "/api/schema/",
    "/api/docs/",
    "/api/elsewhere",
]
QUICK = settings(
    max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip

words = st.text(max_size=12) | st.sampled_from(
    [
        "programme",
        "kind",
        "state",
        "given",
        "withdrawn",
        "interface-learning",
        "mouse",
        "deletion",
        "type",
        "scope",
        "from",
        "to",
        "kinds",
        "t",
        "x",
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=20,
)
bodies = st.one_of(st.binary(max_size=200), values.map(lambda value: json.dumps(value).encode()))
kinds = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "multipart/form-data; boundary=b",
        "application/x-www-form-urlencoded",
        "application/pdf",
        "",
        "x",
        "/",
    ]
)
queries = st.dictionaries(
    st.sampled_from(["after", "from", "to", "format", "lang", "x"]), st.text(max_size=20), max_size=3
)


def test_every_address_is_in_the_list():
    names = {found.url_name for found in map(get_resolver().resolve, PATHS)}
    api = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "api")
    assert names == {pattern.name for pattern in api.url_patterns}


def whole(path: str) -> str:
    return path.replace("3f2b8f0e-1111-4222-8333-444455556666", str(UUID(int=7)))


@QUICK
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"]),
    body=bodies,
    kind=kinds,
    query=queries,
)
def test_junk_is_answered_and_is_never_a_fault(alice, collector, path, method, body, kind, query):
    for client in (alice, collector):
        answer = client.generic(method, whole(path), body, content_type=kind, query_params=query)
        assert answer.status_code < 500, (answer.status_code, answer.content)


@QUICK
@given(
    path=st.sampled_from(
        [
            "/api/v1/decisions",
            "/api/v1/requests",
            "/api/v1/permissions/confirmations",
            "/api/v1/captures",
            "/api/v1/verify",
        ]
    ),
    body=values,
)
def test_json_of_any_shape_is_answered_and_is_never_a_fault(alice, collector, path, body):
    for client in (alice, collector):
        answer = client.generic(
            "POST", path, json.dumps(body).encode(), content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code < 500, (answer.status_code, answer.content)


fields = {
    "/api/v1/decisions": {"programme": words, "kind": words, "state": words, "notice_version": values},
    "/api/v1/requests": {
        "type": words,
        "scope": st.dictionaries(st.sampled_from(["programme", "kinds", "from", "to"]), values),
        "message": values,
    },
    "/api/v1/permissions/confirmations": {
        "version": values,
        "applied_at": values,
        "last_captured_at": values,
        "purged": values,
    },
    "/api/v1/captures": {
        "segments": st.lists(st.fixed_dictionaries({"programme": words, "kind": words, "events": values}), max_size=3)
    },
}


@QUICK
@given(data=st.data(), path=st.sampled_from(sorted(fields)))
def test_bodies_that_are_nearly_right_are_answered_and_are_never_a_fault(alice, collector, data, path):
    body = data.draw(st.fixed_dictionaries({}, optional=fields[path]))
    client = collector if "capt" in path or "perm" in path else alice
    answer = client.generic(
        "POST", path, json.dumps(body).encode(), content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code < 500, (answer.status_code, answer.content)


headers = st.dictionaries(
    st.sampled_from(
        [
            "Idempotency-Key",
            "If-None-Match",
            "Content-Encoding",
            "Accept",
            "Accept-Language",
            "Authorization",
            "X-CSRFToken",
            "Range",
        ]
    ),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=70),
)


@QUICK
@given(path=st.sampled_from(PATHS), shown=headers, method=st.sampled_from(["GET", "POST"]))
def test_headers_of_any_content_are_answered_and_are_never_a_fault(alice, collector, path, shown, method):
    for client in (alice, collector):
        answer = client.generic(method, whole(path), b"{}", content_type="application/json", headers=shown)
        assert answer.status_code < 500, (answer.status_code, answer.content)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_sent_comes_back_in_an_error(alice, collector, anyone, path, method):
    body = json.dumps({CANARY: CANARY, "kind": CANARY, "segments": CANARY, "type": CANARY}).encode()
    for client in (alice, collector, anyone):
        answer = client.generic(
            method, path, body, content_type="application/json", query_params={"from": CANARY, "after": CANARY}, headers={"Idempotency-Key": CANARY}
        )  # fmt: skip
        assert CANARY not in answer.content.decode()
        assert CANARY not in str(answer.headers)


def test_junk_leaves_nothing_behind(cast, alice, collector):
    for path in PATHS:
        Client(raise_request_exception=False).post(path, {"a": 1}, content_type="application/json")
        alice.post(path, {"a": 1}, content_type="application/json")
        collector.post(path, {"a": 1}, content_type="application/json")
    with acting_for(cast.alice.pk):
        assert (Decision.objects.count(), RightsRequest.objects.count(), Segment.objects.count()) == (0, 0, 0)
