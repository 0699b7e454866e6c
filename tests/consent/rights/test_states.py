"""The tables of states: complete, without dead ends, and kept to."""

import pytest

from consent.rights.models import RequestState, RequestType, StepState
from consent.rights.states import MOVES, STATES, STEP_MOVES, NotAllowed, can_move, check_move, is_final, targets


@pytest.mark.parametrize("state", RequestState)
def test_every_state_has_an_owner_and_an_exit_or_is_final(state):
    exits = {move.by for move in MOVES if move.source == state}
    assert STATES[state].next_step
    assert bool(exits) is not is_final(state)
    assert (STATES[state].owner == "nobody") is is_final(state)


@pytest.mark.parametrize("state", RequestState)
def test_every_state_can_be_reached_and_leads_to_an_end(state):
    assert state == RequestState.RECEIVED or any(move.target == state for move in MOVES)
    reached = {state}
    while more := {move.target for move in MOVES if move.source in reached} - reached:
        reached |= more
    assert any(is_final(end) for end in reached)


@pytest.mark.parametrize("type", RequestType)
def test_every_type_of_request_can_be_finished_from_the_start(type):
    reached, by = {RequestState.RECEIVED}, {"worker", "hr"}
    while more := {m.target for m in MOVES if m.source in reached and m.by in by and type in m.types} - reached:
        reached |= more
    assert RequestState.DONE in reached


def test_a_deletion_cannot_be_refused():
    assert not any(
        can_move(source=source, target=RequestState.REFUSED, type=RequestType.DELETION, by=by)
        for source in RequestState
        for by in ("hr", "worker")
    )


def test_only_a_deletion_can_be_held():
    assert all(move.types == {RequestType.DELETION} for move in MOVES if move.target == RequestState.HELD)


def test_nothing_follows_a_final_state():
    assert not any(is_final(move.source) for move in MOVES)


def test_a_way_that_the_table_lacks_is_refused_with_a_sentence():
    with pytest.raises(NotAllowed, match="cannot become"):
        check_move(source=RequestState.DONE, target=RequestState.RECEIVED, type=RequestType.QUESTION, by="hr")


def test_hr_may_answer_or_refuse_a_question_but_does_nothing_to_a_running_deletion():
    hr = {"by": "hr"}
    assert targets(source=RequestState.RECEIVED, type=RequestType.QUESTION, **hr) == [
        RequestState.WITH_A_PERSON,
        RequestState.DONE,
        RequestState.REFUSED,
    ]
    assert targets(source=RequestState.IN_PROGRESS, type=RequestType.DELETION, **hr) == []


def test_every_state_of_a_step_but_done_has_an_exit():
    assert {source for source, _target in STEP_MOVES} == set(StepState) - {StepState.DONE}
