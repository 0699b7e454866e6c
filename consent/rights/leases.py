"""Who may work on a step now: a lease that expires, and a fencing token that makes an old lease's writes void.

What must be believed (mechanisms 6): a write of a worker that was paused, cut off or replaced changes nothing, because it names
the token of its lease, in the same statement, in the transaction of what it writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from .models import Step, StepState

LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
ATTEMPTS = 32  # with these pauses, about a day

FREE = Q(state__in=[StepState.WAITING, StepState.WORKING, StepState.RETRYING])


class LeaseLost(Exception):
    """Another worker has the step by now: the transaction must not commit."""

    code = "lease_lost"


@dataclass(frozen=True)
class Lease:
    """The right to work on one step, proven by its token."""

    step_id: UUID
    token: int


def due(at: datetime) -> Q:
    """Steps that somebody could work on now."""
    return FREE & Q(due_at__lte=at) & (Q(leased_until__isnull=True) | Q(leased_until__lt=at))


def take(*, step_id: UUID, at: datetime) -> Lease | None:
    """The lease of the step, or None when it is done, parked, not due, or somebody else's. In a transaction; waits for nobody.

    Counts as an attempt at once, so that a worker that dies has used one up.
    """
    step = Step.objects.select_for_update(skip_locked=True).filter(due(at), pk=step_id).first()
    if step is None:
        return None
    token = step.token + 1
    Step.objects.filter(pk=step_id).update(
        token=token, state=StepState.WORKING, leased_until=at + LEASE, attempts=F("attempts") + 1
    )
    return Lease(step_id=step_id, token=token)


def progress(*, lease: Lease, at: datetime, **written: Any) -> None:
    """Notes progress in the caller's transaction and renews the lease. A step that progresses has not failed. Raises LeaseLost."""
    _write(lease, leased_until=at + LEASE, attempts=1, last_error="", **written)


def finish(*, lease: Lease, proof: dict[str, Any], at: datetime) -> None:
    """The step is done, with what its place proves; in the caller's transaction. Raises LeaseLost."""
    _write(lease, state=StepState.DONE, proof=proof, done_at=at, leased_until=None, last_error="")


def put_back(*, lease: Lease, until: datetime) -> None:
    """Nothing failed, but the place has not answered yet: the step is due again at `until`. Raises LeaseLost."""
    _write(lease, state=StepState.WAITING, due_at=until, leased_until=None, attempts=F("attempts") - 1, last_error="")


def fail(*, lease: Lease, code: str, at: datetime) -> bool:
    """Notes a failure by its code: tried again after a pause that doubles, or parked after the last try. True when parked.

    Raises LeaseLost.
    """
    attempts = Step.objects.values_list("attempts", flat=True).get(pk=lease.step_id)
    if attempts >= ATTEMPTS:
        _write(lease, state=StepState.PARKED, leased_until=None, last_error=code[:100])
        return True
    _write(lease, state=StepState.RETRYING, due_at=at + pause_after(attempts), leased_until=None, last_error=code[:100])
    return False


def unpark(*, step_ids: list[UUID], at: datetime) -> int:
    """A person lets parked steps be tried again from the start of their count; returns how many were parked."""
    parked = Step.objects.filter(pk__in=step_ids, state=StepState.PARKED)
    return parked.update(state=StepState.WAITING, due_at=at, attempts=0)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after this many attempts: 5 s, 10 s, 20 s … an hour."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)


def _write(lease: Lease, **changes: Any) -> None:
    written = Step.objects.filter(pk=lease.step_id, token=lease.token, state=StepState.WORKING).update(**changes)
    if written != 1:
        raise LeaseLost(_("Another worker goes on with this step."))
