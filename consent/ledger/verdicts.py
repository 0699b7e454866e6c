"""Reads the whole log, and keeps what was found: when it was read last, and whether it was as it was signed."""

import time
from collections.abc import Sequence
from datetime import datetime

from .audit import verify_ledger
from .findings import Findings
from .models import Audit
from .outside import Kept


def audited(*, against: Sequence[Kept] = (), at: datetime) -> Findings:
    """Verifies the ledger as `verify_ledger` does, and keeps the outcome."""
    begun = time.monotonic()
    found = verify_ledger(against=against)
    Audit.objects.create(
        at=at,
        seconds=time.monotonic() - begun,
        size=found.size,
        erased=found.erased,
        compared=list(found.compared),
        problems=len(found.problems),
        first=found.problems[0].sentence[:500] if found.problems else "",
    )
    return found


def newest_audit() -> Audit | None:
    """The outcome of the last reading."""
    return Audit.objects.order_by("-at", "-id").first()
