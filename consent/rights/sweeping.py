"""Finds what is due and rings for it, so that nothing depends on a message that was lost (ADR 0003). Safe in parallel."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from consent.database import acting_for

from . import doorbell, endings, leases, withdrawals
from .changes import note
from .lodging import resume
from .models import Event, RequestState, RequestType, RightsRequest, Step, StepState
from .places import collectors
from .stumbling import stumbling

SERVICE = "sweep"
AT_ONCE = 200
PAST_DUE = "past_due"

log = logging.getLogger(__name__)


def sweep(*, at: datetime) -> list[UUID]:
    """Ends consents to notices that have ended, lodges the deletions of consents that ended, resumes what waited for a hold, marks what is past its due date, and rings for
    each request that a worker could go on with. Returns the steps that it rang for.
    """
    endings.end_due(at=at)
    withdrawals.lodge_due(at=at)
    for request_id, person_id in _held():
        with stumbling(what=f"resume {request_id}"), acting_for(person_id):
            resume(request_id=request_id, person_id=person_id, at=at)
    for request_id, person_id in _newly_past_due(at):
        with stumbling(what=f"past due {request_id}"), acting_for(person_id):
            _mark_past_due(request_id, at)
    steps = due_steps(at=at)
    for step_id in steps:
        doorbell.ring(step_id)
    return steps


def due_steps(*, at: datetime) -> list[UUID]:
    """One step for each deletion in progress that somebody could go on with: its first due one, or any if all are done."""
    with acting_for(None, service=SERVICE):
        running = RightsRequest.objects.filter(state=RequestState.IN_PROGRESS, type=RequestType.DELETION)
        # Only what may begin now: steps that wait for another one would fill the list, and hide other people's.
        before = Step.objects.filter(request=OuterRef("request"), position__lt=OuterRef("position"))
        first = Q(place__startswith=collectors.PREFIX) | ~Exists(before.exclude(state=StepState.DONE))
        due = Step.objects.filter(leases.due(at), first, request__in=running).order_by("request", "position")
        unfinished = Step.objects.filter(request=OuterRef("request")).exclude(state=StepState.DONE)
        uncertified = Step.objects.filter(~Exists(unfinished), request__in=running).order_by("request", "position")
        found: dict[UUID, UUID] = {}
        for step in [*due[:AT_ONCE], *uncertified[:AT_ONCE]]:
            found.setdefault(step.request_id, step.pk)
    return list(found.values())


def _held() -> list[tuple[UUID, UUID]]:
    with acting_for(None, service=SERVICE):
        return list(RightsRequest.objects.filter(state=RequestState.HELD).values_list("pk", "person_id"))


def _newly_past_due(at: datetime) -> list[tuple[UUID, UUID]]:
    with acting_for(None, service=SERVICE):
        marked = Event.objects.filter(request=OuterRef("pk"), what=PAST_DUE)
        late = RightsRequest.objects.filter(~Exists(marked), closed_at__isnull=True, due_at__lt=at)
        return list(late.values_list("pk", "person_id")[:AT_ONCE])


def _mark_past_due(request_id: UUID, at: datetime) -> None:
    """Loudly late: a line that the person and HR see, once (P8)."""
    with transaction.atomic():
        request = RightsRequest.objects.select_for_update().get(pk=request_id)
        if not Event.objects.filter(request=request, what=PAST_DUE).exists():
            note(request=request, what=PAST_DUE, at=at)
            log.warning("past its due date: %s", request.number)
