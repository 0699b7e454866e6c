"""A legal hold delays a deletion in its scope, the person is told, and lifting it lets the deletion go on by itself."""

import json

import pytest

from consent.choices.models import ErasedSpan
from consent.letters.models import Letter
from consent.programmes.scopes import Scope
from consent.receipts.models import Receipt
from consent.retention.holds import lift, place
from consent.rights.models import RequestState
from consent.rights.preview import preview
from consent.rights.reading import progress
from consent.rights.sweeping import sweep
from consent.seals.models import DataKey
from tests.captured import capture, stored

WHY = "A court may need it."

ALL = Scope()


@pytest.fixture
def hold(cast, alice, at):
    def placed(scope=ALL):
        return place(person=alice, scope=scope, matter="Case 12", told_why=WHY, placed_by=cast.dan.pk, at=at)

    return placed


def test_a_held_deletion_does_nothing_and_is_not_refused(alice, captured, hold, delete, rung):
    hold()
    request = delete(Scope())
    assert (request.state, request.steps.count(), rung) == (RequestState.HELD, 0, [])
    assert stored(alice) == 3670
    assert not ErasedSpan.objects.exists()
    assert DataKey.objects.filter(person=alice.pk).count() == 2


def test_the_person_is_told_that_it_waits_and_why(alice, captured, hold, delete):
    hold()
    request = delete(Scope())
    receipt = Receipt.objects.get(statement="hold")
    assert json.loads(bytes(receipt.document))["body"]["why"] == WHY
    assert Letter.objects.filter(template="deletion_held", values__why=WHY).exists()
    seen = progress(alice, request.number)
    assert (seen.held_because, seen.final) == (WHY, False)
    assert "Case 12" not in bytes(receipt.document).decode()


def test_the_check_page_says_so_before(alice, captured, hold, at):
    hold()
    seen = preview(person=alice, scope=Scope(), at=at)
    assert (seen.held, seen.told_why) == (True, (WHY,))


def test_a_hold_on_something_else_is_in_nobodys_way(alice, captured, hold, delete, work):
    hold(Scope(kinds=("click",)))
    assert work(delete(Scope(kinds=("mouse",)))).state == RequestState.DONE


def test_lifting_the_hold_lets_it_go_on_by_itself(cast, alice, captured, hold, delete, work, at):
    placed = hold()
    request = delete(Scope())
    sweep(at=at)
    request.refresh_from_db()
    assert request.state == RequestState.HELD
    lift(hold_id=placed.pk, lifted_by=cast.dan.pk, at=at)
    sweep(at=at)
    assert work(request).state == RequestState.DONE
    assert stored(alice) == 0
    assert Letter.objects.filter(template="hold_lifted").count() == 1


def test_it_waits_for_the_last_of_several_holds(cast, alice, captured, hold, delete, at):
    one, two = hold(), hold(Scope(kinds=("click",)))
    request = delete(Scope())
    for placed, state in ((one, RequestState.HELD), (two, RequestState.IN_PROGRESS)):
        lift(hold_id=placed.pk, lifted_by=cast.dan.pk, at=at)
        sweep(at=at)
        request.refresh_from_db()
        assert request.state == state


def test_what_is_captured_while_it_waits_is_not_what_was_asked_for(
    cast, alice, captured, learning, hold, delete, work, at
):
    from datetime import timedelta

    placed, later = hold(), at + timedelta(hours=1)
    request = delete(Scope())
    capture(alice, learning, "mouse", first=at + timedelta(minutes=1), count=5, at=later)
    lift(hold_id=placed.pk, lifted_by=cast.dan.pk, at=later)
    sweep(at=later)
    assert work(request, at=later).state == RequestState.DONE
    assert stored(alice) == 5


def test_a_hold_that_comes_after_the_deletion_does_not_stop_it(alice, captured, hold, delete, work):
    request = delete(Scope())
    hold()
    assert work(request).state == RequestState.DONE


def test_the_clock_runs_while_it_waits(alice, captured, hold, delete):
    hold()
    assert delete(Scope()).due_at.day == 10
