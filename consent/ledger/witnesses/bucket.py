"""The second witness: an S3-compatible bucket in which nothing is ever written twice, locked where the bucket can lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext as _
from storages.backends.s3 import S3Storage

from ..models import Checkpoint
from .reports import BUCKET, WitnessTrouble, deposited_size, report, report_trouble, report_well
from .series import joined, parted

PREFIX = "checkpoints/"
AT_ONCE = 500
OBJECTS_MAX = 20
QUICKLY = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 2}}
THERE_ALREADY = {"PreconditionFailed", "412", "ConditionalRequestConflict"}


@dataclass(frozen=True)
class _Place:
    """The bucket's name, and the client that reaches it."""

    name: str
    client: Any


def deposit_in_bucket(*, at: datetime) -> None:
    """Puts the checkpoints that the bucket does not hold yet, up to 500 in an object named after the last of them.

    An object that is there already is never replaced: it must say the same. While the bucket is away nothing is lost; what fails
    is reported, and stops nothing. Does nothing where no bucket is configured.
    """
    if not settings.WITNESS_BUCKET:
        return
    try:
        size = _deposit(_place(), at=at)
    except (BotoCoreError, ClientError, WitnessTrouble) as error:
        sentence = str(error) if isinstance(error, WitnessTrouble) else _unreachable(error)
        report_trouble(BUCKET, sentence, at=at)
        return
    if size is None:
        report_well(BUCKET, at=at)
    else:
        report(BUCKET, size=size, at=at)


def notes_in_bucket() -> Iterator[str]:
    """Every checkpoint in the bucket, oldest first. Raises WitnessTrouble when it cannot be reached."""
    try:
        place = _place()
        for page in place.client.get_paginator("list_objects_v2").paginate(Bucket=place.name, Prefix=PREFIX):
            for each in page.get("Contents", []):
                yield from parted([_text(place, each["Key"])])
    except (BotoCoreError, ClientError) as error:
        raise WitnessTrouble(_unreachable(error)) from error


def _deposit(place: _Place, *, at: datetime) -> int | None:
    """The size of the newest checkpoint that was put; None when nothing was missing."""
    held, put = deposited_size(BUCKET), None
    _check_none_beyond(place)
    for _each in range(OBJECTS_MAX):
        notes = list(Checkpoint.objects.filter(size__gt=held).order_by("size").values_list("size", "note")[:AT_ONCE])
        if not notes:
            break
        held = put = notes[-1][0]
        _put(place, key=_key(held), text=joined(note for _size, note in notes), at=at)
    return put


def _put(place: _Place, *, key: str, text: str, at: datetime) -> None:
    lock = {}
    if _locks(place):
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": at + timedelta(days=settings.WITNESS_DAYS)}
    try:
        place.client.put_object(
            Bucket=place.name,
            Key=key,
            Body=text.encode(),
            ContentType="text/plain; charset=utf-8",
            IfNoneMatch="*",
            **lock,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in THERE_ALREADY:
            raise
        _check_same(place, key)


def _check_same(place: _Place, key: str) -> None:
    """An object of that name was put by a run that died before it could say so, or by another log."""
    notes = list(parted([_text(place, key)]))
    if Checkpoint.objects.filter(note__in=notes).count() != len(set(notes)):
        raise WitnessTrouble(
            _("The bucket holds a checkpoint that is not of this log, in %(key)s. Run verify_ledger.") % {"key": key}
        )


def _check_none_beyond(place: _Place) -> None:
    """The bucket cannot hold more than was ever signed."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    found = place.client.list_objects_v2(Bucket=place.name, Prefix=PREFIX, StartAfter=_key(newest), MaxKeys=1)
    for each in found.get("Contents", []):
        raise WitnessTrouble(
            _("The bucket holds a larger log than the database: %(key)s. Run verify_ledger.") % {"key": each["Key"]}
        )


def _locks(place: _Place) -> bool:
    """Whether the bucket can keep objects from everybody, its owner included, for a time (object lock)."""
    try:
        found = place.client.get_object_lock_configuration(Bucket=place.name)
    except ClientError:  # it has none, or does not say
        return False
    return bool(found["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled")


def _text(place: _Place, key: str) -> str:
    body: bytes = place.client.get_object(Bucket=place.name, Key=key)["Body"].read()
    return body.decode(errors="replace")


def _key(size: int) -> str:
    """Names in the order of sizes."""
    return f"{PREFIX}{size:018d}.notes"


def _unreachable(error: Exception) -> str:
    named = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return _("The bucket cannot be reached or refuses: %(error)s.") % {"error": named}


def _place() -> _Place:
    return _made(
        settings.WITNESS_BUCKET,
        settings.WITNESS_ENDPOINT,
        settings.WITNESS_REGION,
        settings.WITNESS_ACCESS_KEY,
        settings.WITNESS_SECRET_KEY,
    )


@lru_cache(maxsize=4)
def _made(bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> _Place:
    storage = S3Storage(
        bucket_name=bucket,
        endpoint_url=endpoint or None,
        region_name=region or None,
        access_key=access_key or None,
        secret_key=secret_key or None,
        client_config=Config(**QUICKLY),
    )
    return _Place(name=bucket, client=storage.connection.meta.client)
