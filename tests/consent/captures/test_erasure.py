"""Counting and deleting to the event: whatever the span, the numbers are those that a look at each event would give."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from consent.captures import erasure
from consent.captures.erasure import Reader
from consent.captures.models import Segment
from consent.captures.opening import open_events
from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.seals.opening import Unreadable
from tests.captured import allow, capture, stored

READER = Reader(actor=None, label="A test", role="worker", why="DEL-TEST-TEST")
SECOND = timedelta(seconds=1)


@pytest.fixture
def alice(cast, programmes, at):
    learning, desktop = programmes["interface-learning"], programmes["desktop-activity"]
    allow(cast.alice, learning, "mouse", since=at - timedelta(days=2))
    allow(cast.alice, desktop, "window", since=at - timedelta(days=2))
    nine = at - timedelta(days=1)
    capture(cast.alice, learning, "mouse", first=nine, count=900, every=3 * SECOND, at=at)
    capture(cast.alice, desktop, "window", first=nine, count=60, every=40 * SECOND, duration=95.5, title="A", at=at)
    with acting_for(cast.alice.pk):
        yield cast.alice


def begins_and_ends(alice, at):
    """Every event with its beginning and end, read the way its person reads it."""
    day = {"start": at - timedelta(days=2), "end": at, "kinds": ["mouse", "window"], "at": at}
    events = open_events(person_id=alice.pk, actor=alice, label="Alice", why="look", **day)
    return [(event.t, event.t + timedelta(seconds=event.values.get("duration", 0))) for event in events]


def erase(alice, scope, at, limit=3):
    removed, after, reached, more = erasure.Counts({}), None, None, True
    while edges := erasure.edges_to_open(person_id=alice.pk, scope=scope, after=after, reader=READER, at=at, limit=2):
        removed += erasure.erase_edges(scope=scope, edges=edges)
        after = erasure.place_of(edges[-1])
    while more:
        chunk = erasure.erase_whole(person_id=alice.pk, scope=scope, reached=reached, limit=limit)
        removed, reached, more = removed + chunk.counts, chunk.reached, chunk.more
    return removed


@pytest.mark.parametrize("seed", range(12))
def test_count_and_deletion_agree_with_a_look_at_each_event(alice, at, seed):
    chance, nine = random.Random(seed), at - timedelta(days=1)
    events = begins_and_ends(alice, at)
    for _ in range(3):
        begin = nine + chance.randrange(2700) * SECOND
        start, end = chance.choice([(begin, begin + chance.randrange(1, 900) * SECOND), (None, begin), (begin, at)])
        inside = [one for one in events if one[0] < end and (start is None or one[1] >= start)]
        scope = Scope(start=start, end=end)
        assert erasure.count(person_id=alice.pk, scope=scope, reader=READER, at=at).total == len(inside)
        assert erase(alice, scope, at).total == len(inside)
        events = [one for one in events if one not in inside]
        assert sorted(begins_and_ends(alice, at)) == sorted(events)
        assert erasure.count(person_id=alice.pk, scope=scope, reader=READER, at=at).total == 0


def test_counting_whole_segments_opens_nothing(alice, at, monkeypatch):
    monkeypatch.setattr(erasure, "open_segment", lambda segment: 1 / 0)
    assert erasure.count(person_id=alice.pk, scope=Scope(end=at), reader=READER, at=at).total == 960


@pytest.mark.own_database
def test_nothing_is_opened_before_the_look_is_committed(own_database, cast, programmes, at):
    allow(cast.alice, programmes["interface-learning"], "mouse", since=at - timedelta(days=2))
    capture(cast.alice, programmes["interface-learning"], "mouse", first=at - timedelta(hours=1), count=9, at=at)
    with acting_for(cast.alice.pk), transaction.atomic(), pytest.raises(RuntimeError):
        erasure.count(person_id=cast.alice.pk, scope=Scope(end=at - timedelta(hours=1) + SECOND), reader=READER, at=at)


def test_a_segment_that_was_altered_is_left_as_it_is_and_said(alice, at):
    cut = Scope(kinds=("mouse",), end=at - timedelta(days=1) + 10 * SECOND)
    segment = Segment.objects.get(kind="mouse", start=at - timedelta(days=1))
    segment.sealed = bytes(segment.sealed)[:-1] + bytes([segment.sealed[-1] ^ 1])
    with pytest.raises(Unreadable) as refused:
        erasure.erase_edges(scope=cut, edges=[segment])
    assert refused.value.code == "altered"
    assert stored(alice) == 960


def test_a_segment_that_went_meanwhile_counts_nothing(alice, at):
    scope = Scope(kinds=("mouse",), end=at - timedelta(days=1) + 10 * SECOND)
    edges = erasure.edges_to_open(person_id=alice.pk, scope=scope, after=None, reader=READER, at=at)
    Segment.objects.filter(id=edges[0].id, person=alice.pk).delete()
    assert erasure.erase_edges(scope=scope, edges=edges).total == 0


def test_samples_are_found_until_they_are_gone(alice, at):
    noted = erasure.samples(person_id=alice.pk, scope=Scope(end=at))
    assert erasure.found_again(person_id=alice.pk, sampled=noted) == len(noted) > 0
    erase(alice, Scope(end=at), at)
    assert erasure.found_again(person_id=alice.pk, sampled=noted) == 0
