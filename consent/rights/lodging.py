"""Receives a request: from the commit on it has a number, a deadline, a receipt, and cannot be lost (P8)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent import identifiers
from consent.captures.retrying import retrying
from consent.letters import outbox
from consent.people.locks import locked
from consent.people.models import Person
from consent.programmes.scopes import Scope
from consent.receipts.issuing import issue
from consent.receipts.models import StatementType
from consent.receipts.statements import request_received

from . import deadlines
from .changes import Doer, note
from .failpoints import reach
from .models import Origin, RequestState, RequestType, RightsRequest
from .scoping import check_scope, in_words
from .starting import begin_or_hold

PREFIX: dict[RequestType, str] = {
    RequestType.DELETION: "DEL",
    RequestType.COPY: "CPY",
    RequestType.OBJECTION: "OBJ",
    RequestType.RESTRICTION: "RES",
    RequestType.CORRECTION: "COR",
    RequestType.THIRD_PARTY: "TPA",
    RequestType.QUESTION: "QUE",
}

# Nobody wrote in: no letter says “we received your request”. The letter of the certificate tells of it.
BY_ITSELF = frozenset({Origin.WITHDRAWAL, Origin.LEAVER, Origin.ENDED})


class KeyReused(Exception):
    """The idempotency key belongs to another request of the same person."""

    code = "key_reused"


@retrying
def lodge(
    *,
    person: Person,
    type: RequestType,
    scope: Scope,
    at: datetime,
    origin: Origin = Origin.PERSON,
    lodged_by: UUID | None = None,
    idempotency_key: str | None = None,
    message: str = "",
    decision_id: UUID | None = None,
) -> RightsRequest:
    """Receives a request (GDPR Art. 12(3), 15 to 22), and begins it if it is a deletion and no legal hold stands in its scope.

    One transaction: the request, its steps, its line in the timeline, its receipt and ledger entry, the tombstone. The same
    idempotency key, or the same withdrawal, gives the request that is there. Locks the person's row; the session acts for the
    person. After the commit a worker is rung; that may fail, and the sweeper rings again. Raises NotAScope, KeyReused.
    """
    scope = check_scope(scope=scope, at=at)
    with transaction.atomic():
        holder = locked(person.pk)
        if earlier := _earlier(holder, type, scope, message, idempotency_key, decision_id):
            return earlier
        request = RightsRequest.objects.create(
            number=identifiers.number(PREFIX[type]),
            person=holder,
            type=type,
            origin=origin,
            decision=decision_id,
            scope=scope.to_json(),
            message=message,
            received_at=at,
            due_at=deadlines.due(received_at=at, time_zone=holder.time_zone),
            lodged_by=lodged_by or holder.pk,
            idempotency_key=idempotency_key,
        )
        note(request=request, what="received", at=at, doer=_who(request, holder))
        if type == RequestType.DELETION:
            begin_or_hold(request=request, at=at)
        _acknowledge(request, at)
        reach("lodge.before_commit")
    reach("lodge.after_commit")
    return request


def resume(*, request_id: UUID, person_id: UUID, at: datetime) -> bool:
    """Begins a deletion that waited, if no hold stands in its scope any more; True when it began. The session acts for the person."""
    with transaction.atomic():
        locked(person_id)
        request = RightsRequest.objects.select_related("person").filter(pk=request_id, state=RequestState.HELD).first()
        if request is None:
            return False
        begin_or_hold(request=request, at=at)
        return request.state != RequestState.HELD


def _earlier(
    person: Person, type: RequestType, scope: Scope, message: str, idempotency_key: str | None, decision_id: UUID | None
) -> RightsRequest | None:
    requests = RightsRequest.objects.filter(person=person)
    if decision_id and (found := requests.filter(decision=decision_id).first()):
        return found
    found = requests.filter(idempotency_key=idempotency_key).first() if idempotency_key else None
    if found and not (found.type == type and found.message == message and _is_about(found, scope)):
        raise KeyReused(_("This form was used for another request. Open the page again."))
    return found


def _is_about(earlier: RightsRequest, scope: Scope) -> bool:
    """Whether this is the scope of the earlier request. No end, or one that was ahead when that one came, became the time it came."""

    def as_asked(of: Scope) -> Scope:
        return of if of.end is not None and of.end < earlier.received_at else replace(of, end=None)

    return as_asked(Scope.from_json(earlier.scope)) == as_asked(scope)


def _who(request: RightsRequest, person: Person) -> Doer:
    if request.origin in BY_ITSELF:
        return Doer()
    if request.lodged_by == person.pk:
        return Doer(person=person.pk, label=person.full_name)
    return Doer(person=request.lodged_by, label=_("Written down for the person"))


def _acknowledge(request: RightsRequest, at: datetime) -> None:
    scope = Scope.from_json(request.scope)
    body = request_received(
        number=request.number,
        type=request.type,
        type_label=str(RequestType(request.type).label),
        scope=in_words(scope),
        received_at=request.received_at,
        due_at=request.due_at,
        expected=_expected(request),
    )
    request.receipt = issue(
        person=request.person,
        statement=StatementType.REQUEST,
        state=request.state,
        about=f"{RequestType(request.type).label}: {request.number}",
        body=body,
        at=at,
    )
    request.save(update_fields=["receipt"])
    if request.origin not in BY_ITSELF:
        outbox.write(
            person=request.person,
            template="request_received",
            values={"number": request.number, "due": request.due_at},
            key=f"request_received:{request.pk}",
            at=at,
        )


def _expected(request: RightsRequest) -> int:
    first = request.steps.order_by("position").first()
    return first.expected if first else 0
