"""The states of a request and of a step, as tables: which may follow which, who acts in each, and what ends it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import RequestState, RequestType, StepState


class NotAllowed(Exception):
    """The request cannot go from where it stands to where it was asked to go."""

    code = "not_allowed"


@dataclass(frozen=True)
class Standing:
    """What a state means: who has to act, whether it is final, and the next step as a sentence for the person."""

    owner: str
    final: bool
    next_step: str | Promise


@dataclass(frozen=True)
class Move:
    """One way from a state to another: by whom, and for which types (none named: all)."""

    source: RequestState
    target: RequestState
    by: str
    types: frozenset[RequestType] = frozenset(RequestType)


RECEIVED, HELD, IN_PROGRESS = RequestState.RECEIVED, RequestState.HELD, RequestState.IN_PROGRESS
WITH_A_PERSON, DONE = RequestState.WITH_A_PERSON, RequestState.DONE
RESIDUE, REFUSED = RequestState.CLOSED_WITH_RESIDUE, RequestState.REFUSED

_DELETION = frozenset({RequestType.DELETION})
_ANSWERED = frozenset(RequestType) - _DELETION

STATES: dict[RequestState, Standing] = {
    RECEIVED: Standing("hr", False, gettext_lazy("HR reads it and answers.")),
    HELD: Standing("legal", False, gettext_lazy("It goes on by itself when the hold is lifted.")),
    IN_PROGRESS: Standing("worker", False, gettext_lazy("Each place deletes, and proves it. You need to do nothing.")),
    WITH_A_PERSON: Standing("hr", False, gettext_lazy("A person is working on it.")),
    DONE: Standing("nobody", True, gettext_lazy("Nothing more happens.")),
    RESIDUE: Standing("nobody", True, gettext_lazy("Nothing more happens. The certificate names what is left.")),
    REFUSED: Standing("nobody", True, gettext_lazy("You can complain to the supervisory authority, or go to court.")),
}

# A deletion of captures cannot be refused, only held; what a person answers can be, with a reason (GDPR Art. 12(4)).
MOVES: tuple[Move, ...] = (
    Move(RECEIVED, IN_PROGRESS, "worker", _DELETION),
    Move(RECEIVED, HELD, "worker", _DELETION),
    Move(HELD, IN_PROGRESS, "worker", _DELETION),
    Move(IN_PROGRESS, DONE, "worker", _DELETION),
    Move(IN_PROGRESS, WITH_A_PERSON, "worker", _DELETION),
    Move(WITH_A_PERSON, IN_PROGRESS, "hr", _DELETION),
    Move(WITH_A_PERSON, RESIDUE, "hr", _DELETION),
    Move(RECEIVED, WITH_A_PERSON, "hr", _ANSWERED),
    Move(RECEIVED, DONE, "hr", _ANSWERED),
    Move(RECEIVED, REFUSED, "hr", _ANSWERED),
    Move(WITH_A_PERSON, DONE, "hr", _ANSWERED),
    Move(WITH_A_PERSON, REFUSED, "hr", _ANSWERED),
)

STEP_MOVES: frozenset[tuple[StepState, StepState]] = frozenset(
    {
        (StepState.WAITING, StepState.WORKING),
        (StepState.WORKING, StepState.WORKING),
        (StepState.WORKING, StepState.WAITING),
        (StepState.WORKING, StepState.RETRYING),
        (StepState.WORKING, StepState.PARKED),
        (StepState.WORKING, StepState.DONE),
        (StepState.RETRYING, StepState.WORKING),
        (StepState.PARKED, StepState.WAITING),
    }
)


def targets(*, source: RequestState, type: RequestType, by: str) -> list[RequestState]:
    """Where a request of this type may go from here when `by` (worker or hr) acts, in the table's order."""
    return [move.target for move in MOVES if move.source == source and move.by == by and type in move.types]


def check_move(*, source: RequestState, target: RequestState, type: RequestType, by: str) -> None:
    """Raises NotAllowed with a sentence unless the table has this way."""
    if target not in targets(source=source, type=type, by=by):
        raise NotAllowed(
            _("A request that is “%(from)s” cannot become “%(to)s”.") % {"from": source.label, "to": target.label}
        )


def can_move(*, source: RequestState, target: RequestState, type: RequestType, by: str) -> bool:
    """Whether `check_move` would pass."""
    return target in targets(source=source, type=type, by=by)


def is_final(state: RequestState) -> bool:
    """Whether nothing follows this state."""
    return STATES[state].final
