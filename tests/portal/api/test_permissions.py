"""What a collector may capture now, until when, and what it confirms."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from consent.choices.models import State
from consent.collectors.confirmations import order_purge
from consent.programmes.scopes import Scope
from portal.api.permissions import LEASE_HEADER

from .conftest import code_of


def test_nothing_may_be_captured_before_a_yes(collector):
    body = collector.get("/api/v1/permissions").json()
    assert body["programmes"] == []
    assert body["purge"] == []


def test_what_was_allowed_is_listed_with_its_fields_and_nothing_else(collector, choose, cast, programmes):
    choose(cast.alice, "mouse")
    choose(cast.alice, "click", State.REFUSED)
    [programme] = collector.get("/api/v1/permissions").json()["programmes"]
    assert programme["programme"] == "interface-learning"
    assert programme["notice_version"] == 2
    [kind] = programme["kinds"]
    assert kind["kind"] == "mouse"
    assert set(kind["fields"]) == {"t", "x", "y"}


def test_another_s_yes_opens_nothing(collector, choose, cast):
    choose(cast.mallory, "mouse")
    assert collector.get("/api/v1/permissions").json()["programmes"] == []


def test_a_withdrawal_is_in_the_next_answer_and_changes_the_version(collector, choose, cast):
    choose(cast.alice)
    before = collector.get("/api/v1/permissions").json()
    choose(cast.alice, state=State.WITHDRAWN)
    after = collector.get("/api/v1/permissions").json()
    assert after["programmes"] == []
    assert after["version"] != before["version"]


def test_the_lease_ends_soon(collector, now):
    lease = datetime.fromisoformat(collector.get("/api/v1/permissions").json()["lease_expires_at"])
    assert now < lease <= now + timedelta(minutes=15)


def test_what_is_known_already_is_not_sent_again_but_renews_the_lease(collector, choose, cast):
    choose(cast.alice)
    first = collector.get("/api/v1/permissions")
    second = collector.get("/api/v1/permissions", headers={"If-None-Match": first["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert second["ETag"] == first["ETag"]
    assert datetime.fromisoformat(second[LEASE_HEADER]) > datetime.fromisoformat(first[LEASE_HEADER])
    choose(cast.alice, state=State.WITHDRAWN)
    assert collector.get("/api/v1/permissions", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_an_order_to_purge_is_never_hidden_behind_304_and_ends_when_confirmed(collector, cast, now):
    first = collector.get("/api/v1/permissions")
    [order] = order_purge(person_id=cast.alice.pk, scope=Scope(kinds=("mouse",)), at=now)
    told = collector.get("/api/v1/permissions", headers={"If-None-Match": first["ETag"]}).json()["purge"]
    assert [each["id"] for each in told] == [str(order.pk)]
    assert told[0]["kinds"] == ["mouse"]
    body = {"version": "v", "applied_at": now.isoformat(), "purged": [str(order.pk)]}
    assert collector.post("/api/v1/permissions/confirmations", body, content_type="application/json").status_code == 204
    assert collector.get("/api/v1/permissions").json()["purge"] == []


def test_a_confirmation_is_noted(collector, laptop, now):
    body = {"version": "abc", "applied_at": now.isoformat(), "last_captured_at": None, "purged": []}
    response = collector.post("/api/v1/permissions/confirmations", body, content_type="application/json")
    assert (response.status_code, response.content) == (204, b"")
    laptop[0].refresh_from_db()
    assert (laptop[0].confirmed_version, laptop[0].confirmed_at) == ("abc", now)


def test_a_purge_that_was_not_ordered_from_this_collector_cannot_be_confirmed(collector, now):
    body = {"version": "v", "applied_at": now.isoformat(), "purged": [str(uuid4())]}
    response = collector.post("/api/v1/permissions/confirmations", body, content_type="application/json")
    assert code_of(response, 422) == "unknown_purge"


@pytest.mark.parametrize(
    "wrong",
    [
        {"applied_at": "yesterday"}, {"applied_at": "2026-11-10T09:00:00"}, {"applied_at": 5}, {"applied_at": "0001-01-01T00:00:00+23:00"},
        {"version": "x" * 65}, {"version": {}}, {"purged": ["x"]}, {"purged": "x"}, {"person": "mallory"},
        {"last_captured_at": "2026-02-30T09:00:00Z"},
    ],
)  # fmt: skip
def test_a_confirmation_that_is_not_as_described_is_refused(collector, now, wrong):
    body = {"version": "v", "applied_at": now.isoformat()} | wrong
    response = collector.post("/api/v1/permissions/confirmations", body, content_type="application/json")
    assert code_of(response, 400) == "invalid"


def test_permissions_are_kept_by_no_proxy(collector):
    assert "private" in collector.get("/api/v1/permissions")["Cache-Control"]
    assert "Authorization" in collector.get("/api/v1/permissions")["Vary"]
