"""Sealed segments with their plaintext summary columns, refusal counters, and the answers already given to batches."""

import uuid

from django.db import models

from consent.people.models import Person


class Segment(models.Model):
    """A batch of events of one kind and one time span of one person, sealed. The table is partitioned by month of `start`.

    The summary columns are personal data too: shown to the person only, deleted with the segment. Bare ids: the row is written
    in bulk under locks of its own, and is bound to them by the seal's associated data.
    """

    pk = models.CompositePrimaryKey("person", "start", "id")
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    person = models.UUIDField()
    programme = models.UUIDField()
    kind = models.CharField(max_length=32)
    notice = models.UUIDField()
    decision_no = models.BigIntegerField()
    collector = models.UUIDField(null=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    count = models.IntegerField()
    bytes = models.IntegerField()
    sha256 = models.BinaryField()
    key = models.UUIDField()
    sealed = models.BinaryField()
    stored_at = models.DateTimeField()


class Refusal(models.Model):
    """How many events of a person were refused, by day and reason; or, for `undisclosed_field`, how often a field was dropped (P2)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="refusals")
    day = models.DateField()
    programme = models.CharField(max_length=50)
    kind = models.CharField(max_length=50)
    reason = models.CharField(max_length=24)
    field = models.CharField(max_length=50, blank=True)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="refusal_once", fields=["person", "day", "programme", "kind", "reason", "field"]
            )
        ]


class Batch(models.Model):
    """The answer given to a batch, so that the same idempotency key gives the same answer and stores nothing twice."""

    collector = models.UUIDField()
    person = models.UUIDField()
    key = models.CharField(max_length=64)
    body_sha256 = models.BinaryField()
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="batch_once", fields=["collector", "key"])]
