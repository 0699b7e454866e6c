"""What the worker does for this room."""

from celery import shared_task
from django.utils import timezone

from .witness_mail import mail_checkpoint


@shared_task(name="records.mail_checkpoint")
def mail() -> None:
    """Writes the works council's daily letter; rung every ten minutes, written once a day."""
    mail_checkpoint(at=timezone.now())
