"""Consultations: one row for each look at somebody's data, written before the look. Holds bare person ids."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Subject(models.TextChoices):
    """What was looked at."""

    CONTENT = "content", _("Captured content")
    REQUEST = "request", _("A request")
    DECISIONS = "decisions", _("Choices, in an export")
    RECEIPT = "receipt", _("A receipt")


class Consultation(models.Model):
    """Who looked at what, of whom, when and why.

    `person` is whose data it was; an export that covers many has none, and a predicate instead that resolves per person.
    `actor` is who looked; empty for a worker of Candor, which `actor_label` names.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.UUIDField(null=True)
    actor = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    subject = models.CharField(max_length=16, choices=Subject.choices)
    what = models.CharField(max_length=300)
    why = models.CharField(max_length=500)
    predicate = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(name="consultations_of_person", fields=["person", "-at"])]
        constraints = [
            models.CheckConstraint(
                name="consultation_person_or_predicate",
                condition=models.Q(person__isnull=False) ^ models.Q(predicate__isnull=False),
            )
        ]
