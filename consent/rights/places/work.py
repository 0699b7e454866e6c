"""What a place is given to work with, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.captures.erasure import Reader
from consent.programmes.scopes import Scope
from consent.rights.leases import Lease
from consent.rights.models import RightsRequest, Step

READER = "Candor’s deletion worker"


@dataclass(frozen=True)
class Work:
    """One leased step. `now` is asked at each commit: a long step must renew its lease by the time it is then."""

    lease: Lease
    step: Step
    request: RightsRequest
    now: Callable[[], datetime]

    @property
    def person_id(self) -> UUID:
        """Whose data it is; the session acts for them."""
        return self.step.person

    @property
    def scope(self) -> Scope:
        """What is to be deleted; its end is fixed since the deletion began."""
        return Scope.from_json(self.request.scope)

    @property
    def reader(self) -> Reader:
        """Who opens what lies across the ends of the scope."""
        return Reader(actor=None, label=READER, role="worker", why=self.request.number)


@dataclass(frozen=True)
class Done:
    """The place is done, and this proves it: `how` is deleted, destroyed, searched, confirmed, revoked, never_seen or unconfirmed."""

    how: str
    removed: int = 0
    told: dict[str, Any] | None = None

    def proof(self, at: datetime) -> dict[str, Any]:
        """As the step keeps it."""
        return {"how": self.how, "at": at.isoformat(), **(self.told or {})}


@dataclass(frozen=True)
class NotYet:
    """The place has not answered; ask again at this time. Nothing failed."""

    until: datetime
