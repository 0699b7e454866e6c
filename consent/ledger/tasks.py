"""What the worker does for this room: deposits that go over the network, and the nightly audit. The file is the sequencer's."""

from celery import shared_task
from django.utils import timezone

from .verdicts import audited
from .witnesses.bucket import deposit_in_bucket
from .witnesses.time_stamps import stamp_checkpoints


@shared_task(name="ledger.deposit")
def deposit() -> None:
    """Deposits new checkpoints in the bucket; rung twice a minute."""
    deposit_in_bucket(at=timezone.now())


@shared_task(name="ledger.stamp")
def stamp() -> None:
    """Has new checkpoints time-stamped; rung twice a minute."""
    stamp_checkpoints(at=timezone.now())


# Acknowledged at once: a reading of hours must not be begun again and again. One that dies is made up for the next night.
@shared_task(name="ledger.verify", acks_late=False, time_limit=6 * 3600, soft_time_limit=6 * 3600 - 60)
def verify() -> None:
    """Reads the whole log; rung every night. What it finds is on the ledger's page, and /readyz says that there is something."""
    audited(at=timezone.now())
