"""HR's desk: the queue by deadline, one case, and the acts on it. Shows that a request exists, never what it is about (mechanisms 8).

What must be believed:
1. A person is named only where a human is needed: an open request that people answer, or a deletion that workers gave up on.
   Naming one in a case is a look, written down and committed before the case is shown.
2. No scope, no count, no place, no choice leaves this module: its values have no field for them.
3. A deletion that follows an answer, or somebody's leaving, or that HR wrote down, is not listed while it runs by itself and on
   time: whoever wrote it down, or knows who left, would learn from how long it takes that there had been a yes.
4. What concerns the actor, their manager or their reports does not exist for the actor, not even as a number to count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from consent.captures.retrying import retrying
from consent.consultations import looks
from consent.consultations.models import Subject
from consent.database import acting_for
from consent.letters import outbox
from consent.people.locks import locked
from consent.people.models import Person, Role
from consent.people.roles import conflicted_ids

from . import fulfilment
from .changes import Doer, Stale, move, note
from .deadlines import WITHIN_DAYS
from .lodging import BY_ITSELF
from .models import Event, Origin, RequestState, RequestType, RightsRequest
from .reading import NotFound
from .states import NotAllowed, check_move, is_final, targets

SERVICE = "desk"
BY = "hr"
FOLLOWING = sorted(BY_ITSELF)
KNOWN_TO_HR = [*FOLLOWING, Origin.ON_BEHALF]
# What a case handler decides. That something is left of a deletion, the privacy officer decides (mechanisms 6).
OUTCOMES = (RequestState.DONE, RequestState.REFUSED, RequestState.IN_PROGRESS)
# Lines of the timeline that HR may read; what each place did is not among them, since places have names.
TOLD = (
    "received",
    "held",
    "started",
    "parked",
    "tried_again",
    "past_due",
    "taken",
    "done",
    "refused",
    "closed_with_residue",
)


class Filter(StrEnum):
    """Which requests the queue shows."""

    LATE = "late"
    SOON = "soon"
    OPEN = "open"
    MINE = "mine"


class NoReason(Exception):
    """A request was to be closed without a word to the person who asked."""

    code = "no_reason"


@dataclass(frozen=True)
class Row:
    """One request in the queue. `reference` is empty where no human is needed; `handler` is None while nobody has taken it."""

    number: str
    type: RequestType
    state: RequestState
    due_at: datetime
    reference: str
    next_step: str
    handler: Person | None
    human: bool


@dataclass(frozen=True)
class Queue:
    """The rows of one filter, nearest deadline first, and how many each filter has."""

    rows: tuple[Row, ...]
    figures: dict[Filter, int]


@dataclass(frozen=True)
class Line:
    """One line of a case's timeline, as `what` happened; `note` only where it is HR's own answer."""

    at: datetime
    what: str
    who: str
    note: str


@dataclass(frozen=True)
class Case:
    """One request. `person` and `message` are there only where a human is needed; `outcomes` are what the actor may decide now."""

    row: Row
    person: Person | None
    message: str
    answer: str
    received_at: datetime
    closed_at: datetime | None
    lines: tuple[Line, ...]
    version: int
    can_take: bool
    outcomes: tuple[RequestState, ...]


def queue(
    *, actor: Person, at: datetime, only: Filter = Filter.OPEN, find: str = "", type: RequestType | None = None
) -> Queue:
    """The open requests that the actor may handle. `find` is a number, of a closed one too, or the reference of a person shown."""
    with acting_for(None, service=SERVICE):
        mine = _visible(actor, at)
        open_ = mine.filter(closed_at__isnull=True)
        chosen = {
            Filter.LATE: open_.filter(due_at__lt=at),
            Filter.SOON: open_.filter(due_at__gte=at, due_at__lte=at + timedelta(days=WITHIN_DAYS)),
            Filter.OPEN: open_,
            Filter.MINE: open_.filter(handler=actor),
        }
        shown = _found(mine, find.strip().upper()) if find.strip() else chosen[only]
        if type is not None:
            shown = shown.filter(type=type)
        rows = tuple(_row(request) for request in shown.order_by("due_at", "number"))
        return Queue(rows, {name: requests.count() for name, requests in chosen.items()})


def case(*, actor: Person, number: str, at: datetime) -> Case:
    """One request with its timeline. Where it names a person, the consultation is committed first: outside a transaction.

    Raises NotFound for what does not exist for the actor.
    """
    with acting_for(None, service=SERVICE):
        request = _one(actor, number, at)
        if human_needed(request):  # 1
            looks.record_first(
                person=request.person_id,
                actor=actor,
                label=actor.full_name,
                role=Role.HR,
                subject=Subject.REQUEST,
                what=_("Request %(number)s") % {"number": request.number},
                why=_("To handle the request"),
                at=at,
            )
        return _case(actor, request)


def take(*, actor: Person, number: str, version: int, at: datetime) -> None:
    """The actor handles it from now on; the person sees that a human does. Twice is once.

    Raises NotFound, NotAllowed where no human is needed, Stale when the request changed since `version`.
    """
    _check_needed(actor, number, at)
    _take(actor, number, version, at)


def close(*, actor: Person, number: str, version: int, outcome: RequestState, reason: str, at: datetime) -> None:
    """Answers a request: done, or refused; or lets a deletion that workers gave up on be tried again. Twice is once.

    `reason` is what the person reads, and compulsory to close (GDPR Art. 12(4)). Row, timeline, ledger entry and letter together.
    Raises NotFound, NoReason, NotAllowed for a way that the table of states lacks (a deletion cannot be refused), Stale.
    """
    if outcome not in OUTCOMES:
        raise NotAllowed(_("This is not for HR to decide."))
    if is_final(outcome) and not reason.strip():
        raise NoReason(_("Write the answer: the person who asked reads it."))
    _close(actor, number, version, outcome, reason.strip(), at)


def human_needed(request: RightsRequest) -> bool:
    """Whether somebody has to act on it now, and may therefore know whose it is."""
    if request.closed_at is not None:
        return False
    return request.type != RequestType.DELETION or request.state == RequestState.WITH_A_PERSON


_NEEDED = Q(closed_at__isnull=True) & (~Q(type=RequestType.DELETION) | Q(state=RequestState.WITH_A_PERSON))


def _visible(actor: Person, at: datetime) -> QuerySet[RightsRequest]:
    requests = RightsRequest.objects.select_related("person", "handler").exclude(person__in=conflicted_ids(actor))  # 4
    by_itself = Q(origin__in=KNOWN_TO_HR) & ~_NEEDED & ~Q(closed_at__isnull=True, due_at__lt=at)
    return requests.exclude(by_itself)  # 3


def _found(requests: QuerySet[RightsRequest], find: str) -> QuerySet[RightsRequest]:
    """By a reference only those in which the person is shown anyway."""
    return requests.filter(Q(number=find) | (Q(person__reference=find) & _NEEDED))


def _one(actor: Person, number: str, at: datetime) -> RightsRequest:
    found = _visible(actor, at).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no request of that number that you may handle."))
    return found


def _check_needed(actor: Person, number: str, at: datetime) -> None:
    with acting_for(None, service=SERVICE):
        if not human_needed(_one(actor, number, at)):
            raise NotAllowed(_("Nobody needs to act on this request."))


@retrying
def _take(actor: Person, number: str, version: int, at: datetime) -> None:
    with acting_for(None, service=SERVICE), transaction.atomic():
        request = _locked(actor, number, at)
        if request.handler_id == actor.pk and request.state == RequestState.WITH_A_PERSON:
            return
        _check_fresh(request, version)
        RightsRequest.objects.filter(pk=request.pk).update(handler=actor)
        if request.state == RequestState.WITH_A_PERSON:
            RightsRequest.objects.filter(pk=request.pk).update(version=request.version + 1)
            note(request=request, what="taken", at=at, doer=_doer(actor))
        else:
            move(request=request, target=RequestState.WITH_A_PERSON, what="taken", at=at, doer=_doer(actor))


@retrying
def _close(actor: Person, number: str, version: int, outcome: RequestState, reason: str, at: datetime) -> None:
    with acting_for(None, service=SERVICE), transaction.atomic():
        request = _locked(actor, number, at)
        if request.state == outcome and request.handler_id == actor.pk and version < request.version:
            return
        _check_fresh(request, version)
        check_move(source=RequestState(request.state), target=outcome, type=RequestType(request.type), by=BY)
        RightsRequest.objects.filter(pk=request.pk).update(handler=actor, reason=reason)
        if outcome == RequestState.IN_PROGRESS:
            fulfilment.try_again(request_id=request.pk, doer=_doer(actor), at=at)
            return
        move(request=request, target=outcome, what=str(outcome), at=at, doer=_doer(actor), text=reason)
        outbox.write(
            person=request.person,
            template="request_answered",
            values={"number": request.number},
            key=f"request_answered:{request.pk}",
            at=at,
        )


def _locked(actor: Person, number: str, at: datetime) -> RightsRequest:
    """The request, read under the person's row lock."""
    locked(_one(actor, number, at).person_id)
    return _one(actor, number, at)


