"""What the worker does for this room: deposits that go over the network. The file is the sequencer's."""

from celery import shared_task
from django.utils import timezone

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
