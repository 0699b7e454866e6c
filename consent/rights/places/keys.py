"""The data keys: what the deletion left without use is destroyed; what seals other data of the person stays, and is named."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consent.captures.keys import Key, destroy_unused, on_record
from consent.people.locks import locked
from consent.rights import leases
from consent.rights.failpoints import reach

from .work import Done, Work

CODE = "keys"


def run(work: Work) -> Done:
    """Destroys the keys of this deletion that seal nothing any more. Proof: which are gone, which stay."""
    keys = noted(work.step.cursor)
    with transaction.atomic():
        locked(work.person_id)
        destroy_unused(person_id=work.person_id, keys=keys, at=work.now())
        leases.progress(lease=work.lease, at=work.now())
        reach("keys.before_commit")
    reach("keys.after_commit")
    kept = on_record(keys)
    gone = [key for key in keys if key.id not in kept]
    return Done("destroyed", told={"destroyed": listed(gone), "kept": listed(key for key in keys if key.id in kept)})


def listed(keys: Any) -> list[list[str]]:
    """Keys as JSON: id and programme."""
    return [[str(key.id), str(key.programme)] for key in keys]


def noted(cursor: dict[str, Any]) -> list[Key]:
    """The keys that the deletion found when it began."""
    return [Key(id=UUID(key), programme=UUID(programme)) for key, programme in cursor.get("keys", [])]
