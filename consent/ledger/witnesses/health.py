"""How the witnesses are: what each holds, how far it is behind, and whether that is longer than it may be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from ..models import Checkpoint, Witness
from .reports import BUCKET, FILE, MAIL, TIME_STAMPS

# How long a checkpoint may take to each witness before somebody has to look.
WITHIN = {
    FILE: timedelta(minutes=1),
    BUCKET: timedelta(minutes=5),
    TIME_STAMPS: timedelta(minutes=5),
    MAIL: timedelta(days=2),
}


@dataclass(frozen=True)
class WitnessHealth:
    """One witness. `behind`: entries that it does not hold yet; `waiting_since`: the oldest checkpoint it lacks; `late`: for too long."""

    name: str
    within: timedelta
    configured: bool
    size: int = 0
    deposited_at: datetime | None = None
    behind: int = 0
    waiting_since: datetime | None = None
    trouble: str = ""
    late: bool = False


def witnesses(*, at: datetime) -> list[WitnessHealth]:
    """Every witness there can be, those that are not configured too."""
    configured = {FILE: True, BUCKET: bool(settings.WITNESS_BUCKET), TIME_STAMPS: bool(settings.TSA_URL), MAIL: True}
    rows = Witness.objects.in_bulk()
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return [
        _health(rows.get(name), name=name, newest=newest, at=at)
        if configured[name]
        else WitnessHealth(name=name, within=within, configured=False)
        for name, within in WITHIN.items()
    ]


def are_well(*, at: datetime) -> bool:
    """Whether no configured witness is late or in trouble."""
    return not any(each.late or each.trouble for each in witnesses(at=at))


def _health(row: Witness | None, *, name: str, newest: int, at: datetime) -> WitnessHealth:
    size = row.size if row else 0
    lacking = Checkpoint.objects.filter(size__gt=size).order_by("size").values_list("at", flat=True).first()
    return WitnessHealth(
        name=name,
        within=WITHIN[name],
        configured=True,
        size=size,
        deposited_at=row.deposited_at if row else None,
        behind=max(newest - size, 0),
        waiting_since=lacking,
        trouble=row.trouble if row else "",
        late=lacking is not None and at - lacking > WITHIN[name],
    )
