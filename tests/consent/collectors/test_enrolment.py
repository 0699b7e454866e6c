"""Enrolment: a token is shown once, kept as a hash, and ends at once when it is revoked."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from consent.collectors.enrolment import (
    NameTaken,
    RevokedToken,
    UnknownToken,
    collector_for,
    enrol,
    revoke,
    revoke_all,
    seen,
)
from consent.collectors.models import Collector


@pytest.fixture
def laptop(cast, programmes, at):
    return enrol(person=cast.alice, name="laptop", programmes=programmes.values(), at=at)


def test_a_token_finds_its_collector(laptop):
    collector, token = laptop
    assert collector_for(token) == collector


def test_a_token_is_not_in_the_database(laptop):
    collector, token = laptop
    row = Collector.objects.filter(pk=collector.pk).values().get()
    assert token not in str(row)
    assert token.encode() not in bytes(row["token_hash"])


def test_a_token_that_nobody_has_is_unknown(laptop):
    with pytest.raises(UnknownToken):
        collector_for(laptop[1] + "x")


def test_a_revoked_token_lets_nothing_in(laptop, at):
    revoke(collector=laptop[0], at=at)
    with pytest.raises(RevokedToken):
        collector_for(laptop[1])


def test_the_token_of_somebody_who_left_lets_nothing_in(laptop, cast, at):
    cast.alice.is_active, cast.alice.active_to = False, at
    cast.alice.save()
    with pytest.raises(RevokedToken):
        collector_for(laptop[1])


def test_all_collectors_of_a_person_are_revoked_together_and_nobody_elses(laptop, cast, programmes, at):
    enrol(person=cast.alice, name="desktop", programmes=[], at=at)
    _, other = enrol(person=cast.mallory, name="laptop", programmes=[], at=at)
    assert revoke_all(person=cast.alice, at=at) == 2
    assert revoke_all(person=cast.alice, at=at) == 0
    assert collector_for(other).person == cast.mallory


def test_two_collectors_of_a_person_cannot_have_one_name(laptop, cast, at):
    with pytest.raises(NameTaken):
        enrol(person=cast.alice, name="laptop", programmes=[], at=at)


def test_the_name_of_a_revoked_collector_is_free_again(laptop, cast, at):
    revoke(collector=laptop[0], at=at)
    assert enrol(person=cast.alice, name="laptop", programmes=[], at=at)


def test_a_collector_is_noted_as_seen_but_not_at_every_call(laptop, at):
    collector, _ = laptop
    seen(collector=collector, at=at)
    collector.refresh_from_db()
    seen(collector=collector, at=at.replace(second=20))
    collector.refresh_from_db()
    assert collector.seen_at == at


def test_the_command_prints_a_token_that_works(cast, programmes):
    out = StringIO()
    call_command("enrol_collector", person="alice", name="laptop", programme=["interface-learning"], stdout=out)
    collector = collector_for(out.getvalue().strip())
    assert [each.slug for each in collector.programmes.all()] == ["interface-learning"]


def test_the_command_says_which_programme_it_does_not_know(cast, programmes):
    with pytest.raises(CommandError, match="no-such"):
        call_command("enrol_collector", person="alice", name="laptop", programme=["no-such"])


def test_the_command_says_that_nobody_has_the_name(cast):
    with pytest.raises(CommandError, match="zoe"):
        call_command("enrol_collector", person="zoe", name="laptop")


def test_the_command_that_revokes_ends_a_stolen_token_at_once(cast, programmes, at):
    _collector, token = enrol(person=cast.alice, name="laptop", programmes=[programmes["interface-learning"]], at=at)
    call_command("revoke_collector", person="alice", name="laptop", stdout=StringIO())
    with pytest.raises(RevokedToken):
        collector_for(token)


@pytest.mark.parametrize(("person", "name"), [("alice", "no-such"), ("zoe", "laptop")])
def test_the_command_that_revokes_says_what_it_does_not_find(cast, programmes, at, person, name):
    enrol(person=cast.alice, name="laptop", programmes=[programmes["interface-learning"]], at=at)
    with pytest.raises(CommandError):
        call_command("revoke_collector", person=person, name=name)
