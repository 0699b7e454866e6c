"""Ends data keys: retires them from sealing, or deletes their wrapped rows.

What deletion achieves, and what not. From the commit on, no process of the portal opens anything under the key. The wrapped
bytes stay for a while in the database's files, its write-ahead log, replicas and backups, and the epoch's key could still
unwrap them there. Only the end of that epoch key (rotation) makes them unrecoverable; what then remains is a backup of the
keystore itself. `owes_rotation_since` on the epoch remembers that a rotation is due.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from .models import DataKey, Epoch
from .wrapping import forget


def destroy(*, person: UUID, programme: UUID, at: datetime) -> list[UUID]:
    """Deletes every data key of this person in this programme, live and retired, and returns their ids (none left: an empty list).

    GDPR Article 17. Waits for transactions that hold the rows FOR SHARE. Lock order: after person and standing, before counters.
    """
    return _delete(DataKey.objects.filter(person=person, programme=programme), at)


def destroy_key(*, key: UUID, at: datetime) -> list[UUID]:
    """Deletes one data key, after what survives was sealed again under another. Returns its id, or nothing if it was gone."""
    return _delete(DataKey.objects.filter(id=key), at)


def retire(*, key: UUID, at: datetime) -> None:
    """From now on the key seals nothing new; it still opens. The next `live_key` makes a fresh one. Twice is once."""
    DataKey.objects.filter(id=key, retired_at__isnull=True).update(retired_at=at)


def retire_live(*, person: UUID, programme: UUID, at: datetime) -> None:
    """Retires the live key of this person in this programme, if there is one."""
    DataKey.objects.filter(person=person, programme=programme, retired_at__isnull=True).update(retired_at=at)


@transaction.atomic
def _delete(keys: QuerySet[DataKey], at: datetime) -> list[UUID]:
    rows = list(keys.select_for_update().order_by("id"))
    ids = [row.id for row in rows]
    DataKey.objects.filter(id__in=ids).delete()
    Epoch.objects.filter(id__in={row.epoch_id for row in rows}, owes_rotation_since__isnull=True).update(
        owes_rotation_since=at
    )
    transaction.on_commit(partial(forget, ids), robust=True)
    return ids
