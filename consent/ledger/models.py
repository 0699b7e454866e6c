"""The rows of the log: entries and their erasable records; leaves, nodes and checkpoints, which nothing may change."""

from uuid import uuid4

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact


class Entry(models.Model):
    """One thing that happened, as a 32-byte commitment to its document. Names no person.

    `kind` and `at` help to find an entry; what is proven is the commitment alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    commitment = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Exact(Length("commitment"), 32), name="ledger_commitment_32_bytes"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Record(models.Model):
    """What an entry commits to: the exact bytes of its document, and the nonce. Erasing this row leaves an unlinkable hash."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    document = models.BinaryField()
    nonce = models.BinaryField()
    subject = models.UUIDField(null=True, db_index=True)

    def __str__(self) -> str:
        return str(self.pk)


class Waiting(models.Model):
    """The outbox: entries without a position yet, in order of arrival. The sequencer empties it."""

    arrival = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return str(self.arrival)


class Leaf(models.Model):
    """The place of an entry in the log, counted from 0 without a gap; given by the sequencer, never by a database sequence."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return str(self.position)


class Node(models.Model):
    """The hash of a complete subtree: `level` 0 is a leaf, `index` counts from the left (RFC 9162, 2.1)."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """The signed state of the log at one size: the note as published (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)
