"""Who looked at whose data stands there before they see it, for good, and the person can read it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction

from consent.consultations.looks import NamesNobody, covers, record, record_first, who_looked
from consent.consultations.models import Consultation, Subject
from consent.database import acting_for


@pytest.fixture
def looked(cast, at):
    def made(act=record, **changes):
        look = {
            "person": cast.alice.pk, "actor": cast.carol, "label": "Carol Demo", "role": "hr", "subject": Subject.REQUEST,
            "what": "Request DEL-7QK2-94TM", "why": "To answer it", "at": at,
        }  # fmt: skip
        return act(**{**look, **changes})

    return made


@pytest.fixture
def exported(looked, programmes, at):
    def made(**changes):
        predicate = {
            "programme": str(programmes["interface-learning"].pk), "from": (at - timedelta(days=30)).isoformat(),
            "to": at.isoformat(), "named": False, "export": "EXP-7QK2-94TM",
        }  # fmt: skip
        return looked(person=None, subject=Subject.DECISIONS, predicate=predicate | changes)

    return made


def seen_by(person, decided=()):
    with acting_for(person.pk):
        return who_looked(person_id=person.pk, decided=decided)


def test_the_person_sees_who_looked_at_what_when_and_why(looked, cast, at):
    looked()
    [look] = seen_by(cast.alice)
    assert (look.at, look.who, look.role, look.what, look.why) == (
        at, "Carol Demo", "hr", "Request DEL-7QK2-94TM", "To answer it"
    )  # fmt: skip


def test_the_newest_look_comes_first(looked, exported, cast, programmes, at):
    looked(at=at - timedelta(days=2))
    looked(at=at - timedelta(hours=1))
    exported()
    looks = seen_by(cast.alice, [(programmes["interface-learning"].pk, at - timedelta(days=3))])
    assert [look.at for look in looks] == [at, at - timedelta(hours=1), at - timedelta(days=2)]


def test_nobody_else_sees_it(looked, cast):
    looked()
    for other in cast.everyone():
        if other != cast.alice:
            assert seen_by(other) == [], other.username


def test_asking_for_another_persons_looks_shows_none(looked, cast):
    looked()
    with acting_for(cast.mallory.pk):
        assert who_looked(person_id=cast.alice.pk, decided=[]) == []


def test_a_look_can_be_neither_changed_nor_removed(looked, cast):
    looked()
    for statement in ("UPDATE consultations_consultation SET why = ''", "DELETE FROM consultations_consultation"):
        with acting_for(cast.alice.pk), pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_look_is_at_one_person_or_at_all_that_a_predicate_describes(looked):
    with pytest.raises(NamesNobody):
        looked(person=None)
    with pytest.raises(NamesNobody):
        looked(predicate={"programme": None})


def test_an_export_shows_to_those_whose_decisions_it_covers(exported, cast, programmes, at):
    exported()
    inside, outside = programmes["interface-learning"].pk, programmes["assistant-quality"].pk
    assert len(seen_by(cast.alice, [(inside, at - timedelta(days=3))])) == 1
    assert seen_by(cast.bob, [(outside, at - timedelta(days=3))]) == []
    assert seen_by(cast.mallory) == []


def test_an_export_of_every_programme_covers_each(exported, cast, programmes, at):
    exported(programme=None)
    for programme in programmes.values():
        assert len(seen_by(cast.alice, [(programme.pk, at - timedelta(days=3))])) == 1


def test_a_span_covers_its_first_moment_and_not_its_last(at):
    span = {"programme": None, "from": (at - timedelta(days=1)).isoformat(), "to": at.isoformat()}
    moments = [at - timedelta(days=1, microseconds=1), at - timedelta(days=1), at - timedelta(microseconds=1), at]
    assert [covers(span, [(uuid4(), moment)]) for moment in moments] == [False, True, True, False]


def test_a_span_without_ends_covers_everything(at):
    assert covers({"programme": None, "from": None, "to": None}, [(uuid4(), at)])
    assert not covers({"programme": None, "from": None, "to": None}, [])


@pytest.mark.usefixtures("own_database")
def test_a_look_written_first_is_not_undone_by_what_follows(looked, cast):
    looked(record_first)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert len(seen_by(cast.alice)) == 1


@pytest.mark.usefixtures("own_database")
def test_a_look_is_not_written_first_inside_what_can_still_fail(looked, cast):
    with pytest.raises(RuntimeError), transaction.atomic():
        looked(record_first)
    assert seen_by(cast.alice) == []


def test_long_words_are_cut_not_refused(looked, cast):
    looked(what="x" * 1000, why="y" * 1000, label="z" * 1000)
    [look] = seen_by(cast.alice)
    assert (len(look.what), len(look.why), len(look.who)) == (300, 500, 200)


def test_a_row_is_written_without_reading_any(looked, django_assert_num_queries):
    with django_assert_num_queries(1):
        looked()


def test_the_row_of_an_export_names_no_person(exported, cast):
    exported()
    with acting_for(cast.alice.pk):
        assert Consultation.objects.get().person is None
