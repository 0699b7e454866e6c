"""What the doorbell starts. A message names a step and nothing else."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from .fulfilment import fulfil as fulfil_step
from .sweeping import sweep as sweep_now


@shared_task(name="rights.fulfil")
def fulfil(step_id: str) -> None:
    """Works on a step and what follows it."""
    fulfil_step(step_id=UUID(step_id), now=timezone.now)


@shared_task(name="rights.sweep")
def sweep() -> None:
    """Finds what is due, and rings for it."""
    sweep_now(at=timezone.now())
