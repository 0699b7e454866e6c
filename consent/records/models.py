"""Exports of records: who asked, for what purpose, who agreed to names."""

import uuid

from django.db import models

from consent.people.models import Person
from consent.programmes.models import Programme


class Export(models.Model):
    """One export of decisions as evidence. With names only once a second person agreed (mechanisms 8)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    purpose = models.CharField(max_length=500)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    named = models.BooleanField(default=False)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    pseudonym_key = models.BinaryField(help_text="Random, for this export alone; dropped once downloaded.", null=True)
    downloaded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(
                name="export_approver_is_another",
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("requested_by")),
            )
        ]
