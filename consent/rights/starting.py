"""Begins a deletion, or holds it: what happens in the one transaction in which it is decided (mechanisms 6, steps 1 to 3).

1. The caller has locked the person's row; holds are asked under that lock. One stands: the deletion waits, the person is told,
   and nothing else happens.
2. The standing rows are locked, so that no batch is on its way in; the scope gets its end.
3. The tombstone is set: what arrives from now on and falls into the span is refused as `deleted`.
4. The keys that seal nothing but what is deleted are destroyed: from this commit on nobody opens it any more.
5. The steps are written, one for each place; devices are ordered to purge their buffers.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from consent.captures import erasure
from consent.captures.keys import Key, destroy_covered, keys_of
from consent.choices import spans
from consent.choices.models import Standing
from consent.collectors.confirmations import order_purge
from consent.collectors.models import Collector
from consent.letters import outbox
from consent.programmes.scopes import Scope
from consent.receipts.issuing import issue
from consent.receipts.models import StatementType
from consent.receipts.statements import deletion_on_hold
from consent.retention.holds import holds_on
from consent.retention.models import Hold

from .changes import move
from .doorbell import ring_after_commit
from .models import RequestState, RightsRequest, Step
from .places import collectors, keys, search, statistics, store
from .scoping import in_words


def begin_or_hold(*, request: RightsRequest, at: datetime) -> None:
    """Decides, under the person's row lock that the caller holds, between a legal hold and the deletion; begins it if none stands.

    For a request that was just received, or that waits. GDPR Articles 17(1), 17(3)(e).
    """
    holds = holds_on(person_id=request.person_id, scope=Scope.from_json(request.scope))  # 1
    if not holds:
        _begin(request, at)
    elif request.state != RequestState.HELD:
        _hold(request, holds, at)


def _hold(request: RightsRequest, holds: list[Hold], at: datetime) -> None:
    told_why = " ".join(dict.fromkeys(hold.told_why for hold in holds))
    _bound(request, at)
    move(request=request, target=RequestState.HELD, what="held", at=at, text=told_why)
    body = deletion_on_hold(
        number=request.number,
        scope=in_words(Scope.from_json(request.scope)),
        told_why=told_why,
        held_since=at,
        received_at=request.received_at,
    )
    about = _("Deletion %(number)s is on hold") % {"number": request.number}
    issue(person=request.person, statement=StatementType.HOLD, state="held", about=about, body=body, at=at)
    outbox.write(
        person=request.person,
        template="deletion_held",
        values={"number": request.number, "why": told_why, "due": request.due_at},
        key=f"deletion_held:{request.pk}",
        at=at,
    )


def _begin(request: RightsRequest, at: datetime) -> None:
    lifted = request.state == RequestState.HELD
    list(Standing.objects.select_for_update().filter(person=request.person_id).order_by("kind", "programme_id"))  # 2
    scope = _bound(request, at)
    spans.bury(  # 3
        person_id=request.person_id,
        programme_id=scope.programme_id,
        kinds=list(scope.kinds) if scope.kinds is not None else None,
        start=scope.start,
        end=scope.end or at,
        request_id=request.pk,
        at=at,
    )
    found = keys_of(person_id=request.person_id, scope=scope)
    expected = erasure.whole(person_id=request.person_id, scope=scope).total
    if scope.start is None:
        destroy_covered(person_id=request.person_id, scope=scope, keys=found, at=at)  # 4
    at_once = not erasure.is_readable(person_id=request.person_id, scope=scope)
    ring_after_commit([_write_steps(request, scope, found, at_once, expected, at)])  # 5
    move(request=request, target=RequestState.IN_PROGRESS, what="started", at=at)
    if lifted:
        outbox.write(
            person=request.person,
            template="hold_lifted",
            values={"number": request.number, "due": request.due_at},
            key=f"hold_lifted:{request.pk}",
            at=at,
        )


def _bound(request: RightsRequest, at: datetime) -> Scope:
    """The scope with its end, kept with the request. One that waited keeps the end it got when it was asked for."""
    scope = Scope.from_json(request.scope)
    if request.state != RequestState.HELD:
        scope = erasure.bounded(person_id=request.person_id, scope=scope, at=at)
        request.scope = scope.to_json()
        request.save(update_fields=["scope"])
    return scope


def _write_steps(
    request: RightsRequest, scope: Scope, found: list[Key], at_once: bool, expected: int, at: datetime
) -> UUID:
    ours = [
        (store.CODE, _("Event store"), {}),
        (keys.CODE, _("Keys"), {"keys": keys.listed(found), "at_once": at_once}),
        *([(statistics.CODE, _("Counts of what was refused"), {})] if statistics.concerned(scope) else []),
        (search.CODE, _("Second search"), {}),
    ]
    steps = [
        Step(request=request, person=request.person_id, place=code, place_name=name, cursor=cursor, due_at=at)
        for code, name, cursor in [*ours, *_devices(request, scope, at)]
    ]
    for position, step in enumerate(steps, start=1):
        step.position = position
    steps[0].expected = expected
    Step.objects.bulk_create(steps)
    return steps[0].pk


def _devices(request: RightsRequest, scope: Scope, at: datetime) -> list[tuple[str, str, dict[str, Any]]]:
    ordered = order_purge(person_id=request.person_id, scope=scope, at=at, request_id=request.pk)
    names = dict(Collector.objects.filter(person=request.person_id).values_list("pk", "name"))
    return [
        (
            collectors.code_of(purge.collector_id),
            names[purge.collector_id],
            {"collector": str(purge.collector_id), "purge": str(purge.pk)},
        )
        for purge in ordered
    ]
