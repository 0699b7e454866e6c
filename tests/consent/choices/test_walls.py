"""Decisions are only ever added, and nobody sees another person's."""

import pytest
from django.db import ProgrammingError, connections, transaction
from django.db.utils import DatabaseError

from consent.choices.decisions import decide
from consent.choices.models import Decision, ErasedSpan, Standing
from consent.choices.spans import bury
from consent.database import acting_for

PERSONAL = (Decision, Standing, ErasedSpan)


@pytest.fixture
def history_of_alice(cast, learning, allow, at):
    allow(cast.alice, learning, "mouse")
    with acting_for(cast.alice.pk):
        bury(person_id=cast.alice.pk, programme_id=None, kinds=None, start=None, end=at, request_id=cast.dan.pk, at=at)


@pytest.mark.parametrize("model", PERSONAL)
def test_a_session_of_another_person_or_of_nobody_sees_nothing(cast, history_of_alice, model):
    with acting_for(cast.alice.pk):
        assert model.objects.count() == 1
    for other in (cast.mallory.pk, cast.bob.pk, cast.carol.pk, None):
        with acting_for(other):
            assert model.objects.count() == 0


def test_mallory_cannot_decide_for_alice_even_if_a_door_forgot_to_check(cast, learning):
    with acting_for(cast.mallory.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        decide(
            person=cast.alice, programme=learning, kind="mouse", state="refused", notice_version=2, channel="portal",
            recorded_by=cast.alice.pk,
        )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE choices_decision SET state = 'given'",
        "DELETE FROM choices_decision",
        "TRUNCATE choices_decision",
        "UPDATE choices_erasedspan SET kind = 'mouse'",
        "DELETE FROM choices_erasedspan",
        "UPDATE programmes_noticeversion SET purpose = 'another'",
        "DELETE FROM programmes_noticekind",
        "UPDATE programmes_noticekind SET fields = '[]'",
    ],
)
def test_decisions_and_notices_never_change_not_even_for_the_owner(own_database, cast, history_of_alice, statement):
    for alias in ("default", "owner"):
        with pytest.raises((ProgrammingError, DatabaseError), match="permission denied|append-only"):
            _run(statement, alias=alias, person=cast.alice.pk)


def _run(statement, *, alias, person):
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT set_config('candor.person', '{person}', true)")
        cursor.execute(statement)


def test_what_stands_is_never_removed_by_the_portal(cast, history_of_alice):
    with acting_for(cast.alice.pk), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Standing.objects.all().delete()
