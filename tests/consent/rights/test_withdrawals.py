"""What was captured on a consent goes when the consent ends: after the grace by itself, or at once when the person says so."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.database import acting_for
from consent.letters.models import Letter
from consent.people.models import Person
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.retention.holds import place
from consent.rights.models import Origin, RequestState, RightsRequest
from consent.rights.sweeping import sweep
from consent.rights.withdrawals import NotWithdrawn, delete_now, lodge_due
from tests.captured import allow, capture, stored

GRACE = timedelta(days=7)


@pytest.fixture
def now():
    """Decisions take their time from the database's clock, so here the test's time is the real one."""
    return timezone.now()


@pytest.fixture
def choose(alice, learning):
    """Alice decides about a kind of interface-learning now."""

    def chosen(state, kind="mouse"):
        return decide(
            person=alice, programme=learning, kind=kind, state=state, notice_version=2, channel=Channel.PORTAL,
            recorded_by=alice.pk,
        )  # fmt: skip

    return chosen


@pytest.fixture
def withdrawn(alice, learning, choose, now):
    """Alice had allowed mouse and click, 30 events of each were captured, and she withdrew mouse."""
    for kind in ("mouse", "click"):
        assert (
            capture(alice, learning, kind, first=now - timedelta(hours=1), count=30, every=timedelta(minutes=1), at=now)
            == 30
        )
    return choose(State.WITHDRAWN)


def test_before_the_grace_is_over_nothing_is_deleted(alice, withdrawn, now):
    assert lodge_due(at=withdrawn.at + GRACE - timedelta(seconds=1)) == 0
    assert stored(alice) == 60


def test_after_the_grace_it_goes_by_itself_and_once(alice, withdrawn, work):
    later = withdrawn.at + GRACE
    assert (lodge_due(at=later), lodge_due(at=later)) == (1, 0)
    request = work(RightsRequest.objects.get(decision=withdrawn.pk), at=later)
    assert (request.state, request.origin) == (RequestState.DONE, Origin.WITHDRAWAL)
    assert (stored(alice, kind="mouse"), stored(alice, kind="click")) == (0, 30)


def test_the_day_on_the_receipt_holds_whatever_the_programme_says_later(withdrawn, learning):
    Programme.objects.filter(pk=learning.pk).update(grace_days=30)
    assert lodge_due(at=withdrawn.erase_after) == 1


def test_a_withdrawal_that_cannot_be_handled_delays_nobody_elses(cast, learning, now, alice, choose):
    allow(cast.mallory, learning, "mouse", since=now - timedelta(days=1))
    with acting_for(cast.mallory.pk):
        decide(
            person=cast.mallory, programme=learning, kind="mouse", state=State.WITHDRAWN, notice_version=2,
            channel=Channel.PORTAL, recorded_by=cast.mallory.pk,
        )  # fmt: skip
    Person.objects.filter(pk=cast.mallory.pk).update(time_zone="Nowhere/Nowhere")
    mine = choose(State.WITHDRAWN)
    lodge_due(at=mine.erase_after)
    with acting_for(alice.pk):
        assert RightsRequest.objects.filter(decision=mine.pk).exists()


def test_delete_it_now_is_the_same_deletion_earlier(alice, withdrawn, work, now):
    one, two = (delete_now(person=alice, decision_id=withdrawn.pk, at=timezone.now()) for _ in range(2))
    assert one.pk == two.pk
    work(one, at=timezone.now())
    assert stored(alice, kind="mouse") == 0
    assert lodge_due(at=withdrawn.at + GRACE) == 0


def test_what_is_captured_on_a_new_consent_stays(alice, learning, choose, withdrawn, work):
    choose(State.GIVEN)
    again = timezone.now()
    assert capture(alice, learning, "mouse", first=again, count=4, at=again + timedelta(minutes=1)) == 4
    later = withdrawn.at + GRACE
    lodge_due(at=later)
    work(RightsRequest.objects.get(decision=withdrawn.pk), at=later)
    assert stored(alice, kind="mouse") == 4


def test_what_a_fast_clock_dated_after_the_withdrawal_goes_too(alice, learning, choose, work):
    now = timezone.now()
    assert capture(alice, learning, "mouse", first=now + timedelta(minutes=3), count=6, at=now) == 6
    withdrawn = choose(State.WITHDRAWN)
    request = work(
        delete_now(person=alice, decision_id=withdrawn.pk, at=now + timedelta(hours=1)), at=now + timedelta(hours=1)
    )
    assert stored(alice) == 0
    assert json.loads(bytes(request.certificate.document))["body"]["removed"] == 6


def test_a_refusal_deletes_nothing(alice, choose):
    choose(State.REFUSED, kind="keystroke_count")
    assert lodge_due(at=timezone.now() + GRACE * 2) == 0


def test_somebody_elses_withdrawal_cannot_be_deleted(cast, withdrawn, now):
    with pytest.raises(NotWithdrawn):
        delete_now(person=cast.mallory, decision_id=withdrawn.pk, at=now)


def test_what_was_not_withdrawn_cannot_be_deleted_so(alice, choose, now):
    with pytest.raises(NotWithdrawn):
        delete_now(person=alice, decision_id=choose(State.REFUSED, kind="keystroke_count").pk, at=now)


def test_a_hold_delays_it_and_the_person_is_told(cast, alice, withdrawn):
    later = withdrawn.at + GRACE
    place(person=alice, scope=Scope(), matter="M", told_why="A court.", placed_by=cast.dan.pk, at=later)
    sweep(at=later)
    assert RightsRequest.objects.get().state == RequestState.HELD
    assert Letter.objects.filter(template="deletion_held").count() == 1
    assert stored(alice) == 60


def test_the_sweeper_finds_everyones(alice, withdrawn, rung):
    from consent.database import acting_for

    with acting_for(None):
        assert len(sweep(at=withdrawn.at + GRACE)) == 1
