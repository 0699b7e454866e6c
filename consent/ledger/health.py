"""How the log is: its newest checkpoint, and what waits for a position."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .models import Waiting
from .tree import newest_checkpoint

# An entry has its proof within this time, or Candor says that it is late. (Usually it is a second or two.)
PROOFS_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class LedgerHealth:
    """The newest checkpoint (size 0 and no time before the first), the entries without a position, and the age of the oldest."""

    size: int
    checkpoint_at: datetime | None
    unsequenced: int
    oldest_unsequenced: timedelta | None

    @property
    def late(self) -> bool:
        """Whether an entry waits for its proof longer than it may."""
        return self.oldest_unsequenced is not None and self.oldest_unsequenced > PROOFS_WITHIN


def health(*, at: datetime) -> LedgerHealth:
    """The state of the log at this moment, for /readyz and for the watch over the maximum delay of proofs."""
    newest = newest_checkpoint()
    waiting = Waiting.objects.order_by("arrival")
    first = waiting.values_list("entry__at", flat=True).first()
    return LedgerHealth(
        size=newest.size if newest else 0,
        checkpoint_at=newest.at if newest else None,
        unsequenced=waiting.count(),
        oldest_unsequenced=at - first if first else None,
    )
