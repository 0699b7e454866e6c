"""The outbox: one row per letter, written in the transaction of what it tells of, delivered by a worker."""

import uuid

from django.db import models

from consent.people.models import Person


class Letter(models.Model):
    """A letter to one person. `template` and `values` (ids, numbers, dates; never captured content, never a choice) make its text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="letters")
    template = models.CharField(max_length=50)
    values = models.JSONField(default=dict)
    key = models.CharField(max_length=100, unique=True, help_text="Idempotency key: the same letter is written once.")
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["written_at"]
        indexes = [models.Index(name="letters_unsent", fields=["due_at"], condition=models.Q(sent_at__isnull=True))]
