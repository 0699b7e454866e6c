"""Against the clock: four processes write while consent is withdrawn, a span deleted, a notice published.

Each test counts the segments that became visible after the act had answered. With the locks there are none; with a lock taken
out the same test finds them, so it would notice if the lock went missing.
"""

import threading
import time
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from consent.captures.gate import IncomingSegment, admit
from consent.captures.models import Segment
from consent.captures.timeline import totals
from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.choices.spans import bury
from consent.database import acting_for
from consent.programmes.models import Suspension
from consent.programmes.notices import in_force
from consent.programmes.states import resume, suspend

from . import writer
from .conftest import LEARNING

KIND = "keystroke_count"  # a kind without a limited rate: its writers meet at the standing row alone


@pytest.fixture
def writing(own_database, alice):
    """Four processes that write for Alice while the block runs."""
    return partial(writer.writing, person=alice.pk, programme=LEARNING, kind=KIND)


@pytest.fixture
def allow(alice, programmes):
    def allowed():
        return decide(
            person=alice,
            programme=programmes[LEARNING],
            kind=KIND,
            state=State.GIVEN,
            notice_version=in_force(programmes[LEARNING]).number,
            channel=Channel.PORTAL,
            recorded_by=alice.pk,
        )

    return allowed


@pytest.fixture
def withdraw(alice, programmes):
    def withdrawn():
        return decide(
            person=alice,
            programme=programmes[LEARNING],
            kind=KIND,
            state=State.WITHDRAWN,
            notice_version=None,
            channel=Channel.PORTAL,
            recorded_by=alice.pk,
        )

    return withdrawn


def wait_for(number, **conditions):
    """Until the writers have stored that many such segments."""
    end = time.monotonic() + 60
    while Segment.objects.filter(**conditions)[:number].count() < number:
        assert time.monotonic() < end, "the writers do not write"
        time.sleep(0.005)


def stored(**conditions):
    return Segment.objects.filter(**conditions).count()


@pytest.mark.parametrize(("without", "rounds", "leaks"), [((), 200, False), (("row",), 40, True)])
def test_nothing_is_stored_after_the_answer_to_a_withdrawal(writing, allow, withdraw, alice, without, rounds, leaks):
    seen = {}
    with writing(without=without) as became:
        for _ in range(rounds):
            number = allow().number
            wait_for(3, decision_no=number)
            withdraw()
            seen[number] = stored(decision_no=number)
    with acting_for(alice.pk):
        late = sum(stored(decision_no=number) - count for number, count in seen.items())
        assert became["stored"] == stored()
    assert late > 0 if leaks else late == 0, f"{late} segments became visible after the answer"


@pytest.mark.parametrize(("without", "rounds", "leaks"), [((), 60, False), (("row",), 40, True)])
def test_nothing_of_a_deleted_span_is_stored_after_the_answer(writing, allow, alice, without, rounds, leaks):
    allow()
    seen = {}
    with writing(without=without):
        for _ in range(rounds):
            wait_for(3, start__gte=timezone.now())
            end = timezone.now()
            bury(person_id=alice.pk, programme_id=None, kinds=None, start=None, end=end, request_id=uuid4(), at=end)
            seen[end] = stored(start__lt=end)
    with acting_for(alice.pk):
        late = sum(stored(start__lt=end) - count for end, count in seen.items())
    assert late > 0 if leaks else late == 0, f"{late} segments became visible after the answer"


@pytest.mark.parametrize(("without", "rounds", "leaks"), [((), 30, False), (("programme",), 20, True)])
def test_nothing_is_stored_under_an_older_notice_after_the_new_one_is_published(
    writing, allow, new_notice, programmes, alice, without, rounds, leaks
):
    seen = {}
    with writing(without=without):
        for turn in range(rounds):
            allow()
            old = in_force(programmes[LEARNING]).pk
            wait_for(3, notice=old)
            new_notice(LEARNING, "interface-learning-2", purpose=f"We want to learn, for the {turn}th time.")
            seen[old] = stored(notice=old)
    with acting_for(alice.pk):
        late = sum(stored(notice=notice) - count for notice, count in seen.items())
    assert late > 0 if leaks else late == 0, f"{late} segments became visible after the answer"


@pytest.mark.parametrize(("without", "rounds", "leaks"), [((), 60, False), (("stops",), 60, True)])
def test_nothing_of_a_time_in_which_the_programme_was_stopped_is_stored(
    writing, allow, programmes, cast, alice, without, rounds, leaks
):
    """Neither while it is stopped nor, of what was captured then, after it goes on."""
    allow()
    who = {"programme": programmes[LEARNING], "by": cast.frank.pk}
    with writing(without=without):
        for turn in range(rounds):
            wait_for(2 * turn + 2)
            suspend(at=timezone.now(), **who)
            seen = stored()
            time.sleep(0.02)
            assert stored() == seen
            resume(at=timezone.now(), **who)
    with acting_for(alice.pk):
        stops = Suspension.objects.values_list("start", "end")
        late = sum(stored(start__gte=start, start__lt=end) for start, end in stops)
    assert len(stops) == rounds
    assert late > 0 if leaks else late == 0, f"{late} segments of times in which it was stopped are stored"


def test_two_batches_at_once_do_not_exceed_the_rate_together(own_database, alice, stands, event, at):
    stands(alice, "click")
    segment = IncomingSegment.of(programme=LEARNING, kind="click", events=[event(-600, x=1)] * 400)
    ready = threading.Barrier(4)

    def send():
        with acting_for(alice.pk):
            ready.wait()
            admit(person_id=alice.pk, collector_id=None, segments=[segment], at=at)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert totals(alice.pk).stored == 600
