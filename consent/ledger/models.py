"""The rows of the log: entries and their erasable records; leaves, nodes and checkpoints, which nothing may change; its witnesses."""

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


class TimeStamp(models.Model):
    """When an authority outside saw the note of a checkpoint (RFC 3161): its token, exactly as it came."""

    checkpoint = models.OneToOneField(Checkpoint, primary_key=True, on_delete=models.PROTECT, related_name="time_stamp")
    token = models.BinaryField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class Witness(models.Model):
    """How one witness is: what was deposited there last, and why the last try failed, if it did. Proves nothing by itself."""

    name = models.CharField(primary_key=True, max_length=16)
    size = models.BigIntegerField(default=0, help_text="Of the newest checkpoint deposited there.")
    deposited_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField()
    trouble = models.CharField(
        max_length=300, blank=True, help_text="Why the last try failed, in a sentence; names no person."
    )

    def __str__(self) -> str:
        return self.name


class Audit(models.Model):
    """The outcome of one reading of the whole log."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    seconds = models.FloatField()
    size = models.BigIntegerField()
    erased = models.BigIntegerField()
    compared = models.JSONField(help_text="The names of the witnesses whose deposits were compared.")
    problems = models.IntegerField()
    first = models.CharField(max_length=500, blank=True, help_text="The sentence of the first problem.")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
