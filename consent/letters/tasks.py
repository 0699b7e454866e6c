"""What the worker does for this room."""

from celery import shared_task
from django.utils import timezone

from . import delivery


@shared_task(name="letters.deliver")
def deliver() -> None:
    """Sends what is due; rung every few seconds."""
    delivery.deliver_due(at=timezone.now())
