"""Withdrawals whose time of grace is over: what was captured on them is to be deleted (GDPR Art. 17(1)(b))."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from consent.database import acting_for

from .models import Decision, State


def withdrawals_due(*, at: datetime, handled: Collection[UUID] = ()) -> list[Decision]:
    """Withdrawals with `erase_after` at or before `at`, oldest first, but for those whose ids are `handled`. As service “sweep”."""
    with acting_for(None, service="sweep"):
        due = Decision.objects.filter(state=State.WITHDRAWN, erase_after__lte=at).exclude(pk__in=handled)
        return list(due.select_related("programme").order_by("erase_after", "pk"))
