"""The buffers of the person's devices: each is ordered to purge the scope, and is done when it confirmed that it did.

A device that never spoke to Candor has nothing, and a revoked one can deliver nothing; both are done, and said to be just that. One
that does not answer does not keep the certificate for ever: after a time it is issued with the device named as not confirmed. The
tombstone stands, so that whatever it still holds is refused as `deleted` however late it comes.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.conf import settings

from consent.collectors.models import Collector, Purge

from .work import Done, NotYet, Work

PREFIX = "collector:"
OFTEN, SELDOM = timedelta(seconds=5), timedelta(minutes=1)


def code_of(collector_id: UUID) -> str:
    """The place's code: a device has a step of its own."""
    return f"{PREFIX}{collector_id.hex[:20]}"


def purge_of(*, request_id: UUID, collector_id: UUID) -> UUID:
    """The id of the purge order: one per request and device, however often it is ordered."""
    return uuid5(request_id, str(collector_id))


def run(work: Work) -> Done | NotYet:
    """Looks whether the device has confirmed."""
    collector = Collector.objects.get(pk=work.step.cursor["collector"])
    purge = Purge.objects.get(pk=work.step.cursor["purge"])
    now, known = work.now(), {"purge": str(purge.pk)}
    if purge.confirmed_at is not None:
        return Done("confirmed", told=known | {"confirmed_at": purge.confirmed_at.isoformat()})
    if collector.revoked_at is not None:
        return Done("revoked", told=known)
    if collector.seen_at is None:
        return Done("never_seen", told=known)
    if now - purge.ordered_at >= settings.COLLECTOR_PATIENCE:
        return Done("unconfirmed", told=known)
    return NotYet(until=_next_look(purge.ordered_at, now))


def _next_look(ordered_at: datetime, now: datetime) -> datetime:
    return now + (OFTEN if now - ordered_at < 10 * SELDOM else SELDOM)
