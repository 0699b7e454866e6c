"""P2: what the notice in force does not list, category or field, is never stored; each refusal is counted where the person sees it."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.utils import timezone

from consent.captures.batches import receive
from consent.captures.opening import open_events
from consent.captures.timeline import refusals, totals
from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.collectors.enrolment import enrol
from consent.database import acting_for
from consent.programmes.notices import in_force
from tests.cast import draft

LEARNING = "interface-learning"
CANARY = "canary-b81e"


@pytest.fixture
def alice(cast):
    with acting_for(cast.alice.pk):
        yield cast.alice


@pytest.fixture
def allow(alice, programmes):
    def allowed(kind):
        return decide(
            person=alice,
            programme=programmes[LEARNING],
            kind=kind,
            state=State.GIVEN,
            notice_version=in_force(programmes[LEARNING]).number,
            channel=Channel.PORTAL,
            recorded_by=alice.pk,
        )

    return allowed


@pytest.fixture
def capture(alice, programmes, at):
    """Alice's laptop sends events of this moment, each with these fields; the answer's only result."""
    laptop, _ = enrol(person=alice, name="laptop", programmes=programmes.values(), at=at)
    numbers = count()

    def sent(kind, *events):
        now = timezone.now()
        with_times = [{"t": now.isoformat()} | event for event in events]
        body = {"segments": [{"programme": LEARNING, "kind": kind, "events": with_times}]}
        return receive(
            collector=laptop,
            key=f"key-{next(numbers)}",
            body=[json.dumps(body).encode()],
            content_type="application/json",
            content_encoding="",
            at=now,
        )["results"][0]

    return sent


def opened(alice, kind):
    now = timezone.now()
    events = open_events(
        person_id=alice.pk,
        actor=alice,
        label="Alice",
        why="test",
        start=now - timedelta(hours=1),
        end=now,
        kinds=[kind],
        at=now,
    )
    return [each.values for each in events]


def counted(alice):
    return {(each.kind, each.reason, each.field): each.count for each in refusals(alice.pk)}


def everything_stored():
    """Every row of the tables that a batch can reach, as text."""
    with connection.cursor() as cursor:
        found = ""
        for table in ("captures_segment", "captures_refusal", "captures_batch", "collectors_collector"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += "\n".join(row[0] for row in cursor.fetchall())
        return found


def test_an_undisclosed_field_is_not_stored_and_its_name_is_counted(alice, allow, capture):
    allow("mouse")
    result = capture("mouse", {"x": 1, "y": 2, "window_title": CANARY}, {"x": 3, "y": 4, "window_title": CANARY})
    assert (result["stored"], result["dropped_fields"]) == (2, {"window_title": 2})
    assert opened(alice, "mouse") == [{"x": 1, "y": 2}, {"x": 3, "y": 4}]
    assert counted(alice) == {("mouse", "undisclosed_field", "window_title"): 2}
    assert totals(alice.pk).dropped_fields == 2


def test_an_undisclosed_field_leaves_no_trace_of_its_value_anywhere(alice, allow, capture):
    allow("mouse")
    capture("mouse", {"x": 1, "nested": {"deep": [CANARY]}, CANARY + " is no name": 1, "y": CANARY})
    capture(CANARY + " kind", {"x": CANARY})
    capture("mouse", {"t": CANARY})
    stored = everything_stored()
    assert "malformed" in stored
    assert CANARY not in stored
    assert CANARY.encode().hex() not in stored


def test_an_undisclosed_kind_is_refused_whole_and_counted(alice, allow, capture):
    allow("mouse")
    result = capture("prompt", {"text": CANARY}, {"text": CANARY})
    assert (result["segment"], result["refused"]) == (None, {"undisclosed_kind": 2})
    assert counted(alice) == {("prompt", "undisclosed_kind", ""): 2}


def test_a_program_that_the_notice_does_not_name_is_not_captured(alice, allow, capture):
    allow("screenshot")
    image = "iVBORw0KGgo="
    assert capture("screenshot", {"app": "Chat", "image": image})["refused"] == {"excluded": 1}
    assert capture("screenshot", {"image": image})["refused"] == {"excluded": 1}
    assert capture("screenshot", {"app": "editor", "image": image})["stored"] == 1


def test_more_than_the_notice_says_per_minute_is_not_captured(alice, allow, capture):
    allow("screenshot")
    shot = {"app": "Editor", "image": "iVBORw0KGgo=", "t": timezone.now().isoformat()}
    assert capture("screenshot", shot, shot)["refused"] == {"rate": 1}
    assert capture("screenshot", shot)["refused"] == {"rate": 1}


def test_a_notice_that_lists_less_stores_less_from_its_publication_on(alice, allow, capture, new_notice):
    allow("click")
    assert capture("click", {"x": 1, "app": "Mail"})["dropped_fields"] == {}
    narrower = [
        replace(each, fields=("t", "x", "y")) if each.kind == "click" else each
        for each in draft("interface-learning-2").kinds
    ]
    new_notice(LEARNING, "interface-learning-2", kinds=tuple(narrower))
    assert capture("click", {"x": 2, "app": "Mail"})["refused"] == {"not_consented": 1}
    allow("click")
    assert capture("click", {"x": 3, "app": "Mail"})["dropped_fields"] == {"app": 1}
    assert opened(alice, "click") == [{"x": 1, "app": "Mail"}, {"x": 3}]


def test_nobody_else_sees_what_was_refused(alice, cast, capture):
    capture("mouse", {"x": 1})
    for person in (cast.bob, cast.carol, cast.frank, cast.heidi):
        with acting_for(person.pk):
            assert refusals(alice.pk) == []
