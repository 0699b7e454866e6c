"""What a collector may capture now, for how long it may rely on that, and what it must delete from its buffer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.collectors.confirmations import purges_ordered
from consent.collectors.enrolment import programme_ids
from consent.collectors.models import Collector, Purge

from .ground import Ground, Terms, open_kinds, read_ground, version_of

LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class KindPermission:
    """One kind that may be captured: only these fields, only of these programs (None: any), at most so often a minute."""

    kind: str
    fields: tuple[str, ...]
    apps_allowed: tuple[str, ...] | None
    max_per_minute: int | None


@dataclass(frozen=True)
class ProgrammePermission:
    """What one programme may capture now; a programme of which nothing may be captured is not listed."""

    programme: str
    notice_version: int
    kinds: tuple[KindPermission, ...]


@dataclass(frozen=True)
class Permissions:
    """The document that a collector gets. It stops by itself at `lease_expires_at`, whatever it could not ask meanwhile."""

    version: str
    lease_expires_at: datetime
    programmes: tuple[ProgrammePermission, ...]
    purge: tuple[Purge, ...]

    @property
    def etag(self) -> str:
        """Changes with the version and with the purges that are still to be confirmed; the lease alone does not change it."""
        orders = "".join(str(each.pk) for each in self.purge)
        return hashlib.sha256(f"{self.version}{orders}".encode()).hexdigest()


def permissions(*, collector: Collector, at: datetime) -> Permissions:
    """What this collector may capture now. The session must act for its person. The gate decides anew for every batch."""
    grounds = read_ground(person_id=collector.person_id, programme_ids=programme_ids(collector)).values()
    listed = [
        _permission(ground, terms)
        for ground in sorted(grounds, key=lambda each: each.slug)
        if (terms := open_kinds(ground, at=at))
    ]
    return Permissions(
        version=version_of(grounds, at=at),
        lease_expires_at=at + LEASE,
        programmes=tuple(listed),
        purge=tuple(purges_ordered(collector)),
    )


def _permission(ground: Ground, terms: list[Terms]) -> ProgrammePermission:
    return ProgrammePermission(
        programme=ground.slug,
        notice_version=ground.notice.number if ground.notice else 0,
        kinds=tuple(
            KindPermission(
                kind=each.kind,
                fields=each.fields,
                apps_allowed=each.apps,
                max_per_minute=each.per_minute,
            )
            for each in terms
        ),
    )
