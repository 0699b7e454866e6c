"""What the worker does for this room.

A message is acknowledged before the work: one whose document kills the worker must not come back by itself and kill the next. What is
left undone is found by the sweeper, which counts tries, or asked for again by whoever looks.
"""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from consent import doorbell

from . import printing, runs


@shared_task(name=printing.TASK, acks_late=False, time_limit=60, soft_time_limit=45)
def print_receipt(receipt_id: str) -> None:
    """Makes the PDF of one receipt. Not in the log yet: the next look at the receipt asks again."""
    printing.print_now(UUID(receipt_id), at=timezone.now())


@shared_task(name=runs.TASK, acks_late=False, time_limit=60, soft_time_limit=45)
def print_some(run_id: str) -> None:
    """Prints some of a run, and rings for the rest."""
    if runs.advance(run_id=UUID(run_id), at=timezone.now()):
        doorbell.ring(runs.TASK, UUID(run_id))


@shared_task(name="receipts.sweep")
def sweep() -> None:
    """Rings for every run that somebody could go on with."""
    for run_id in runs.due(at=timezone.now()):
        doorbell.ring(runs.TASK, run_id)
