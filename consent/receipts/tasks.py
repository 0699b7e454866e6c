"""What the worker does for this room."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from . import printing


@shared_task(name=printing.TASK, time_limit=60, soft_time_limit=45)
def print_receipt(receipt_id: str) -> None:
    """Makes the PDF of one receipt. Not in the log yet: the next look at the receipt asks again."""
    printing.print_now(UUID(receipt_id), at=timezone.now())
