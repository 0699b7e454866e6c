"""Receipts: signed statements, the entry that commits to each, and their printed form."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent import identifiers
from consent.people.models import Person


def new_number() -> str:
    """The number by which anyone can ask whether a receipt is genuine."""
    return identifiers.number("RCP")


class StatementType(models.TextChoices):
    """What a receipt states."""

    DECISION = "decision", _("Choice")
    REQUEST = "request", _("Request received")
    CERTIFICATE = "certificate", _("Deletion certificate")
    COMPLETION = "completion", _("Deletion complete")
    HOLD = "hold", _("Deletion on hold")
    EXPORT = "export", _("Export manifest")


class Receipt(models.Model):
    """One signed statement; never changes. `document` is the exact signed canonical JSON that the ledger entry commits to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True, default=new_number)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="receipts")
    statement = models.CharField(max_length=16, choices=StatementType.choices)
    state = models.CharField(max_length=16, help_text=_("given, refused, withdrawn …, or the state of the request."))
    about = models.CharField(
        max_length=200, help_text=_("A line for lists, such as “Interface learning: Mouse movement”.")
    )
    issued_at = models.DateTimeField()
    entry = models.UUIDField(unique=True)
    document = models.BinaryField()

    class Meta:
        ordering = ["-issued_at"]
        indexes = [models.Index(name="receipts_of_person", fields=["person", "-issued_at"])]

    def __str__(self) -> str:
        return self.number


class Print(models.Model):
    """A receipt as PDF, rendered once per renderer version; can always be made again from the document."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="prints")
    person = models.UUIDField(help_text=_("Whose receipt it is: the row's owner."))
    renderer = models.CharField(max_length=32)
    pdf = models.BinaryField()
    rendered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="print_once_per_renderer", fields=["receipt", "renderer"])]


class PrintRun(models.Model):
    """Many receipts printed as one job: which are wanted, and how far it is. What it made are `Print` rows.

    `wanted` is fixed when the person asks; `done` counts from its beginning. `missing` are those of it that could not be printed.
    A worker holds the run until `leased_until`; what it writes names `token`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    wanted = ArrayField(models.UUIDField())
    done = models.PositiveIntegerField(default=0)
    missing = ArrayField(models.UUIDField(), default=list)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("At the receipt that is next."))
    token = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(name="print_run_done_within", condition=models.Q(done__lte=models.F("wanted__len"))),
            models.UniqueConstraint(
                name="print_run_one_at_a_time", fields=["person"], condition=models.Q(finished_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