def _check_fresh(request: RightsRequest, version: int) -> None:
    if request.version == version:
        return
    who = request.handler.full_name if request.handler else _("nobody yet")
    raise Stale(
        _("This request has changed since you opened it. It is now “%(state)s”, with: %(who)s.")
        % {"state": RequestState(request.state).label, "who": who}
    )


def _doer(actor: Person) -> Doer:
    return Doer(by=BY, person=actor.pk, label=actor.full_name)


def _row(request: RightsRequest) -> Row:
    human = human_needed(request)
    return Row(
        number=request.number,
        type=RequestType(request.type),
        state=RequestState(request.state),
        due_at=request.due_at,
        reference=request.person.reference if human else "",
        next_step=_next_step(request),
        handler=request.handler if human or request.closed_at else None,
        human=human,
    )


def _case(actor: Person, request: RightsRequest) -> Case:
    human = human_needed(request)
    allowed = targets(source=RequestState(request.state), type=RequestType(request.type), by=BY)
    answered = request.type != RequestType.DELETION
    return Case(
        row=_row(request),
        person=request.person if human else None,
        message=request.message if human else "",
        answer=request.reason if answered else "",
        received_at=request.received_at,
        closed_at=request.closed_at,
        lines=tuple(_line(event, request) for event in Event.objects.filter(request=request, what__in=TOLD)),
        version=request.version,
        can_take=human and request.handler_id != actor.pk,
        outcomes=tuple(outcome for outcome in OUTCOMES if outcome in allowed),
    )


def _line(event: Event, request: RightsRequest) -> Line:
    """Who asked is “the employee”, also where it follows an answer of theirs; and what a hold is about stays out."""
    answer = event.note if event.what in {"done", "refused"} and request.type != RequestType.DELETION else ""
    theirs = event.actor == request.person_id or (event.what == "received" and request.origin in FOLLOWING)
    who = _("The employee") if theirs else event.actor_label
    return Line(at=event.at, what=event.what, who=who, note=answer)


def _next_step(request: RightsRequest) -> str:
    if request.closed_at is not None:
        return _("Closed. Nothing to do.")
    if request.type != RequestType.DELETION:
        return _("Read it, decide, and write the answer.") if request.handler_id else _("Take it, and read it.")
    if request.state == RequestState.HELD:
        return _("On hold. It goes on by itself when the hold ends.")
    if request.state == RequestState.WITH_A_PERSON:
        return _("It failed again and again. Let it be tried again, and ask the privacy officer if it fails once more.")
    return _("Running by itself. Nothing to do.")
