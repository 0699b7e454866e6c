"""Works on the steps of a deletion, one after the other, until each has its proof; then the certificate (mechanisms 6).

1. Lease the step. Not to be had: somebody else has it, or it is done. Nothing happens.
2. Let the place do its work, which commits in chunks under the lease's token.
3. Keep its proof, or when to ask again, or that it failed.
4. Go on with the next step that may begin. The last proof leads to the certificate.
Killed anywhere, it is rung again by the sweeper and goes on at the cursor. Rung thrice, it works once.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.database import acting_for
from consent.people.locks import locked

from . import leases
from .certificate import close_if_done
from .changes import Doer, move, note
from .failpoints import reach
from .leases import Lease, LeaseLost
from .models import RequestState, RightsRequest, Step, StepState
from .places import collectors, keys, search, statistics, store
from .places.work import Done, NotYet, Work

SERVICE = "sweep"
PLACES: dict[str, Callable[[Work], Done | NotYet]] = {
    store.CODE: store.run,
    keys.CODE: keys.run,
    statistics.CODE: statistics.run,
    search.CODE: search.run,
}

log = logging.getLogger(__name__)


class WorkerDied(Exception):
    """Every worker that took the step died of it."""

    code = "worker_died"


def fulfil(*, step_id: UUID, now: Callable[[], datetime]) -> None:
    """Works on this step's request as far as it goes now. `now` is the clock of the process; safety does not rest on it.

    A failure of the database is raised: nothing can be noted then, and the lease runs out by itself.
    """
    with acting_for(None, service=SERVICE):
        found = Step.objects.filter(pk=step_id).values_list("person", "request_id").first()
    if found is None:
        return
    person_id, request_id = found
    with acting_for(person_id):
        tried: set[UUID] = set()
        while step := _next_step(request_id, tried, at=now()):
            tried.add(step.pk)
            _work_on(step, now)
        close_if_done(request_id=request_id, at=now())


def try_again(*, request_id: UUID, doer: Doer, at: datetime) -> None:
    """A person lets what failed be tried again. In acting for the request's person or the desk. Raises NotAllowed."""
    with transaction.atomic():
        request = RightsRequest.objects.select_related("person").get(pk=request_id)
        locked(request.person_id)
        leases.unpark(step_ids=[step.pk for step in request.steps.all()], at=at)
        move(request=request, target=RequestState.IN_PROGRESS, what="tried_again", at=at, doer=doer)


def may_begin(step: Step, steps: list[Step]) -> bool:
    """Candor's own places go in order, each on the proof of those before it. A device waits for nobody."""
    if step.place.startswith(collectors.PREFIX):
        return True
    return all(other.state == StepState.DONE for other in steps if other.position < step.position)


def _next_step(request_id: UUID, tried: set[UUID], *, at: datetime) -> Step | None:
    steps = list(Step.objects.filter(request=request_id).order_by("position"))
    free = set(Step.objects.filter(leases.due(at), request=request_id).values_list("pk", flat=True)) - tried
    return next((step for step in steps if step.pk in free and may_begin(step, steps)), None)


def _work_on(step: Step, now: Callable[[], datetime]) -> None:
    with transaction.atomic():
        lease = leases.take(step_id=step.pk, at=now())  # 1
    if lease is None:
        return
    reach("lease.after_commit")
    leased = Step.objects.select_related("request__person").get(pk=step.pk)
    work = Work(lease=lease, step=leased, request=leased.request, now=now)
    if leased.attempts > leases.ATTEMPTS:  # who tried last did not live to say so
        _failed(work, lease, WorkerDied())
        return
    try:
        outcome = PLACES.get(step.place, collectors.run)(work)  # 2
        _keep(work, outcome)  # 3
    except LeaseLost:
        log.info("lease lost: step %s", step.pk)
    except Exception as error:
        log.warning("step %s failed: %s", step.pk, type(error).__name__)
        _failed(work, lease, error)


def _keep(work: Work, outcome: Done | NotYet) -> None:
    with transaction.atomic():
        if isinstance(outcome, NotYet):
            leases.put_back(lease=work.lease, until=outcome.until)
            return
        at = work.now()
        leases.finish(lease=work.lease, proof=outcome.proof(at), at=at)
        note(request=work.request, what=f"place.{work.step.place.partition(':')[0]}", at=at, text=work.step.place_name)
        reach(f"{work.step.place.partition(':')[0]}.before_proof")
    reach(f"{work.step.place.partition(':')[0]}.after_proof")


def _failed(work: Work, lease: Lease, error: Exception) -> None:
    """Notes the failure by its code, never its words; after the last try the request is with a person, its clock running."""
    code = getattr(error, "code", None) or type(error).__name__
    at = work.now()
    try:
        with transaction.atomic():
            locked(work.person_id)
            if leases.fail(lease=lease, code=str(code), at=at):
                request = RightsRequest.objects.select_related("person").get(pk=work.request.pk)
                if request.state == RequestState.WITH_A_PERSON:  # another place was given up on before
                    return
                move(request=request, target=RequestState.WITH_A_PERSON, what="parked", at=at)
    except LeaseLost:
        log.info("lease lost: step %s", work.step.pk)
