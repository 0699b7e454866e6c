"""Consent set by hand, and batches through the gate, for tests of the captures room."""

from datetime import datetime, timedelta

import pytest

from consent.captures.gate import IncomingSegment, admit
from consent.choices.models import Standing, State
from consent.collectors.enrolment import enrol
from consent.database import acting_for
from consent.programmes.notices import in_force

LEARNING, ASSISTANT, DESKTOP = "interface-learning", "assistant-quality", "desktop-activity"


@pytest.fixture
def alice(cast, programmes):
    """Alice, and a session that acts for her."""
    with acting_for(cast.alice.pk):
        yield cast.alice


@pytest.fixture
def stands(programmes, at):
    """Sets what stands for a person and kind: given an hour ago on the terms in force, unless told otherwise."""

    def set_standing(person, kind, *, programme=LEARNING, state=State.GIVEN, since=None, **changes):
        digest = next(each.terms_digest for each in in_force(programmes[programme]).kinds.all() if each.kind == kind)
        values = {
            "state": state,
            "terms_digest": digest,
            "decision_no": 1,
            "since": since or at - timedelta(hours=1),
        } | changes
        with acting_for(person.pk):
            return Standing.objects.update_or_create(
                person=person, programme=programmes[programme], kind=kind, defaults=values
            )[0]

    return set_standing


@pytest.fixture
def laptop(cast, programmes, at):
    return enrol(person=cast.alice, name="laptop", programmes=programmes.values(), at=at)[0]


@pytest.fixture
def send(alice, at):
    """Sends events of one kind through the gate as Alice, and returns the outcome."""

    def through_gate(kind, *events, programme=LEARNING, collector=None, at: datetime = at, **named):
        segment = IncomingSegment.of(programme=programme, kind=kind, events=events, **named)
        return admit(person_id=alice.pk, collector_id=collector and collector.pk, segments=[segment], at=at)[0]

    return through_gate


@pytest.fixture
def event(at):
    """An event some seconds after (or before) the time of the test."""

    def made(seconds=-60.0, **fields):
        return {"t": (at + timedelta(seconds=seconds)).isoformat(), **fields}

    return made
