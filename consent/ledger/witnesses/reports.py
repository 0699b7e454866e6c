"""What each witness reports: the newest checkpoint it holds, or why it could not take one. A witness that fails stops nothing."""

import logging
from datetime import datetime

from ..models import Witness

FILE, BUCKET, TIME_STAMPS, MAIL = "file", "bucket", "timestamps", "mail"

log = logging.getLogger(__name__)


class WitnessTrouble(Exception):
    """A witness could not take a checkpoint, or contradicts the log; the sentence says which, and names no person."""

    code = "witness_trouble"


def report(name: str, *, size: int, at: datetime) -> None:
    """The witness holds the checkpoint of this size, and all is well with it."""
    values = {"size": size, "deposited_at": at, "tried_at": at, "trouble": ""}
    Witness.objects.update_or_create(name=name, defaults=values)


def report_trouble(name: str, trouble: Exception | str, *, at: datetime) -> None:
    """The witness took nothing this time. What it holds is as before; /readyz and the ledger's page say why."""
    log.error("Witness %s: %s", name, trouble)
    Witness.objects.update_or_create(name=name, defaults={"trouble": str(trouble)[:300], "tried_at": at})


def report_well(name: str, *, at: datetime) -> None:
    """The witness has nothing to take, and can be reached again."""
    Witness.objects.filter(name=name).exclude(trouble="").update(trouble="", tried_at=at)


def deposited_size(name: str) -> int:
    """The size of the newest checkpoint that the witness is known to hold."""
    return Witness.objects.filter(name=name).values_list("size", flat=True).first() or 0
