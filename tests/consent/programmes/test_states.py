"""Stopping, resuming and ending a programme."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from consent.ledger import entries
from consent.ledger.models import Entry
from consent.programmes import states
from consent.programmes.models import ProgrammeState, Suspension
from consent.programmes.notices import in_force
from consent.programmes.states import ACTS, ProgrammeClosed, WrongState, can_open, check_open

DO = {"suspended": states.suspend, "resumed": states.resume, "ended": states.end}


@pytest.mark.parametrize("start", ProgrammeState.values)
@pytest.mark.parametrize("act", list(ACTS))
def test_an_act_is_possible_from_its_states_alone_and_is_logged(cast, programmes, at, start, act):
    programme = programmes["desktop-activity"]
    programme.state = start
    programme.save()
    sources, target = ACTS[act]
    if start in sources:
        assert DO[act](programme=programme, by=cast.frank.pk, at=at).state == target
        assert Entry.objects.filter(kind=f"programme.{act}").count() == 1
    else:
        with pytest.raises(WrongState):
            DO[act](programme=programme, by=cast.frank.pk, at=at)
        assert not Entry.objects.filter(kind__startswith="programme.").exists()


def test_every_state_has_an_exit_or_is_final():
    left = {source for sources, _ in ACTS.values() for source in sources}
    assert set(ProgrammeState) - left == {ProgrammeState.ENDED}


def test_a_programme_is_closed_from_the_day_after_its_end(cast, programmes, at, new_notice):
    programme = programmes["desktop-activity"]
    new_notice("desktop-activity", "desktop-activity-1", ends_on=date(2026, 11, 10))
    notice = in_force(programme)
    check_open(programme=programme, notice=notice, at=at.replace(hour=23, minute=59))
    with pytest.raises(ProgrammeClosed) as caught:
        check_open(programme=programme, notice=notice, at=at.replace(day=11, hour=0))
    assert caught.value.code == "programme_ended"
    assert not can_open(programme=programme, notice=notice, at=at.replace(day=11))


def test_a_stopped_programme_says_why_it_takes_nothing(cast, programmes, at):
    programme = states.suspend(programme=programmes["desktop-activity"], by=cast.frank.pk, at=at)
    with pytest.raises(ProgrammeClosed) as caught:
        check_open(programme=programme, notice=in_force(programme), at=at)
    assert caught.value.code == "programme_suspended"


def test_each_suspension_is_a_time_that_ends_once(cast, programmes, at):
    programme = programmes["desktop-activity"]
    for _ in range(2):
        states.suspend(programme=programme, by=cast.frank.pk, at=at)
        states.resume(programme=programme, by=cast.frank.pk, at=at)
    first, second = Suspension.objects.order_by("start")
    assert first.start < first.end < second.start < second.end


def test_a_suspension_goes_on_when_the_programme_ends(cast, programmes, at):
    programme = programmes["desktop-activity"]
    states.suspend(programme=programme, by=cast.frank.pk, at=at)
    states.end(programme=programme, by=cast.frank.pk, at=at)
    assert Suspension.objects.get().end is None


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("suspend_programme", "open", "suspended"),
        ("resume_programme", "suspended", "open"),
        ("end_programme", "open", "ended"),
    ],
)
@pytest.mark.parametrize("by", ["erin", "frank"])
def test_a_command_acts_with_a_reason_that_the_ledger_keeps(programmes, capsys, command, before, after, by):
    programme = programmes["desktop-activity"]
    programme.state = before
    programme.save()
    call_command(command, "desktop-activity", by=by, reason="A complaint is being looked at.")
    assert capsys.readouterr().out == f"desktop-activity: {after}.\n"
    entry = Entry.objects.filter(kind__startswith="programme.").get()
    assert json.loads(entries.document_of(entry.pk))["reason"] == "A complaint is being looked at."


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"by": "bob"}, "no programme owner or privacy officer"),
        ({"by": "nobody"}, "no programme owner or privacy officer"),
        ({"reason": " "}, "Say why"),
        ({"programme": "none"}, "There is no programme"),
        ({}, "another state"),
    ],
)
def test_a_command_that_cannot_act_says_why_and_changes_nothing(programmes, named, said):
    values = {"programme": "desktop-activity", "by": "frank", "reason": "A complaint."} | named
    with pytest.raises(CommandError, match=said):
        call_command("resume_programme", values.pop("programme"), **values)
    assert not Entry.objects.filter(kind__startswith="programme.").exists()
