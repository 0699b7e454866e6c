"""Who may call: a person by session with a CSRF token, a collector by a token that reads nothing back."""

from datetime import timedelta

import pytest
from django.test import Client

from consent.collectors.enrolment import revoke
from portal import limits
from portal.api.urls import urlpatterns

from .conftest import code_of

OF_PEOPLE = [
    ("GET", "/api/v1/decisions"),
    ("POST", "/api/v1/decisions"),
    ("GET", "/api/v1/receipts/"),
    ("GET", "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.json"),
    ("GET", "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.kantara.json"),
    ("GET", "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.proof"),
    ("GET", "/api/v1/receipts/3f2b8f0e-1111-4222-8333-444455556666.pdf"),
    ("POST", "/api/v1/requests"),
    ("GET", "/api/v1/requests/DEL-3M8D-71WX"),
]
OF_COLLECTORS = [
    ("GET", "/api/v1/permissions"),
    ("POST", "/api/v1/permissions/confirmations"),
    ("POST", "/api/v1/captures"),
]


def call(client: Client, method: str, path: str, **extra):
    return client.generic(method, path, b"{}" if method == "POST" else b"", content_type="application/json", **extra)


def test_every_address_with_a_credential_is_in_one_of_the_two_lists():
    names = {
        pattern.name
        for pattern in urlpatterns
        if getattr(pattern.callback, "cls", None) and pattern.callback.cls.authentication_classes
    }
    assert len(names) == len({path for _method, path in OF_PEOPLE + OF_COLLECTORS})


@pytest.mark.parametrize(("method", "path"), OF_PEOPLE + OF_COLLECTORS)
def test_without_a_credential_nothing_is_answered(db, anyone, method, path):
    response = call(anyone, method, path)
    assert code_of(response, 401) == "not_authenticated"
    assert response["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), OF_PEOPLE)
def test_a_collector_reads_nothing_back_and_acts_for_nobody(collector, method, path):
    assert code_of(call(collector, method, path), 401) == "not_authenticated"


@pytest.mark.parametrize(("method", "path"), OF_COLLECTORS)
def test_a_session_is_not_a_collector(alice, method, path):
    assert code_of(call(alice, method, path), 401) == "not_authenticated"


@pytest.mark.parametrize(
    "shown",
    ["Bearer wrong", "Bearer ", "Bearer", "bearer \xff\xfe", "Bearer a b", f"Bearer {'x' * 5000}", "Bearer \x00"],
)
@pytest.mark.parametrize(("method", "path"), OF_COLLECTORS)
def test_an_unknown_token_is_refused_and_not_repeated(db, anyone, method, path, shown):
    response = call(anyone, method, path, headers={"Authorization": shown})
    assert code_of(response, 401) == "unknown_token"
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("shown", ["Basic YWxpY2U6ZGVtbw==", "Token abc", "", "Digest x"])
def test_another_scheme_is_no_credential(db, anyone, shown):
    assert (
        code_of(call(anyone, "GET", "/api/v1/permissions", headers={"Authorization": shown}), 401)
        == "not_authenticated"
    )


@pytest.mark.parametrize(("method", "path"), OF_COLLECTORS)
def test_a_revoked_token_is_refused(collector, laptop, now, method, path):
    revoke(collector=laptop[0], at=now)
    assert code_of(call(collector, method, path), 401) == "revoked_token"


def test_the_token_of_somebody_who_left_is_refused(collector, cast, now):
    cast.alice.is_active, cast.alice.active_to = False, now
    cast.alice.save()
    assert code_of(call(collector, "GET", "/api/v1/permissions"), 401) == "revoked_token"


@pytest.mark.parametrize(("method", "path"), [each for each in OF_PEOPLE if each[0] == "POST"])
def test_a_session_without_the_csrf_token_changes_nothing(cast, method, path):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.alice)
    assert code_of(call(client, method, path), 403) == "csrf"


def test_the_session_of_somebody_who_left_is_no_credential(alice, cast, now):
    cast.alice.is_active, cast.alice.active_to = False, now
    cast.alice.save()
    assert code_of(alice.get("/api/v1/decisions"), 401) == "not_authenticated"


def test_guessing_tokens_is_slowed_down_for_the_guesser_alone(collector, anyone, monkeypatch):
    monkeypatch.setattr("portal.api.credentials.UNKNOWN_TOKENS", limits.Rate("unknown-token", times=2, seconds=3600))
    guesses = [call(anyone, "GET", "/api/v1/permissions", headers={"Authorization": "Bearer guess"}) for _ in range(3)]
    assert [each.status_code for each in guesses] == [401, 401, 429]
    assert code_of(guesses[2], 429) == "throttled"
    assert 0 < int(guesses[2]["Retry-After"]) <= 3600
    assert collector.get("/api/v1/permissions").status_code == 200


def test_what_a_forwarding_header_claims_starts_no_new_count(db, anyone, monkeypatch):
    monkeypatch.setattr("portal.api.credentials.UNKNOWN_TOKENS", limits.Rate("unknown-token", times=1, seconds=3600))
    answers = [
        call(anyone, "GET", "/api/v1/permissions", headers={"Authorization": "Bearer guess", "X-Forwarded-For": f"203.0.113.{last}"}).status_code
        for last in (1, 2)
    ]  # fmt: skip
    assert answers == [401, 429]


def test_a_count_ends_with_its_window_and_leaves_no_row(db, rf, at):
    rate, request = limits.Rate("test", times=1, seconds=60), rf.get("/")
    limits.check_rate(request, rate, at=at)
    with pytest.raises(limits.TooOften):
        limits.check_rate(request, rate, at=at + timedelta(seconds=59))
    limits.check_rate(request, rate, at=at + timedelta(seconds=61))
    with limits.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_ratelimit WHERE cache_key LIKE 'rate:test:%'")
        assert cursor.fetchone()[0] == 1


def test_neighbours_in_one_ipv6_network_share_a_count(db, rf, at):
    rate = limits.Rate("test", times=1, seconds=60)
    limits.check_rate(rf.get("/", REMOTE_ADDR="2001:db8::1"), rate, at=at)
    with pytest.raises(limits.TooOften):
        limits.check_rate(rf.get("/", REMOTE_ADDR="2001:db8::2"), rate, at=at)
    limits.check_rate(rf.get("/", REMOTE_ADDR="2001:db8:0:1::1"), rate, at=at)
