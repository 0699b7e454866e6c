"""Health: what is alive, what can serve, and figures that not everyone sees."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from consent.ledger.health import LedgerHealth
from consent.ledger.models import Audit
from consent.seals.directory import KeystoreRefused
from portal import health
from tests.consent.ledger.log import sequenced


def waiting(age: timedelta | None):
    return lambda at: LedgerHealth(size=1, checkpoint_at=timezone.now(), unsequenced=1, oldest_unsequenced=age)


def test_the_process_is_alive_whatever_else_is_lost(client, monkeypatch):
    monkeypatch.setattr(health.connection, "cursor", lost)
    assert client.get("/healthz").json() == {"status": "ok"}


def lost(*_args, **_kwargs):
    raise OperationalError("canary")


def test_everything_there_is_ready(db, client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "parts": dict.fromkeys(("database", "keystore", "ledger", "redis", "witnesses", "audit"), "ok"),
    }


def test_without_redis_it_is_degraded_and_still_ready(db, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["parts"]["redis"]) == ("degraded", "fails")


def test_without_a_database_it_is_not_ready(rf, monkeypatch):
    monkeypatch.setattr(health.connection, "cursor", lost)
    answer = health.readyz(rf.get("/readyz"))
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert b"canary" not in answer.content


def test_with_a_keystore_that_others_can_read_it_is_not_ready(db, client, monkeypatch):
    def refused():
        raise KeystoreRefused("/canary")

    monkeypatch.setattr(health, "check_keystore", refused)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["keystore"]) == (503, "fails")
    assert b"canary" not in answer.content


@pytest.mark.parametrize(("age", "status"), [(None, 200), (timedelta(seconds=5), 200), (timedelta(minutes=5), 503)])
def test_when_proofs_are_late_it_is_not_ready(db, client, monkeypatch, age, status):
    monkeypatch.setattr(health, "health", waiting(age))
    assert client.get("/readyz").status_code == status


def test_when_a_witness_is_late_it_is_degraded_and_still_ready(db, client):
    sequenced(1)  # at a time long ago, and deposited nowhere
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"]["witnesses"] == "fails"


def test_when_an_audit_found_something_it_is_degraded_and_still_ready(db, client):
    found = {"seconds": 1, "size": 3, "erased": 0, "compared": []}
    Audit.objects.create(at=timezone.now(), problems=1, first="Entry 2 is missing from the log.", **found)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["parts"]["audit"]) == (200, "degraded", "fails")
    Audit.objects.create(at=timezone.now(), problems=0, **found)
    assert client.get("/readyz").json()["parts"]["audit"] == "ok"


def test_figures_are_for_this_machine(db, client):
    answer = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == 200
    assert b"django_http_requests" in answer.content


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"X-Real-IP": "203.0.113.9"}, {"X-Forwarded-For": "127.0.0.1"}])  # fmt: skip
def test_what_a_proxy_on_this_machine_hands_on_is_not_this_machine(db, client, headers):
    assert client.get("/metrics", headers=headers).status_code == 404


def test_another_machine_needs_the_token(db, client, settings):
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", **far).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **far).status_code == 404
    settings.METRICS_TOKEN = "s3cret"
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}, **far).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}, **far).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_only_read(db, client, path):
    assert client.post(path).status_code == 405
    assert "no-cache" in client.get(path)["Cache-Control"]
