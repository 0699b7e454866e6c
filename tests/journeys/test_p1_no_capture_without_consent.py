"""P1: a capture is stored only if, in the same transaction, the person's decision in force allows it.

Here the promise is walked through one step after the other, through the collector's own door. That it holds against many
processes at once, at every instant, is tests/consent/captures/test_gate_races.py: 200 withdrawals against four writers.
"""

import json
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from consent.captures.batches import receive
from consent.captures.models import Segment
from consent.captures.timeline import totals
from consent.choices.decisions import decide
from consent.choices.ending import end_all
from consent.choices.models import Channel, State
from consent.choices.off import turn_everything_off
from consent.collectors.enrolment import enrol
from consent.database import acting_for
from consent.programmes import states
from consent.programmes.notices import in_force

LEARNING = "interface-learning"


@pytest.fixture
def alice(cast):
    with acting_for(cast.alice.pk):
        yield cast.alice


@pytest.fixture
def learning(programmes):
    return programmes[LEARNING]


@pytest.fixture
def choose(alice, learning):
    """Alice chooses, as she would on her page."""

    def chosen(state, kind="mouse"):
        return decide(
            person=alice,
            programme=learning,
            kind=kind,
            state=state,
            notice_version=in_force(learning).number,
            channel=Channel.PORTAL,
            recorded_by=alice.pk,
        )

    return chosen


@pytest.fixture
def capture(alice, learning, at):
    """Alice's laptop sends one event, captured at this moment unless told otherwise; the answer's only result."""
    laptop, _ = enrol(person=alice, name="laptop", programmes=[learning], at=at)
    numbers = count()

    def sent(kind="mouse", when=None):
        now = timezone.now()
        segment = {"programme": LEARNING, "kind": kind, "events": [{"t": (when or now).isoformat(), "x": 1, "y": 2}]}
        answer = receive(
            collector=laptop,
            key=f"key-{next(numbers)}",
            body=[json.dumps({"segments": [segment]}).encode()],
            content_type="application/json",
            content_encoding="",
            at=now,
        )
        return answer["results"][0]

    return sent


def test_nothing_is_stored_of_whoever_never_chose(alice, capture):
    assert capture()["refused"] == {"not_consented": 1}
    assert not Segment.objects.exists()


def test_nothing_is_stored_of_whoever_said_no(alice, capture, choose):
    choose(State.REFUSED)
    assert capture()["refused"] == {"not_consented": 1}
    assert not Segment.objects.exists()


def test_a_yes_lets_in_what_it_was_said_to_and_nothing_else(alice, capture, choose):
    decision = choose(State.GIVEN)
    assert capture()["stored"] == 1
    assert capture("click")["refused"] == {"not_consented": 1}
    assert Segment.objects.get().decision_no == decision.number


def test_what_was_captured_before_the_yes_stays_out(alice, capture, choose):
    before = timezone.now() - timedelta(seconds=1)
    choose(State.GIVEN)
    assert capture(when=before)["refused"] == {"before_grant": 1}


def test_after_the_answer_to_a_withdrawal_nothing_more_is_stored_even_if_captured_before(alice, capture, choose):
    choose(State.GIVEN)
    captured = timezone.now()
    assert capture()["stored"] == 1
    choose(State.WITHDRAWN)
    assert capture(when=captured)["refused"] == {"withdrawn": 1}
    assert capture()["refused"] == {"withdrawn": 1}
    assert totals(alice.pk).stored == 1


def test_a_new_yes_does_not_let_in_what_was_captured_under_the_one_withdrawn(alice, capture, choose):
    choose(State.GIVEN)
    between = timezone.now()
    choose(State.WITHDRAWN)
    choose(State.GIVEN)
    assert capture(when=between)["refused"] == {"before_grant": 1}
    assert capture()["stored"] == 1


def test_turning_everything_off_closes_every_kind_at_once(alice, capture, choose):
    choose(State.GIVEN)
    choose(State.GIVEN, "click")
    turn_everything_off(person=alice, channel=Channel.PORTAL, recorded_by=alice.pk)
    assert capture()["refused"] == capture("click")["refused"] == {"withdrawn": 1}


def test_a_new_notice_with_other_terms_closes_intake_until_it_is_agreed_to(alice, capture, choose, new_notice):
    choose(State.GIVEN)
    assert capture()["stored"] == 1
    new_notice(LEARNING, "interface-learning-2", purpose="We want to learn something else.")
    assert capture()["refused"] == {"not_consented": 1}
    choose(State.GIVEN)
    assert capture()["stored"] == 1


def test_a_suspended_programme_stores_nothing_and_goes_on_when_it_is_resumed(
    alice, cast, capture, choose, learning, at
):
    choose(State.GIVEN)
    states.suspend(programme=learning, by=cast.frank.pk, at=at)
    assert capture()["refused"] == {"programme_suspended": 1}
    states.resume(programme=learning, by=cast.frank.pk, at=at)
    assert capture()["stored"] == 1


def test_what_was_captured_while_a_programme_was_suspended_is_never_stored_however_late_it_arrives(
    alice, cast, capture, choose, learning, at
):
    choose(State.GIVEN)
    before = timezone.now()
    states.suspend(programme=learning, by=cast.frank.pk, at=at)
    meanwhile = timezone.now()
    states.resume(programme=learning, by=cast.frank.pk, at=at)
    assert capture(when=meanwhile)["refused"] == {"programme_suspended": 1}
    assert capture(when=before)["stored"] == 1


def test_whoever_leaves_is_not_captured_any_more(alice, cast, capture, choose):
    choose(State.GIVEN)
    end_all(person=alice, state=State.REVOKED, by=cast.heidi.pk)
    assert capture()["refused"] == {"withdrawn": 1}


def test_the_yes_of_one_person_lets_in_nothing_of_another(alice, cast, capture, learning):
    with acting_for(cast.mallory.pk):
        decide(
            person=cast.mallory,
            programme=learning,
            kind="mouse",
            state=State.GIVEN,
            notice_version=in_force(learning).number,
            channel=Channel.PORTAL,
            recorded_by=cast.mallory.pk,
        )
    assert capture()["refused"] == {"not_consented": 1}
