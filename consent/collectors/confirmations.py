"""What collectors confirm: the permissions they applied, when they last captured, and what they deleted from their buffers."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from consent.people.models import Person
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope

from .models import Collector, Purge


class UnknownPurge(Exception):
    """A confirmed purge was never ordered from this collector; nothing was noted."""

    code = "unknown_purge"


@transaction.atomic
def confirm(
    *,
    collector: Collector,
    version: str,
    applied_at: datetime,
    last_captured_at: datetime | None,
    purged: Iterable[UUID],
    at: datetime,
) -> None:
    """Notes that the device applied this version of its permissions, and which purges it carried out.

    A device's clock is a claim: times later than `at` are noted as `at`. Repeating changes nothing. Raises UnknownPurge.
    """
    ids = set(purged)
    if Purge.objects.filter(collector=collector, pk__in=ids).count() != len(ids):
        raise UnknownPurge(_("One of these purges was not ordered from this collector."))
    Purge.objects.filter(collector=collector, pk__in=ids, confirmed_at__isnull=True).update(confirmed_at=at)
    noted: dict[str, object] = {"confirmed_version": version[:64], "confirmed_at": min(applied_at, at), "seen_at": at}
    if last_captured_at is not None:
        noted["last_captured_at"] = min(last_captured_at, at)
    Collector.objects.filter(pk=collector.pk).update(**noted)


def collectors_of(person: Person) -> list[Collector]:
    """The person's collectors that are not revoked, by name, with what each confirmed last."""
    return list(Collector.objects.filter(person=person, revoked_at__isnull=True).prefetch_related("purges"))


def order_purge(*, person_id: UUID, scope: Scope, at: datetime, request_id: UUID | None = None) -> list[Purge]:
    """Orders every collector of the person to delete what it buffers in the scope (GDPR Art. 17); in the caller's transaction.

    With `request_id`, ordering twice for one request orders once. No end in the scope means until `at`.
    """
    collectors = Collector.objects.filter(person_id=person_id, revoked_at__isnull=True).order_by("pk")
    slug = ""
    if scope.programme_id is not None:
        slug = Programme.objects.get(pk=scope.programme_id).slug
        collectors = collectors.filter(programmes=scope.programme_id)
    orders = [
        Purge(
            pk=uuid5(request_id, str(each.pk)) if request_id else uuid4(),
            collector=each,
            programme=slug,
            kinds=None if scope.kinds is None else list(scope.kinds),
            start=scope.start,
            end=scope.end or at,
            ordered_at=at,
        )
        for each in collectors
    ]
    Purge.objects.bulk_create(orders, ignore_conflicts=True)
    return list(Purge.objects.filter(pk__in=[each.pk for each in orders]).order_by("collector"))


def purges_ordered(collector: Collector) -> list[Purge]:
    """What the collector has still to delete from its buffer, oldest order first."""
    return list(Purge.objects.filter(collector=collector, confirmed_at__isnull=True).order_by("ordered_at", "pk"))
