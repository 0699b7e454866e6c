"""What is asked of a person, and what stands for each kind: the content of “Your choices”."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from consent.people.models import Person
from consent.programmes.models import NoticeKind, NoticeVersion, Programme
from consent.programmes.notices import in_force, offers_for
from consent.programmes.states import can_open

from .models import Decision, Standing, State
from .wording import terms_shown


@dataclass(frozen=True)
class KindChoice:
    """One kind and what stands. With `notice_changed` a yes was given to other terms: it no longer counts, the state is undecided.

    `decision` is the last one, also then. `erase_after` is set after a withdrawal.
    """

    kind: NoticeKind
    state: State
    since: datetime | None
    decision: Decision | None
    erase_after: datetime | None
    notice_changed: bool


@dataclass(frozen=True)
class ProgrammeChoices:
    """One programme with its notice in force. `recorded` are the labels of the kinds that may be recorded now."""

    programme: Programme
    notice: NoticeVersion
    kinds: tuple[KindChoice, ...]
    recorded: tuple[str, ...]


def overview(person: Person, *, at: datetime | None = None) -> list[ProgrammeChoices]:
    """Every programme that asks this person, by name, and after them those that do not any more but in which a yes stands:
    nobody is cut off from a “no”. `at` is when an end date is judged (None: now). The session must act for the person."""
    at = at or timezone.now()
    standing = {(row.programme_id, row.kind): row for row in Standing.objects.filter(person=person)}
    numbers = [row.decision_no for row in standing.values()]
    made = Decision.objects.filter(person=person, number__in=numbers).select_related("receipt", "notice", "programme")
    decisions = {decision.number: decision for decision in made}
    found = []
    for programme, notice, kinds in _asked(person, standing.values()):
        rows = {kind.kind: standing.get((programme.pk, kind.kind)) for kind in kinds}
        choices = tuple(_choice(kind, rows[kind.kind], notice, decisions) for kind in kinds)
        found.append(ProgrammeChoices(programme, notice, choices, _recorded(programme, notice, choices, at)))
    return found


def _asked(person: Person, standing: Iterable[Standing]) -> Iterable[tuple[Programme, NoticeVersion, list[NoticeKind]]]:
    """What is offered, with the kinds that were dropped from a notice while a yes stands; then what is offered no more."""
    given: dict[UUID, list[str]] = {}
    for row in standing:
        if row.state == State.GIVEN:
            given.setdefault(row.programme_id, []).append(row.kind)
    for offer in offers_for(person):
        dropped = set(given.pop(offer.programme.pk, [])) - {kind.kind for kind in offer.kinds}
        extra = [terms_shown(programme=offer.programme, kind=kind) for kind in sorted(dropped)]
        yield offer.programme, offer.notice, [*offer.kinds, *extra]
    for programme in Programme.objects.filter(pk__in=given).order_by("name"):
        notice = in_force(programme)
        if notice is not None:
            kinds = [terms_shown(programme=programme, kind=kind) for kind in sorted(given[programme.pk])]
            yield programme, notice, kinds


def _choice(
    kind: NoticeKind, row: Standing | None, notice: NoticeVersion, decisions: dict[int, Decision]
) -> KindChoice:
    if row is None or row.state == State.UNDECIDED:
        return KindChoice(kind, State.UNDECIDED, None, None, None, notice_changed=False)
    decision = decisions[row.decision_no]
    in_notice = kind.notice_id == notice.pk and kind.terms_digest == row.terms_digest
    if row.state == State.GIVEN and not in_notice:
        return KindChoice(kind, State.UNDECIDED, None, decision, None, notice_changed=True)
    return KindChoice(kind, State(row.state), row.since, decision, decision.erase_after, notice_changed=False)


def _recorded(
    programme: Programme, notice: NoticeVersion, choices: Iterable[KindChoice], at: datetime
) -> tuple[str, ...]:
    if not can_open(programme=programme, notice=notice, at=at):
        return ()
    return tuple(choice.kind.label for choice in choices if choice.state == State.GIVEN)
