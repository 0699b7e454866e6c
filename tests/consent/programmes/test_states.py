"""Stopping, resuming and ending a programme."""

from datetime import date

import pytest

from consent.ledger.models import Entry
from consent.programmes import states
from consent.programmes.models import ProgrammeState
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
