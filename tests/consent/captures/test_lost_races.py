"""What changed between reading and storing: the INSERT stores nothing on the old ground, and the gate reads again."""

import pytest
from django.db import OperationalError, connection

from consent.captures import gate, retrying
from consent.captures.models import Refusal, Segment
from consent.choices.models import ErasedSpan, Standing, State
from consent.collectors.enrolment import revoke
from consent.seals.destruction import retire_live
from consent.seals.models import DataKey

from .conftest import LEARNING


@pytest.fixture
def meanwhile(monkeypatch):
    """Does something once, after the gate has read and before it stores."""

    def between(act, times=1):
        left, store = [act] * times, gate.store

        def after(*args, **named):
            if left:
                left.pop()()
            return store(*args, **named)

        monkeypatch.setattr(gate, "store", after)

    return between


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": State.WITHDRAWN}, "withdrawn"),
        ({"state": State.REVOKED}, "withdrawn"),
        ({"terms_digest": "0" * 64}, "not_consented"),
    ],
)
def test_a_consent_that_ended_meanwhile_is_refused_with_the_reason_that_now_holds(
    alice, stands, send, event, meanwhile, changes, reason
):
    standing = stands(alice, "mouse")
    meanwhile(lambda: Standing.objects.filter(pk=standing.pk).update(**changes))
    assert send("mouse", event(x=1), event(x=2)).refused == {reason: 2}
    assert not Segment.objects.exists()
    assert Refusal.objects.get().count == 2


def test_a_pause_that_began_meanwhile_lets_nothing_in(alice, stands, send, event, meanwhile, at):
    standing = stands(alice, "mouse")
    meanwhile(lambda: Standing.objects.filter(pk=standing.pk).update(paused_until="2199-01-01T00:00Z"))
    assert send("mouse", event(x=1)).refused == {"paused": 1}


def test_a_consent_given_anew_meanwhile_counts_from_its_own_beginning(alice, stands, send, event, meanwhile, at):
    standing = stands(alice, "mouse")
    meanwhile(lambda: Standing.objects.filter(pk=standing.pk).update(decision_no=2, since=at))
    assert send("mouse", event(-60, x=1), event(0, x=2)).refused == {"before_grant": 1}
    assert Segment.objects.get().decision_no == 2


def test_a_span_deleted_meanwhile_is_read_before_anything_is_stored(alice, stands, send, event, meanwhile, at):
    standing = stands(alice, "mouse")

    def delete():
        ErasedSpan.objects.create(person=alice, end=at, request=alice.pk, erased_at=at)
        Standing.objects.filter(pk=standing.pk).update(span_version=1)

    meanwhile(delete)
    outcome = send("mouse", event(-60, x=1), event(0, x=2))
    assert (outcome.stored, outcome.refused) == (1, {"deleted": 1})


def test_a_key_retired_meanwhile_seals_nothing_more(alice, stands, send, event, meanwhile, programmes, at):
    stands(alice, "mouse")
    send("mouse", event(-60, x=1))
    old = DataKey.objects.get()
    meanwhile(lambda: retire_live(person=alice.pk, programme=programmes[LEARNING].pk, at=at))
    assert send("mouse", event(-50, x=2)).stored == 1
    keys = set(Segment.objects.values_list("key", flat=True))
    assert old.pk in keys
    assert len(keys) == 2


def test_a_collector_revoked_meanwhile_stores_nothing(alice, stands, send, event, meanwhile, laptop, at):
    stands(alice, "mouse")
    meanwhile(lambda: revoke(collector=laptop, at=at))
    with pytest.raises(gate.Contended):
        send("mouse", event(x=1), collector=laptop)
    assert not Segment.objects.exists()


def test_only_the_segments_that_lost_are_judged_again(alice, stands, meanwhile, event, at):
    stands(alice, "mouse")
    standing = stands(alice, "keystroke_count")
    meanwhile(lambda: Standing.objects.filter(pk=standing.pk).update(state=State.WITHDRAWN))
    kinds = ["mouse", "keystroke_count"]
    segments = [gate.IncomingSegment.of(programme=LEARNING, kind=kind, events=[event()]) for kind in kinds]
    outcomes = gate.admit(person_id=alice.pk, collector_id=None, segments=segments, at=at)
    assert [(each.stored, each.refused) for each in outcomes] == [(1, {}), (0, {"withdrawn": 1})]
    assert Segment.objects.count() == 1


def test_what_changes_without_end_is_given_up_with_nothing_stored(alice, stands, send, event, meanwhile):
    from django.db.models import F

    standing = stands(alice, "mouse")
    again = Standing.objects.filter(pk=standing.pk)
    meanwhile(lambda: again.update(span_version=F("span_version") + 1), times=gate.ATTEMPTS)
    with pytest.raises(gate.Contended):
        send("mouse", event(x=1))
    assert not Segment.objects.exists()
    assert not Refusal.objects.exists()


class _Ended(Exception):
    sqlstate = "40P01"


def test_a_deadlock_is_retried_and_other_errors_are_not(own_database):
    def failing(sqlstate, times):
        calls = []

        @retrying.retrying
        def act():
            calls.append(1)
            if len(calls) <= times:
                cause = _Ended()
                cause.sqlstate = sqlstate
                raise OperationalError from cause
            return len(calls)

        return act

    connection.ensure_connection()
    assert failing("40P01", 2)() == 3
    assert failing("40001", 3)() == 4
    with pytest.raises(OperationalError):
        failing("40P01", 4)()
    with pytest.raises(OperationalError):
        failing("53300", 1)()
