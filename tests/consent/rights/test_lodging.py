"""Receiving requests: number, deadline, receipt; once each; and clear answers to what cannot be."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from consent.choices.models import ErasedSpan
from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.receipts.models import Receipt
from consent.rights.lodging import KeyReused, lodge
from consent.rights.models import RequestState, RequestType, RightsRequest
from consent.rights.preview import preview
from consent.rights.reading import NotFound, request_of, requests_of
from consent.rights.scoping import NotAScope


def test_a_request_has_a_number_a_deadline_and_a_receipt_from_the_start(alice, delete, at):
    request = delete(Scope())
    assert request.number.startswith("DEL-")
    assert request.due_at == datetime(2026, 12, 10, 22, 59, 59, tzinfo=UTC)
    told = json.loads(bytes(request.receipt.document))["body"]
    assert (told["request"], told["due_at"]) == (request.number, "2026-12-10T22:59:59.000000Z")


@pytest.mark.parametrize("type", sorted(set(RequestType) - {RequestType.DELETION}))
def test_what_a_person_answers_waits_for_hr_and_deletes_nothing(alice, captured, type, at):
    request = lodge(person=alice, type=type, scope=Scope(), message="Please", at=at)
    assert (request.state, request.steps.count(), request.message) == (RequestState.RECEIVED, 0, "Please")
    assert not ErasedSpan.objects.exists()
    assert request.receipt.statement == "request"


def test_a_double_click_is_one_request(alice, delete):
    one, two = delete(Scope(), idempotency_key="form-1"), delete(Scope(), idempotency_key="form-1")
    assert one.pk == two.pk
    assert (RightsRequest.objects.count(), Receipt.objects.count()) == (1, 1)


def test_two_forms_are_two_requests(alice, delete):
    assert delete(Scope(), idempotency_key="form-1").number != delete(Scope(), idempotency_key="form-2").number


def test_a_key_of_another_type_of_request_is_refused(alice, delete, at):
    delete(Scope(), idempotency_key="form-1")
    with pytest.raises(KeyReused):
        lodge(person=alice, type=RequestType.COPY, scope=Scope(), at=at, idempotency_key="form-1")


@pytest.mark.parametrize(
    "scope", [Scope(kinds=("mouse",)), Scope(kinds=("click",), end=datetime(2026, 11, 9, tzinfo=UTC))]
)
def test_a_key_of_a_deletion_of_something_else_is_refused_and_not_answered_with_that_one(alice, delete, scope):
    delete(Scope(kinds=("click",)), idempotency_key="form-1")
    with pytest.raises(KeyReused):
        delete(scope, idempotency_key="form-1")


def test_a_key_of_a_request_in_other_words_is_refused(alice, at):
    lodge(person=alice, type=RequestType.QUESTION, scope=Scope(), message="One", at=at, idempotency_key="form-1")
    with pytest.raises(KeyReused):
        lodge(person=alice, type=RequestType.QUESTION, scope=Scope(), message="Two", at=at, idempotency_key="form-1")


def test_the_same_request_again_is_the_same_also_when_its_end_was_ahead_and_is_past(alice, delete, at):
    scope = Scope(end=at + timedelta(hours=1))
    one = delete(scope, idempotency_key="form-1")
    assert delete(scope, idempotency_key="form-1", at=at + timedelta(minutes=5)).pk == one.pk
    assert delete(scope, idempotency_key="form-1", at=at + timedelta(hours=2)).pk == one.pk


def test_a_span_that_ends_in_the_future_ends_now(alice, captured, delete, at):
    request = delete(Scope(end=at + timedelta(days=1)))
    assert ErasedSpan.objects.get(request=request.pk).end == at


@pytest.mark.parametrize(
    "scope",
    [
        Scope(kinds=()),
        Scope(kinds=("thoughts",)),
        Scope(programme_id=uuid4()),
        Scope(start=datetime(2026, 11, 9, tzinfo=UTC), end=datetime(2026, 11, 8, tzinfo=UTC)),
        Scope(start=datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_scope_in_which_nothing_can_lie_is_refused_with_a_sentence(alice, delete, scope):
    with pytest.raises(NotAScope, match="."):
        delete(scope)
    assert not RightsRequest.objects.exists()


def test_the_number_on_the_check_page_is_the_number_on_the_certificate(alice, captured, delete, work, at):
    start = captured + timedelta(minutes=7, seconds=30)
    scope = Scope(start=start, end=start + timedelta(minutes=9))
    seen = preview(person=alice, scope=scope, at=at)
    request = work(delete(scope))
    told = json.loads(bytes(request.certificate.document))["body"]
    assert seen.total == told["removed"] == 540 + 9 + 3
    assert seen.by_kind == {"mouse": 540, "click": 9, "window": 3}
    assert not seen.held


def test_all_or_nothing(alice, captured, delete, monkeypatch):
    """If the receipt cannot be signed, there is no request, no tombstone, and every key is still there."""
    from consent.rights import lodging

    monkeypatch.setattr(lodging, "issue", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        delete(Scope())
    assert not RightsRequest.objects.exists()
    assert not ErasedSpan.objects.exists()


def test_nobody_reads_anothers_request(cast, alice, delete):
    request = delete(Scope())
    with acting_for(cast.mallory.pk):
        with pytest.raises(NotFound):
            request_of(cast.mallory, request.number)
        assert not RightsRequest.objects.exists()
        assert not requests_of(alice).exists()
