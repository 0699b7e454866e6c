"""Changes of a request, each with its line in the timeline and its entry in the ledger, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from consent.ledger import entries

from .models import Event, RequestState, RequestType, RightsRequest
from .states import check_move, is_final

WORKER = "Candor"


class Stale(Exception):
    """The request changed since it was read."""

    code = "stale"


@dataclass(frozen=True)
class Doer:
    """Who makes a change, as the timeline names it: a person's id and name of the moment, or Candor itself."""

    by: str = "worker"
    person: UUID | None = None
    label: str = WORKER


def note(*, request: RightsRequest, what: str, at: datetime, doer: Doer = Doer(), text: str = "") -> Event:
    """A line in the request's timeline. `what` is a stable code; `text` is for the person, and holds no captured content."""
    return Event.objects.create(
        request=request,
        person=request.person_id,
        at=at,
        actor=doer.person,
        actor_label=doer.label,
        what=what,
        note=text,
    )


def move(
    *, request: RightsRequest, target: RequestState, what: str, at: datetime, doer: Doer = Doer(), text: str = ""
) -> None:
    """The request goes to another state: row, timeline and ledger together (P6). The caller's transaction holds the person's row.

    Raises NotAllowed for a way that the table lacks, Stale when the request is not the version that was read.
    """
    check_move(source=RequestState(request.state), target=target, type=RequestType(request.type), by=doer.by)
    closed = at if is_final(target) else None
    changed = RightsRequest.objects.filter(pk=request.pk, version=request.version).update(
        state=target, version=request.version + 1, closed_at=closed
    )
    if not changed:
        raise Stale(_("This request has changed in the meantime. Look at it again."))
    request.state, request.version, request.closed_at = target, request.version + 1, closed
    note(request=request, what=what, at=at, doer=doer, text=text)
    told = {"type": f"request.{what}", "request": request.number, "state": str(target), "at": at.isoformat()}
    entries.append(told, kind=f"request.{what}", subject=request.person_id, at=at)
