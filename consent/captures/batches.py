"""Takes in a batch as it came over the wire: limits, form, one answer per idempotency key, then the gate."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from consent.collectors.models import Collector

from . import limits
from .decoding import UNREADABLE
from .gate import IncomingSegment, Outcome, admit_here
from .limits import BatchRefused, Malformed, UnsupportedEncoding, read_body
from .models import Batch
from .retrying import retrying

ANSWERS_KEPT = timedelta(days=7)
_KEY_LOCKS = 815_001
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class MissingKey(BatchRefused):
    """Without an idempotency key a repeated batch would be stored twice (400)."""

    code = "missing_key"


class Unprocessable(BatchRefused):
    """The batch is well formed and cannot be what its sender meant (422)."""

    code = "unprocessable"


class KeyReused(Unprocessable):
    """The key was used for another batch."""

    code = "key_reused"


class _Segment(msgspec.Struct, forbid_unknown_fields=True):
    """`start` and `end` are the sender's own summary: they must be times, and the gate goes by the events."""

    programme: _Name
    kind: _Name
    events: msgspec.Raw
    start: _Time | None = None
    end: _Time | None = None
    person: _Name | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    segments: Annotated[list[_Segment], msgspec.Meta(max_length=limits.SEGMENTS)]


_body = msgspec.json.Decoder(_Body)


def receive(
    *,
    collector: Collector,
    key: str | None,
    body: Iterable[bytes],
    content_type: str,
    content_encoding: str,
    at: datetime,
) -> dict[str, Any]:
    """Stores what may be stored of a batch, and returns the answer: `permissions_version` and one result per segment, in order.

    The same key with the same body gives the same answer, and stores nothing twice, also when both arrive at once. Answers are
    kept for 7 days. Row-level security: the session must act for the collector's person. Nothing of a refused batch is stored.
    Raises MissingKey and Malformed (400), TooLarge (413), UnsupportedEncoding (415), KeyReused (422), gate.Contended (503).
    """
    _check_key(key)
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise UnsupportedEncoding(_("Send the batch as application/json."))
    plain = read_body(body, encoding=content_encoding)
    return _received(collector, str(key), plain, _parsed(plain), at)


def forget_answers(*, collector: Collector, at: datetime) -> int:
    """Deletes answers older than 7 days: they tell when and how much was captured. Returns how many."""
    return Batch.objects.filter(collector=collector.pk, at__lt=at - ANSWERS_KEPT).delete()[0]


def _check_key(key: str | None) -> None:
    if not key:
        raise MissingKey(_("Send an Idempotency-Key with every batch, so that it can be repeated safely."))
    if len(key) > limits.KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Malformed(_("An Idempotency-Key has at most 64 printable ASCII characters."))


def _parsed(plain: bytes) -> list[IncomingSegment]:
    try:
        body = _body.decode(plain)
    except UNREADABLE:
        raise Malformed(
            _(
                "The body is not the JSON that the API describes: a list of segments, each with programme, kind and events."
            )
        ) from None
    return [IncomingSegment(each.programme, each.kind, each.events, each.person) for each in body.segments]


@retrying
@transaction.atomic
def _received(
    collector: Collector, key: str, plain: bytes, segments: list[IncomingSegment], at: datetime
) -> dict[str, Any]:
    """One transaction: the answer is kept if and only if the segments are. The lock on the key comes before all others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", [_KEY_LOCKS, f"{collector.pk}{key}"])
    digest = _digest(plain)
    given = Batch.objects.filter(collector=collector.pk, key=key).first()
    if given is not None:
        if not constant_time_compare(bytes(given.body_sha256), digest):
            raise KeyReused(_("This Idempotency-Key was used for another batch. Use a new one for each batch."))
        return dict(given.answer)
    admission = admit_here(person_id=collector.person_id, collector_id=collector.pk, segments=segments, at=at)
    answer = {
        "permissions_version": admission.permissions_version,
        "results": [_result(outcome) for outcome in admission.outcomes],
    }
    Batch.objects.create(
        collector=collector.pk, person=collector.person_id, key=key, body_sha256=digest, answer=answer, at=at
    )
    if digest[0] == 0:  # about every 256th time
        forget_answers(collector=collector, at=at)
    return answer


def _result(outcome: Outcome) -> dict[str, Any]:
    return {
        "segment": str(outcome.segment) if outcome.segment else None,
        "stored": outcome.stored,
        "refused": outcome.refused,
        "dropped_fields": outcome.dropped_fields,
    }


def _digest(plain: bytes) -> bytes:
    """Of the body, keyed: a plain hash kept in the database would let somebody confirm a guess of what was captured."""
    return salted_hmac("consent.captures.batches", plain, algorithm="sha256").digest()
