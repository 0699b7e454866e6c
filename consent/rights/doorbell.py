"""Rings for the steps of a request, after the commit that wrote them; the sweeper rings again (ADR 0003)."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.db import transaction

from consent import doorbell

TASK = "rights.fulfil"


def ring_after_commit(step_ids: Iterable[UUID]) -> None:
    """When and if the caller's transaction commits, a worker is told of these steps. Never fails the page that committed."""
    for step_id in step_ids:
        transaction.on_commit(partial(ring, step_id), robust=True)


def ring(step_id: UUID) -> bool:
    """Tells a worker of one step; False when the queue cannot be reached."""
    return doorbell.ring(TASK, step_id)
