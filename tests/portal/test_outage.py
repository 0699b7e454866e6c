"""A lost database is a 503 with Retry-After wherever it is noticed: before a view, in it, or after it."""

import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client


@pytest.fixture
def alice(own_database, cast, programmes):
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.alice)
    yield browser
    connection.close()


def lost(*_args, **_kwargs):
    raise OperationalError("gone")


def end_session(*_args, **_kwargs):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_page_says_so_when_not_even_the_session_can_be_read(alice, monkeypatch):
    connection.close()
    monkeypatch.setattr(DatabaseWrapper, "connect", lost)
    answer = alice.get("/choices/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "not available right now" in answer.content.decode()


def test_the_api_says_so_as_a_problem_when_not_even_the_session_can_be_read(alice, monkeypatch):
    connection.close()
    monkeypatch.setattr(DatabaseWrapper, "connect", lost)
    answer = alice.get("/api/v1/decisions")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "unavailable"


@pytest.mark.parametrize(
    ("view", "address"), [("portal.web.choices", "/choices/"), ("portal.api.decisions", "/api/v1/decisions")]
)
def test_a_database_that_goes_in_the_middle_of_an_answer_is_said_so_too(alice, monkeypatch, view, address):
    monkeypatch.setattr(f"{view}.overview", end_session)
    answer = alice.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")


def test_what_is_nobody_s_outage_stays_a_fault_of_ours(alice, monkeypatch):
    monkeypatch.setattr("portal.web.choices.overview", lambda *_args: 1 / 0)
    assert alice.get("/choices/").status_code == 500
